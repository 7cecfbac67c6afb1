/**
 * Every result of a batch that there is now, whichever engine ran it.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { BatchHandle } from "./BatchHandle.js"
import type { BatchProgress, CollectedResults } from "./CollectedResults.js"
import * as Call from "./internal/batch/call.js"
import * as Progress from "./internal/batch/progress.js"
import * as Read from "./internal/batch/read.js"
import { knownOf } from "./internal/batch/state.js"
import { withSpan } from "./internal/http/span.js"
import { describeId } from "./internal/settings/id.js"
import { TriggerClient } from "./TriggerClient.js"
import type { CollectBatchResultsError, OnError, RetrieveBatchError } from "./TriggerError.js"

/**
 * The options of `collectBatchResults`.
 *
 * @since 0.1.0
 * @category models
 */
export interface CollectBatchResultsOptions<E = never, R = never, M extends OnError = OnError> {
  /**
   * What happens if a run cannot be read after all retries. `fail`: the call fails with the error. `report`: `unavailable` lists
   * the run with the error. Default: `fail`.
   */
  readonly onError?: M
  /** Runs when more runs are known, once for each response. If it fails, the call fails with its error. */
  readonly onProgress?: (progress: BatchProgress) => Effect.Effect<unknown, E, R>
}

/**
 * The results of all runs of a batch that have finished, in batch order, and the ids of the others.
 *
 * It sends one request for the batch and one to the realtime feed, which shows every run with its output or error and is
 * outside the rate limit. Only runs that the feed does not show are read elsewhere: those of the old engine from the results
 * endpoint, with one request; one by one those of other batches (idempotency keys), those beyond 1,000, and all runs if the
 * feed does not work.
 *
 * Reading one by one keeps to the pace of the server's rate limit. If others use it up, the call waits for the hint of a 429
 * (up to 60 seconds). After 5 minutes of nothing but 429s, the retry policy decides.
 *
 * A result that was read one by one has its `output` as `application/json`. With a `BatchHandle`, the runs that it knows are
 * not read again.
 *
 * @example
 * ```ts
 * import { Console, Effect } from "effect"
 * import { collectBatchResults, RunResult, TriggerClient } from "effect-trigger-dev"
 *
 * const program = Effect.gen(function*() {
 *   const { failedToStart, pending, results } = yield* collectBatchResults("batch_1234")
 *   const { failed, succeeded } = RunResult.counts(results)
 *   yield* Console.log(`${succeeded} succeeded, ${failed} failed, ${failedToStart.length} did not become a run`)
 *   yield* Console.log(`${pending.length} still under way`)
 * })
 *
 * program.pipe(Effect.provide(TriggerClient.layerFetch), Effect.runPromise)
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export function collectBatchResults<E = never, R = never>(
  batch: string | BatchHandle,
  options: CollectBatchResultsOptions<E, R, "report"> & { readonly onError: "report" }
): Effect.Effect<CollectedResults, RetrieveBatchError | E, TriggerClient | R>
export function collectBatchResults<E = never, R = never, M extends OnError = "fail">(
  batch: string | BatchHandle,
  options: CollectBatchResultsOptions<E, R, M> | undefined
): Effect.Effect<CollectedResults, CollectBatchResultsError | E, TriggerClient | R>
// last, because the compiler takes the last one where the function is an argument: `Effect.flatMap(collectBatchResults)`
export function collectBatchResults(
  batch: string | BatchHandle
): Effect.Effect<CollectedResults, CollectBatchResultsError, TriggerClient>
export function collectBatchResults<E, R>(
  batch: string | BatchHandle,
  options: CollectBatchResultsOptions<E, R> = {}
): Effect.Effect<CollectedResults, CollectBatchResultsError | E, TriggerClient | R> {
  return Effect.flatMap(TriggerClient, (client) => {
    const known = knownOf(batch)
    const call = Call.make(client, known, options)
    const reporter = Progress.make(call, options.onProgress)
    return Read.readShared(call).pipe(
      Effect.flatMap((runIds) => Read.readRuns(call, runIds, reporter.read)),
      Effect.zipRight(reporter.polled),
      Effect.zipRight(Read.summarizeInOrder(call)),
      Effect.tap((results) => Effect.annotateCurrentSpan(Read.attributesOf(call, results))),
      withSpan("collectBatchResults", {
        captureStackTrace: false,
        attributes: { "trigger.batch.id": describeId(known.batchId) }
      })
    )
  })
}
