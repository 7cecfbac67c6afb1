/**
 * The errors of `awaitBatch`, as a schema for the `error` of a workflow.
 *
 * @since 0.1.0
 */
import { RetrieveBatchError } from "../TriggerError.js"

/**
 * The errors of `awaitBatch`, for the `error` of a workflow that fails with them.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AwaitBatchError = RetrieveBatchError.annotations({
  identifier: "AwaitBatchError"
})

/**
 * The errors of `awaitBatch`. By default, only `InvalidBatchId` and, after the `grace`, `BatchNotFound` end it; the others do
 * if `pause` ends the wait.
 *
 * @since 0.1.0
 * @category models
 */
export type AwaitBatchError = typeof AwaitBatchError.Type
