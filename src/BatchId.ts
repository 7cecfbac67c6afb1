/**
 * The id of a batch: `batch_` and then letters, digits, `_` or `-`, at most 128 characters in all.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { batchIdPattern } from "./internal/settings/id.js"

/**
 * Decodes and brands a batch id. Operations accept any string and validate it themselves, so branding is a
 * convenience for your own signatures.
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
  Schema.pattern(batchIdPattern, { message: () => "Expected a batch id such as batch_1234" }),
  Schema.brand("effect-trigger-dev/BatchId")
)

/**
 * @since 0.1.0
 * @category models
 */
export type BatchId = typeof BatchId.Type
