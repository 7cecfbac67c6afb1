/**
 * The types of awaiting and streaming a batch, checked by the compiler: what the options make of result, errors and needs.
 */
import { type Context, Effect, pipe, type Schedule, Schema, Stream } from "effect"
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

declare const lenient: boolean

const chosen = collectBatchResults("batch_1", { onError: lenient ? "report" : "fail" })
same<typeof chosen, Effect.Effect<CollectedResults, CollectBatchResultsError, TriggerClient>>(true)

const chosenWhole = awaitBatchResults("batch_1", lenient ? { onError: "report", giveUpAfter: 3 } : { onError: "fail" })
same<typeof chosenWhole, Effect.Effect<CollectedResults, CollectBatchResultsError, TriggerClient>>(true)

// where `onError` may be absent, the call can fail with the error of a run
type Wide = Effect.Effect<CollectedResults, CollectBatchResultsError, TriggerClient>
const reportOrNothing = lenient ? { onError: "report" as const } : {}
declare const optionalReport: AwaitBatchResultsOptions<never, never, never, "report">

const variable = collectBatchResults("batch_1", reportOrNothing)
same<typeof variable, Wide>(true)

const inline = awaitBatchResults("batch_1", lenient ? { onError: "report", giveUpAfter: 3 } : {})
same<typeof inline, Wide>(true)

const absent = collectBatchResults("batch_1", lenient ? { onError: "report" } : undefined)
same<typeof absent, Wide>(true)

const spread = awaitBatchResults("batch_1", { ...reportOrNothing, onProgress })
same<
  typeof spread,
  Effect.Effect<CollectedResults, CollectBatchResultsError | "Mine", TriggerClient | Need>
>(true)

const declared = awaitBatchResults("batch_1", optionalReport)
same<typeof declared, Wide>(true)

const declaredAndStated = awaitBatchResults("batch_1", { ...optionalReport, onError: "report" })
same<typeof declaredAndStated, Effect.Effect<CollectedResults, RetrieveBatchError, TriggerClient>>(true)

const streamedVariable = streamBatchResults("batch_1", reportOrNothing)
same<typeof streamedVariable, Stream.Stream<RunResult, CollectBatchResultsError, TriggerClient>>(true)

const streamedSpread = streamBatchResults("batch_1", { ...reportOrNothing, onUnavailable })
same<typeof streamedSpread, Stream.Stream<RunResult, CollectBatchResultsError | "Mine", TriggerClient | Need>>(true)

// @ts-expect-error only a call that reports gives up
awaitBatchResults("batch_1", lenient ? { giveUpAfter: 3 } : {})

// the functions can be passed as they are
const collected = Effect.flatMap(Effect.succeed("batch_1"), collectBatchResults)
same<typeof collected, Effect.Effect<CollectedResults, CollectBatchResultsError, TriggerClient>>(true)

const piped = pipe("batch_1", awaitBatchResults)
same<typeof piped, Effect.Effect<CollectedResults, CollectBatchResultsError, TriggerClient>>(true)

const allStreamed = Stream.flatMap(Stream.make("batch_1", "batch_2"), streamBatchResults)
same<typeof allStreamed, Stream.Stream<RunResult, CollectBatchResultsError, TriggerClient>>(true)

// @ts-expect-error an error with a batch id is not a handle
collectBatchResults(new BatchNotFound({ batchId: "batch_1", endpoint: "" }))

// every operation can be retried by what its error says
const retried = Effect.retry(collectBatchResults("batch_1"), { times: 3, while: RetryPolicy.isRetryable })
same<typeof retried, Effect.Effect<CollectedResults, CollectBatchResultsError, TriggerClient>>(true)

// the unions of errors are schemas, for activities and remote calls
const isCollectError: (error: unknown) => error is CollectBatchResultsError = Schema.is(CollectBatchResultsError)
const isBatchError: (error: unknown) => error is RetrieveBatchError = Schema.is(RetrieveBatchError)

export {
  absent,
  allStreamed,
  apart,
  awaited,
  chosen,
  chosenWhole,
  collected,
  decidedLater,
  declared,
  declaredAndStated,
  either,
  failing,
  handed,
  handedInPlace,
  inline,
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
  piped,
  reported,
  reportedAll,
  retried,
  schedule,
  spread,
  streamed,
  streamedSpread,
  streamedVariable,
  told,
  undecided,
  variable
}
