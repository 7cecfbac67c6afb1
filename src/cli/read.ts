/**
 * Reads the runs of a batch with their state, times and results. Only this module knows where they are read from.
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { Batch, BatchStatus } from "../Batch.js"
import { collectBatchResults } from "../collectBatchResults.js"
import type { UnavailableRun } from "../CollectedResults.js"
import { concurrencyOf, type FeedSource } from "../internal/batch/source.js"
import { missingFrom, toBeCreated } from "../internal/batch/state.js"
import { defined } from "../internal/describe/defined.js"
import { RetryPolicy } from "../RetryPolicy.js"
import type { Run } from "../Run.js"
import { RunError } from "../RunError.js"
import type { RunResult } from "../RunResult.js"
import type { RunUpdate } from "../RunUpdate.js"
import { streamBatchResults } from "../streamBatchResults.js"
import { TriggerClient, type TriggerClientService } from "../TriggerClient.js"
import type { CollectBatchResultsError, RetrieveBatchError } from "../TriggerError.js"
import { brief, patient } from "./retries.js"
import type { RunView, Snapshot, State } from "./runs.js"
import { oneLine } from "./terminal/plain.js"

/** What the responses of a client say about a batch. */
interface Seen {
  batch: Batch | undefined
  /** Why the last attempt to read the batch failed; undefined if it did not. */
  failure: CollectBatchResultsError | undefined
  readonly runs: Map<string, Run | RunUpdate>
  readonly results: Map<string, RunResult>
  readonly unavailable: Map<string, UnavailableRun["error"]>
}

const nothing = (): Seen => ({
  batch: undefined,
  failure: undefined,
  runs: new Map(),
  results: new Map(),
  unavailable: new Map()
})

const noteFailure = (seen: Seen) => (error: CollectBatchResultsError): Effect.Effect<void> =>
  Effect.sync(() => {
    seen.failure = error
  })

/**
 * Records the responses that the reading operations receive. Their results have neither the times of the runs nor the
 * statuses of unfinished ones.
 */
const observe = (client: TriggerClientService, seen: Seen): TriggerClientService => ({
  ...client,
  feed: client.feed === undefined ? undefined : observeFeed(client.feed, seen),
  retrieveBatch: (batchId) =>
    Effect.tap(client.retrieveBatch(batchId), (batch) =>
      Effect.sync(() => {
        seen.batch = batch
        seen.failure = undefined
      })),
  retrieveRun: (runId) => Effect.tap(client.retrieveRun(runId), (run) => Effect.sync(() => seen.runs.set(runId, run)))
})

const observeFeed = (feed: FeedSource, seen: Seen): FeedSource => ({
  ...feed,
  read: (batchId, state, options) =>
    Effect.tapBoth(feed.read(batchId, state, options), {
      onFailure: noteFailure(seen),
      onSuccess: ({ updates }) =>
        Effect.sync(() => {
          seen.failure = undefined
          for (const { update } of updates) {
            seen.runs.set(update.id, update)
          }
        })
    })
})

const between = (start: Date | undefined, end: Date | undefined): number | undefined =>
  start === undefined || end === undefined ? undefined : Math.max(0, end.getTime() - start.getTime())

const stateOf = (id: string, { results, unavailable }: Seen): State => {
  const result = results.get(id)
  return result !== undefined
    ? result.ok ? "succeeded" : "failed"
    : unavailable.has(id)
    ? "unavailable"
    : "pending"
}

const messageOf = (result: RunResult | undefined): string | undefined =>
  result?.ok === false && result.error !== undefined ? RunError.message(result.error) : undefined

const view = (id: string, seen: Seen): RunView => {
  const run = seen.runs.get(id)
  const result = seen.results.get(id)
  const unavailable = seen.unavailable.get(id)
  return defined({
    id,
    task: run?.taskIdentifier ?? result?.taskIdentifier,
    state: stateOf(id, seen),
    status: result?.status ?? run?.status,
    createdAt: run?.createdAt,
    startedAt: run?.startedAt,
    finishedAt: run?.finishedAt,
    durationMs: between(run?.startedAt, run?.finishedAt) ?? result?.usage?.durationMs,
    tags: run?.tags ?? [],
    result,
    message: messageOf(result) ?? unavailable?.message,
    unavailable
  })
}

const notCreated = (item: NonNullable<Batch["processing"]>["errors"][number]): RunView => ({
  task: item.taskIdentifier,
  state: "failed",
  tags: [],
  message: `item ${item.index} could not be created: ${oneLine(item.error)}`
})

/** An item that did not become a run. Nothing else is known of it. */
const lost: RunView = {
  state: "failed",
  tags: [],
  message: "an item could not be created"
}

const snapshot = (batch: Batch, seen: Seen): Snapshot => {
  const failedToStart = batch.processing?.errors ?? []
  // the batch lists its runs when all are created; the feed shows them before. A run may be in a batch twice
  const ids = [...new Set([...batch.runs, ...seen.runs.keys()])]
  const missing = missingFrom(batch, ids.length)
  const coming = toBeCreated(batch, missing)
  return {
    batch,
    runs: [
      ...ids.map((id) => view(id, seen)),
      ...failedToStart.map(notCreated),
      ...Array.from({ length: missing - coming }, () => lost)
    ],
    toBeCreated: coming
  }
}

/** Reads every run once. A run that cannot be read is `unavailable`; the others are read all the same. */
export const readRuns = (batchId: string): Effect.Effect<Snapshot, RetrieveBatchError, TriggerClient> =>
  Effect.gen(function*() {
    const client = yield* TriggerClient
    const seen = nothing()
    const { batch, results, unavailable } = yield* collectBatchResults(batchId, { onError: "report" }).pipe(
      Effect.provideService(TriggerClient, observe(client, seen))
    )
    for (const result of results) {
      seen.results.set(result.id, result)
    }
    for (const { error, id } of unavailable) {
      seen.unavailable.set(id, error)
    }
    return snapshot(batch, seen)
  })

/**
 * Like `readRuns`, and also reads the times of runs that the results endpoint listed, which does not send times. A run
 * whose times cannot be read has none.
 */
export const readRunsAndTimes = (batchId: string): Effect.Effect<Snapshot, RetrieveBatchError, TriggerClient> =>
  Effect.gen(function*() {
    const client = yield* TriggerClient
    const read = yield* readRuns(batchId)
    const runs = yield* Effect.forEach(
      read.runs,
      (run) =>
        run.id === undefined || run.createdAt !== undefined || run.state === "unavailable"
          ? Effect.succeed(run)
          : Effect.match(client.retrieveRun(run.id), {
            onFailure: () => run,
            onSuccess: ({ createdAt, finishedAt, startedAt, status, tags }): RunView =>
              defined({
                ...run,
                status: run.status ?? status,
                createdAt,
                startedAt,
                finishedAt,
                durationMs: between(startedAt, finishedAt) ?? run.durationMs,
                tags: tags ?? []
              })
          }),
      { concurrency: concurrencyOf(client) }
    )
    return { ...read, runs }
  })

/** A batch that `wait` follows. */
export interface Followed {
  /** What is known now; undefined until the batch has been read. */
  readonly now: () => Snapshot | undefined
  /** Why the last attempt to read the batch failed; undefined if it did not. */
  readonly failure: () => CollectBatchResultsError | undefined
  /** Waits until every run has finished. */
  readonly end: Effect.Effect<Snapshot, RetrieveBatchError, TriggerClient>
}

/**
 * Notes why attempts to read the batch fail. Until the batch has been read once, retries are brief: a wrong address must not
 * look like a batch that runs.
 */
const noteFailures = (client: TriggerClientService, seen: Seen): TriggerClientService => ({
  ...client,
  retrieveBatch: (batchId) =>
    Effect.suspend(() =>
      RetryPolicy.override(
        client.retrieveBatch(batchId),
        Schedule.tapInput(seen.batch === undefined ? brief : patient, noteFailure(seen))
      )
    )
})

/** The statuses that never change. */
const final: ReadonlySet<BatchStatus> = new Set(["COMPLETED", "ABORTED"])

/**
 * The feed shows the end of the last run before the batch has been read again, which leaves its status behind. Everything
 * else is known by then, so a failure does not count.
 */
const refreshStatus = (batchId: string, client: TriggerClientService, { batch }: Seen): Effect.Effect<void> =>
  batch === undefined || final.has(batch.status)
    ? Effect.void
    : client.retrieveBatch(batchId).pipe(
      RetryPolicy.override(RetryPolicy.none),
      Effect.timeout("3 seconds"),
      Effect.ignore
    )

/** `intervalMs` is the pause between two polls, for runs that the feed does not show. By default the pauses grow. */
export const followRuns = (batchId: string, intervalMs?: number): Followed => {
  const seen = nothing()
  const now = () => seen.batch === undefined ? undefined : snapshot(seen.batch, seen)
  const end = Effect.gen(function*() {
    const client = observe(yield* TriggerClient, seen)
    yield* streamBatchResults(batchId, {
      ...(intervalMs === undefined ? {} : { schedule: Schedule.spaced(intervalMs) }),
      onError: "report",
      onUnavailable: ({ error, id }) => Effect.sync(() => seen.unavailable.set(id, error))
    }).pipe(
      Stream.runForEach((result) => Effect.sync(() => seen.results.set(result.id, result))),
      Effect.provideService(TriggerClient, noteFailures(client, seen))
    )
    yield* refreshStatus(batchId, client, seen)
    return now() ?? (yield* readRuns(batchId))
  })
  return { now, failure: () => seen.failure, end }
}
