/**
 * The results of a batch as its runs finish.
 *
 * @since 0.1.0
 */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { BatchHandle } from "./BatchHandle.js"
import type { BatchProgress, CollectedResults, UnavailableRun } from "./CollectedResults.js"
import * as Call from "./internal/batch/call.js"
import * as Follow from "./internal/batch/follow.js"
import * as Progress from "./internal/batch/progress.js"
import * as Read from "./internal/batch/read.js"
import { concurrencyOf } from "./internal/batch/source.js"
import * as State from "./internal/batch/state.js"
import { annotateFailure } from "./internal/http/span.js"
import { describeId } from "./internal/settings/id.js"
import type { RunResult } from "./RunResult.js"
import { TriggerClient } from "./TriggerClient.js"
import type { CollectBatchResultsError, OnError, RetrieveBatchError } from "./TriggerError.js"

/**
 * The options of `streamBatchResults`.
 *
 * @since 0.1.0
 * @category models
 */
export interface StreamBatchResultsOptions<
  E = never,
  R = never,
  R2 = never,
  M extends OnError = OnError,
  E2 = never,
  R3 = never
> {
  /**
   * The pause between two polls of the runs that the realtime feed does not show. Its input is the progress. If it ends, the
   * stream ends. Without delays, polls follow each other as fast as the server responds. Default: 1 second, growing by 1.5 to 15
   * seconds, with jitter.
   */
  readonly schedule?: Schedule.Schedule<unknown, BatchProgress, R2>
  /**
   * What happens if a run cannot be read after all retries. `fail`: the stream fails with the error. `report`: the stream
   * continues, and `onUnavailable` gets the run. Default: `fail`.
   */
  readonly onError?: M
  /**
   * With `onError: "report"`, the number of polls after which the stream gives up a run that could not be read, whatever the
   * error: it passes the run to `onUnavailable`, and does not read it again. At least 1. Default: never.
   */
  readonly giveUpAfter?: "report" extends M ? number : never
  /**
   * With `onError: "report"`, runs once for each run that the stream gives up. If it fails, the stream fails with its error.
   * Default: the stream leaves such runs out.
   */
  readonly onUnavailable?: "report" extends M ? (run: UnavailableRun) => Effect.Effect<unknown, E2, R3> : never
  /**
   * Runs when more runs are known, once for each response, and at least once per poll. If it fails, the stream fails with its
   * error.
   */
  readonly onProgress?: (progress: BatchProgress) => Effect.Effect<unknown, E, R>
}

/**
 * Emits the result of each run once, when the run has finished, and ends when all runs have. It waits as `awaitBatchResults`
 * does. It reads only as fast as the consumer takes results, and stops reading when the consumer stops, as with `Stream.take`.
 *
 * Results come in the order in which the runs finish, not in batch order. With a `BatchHandle`, the results that it knows come
 * first, and are not fetched again. With a batch id, an output that was read run by run is not kept in memory after it was
 * emitted.
 *
 * With `onError: "report"`, the stream either emits a run or passes it to `onUnavailable`, once. It gives up a run whose error no
 * retry can fix, such as `InvalidResponse` or a refused key. It reads a run with another error (`RetryPolicy.isRetryable`),
 * such as `ServerError` or `RunNotFound`, again at each poll, and gives it up after `giveUpAfter` polls, or when the `schedule`
 * ends, which the default does not. An error of the batch itself always fails the stream.
 *
 * @example
 * ```ts
 * import { Console, Stream } from "effect"
 * import { RunResult, streamBatchResults } from "effect-trigger-dev"
 *
 * const firstFailure = streamBatchResults("batch_1234").pipe(
 *   Stream.tap((result) => Console.log(result.id)),
 *   Stream.filter(RunResult.isFailure),
 *   Stream.runHead
 * )
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export function streamBatchResults<E = never, R = never, R2 = never, E2 = never, R3 = never>(
  batch: string | BatchHandle,
  options: StreamBatchResultsOptions<E, R, R2, "report", E2, R3> & { readonly onError: "report" }
): Stream.Stream<RunResult, RetrieveBatchError | E | E2, TriggerClient | R | R2 | R3>
export function streamBatchResults<
  E = never,
  R = never,
  R2 = never,
  M extends OnError = "fail",
  E2 = never,
  R3 = never
>(
  batch: string | BatchHandle,
  options: StreamBatchResultsOptions<E, R, R2, M, E2, R3> | undefined
): Stream.Stream<RunResult, CollectBatchResultsError | E | E2, TriggerClient | R | R2 | R3>
// last, because the compiler takes the last one where the function is an argument: `Stream.flatMap(streamBatchResults)`
export function streamBatchResults(
  batch: string | BatchHandle
): Stream.Stream<RunResult, CollectBatchResultsError, TriggerClient>
export function streamBatchResults<E, R, R2, E2, R3>(
  batch: string | BatchHandle,
  {
    onProgress,
    onUnavailable = () => Effect.void,
    schedule = Follow.defaultSchedule,
    ...options
  }: StreamBatchResultsOptions<E, R, R2, OnError, E2, R3> = {}
): Stream.Stream<RunResult, CollectBatchResultsError | E | E2, TriggerClient | R | R2 | R3> {
  return Stream.unwrapScoped(Effect.gen(function*() {
    const client = yield* TriggerClient
    const known = State.knownOf(batch)
    yield* Effect.annotateCurrentSpan("trigger.batch.id", describeId(known.batchId))
    const call = Call.make(client, known, options)
    const reporter = Progress.make(call, onProgress)
    const follower = yield* Follow.make(call, schedule)
    /** The runs that were emitted, or given to `onUnavailable`. */
    const done = new Set<string>()

    const take = (runId: string): Option.Option<RunResult> => {
      const result = done.has(runId) ? undefined : State.resultOf(call.state, runId)
      if (result === undefined) {
        return Option.none()
      }
      done.add(runId)
      // other calls may ask a handle for its results; nobody can ask for those of an id
      if (typeof batch === "string") {
        State.step(call.state, { _tag: "Taken", runId })
      }
      return Option.some(result)
    }

    /** The results that are known and not emitted yet, in batch order. */
    const fresh: Stream.Stream<RunResult> = Stream.suspend(() =>
      Stream.fromChunk(Chunk.fromIterable(State.runIds(call.state)).pipe(Chunk.filterMap(take)))
    )

    const oneByOne = (runIds: ReadonlyArray<string>) =>
      Stream.fromIterable(runIds).pipe(
        Stream.flatMap((runId) => Stream.fromEffect(Effect.as(Read.readRun(call, runId), runId)), {
          concurrency: concurrencyOf(client),
          // what is read ahead of the consumer is held in memory
          bufferSize: 1
        }),
        Stream.filterMap(take),
        Stream.tap(() => reporter.read)
      )

    const afterReading = (runIds: ReadonlyArray<string>) =>
      fresh.pipe(
        Stream.concat(oneByOne(runIds)),
        Stream.concat(Stream.execute(Read.settleProvisional(call))),
        Stream.concat(fresh),
        Stream.concat(Stream.execute(reporter.polled))
      )

    const giveUp = (runs: CollectedResults["unavailable"]): Effect.Effect<void, E2, R3> =>
      Effect.forEach(runs, (run) =>
        Effect.suspend(() => {
          // another call with the same handle may have found its result while the consumer was busy
          if (done.has(run.id) || State.resultOf(call.state, run.id) !== undefined) {
            return Effect.void
          }
          done.add(run.id)
          return onUnavailable(run)
        }), { discard: true })

    let isFirst = true
    const next = Effect.gen(function*() {
      if (isFirst) {
        isFirst = false
        return afterReading(yield* Read.readShared(call))
      }
      const collected = yield* Read.summarize(call)
      yield* Effect.annotateCurrentSpan(Read.attributesOf(call, collected))
      yield* giveUp(collected.unavailable.filter((run) => State.isGivenUp(call.state, run)))
      const news = State.isOver(call.state, collected)
        ? "ended"
        : yield* follower.next(State.progressOf(call.state, collected))
      switch (news) {
        case "ended":
          yield* reporter.changed
          yield* giveUp(collected.unavailable)
          return undefined
        case "changed":
          yield* reporter.changed
          return fresh
        case "poll":
          return afterReading(yield* follower.poll)
      }
    })

    return Stream.flatten(Stream.repeatEffectOption(
      Effect.flatMap(
        Effect.mapError(next, Option.some),
        (stream) => stream === undefined ? Effect.fail(Option.none()) : Effect.succeed(stream)
      )
    )).pipe(
      // another call with the same handle may have found the last results while the consumer was busy
      Stream.concat(fresh)
    )
  })).pipe(
    Stream.tapError(annotateFailure),
    Stream.withSpan("streamBatchResults", { captureStackTrace: false })
  )
}
