/**
 * A batch and the results that are known so far, so that no finished run is fetched twice.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { type Known, KnownKey, makeKnown } from "./internal/batch/state.js"
import type { RunResult } from "./RunResult.js"

/**
 * A batch and its results so far. It keeps them in memory for as long as you keep the handle.
 *
 * @since 0.1.0
 * @category models
 */
export interface BatchHandle {
  readonly batchId: string
  /** @internal */
  readonly [KnownKey]: Known
}

/**
 * The options of `BatchHandle.make`.
 *
 * @since 0.1.0
 * @category models
 */
export interface BatchHandleOptions {
  /** Results that you stored, such as those of an earlier process. These runs are not read again. */
  readonly results?: Iterable<RunResult>
}

const make = (batchId: string, { results }: BatchHandleOptions = {}): Effect.Effect<BatchHandle> =>
  Effect.sync(() => ({ batchId, [KnownKey]: makeKnown(batchId, results) }))

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
  /** A handle that knows the given results, or none. It sends no request. */
  make
}
