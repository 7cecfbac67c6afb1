/**
 * The id of a run: `run_` followed by letters, digits, `_` or `-`, at most 128 characters in all.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { idForm, runIdPattern } from "./internal/settings/id.js"

/**
 * Decodes and brands a run id. The operations accept any string and check it themselves; the brand is for your own
 * signatures.
 *
 * @example
 * ```ts
 * import { RunId } from "effect-trigger-dev"
 * import { Schema } from "effect"
 *
 * const id: RunId = Schema.decodeUnknownSync(RunId)("run_1234")
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const RunId = Schema.String.pipe(
  Schema.pattern(runIdPattern, { message: () => `Expected ${idForm("run")}` }),
  // Stryker disable next-line StringLiteral: the name of a brand is for types
  Schema.brand("effect-trigger-dev/RunId")
)

/**
 * The id of a run, branded.
 *
 * @since 0.1.0
 * @category models
 */
export type RunId = typeof RunId.Type
