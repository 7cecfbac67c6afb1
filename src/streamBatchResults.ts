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
import type { BatchProgress } from "./CollectedResults.js"
import { defaultSchedule } from "./internal/poll.js"
import { attributesOf, concurrencyOf, progressOf, readerOf, runsOf, summarize } from "./internal/reader.js"
import type { RunResult } from "./RunResult.js"
import { TriggerClient } from "./TriggerClient.js"
import type { CollectBatchResultsError } from "./TriggerError.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface StreamBatchResultsOptions<R = never> {
  /**
   * The pause between two polls, which sees how far the batch has come. Where it ends, the stream ends. Default: 1
   * second, growing by 1.5 to 15 seconds, with jitter.
   */
  readonly schedule?: Schedule.Schedule<unknown, BatchProgress, R>
}

/**
 * Emits the result of each run once, as it is seen finished, and ends when all runs have. It polls as
 * `awaitBatchResults` does, and reads on only while results are taken: a slow consumer slows the reading down, and one
 * that stops, as with `Stream.take`, ends it.
 *
 * The order is that in which runs are seen finished, not that of the batch. With a `BatchHandle`, the results that it
 * knows come first, without being fetched again.
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
export const streamBatchResults = <R = never>(
  batch: string | BatchHandle,
  options: StreamBatchResultsOptions<R> = {}
): Stream.Stream<RunResult, CollectBatchResultsError, TriggerClient | R> =>
  Stream.unwrap(Effect.gen(function*() {
    const client = yield* TriggerClient
    const reader = readerOf(batch)
    const driver = yield* Schedule.driver<unknown, BatchProgress, R>(options.schedule ?? defaultSchedule)
    yield* Effect.annotateCurrentSpan("trigger.batch.id", reader.batchId)
    const emitted = new Set<string>()
    let last: Batch | undefined

    /** What is known and was not emitted, in batch order. */
    const fresh = (batch: Batch): Stream.Stream<RunResult> =>
      Stream.suspend(() => {
        const results = runsOf(batch).flatMap((id) => {
          const result = emitted.has(id) ? undefined : reader.get(id)
          return result === undefined ? [] : [result]
        })
        for (const { id } of results) {
          emitted.add(id)
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
        Stream.filterMap((result) =>
          result === undefined || emitted.has(result.id) ? Option.none() : Option.some(result)
        ),
        Stream.tap((result) => Effect.sync(() => emitted.add(result.id)))
      )

    const round = (batch: Batch): Stream.Stream<RunResult, CollectBatchResultsError> =>
      fresh(batch).pipe(
        Stream.concat(oneByOne(batch)),
        Stream.concat(Stream.execute(reader.settle(client))),
        Stream.concat(fresh(batch))
      )

    const nextRound = Effect.gen(function*() {
      if (last !== undefined) {
        const collected = summarize(reader, last)
        yield* Effect.annotateCurrentSpan(attributesOf(collected))
        const goesOn = !collected.complete && (yield* Effect.isSuccess(driver.next(progressOf(collected))))
        if (!goesOn) {
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
