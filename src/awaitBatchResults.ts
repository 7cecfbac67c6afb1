/**
 * Waits until every run of a batch has finished.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Schedule from "effect/Schedule"
import type { BatchHandle } from "./BatchHandle.js"
import type { BatchProgress, CollectedResults } from "./CollectedResults.js"
import * as Call from "./internal/batch/call.js"
import * as Follow from "./internal/batch/follow.js"
import * as Progress from "./internal/batch/progress.js"
import * as Read from "./internal/batch/read.js"
import { isOver, knownOf, progressOf } from "./internal/batch/state.js"
import { withSpan } from "./internal/http/span.js"
import { describeId } from "./internal/settings/id.js"
import { TriggerClient } from "./TriggerClient.js"
import type { CollectBatchResultsError, OnError, RetrieveBatchError } from "./TriggerError.js"

/**
 * The options of `awaitBatchResults`.
 *
 * @since 0.1.0
 * @category models
 */
export interface AwaitBatchResultsOptions<E = never, R = never, R2 = never, M extends OnError = OnError> {
  /**
   * The pause between two polls of the runs that the realtime feed does not show. Its input is the progress. If it ends, the
   * wait ends. Without delays, polls follow each other as fast as the server responds. Default: 1 second, growing by 1.5 to 15
   * seconds, with jitter.
   */
  readonly schedule?: Schedule.Schedule<unknown, BatchProgress, R2>
  /**
   * Runs when more runs are known, once for each response, and at least once per poll. If it fails, the wait fails with its
   * error.
   */
  readonly onProgress?: (progress: BatchProgress) => Effect.Effect<unknown, E, R>
  /**
   * What happens if a run cannot be read after all retries. `fail`: the wait fails with the error. `report`: the wait continues,
   * and `unavailable` lists the runs that could not be read by its end. Default: `fail`.
   */
  readonly onError?: M
  /**
   * With `onError: "report"`, the number of polls after which the wait gives up a run that could not be read, whatever the
   * error: it does not read the run again, and does not wait for it. At least 1. Default: never.
   */
  readonly giveUpAfter?: "report" extends M ? number : never
}

/**
 * Waits until no run of the batch is pending, and returns every run's result in batch order. There is no deadline: use
 * `Effect.timeout`. An interruption aborts the requests in flight.
 *
 * It keeps one request to the realtime feed open, which the server holds until a run changes, for up to 20 seconds. That
 * does not count against the rate limit. Runs that the feed does not show are polled on the `schedule`: those of other batches
 * (idempotency keys), and all runs if the feed does not work. Such a poll costs a request for the batch and one for each
 * unfinished run, at the pace of the server's rate limit: for many hundreds of long runs, choose a slower schedule.
 *
 * If the `schedule` ends, the wait returns what it has read so far, and `complete` is false. With a `BatchHandle`, a retry
 * continues where the failed wait stopped.
 *
 * With `onError: "report"`, the wait gives up a run whose error no retry can fix, such as `InvalidResponse` or a refused key.
 * It reads a run with another error (`RetryPolicy.isRetryable`), such as `ServerError` or `RunNotFound`, again at each poll,
 * and keeps waiting for it until the `schedule` ends, which the default does not: set `giveUpAfter`. An error of the batch
 * itself always fails the wait.
 *
 * @example
 * ```ts
 * import { Console, Effect } from "effect"
 * import { awaitBatchResults, TriggerClient } from "effect-trigger-dev"
 *
 * const program = awaitBatchResults("batch_1234", {
 *   onProgress: ({ failed, finished, total }) => Console.log(`${finished} of ${total}, ${failed} failed`)
 * }).pipe(
 *   Effect.timeout("10 minutes"),
 *   Effect.flatMap(({ results }) => Console.log(`${results.length} results`))
 * )
 *
 * program.pipe(Effect.provide(TriggerClient.layerFetch), Effect.runPromise)
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export function awaitBatchResults<E = never, R = never, R2 = never>(
  batch: string | BatchHandle,
  options: AwaitBatchResultsOptions<E, R, R2, "report"> & { readonly onError: "report" }
): Effect.Effect<CollectedResults, RetrieveBatchError | E, TriggerClient | R | R2>
export function awaitBatchResults<E = never, R = never, R2 = never, M extends OnError = "fail">(
  batch: string | BatchHandle,
  options: AwaitBatchResultsOptions<E, R, R2, M> | undefined
): Effect.Effect<CollectedResults, CollectBatchResultsError | E, TriggerClient | R | R2>
// last, because the compiler takes the last one where the function is an argument: `Effect.flatMap(awaitBatchResults)`
export function awaitBatchResults(
  batch: string | BatchHandle
): Effect.Effect<CollectedResults, CollectBatchResultsError, TriggerClient>
export function awaitBatchResults<E, R, R2>(
  batch: string | BatchHandle,
  { onProgress, schedule = Follow.defaultSchedule, ...options }: AwaitBatchResultsOptions<E, R, R2> = {}
): Effect.Effect<CollectedResults, CollectBatchResultsError | E, TriggerClient | R | R2> {
  return Effect.gen(function*() {
    const client = yield* TriggerClient
    const known = knownOf(batch)
    yield* Effect.annotateCurrentSpan("trigger.batch.id", describeId(known.batchId))
    const call = Call.make(client, known, options)
    const reporter = Progress.make(call, onProgress)
    let polls = 0

    const summary = Effect.tap(
      Effect.suspend(() => Read.summarize(call)),
      (collected) => Effect.annotateCurrentSpan(Read.attributesOf(call, collected))
    )

    const poll = <E3>(readMany: Effect.Effect<ReadonlyArray<string>, E3>) =>
      Effect.gen(function*() {
        yield* Effect.annotateCurrentSpan("trigger.batch.polls", ++polls)
        const runIds = yield* readMany
        yield* Read.readRuns(call, runIds, reporter.read)
        yield* reporter.polled
      })

    const wait = Effect.scoped(Effect.gen(function*() {
      const follower = yield* Follow.make(call, schedule)
      for (;;) {
        // what the feed has brought, and what another call with the same handle has found
        yield* reporter.changed
        const collected = yield* summary
        if (isOver(call.state, collected)) {
          return
        }
        switch (yield* follower.next(progressOf(call.state, collected))) {
          case "ended":
            return
          case "changed":
            break
          case "poll":
            yield* poll(follower.poll)
        }
      }
    }))

    yield* poll(Read.readShared(call))
    yield* wait
    return yield* Read.summarizeInOrder(call)
  }).pipe(withSpan("awaitBatchResults", { captureStackTrace: false }))
}
