/**
 * The results of a batch as its runs finish.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { Batch } from "./Batch.js"
import type { BatchHandle } from "./BatchHandle.js"
import type { BatchProgress, UnavailableRun } from "./CollectedResults.js"
import { defaultSchedule, isOver } from "./internal/batch/poll.js"
import { attributesOf, concurrencyOf, progressOf, type Reader, readerOf, runsOf } from "./internal/batch/reader.js"
import { mayPass, reporting } from "./internal/batch/report.js"
import type { RunResult } from "./RunResult.js"
import { TriggerClient } from "./TriggerClient.js"
import type { CollectBatchResultsError, CollectError, OnError } from "./TriggerError.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface StreamBatchResultsOptions<R = never, E2 = never, R2 = never, M extends OnError = OnError> {
  /**
   * The pause between two polls, which sees how far the batch has come. Where it ends, the stream ends. Default: 1
   * second, growing by 1.5 to 15 seconds, with jitter.
   */
  readonly schedule?: Schedule.Schedule<unknown, BatchProgress, R>
  /**
   * What a run that cannot be read does, all retries included. `fail`: the stream fails with its error. `report`: the
   * stream goes on, and `onUnavailable` is run for that run. Default: `fail`.
   */
  readonly onError?: M
  /**
   * With `onError: "report"`, run once for each run that cannot be read, at the end of the poll that finds it out. A
   * failure of it ends the stream. Default: such runs are left out of the stream.
   */
  readonly onUnavailable?: (run: UnavailableRun) => Effect.Effect<unknown, E2, R2>
}

/**
 * Emits the result of each run once, as it is seen finished, and ends when all runs have. It polls as
 * `awaitBatchResults` does, and reads on only while results are taken: a slow consumer slows the reading down, and one
 * that stops, as with `Stream.take`, ends it.
 *
 * The order is that in which runs are seen finished, not that of the batch. With a `BatchHandle`, the results that it
 * knows come first, without being fetched again.
 *
 * With `onError: "report"` a run is emitted or given to `onUnavailable`, once, and never both. One whose error cannot get better, such as
 * `InvalidResponse` or `Unauthorized`, is handed over and not asked for again. One whose error may pass
 * (`RetryPolicy.isRetryable`), such as `ServerError` or `RunNotFound`, is asked for again at the next poll, and handed
 * over only where the schedule ends before it was read; the default schedule does not end. Only the batch itself must be
 * readable, at each poll.
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
export function streamBatchResults<R = never, E2 = never, R2 = never, M extends OnError = "fail">(
  batch: string | BatchHandle,
  options?: StreamBatchResultsOptions<R, E2, R2, M>
): Stream.Stream<RunResult, CollectError<M> | E2, TriggerClient | R | R2>
export function streamBatchResults<R, E2, R2>(
  batch: string | BatchHandle,
  { onError, onUnavailable = () => Effect.void, schedule = defaultSchedule }: StreamBatchResultsOptions<R, E2, R2> = {}
): Stream.Stream<RunResult, CollectBatchResultsError | E2, TriggerClient | R | R2> {
  return Stream.unwrap(Effect.gen(function*() {
    const client = yield* TriggerClient
    const reader: Reader = onError === "report" ? reporting(readerOf(batch)) : readerOf(batch)
    const driver = yield* Schedule.driver<unknown, BatchProgress, R>(schedule)
    yield* Effect.annotateCurrentSpan("trigger.batch.id", reader.batchId)
    /** The runs that were emitted or handed over. */
    const done = new Set<string>()
    let last: Batch | undefined

    /** What is known and was not emitted, in batch order. */
    const fresh = (batch: Batch): Stream.Stream<RunResult> =>
      Stream.suspend(() => {
        const results = runsOf(batch).flatMap((id) => {
          const result = done.has(id) ? undefined : reader.get(id)
          return result === undefined ? [] : [result]
        })
        for (const { id } of results) {
          done.add(id)
        }
        return Stream.fromIterable(results)
      })

    const oneByOne = (batch: Batch): Stream.Stream<RunResult, CollectBatchResultsError> =>
      Stream.suspend(() => Stream.fromIterable(reader.unread(batch))).pipe(
        Stream.flatMap((id) => Stream.fromEffect(reader.readRun(client, id)), {
          concurrency: concurrencyOf(client),
          // what is read ahead of the consumer is held in memory
          bufferSize: 1
        }),
        Stream.filterMap((result) => result === undefined || done.has(result.id) ? Option.none() : Option.some(result)),
        Stream.tap((result) => Effect.sync(() => done.add(result.id)))
      )

    const round = (batch: Batch): Stream.Stream<RunResult, CollectBatchResultsError> =>
      fresh(batch).pipe(
        Stream.concat(oneByOne(batch)),
        Stream.concat(Stream.execute(reader.settle(client))),
        Stream.concat(fresh(batch))
      )

    /** Tells of runs that cannot be read, of each once. */
    const handOver = (runs: ReadonlyArray<UnavailableRun>): Effect.Effect<void, E2, R2> =>
      Effect.forEach(runs, (run) =>
        Effect.suspend(() => {
          if (done.has(run.id)) {
            return Effect.void
          }
          done.add(run.id)
          return onUnavailable(run)
        }), { discard: true })

    const nextRound: Effect.Effect<
      Stream.Stream<RunResult, CollectBatchResultsError>,
      Option.Option<CollectBatchResultsError | E2>,
      R | R2
    > = Effect.gen(function*() {
      if (last !== undefined) {
        const found = reader.summary(last)
        const unavailable = found.unavailable
        yield* Effect.annotateCurrentSpan(attributesOf(found))
        yield* Effect.mapError(handOver(unavailable.filter(({ error }) => !mayPass(error))), Option.some)
        const goesOn = !isOver(found) && (yield* Effect.isSuccess(driver.next(progressOf(found))))
        if (!goesOn) {
          yield* Effect.mapError(handOver(unavailable), Option.some)
          return yield* Effect.fail(Option.none())
        }
      }
      const batch = yield* Effect.mapError(reader.readBatch(client), Option.some)
      yield* Effect.mapError(reader.readEndpoint(client, batch), Option.some)
      last = batch
      return round(batch)
    })

    return Stream.flatten(Stream.repeatEffectOption(nextRound))
  })).pipe(Stream.withSpan("streamBatchResults", { captureStackTrace: false }))
}
