/**
 * A batch that is being read: remembers the results of its finished runs, so that none is fetched twice.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Reader from "./internal/batch/reader.js"

/**
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
 * Give it to `collectBatchResults`, `awaitBatchResults` or `streamBatchResults` in place of the batch id, and what one
 * call has fetched the next one has at once: a retry goes on where the failure was, a poll of your own reads only what
 * had not finished. It holds the results in memory for as long as you hold it.
 *
 * @example
 * ```ts
 * import { Effect, Schedule } from "effect"
 * import { awaitBatchResults, BatchHandle } from "effect-trigger-dev"
 *
 * const program = Effect.flatMap(BatchHandle.make("batch_1234"), (batch) =>
 *   awaitBatchResults(batch).pipe(
 *     // an outage of minutes costs no result that was there before
 *     Effect.retry(Schedule.spaced("1 minute").pipe(Schedule.intersect(Schedule.recurs(10))))
 *   ))
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export const BatchHandle = {
  /** A handle that knows no result yet. It sends no request. */
  make
}
