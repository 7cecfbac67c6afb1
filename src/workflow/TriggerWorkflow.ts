/**
 * Waits for a batch in a workflow of `@effect/workflow`: what was read is stored page by page, and the process may be
 * deployed, moved or killed in between.
 *
 * @since 0.1.0
 */
export { awaitBatch, type AwaitBatchOptions, type OnResults } from "./awaitBatch.js"
export { AwaitBatchError } from "./AwaitBatchError.js"
export { type AwaitBatchProgress, defaultPause } from "./AwaitBatchProgress.js"
export { BatchSummary } from "./BatchSummary.js"
