/**
 * A batch and the results that are known so far, so that no finished run is fetched twice.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Reader from "./internal/batch/reader.js"

/**
 * A batch and its results so far. It keeps them in memory for as long as you keep the handle.
 *
 * @since 0.1.0
 * @category models
 */
export interface BatchHandle {
  readonly batchId: string
  /** @internal */
  readonly [Reader.Reading]: Reader.Reader
}

const make = (batchId: string): Effect.Effect<BatchHandle> =>
  Effect.sync(() => ({ batchId, [Reader.Reading]: Reader.make(batchId) }))

/**
 * Use it in place of the batch id in `collectBatchResults`, `awaitBatchResults` and `streamBatchResults`. Each call then
 * starts with the results of the calls before it: a retry continues where the failed call stopped.
 *
 * @example
 * ```ts
 * import { Effect, Schedule } from "effect"
 * import { awaitBatchResults, BatchHandle } from "effect-trigger-dev"
 *
 * const program = Effect.flatMap(BatchHandle.make("batch_1234"), (batch) =>
 *   awaitBatchResults(batch).pipe(
 *     // after an outage, the results from before it are still there
 *     Effect.retry(Schedule.spaced("1 minute").pipe(Schedule.intersect(Schedule.recurs(10))))
 *   ))
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export const BatchHandle = {
  /** A handle without any result yet. It sends no request. */
  make
}
