/**
 * A batch and the results that are known so far, so that no finished run is fetched twice.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { type Known, KnownKey, makeKnown, settledResults } from "./internal/batch/state.js"
import { monotonicOf } from "./internal/rateLimit/time.js"
import type { RunResult } from "./RunResult.js"

/**
 * The type id of a `BatchHandle`: other objects with a `batchId`, such as errors, are not one.
 *
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: unique symbol = Symbol.for("effect-trigger-dev/BatchHandle")

/**
 * The type id of a `BatchHandle`.
 *
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = typeof TypeId

/**
 * A batch and its results so far. It keeps them in memory for as long as you keep the handle.
 *
 * @since 0.1.0
 * @category models
 */
export interface BatchHandle {
  readonly [TypeId]: TypeId
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
  /**
   * When the last of the results came. If that is 5 minutes ago or more and the next call finds no new result, the realtime feed
   * may have fallen behind. The call then reads the runs that the feed shows as unfinished one by one, unless the status of the
   * batch shows that some are unfinished. Default: the time of the first call.
   */
  readonly lastResultAt?: Date
}

const make = (batchId: string, options: BatchHandleOptions = {}): Effect.Effect<BatchHandle> => {
  const { lastResultAt, results } = options
  return Effect.map(
    lastResultAt === undefined ? Effect.succeed(undefined) : monotonicOf(lastResultAt),
    (silentSince) => ({ [TypeId]: TypeId, batchId, [KnownKey]: makeKnown(batchId, results, silentSince) })
  )
}

const results = (handle: BatchHandle): Effect.Effect<ReadonlyArray<RunResult>> =>
  Effect.sync(() => settledResults(handle[KnownKey]))

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
 *     Effect.retry({
 *       schedule: Schedule.spaced("1 minute"),
 *       times: 10,
 *       while: ({ _tag }) => _tag === "TransportError" || _tag === "ServerError"
 *     })
 *   ))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const BatchHandle = {
  /** A handle that knows the given results, or none. It sends no request, and does not check the id: the first call does. */
  make,
  /** The results that the handle knows now, in the order in which they came: to store them, also after a failure. */
  results
} as const
