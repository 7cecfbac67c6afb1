/**
 * The id of a batch: `batch_` followed by letters, digits, `_` or `-`, at most 128 characters in all.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { batchIdPattern, idForm } from "./internal/settings/id.js"

/**
 * Decodes and brands a batch id. The operations accept any string and check it themselves; the brand is for your own
 * signatures.
 *
 * @example
 * ```ts
 * import { BatchId } from "effect-trigger-dev"
 * import { Schema } from "effect"
 *
 * const id: BatchId = Schema.decodeUnknownSync(BatchId)("batch_1234")
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const BatchId = Schema.String.pipe(
  Schema.pattern(batchIdPattern, { message: () => `Expected ${idForm("batch")}` }),
  // Stryker disable next-line StringLiteral: the name of a brand is for types
  Schema.brand("effect-trigger-dev/BatchId")
)

/**
 * The id of a batch, branded.
 *
 * @since 0.1.0
 * @category models
 */
export type BatchId = typeof BatchId.Type
