/**
 * The errors of `awaitBatch`, as a schema for the `error` of a workflow.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { ApiError, BatchNotFound, InvalidBatchId } from "../TriggerError.js"

/**
 * The `error` of a workflow that lets the errors of `awaitBatch` pass.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AwaitBatchError = Schema.Union(InvalidBatchId, BatchNotFound, ApiError).annotations({
  identifier: "AwaitBatchError"
})

/**
 * The errors of `awaitBatch`. By default only `InvalidBatchId` and, after the `grace`, `BatchNotFound` end it; the others
 * do where `pause` says so.
 *
 * @since 0.1.0
 * @category models
 */
export type AwaitBatchError = typeof AwaitBatchError.Type
