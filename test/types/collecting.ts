/**
 * The types of awaiting and streaming a batch, checked by the compiler: what the options make of result, errors and needs.
 */
import { type Context, Effect, type Schedule, Schema, type Stream } from "effect"
import {
  awaitBatchResults,
  type AwaitBatchResultsOptions,
  BatchNotFound,
  type BatchProgress,
  collectBatchResults,
  CollectBatchResultsError,
  type CollectedResults,
  type OnError,
  RetrieveBatchError,
  RetryPolicy,
  type RunResult,
  streamBatchResults,
  type StreamBatchResultsOptions,
  type TriggerClient,
  type UnavailableRun
} from "effect-trigger-dev"

/** Both ways, so that neither side is wider. */
type Same<A, B> = [A] extends [B] ? [B] extends [A] ? true : false : false

const same = <A, B>(_: Same<A, B>): void => {}

type Need = Context.Tag<"need", "need">
type Pause = Context.Tag<"pause", "pause">
declare const onProgress: (progress: BatchProgress) => Effect.Effect<void, "Mine", Need>
declare const onUnavailable: (run: UnavailableRun) => Effect.Effect<void, "Mine", Need>
declare const schedule: Schedule.Schedule<number, BatchProgress, Pause>
declare const told: (progress: BatchProgress) => Effect.Effect<void>

const awaited = awaitBatchResults("batch_1")
same<typeof awaited, Effect.Effect<CollectedResults, CollectBatchResultsError, TriggerClient>>(true)

const failing = awaitBatchResults("batch_1", { onError: "fail", onProgress, schedule })
same<
  typeof failing,
  Effect.Effect<CollectedResults, CollectBatchResultsError | "Mine", TriggerClient | Need | Pause>
>(true)

const reported = awaitBatchResults("batch_1", { onError: "report" })
same<typeof reported, Effect.Effect<CollectedResults, RetrieveBatchError, TriggerClient>>(true)

const reportedAll = awaitBatchResults("batch_1", { onError: "report", onProgress, schedule })
same<
  typeof reportedAll,
  Effect.Effect<CollectedResults, RetrieveBatchError | "Mine", TriggerClient | Need | Pause>
>(true)

// what the progress is, a function in place need not say
const inPlace = awaitBatchResults("batch_1", { onError: "report", onProgress: (progress) => told(progress) })
same<typeof inPlace, Effect.Effect<CollectedResults, RetrieveBatchError, TriggerClient>>(true)

declare const either: AwaitBatchResultsOptions
const undecided = awaitBatchResults("batch_1", either)
same<
  typeof undecided,
  Effect.Effect<CollectedResults, CollectBatchResultsError, TriggerClient>
>(true)

// @ts-expect-error there are two ways
awaitBatchResults("batch_1", { onError: "ignore" })

const streamed = streamBatchResults("batch_1")
same<typeof streamed, Stream.Stream<RunResult, CollectBatchResultsError, TriggerClient>>(true)

const paused = streamBatchResults("batch_1", { schedule })
same<typeof paused, Stream.Stream<RunResult, CollectBatchResultsError, TriggerClient | Pause>>(true)

const handed = streamBatchResults("batch_1", { onError: "report", onUnavailable, schedule })
same<typeof handed, Stream.Stream<RunResult, RetrieveBatchError | "Mine", TriggerClient | Need | Pause>>(true)

const handedInPlace = streamBatchResults("batch_1", {
  onError: "report",
  onUnavailable: (run) => onUnavailable(run)
})
same<typeof handedInPlace, Stream.Stream<RunResult, RetrieveBatchError | "Mine", TriggerClient | Need>>(true)

declare const perhaps: StreamBatchResultsOptions<"Mine", Need>
const perhapsHanded = streamBatchResults("batch_1", perhaps)
same<typeof perhapsHanded, Stream.Stream<RunResult, CollectBatchResultsError | "Mine", TriggerClient | Need>>(true)

declare const other: (run: UnavailableRun) => Effect.Effect<void, "Other", Context.Tag<"other", "other">>
const apart = streamBatchResults("batch_1", { onError: "report", onProgress, onUnavailable: other, schedule })
same<
  typeof apart,
  Stream.Stream<
    RunResult,
    RetrieveBatchError | "Mine" | "Other",
    TriggerClient | Need | Pause | Context.Tag<"other", "other">
  >
>(true)

// @ts-expect-error only a call that reports gives up
awaitBatchResults("batch_1", { giveUpAfter: 3 })

// @ts-expect-error only a call that reports gives up
streamBatchResults("batch_1", { onError: "fail", giveUpAfter: 3 })

// @ts-expect-error only a call that reports hands runs over
streamBatchResults("batch_1", { onUnavailable })

declare const mode: OnError
const decidedLater = streamBatchResults("batch_1", { onError: mode, giveUpAfter: 3, onUnavailable })
same<
  typeof decidedLater,
  Stream.Stream<RunResult, CollectBatchResultsError | "Mine", TriggerClient | Need>
>(true)

// @ts-expect-error an error with a batch id is not a handle
collectBatchResults(new BatchNotFound({ batchId: "batch_1", endpoint: "" }))

// every operation can be retried by what its error says
const retried = Effect.retry(collectBatchResults("batch_1"), { times: 3, while: RetryPolicy.isRetryable })
same<typeof retried, Effect.Effect<CollectedResults, CollectBatchResultsError, TriggerClient>>(true)

// the unions of errors are schemas, for activities and remote calls
const isCollectError: (error: unknown) => error is CollectBatchResultsError = Schema.is(CollectBatchResultsError)
const isBatchError: (error: unknown) => error is RetrieveBatchError = Schema.is(RetrieveBatchError)

export {
  apart,
  awaited,
  decidedLater,
  either,
  failing,
  handed,
  handedInPlace,
  inPlace,
  isBatchError,
  isCollectError,
  mode,
  onProgress,
  onUnavailable,
  other,
  paused,
  perhaps,
  perhapsHanded,
  reported,
  reportedAll,
  retried,
  schedule,
  streamed,
  told,
  undecided
}
