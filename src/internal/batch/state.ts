/**
 * What is known of the runs of a batch, as data, and the one function that changes it.
 */
import { hasProperty } from "effect/Predicate"
import { Batch } from "../../Batch.js"
import type { BatchProgress, CollectedResults, UnavailableRun } from "../../CollectedResults.js"
import { RetryPolicy } from "../../RetryPolicy.js"
import type { Run } from "../../Run.js"
import type { RunResult } from "../../RunResult.js"
import type { RunStatus } from "../../RunStatus.js"
import * as Feed from "./feed.js"
import { fromListed } from "./fromListed.js"
import { isFinished, isRunProvisional } from "./fromRun.js"
import { fromUpdate, isProvisional } from "./fromUpdate.js"

/** What a run of a batch can be. */
export type RunState =
  /** It has not finished, as far as is known. */
  | { readonly _tag: "Unread" }
  /** It has finished, and the results endpoint may know more about it. */
  | { readonly _tag: "Provisional"; readonly result: RunResult; readonly from: "feed" | "run" }
  /** Its result is known and does not change. */
  | { readonly _tag: "Settled"; readonly result: RunResult }
  /** It could not be read. */
  | { readonly _tag: "Unavailable"; readonly error: UnavailableRun["error"] }

/** What is known of a batch, also to other calls with the same `BatchHandle`. */
export interface Known {
  readonly batchId: string
  readonly runs: Map<string, Extract<RunState, { readonly _tag: "Provisional" | "Settled" }>>
  /** Whether the results endpoint lists nothing, as for most batches of today's engine and for a key that it refuses. */
  listsNothing: boolean
  /** How many of `runs` are settled. */
  settled: number
  /** Since when nothing new has come, in monotonic milliseconds. Undefined before the first read. */
  silentSince: number | undefined
}

/** What one call knows. */
export interface State {
  readonly known: Known
  /** The runs that this call could not read. */
  readonly unavailable: Map<string, UnavailableRun["error"]>
  /** In how many polls a run could not be read. */
  readonly failedPolls: Map<string, number>
  /** After so many of them, a run is not read again, whatever its error. */
  readonly giveUpAfter: number
  /** The last status of the runs that have not finished. */
  readonly statuses: Map<string, RunStatus>
  /** Undefined until it has been read. */
  batch: Batch | undefined
  feed: Feed.State
  /** How many updates of unsettled runs the feed has sent. A settled run may change for ever: somebody tags it. */
  unsettledUpdates: number
}

export const makeKnown = (batchId: string, results: Iterable<RunResult> = [], silentSince?: number): Known => {
  const runs: Known["runs"] = new Map(Array.from(results, (result) => [result.id, { _tag: "Settled", result }]))
  return { batchId, runs, listsNothing: false, settled: runs.size, silentSince }
}

export const settledResults = ({ runs }: Known): ReadonlyArray<RunResult> =>
  [...runs.values()].flatMap((run) => run._tag === "Settled" ? run.result : [])

/** Where a handle has what is known. */
export const KnownKey: unique symbol = Symbol.for("effect-trigger-dev/Known")

/** An id starts with nothing; a handle starts with what it knows. */
export const knownOf = (batch: string | { readonly [KnownKey]: Known }): Known =>
  hasProperty(batch, KnownKey) ? batch[KnownKey] : makeKnown(batch)

export const make = (known: Known, giveUpAfter = Number.POSITIVE_INFINITY): State => ({
  known,
  unavailable: new Map(),
  failedPolls: new Map(),
  giveUpAfter,
  statuses: new Map(),
  batch: undefined,
  feed: Feed.start,
  unsettledUpdates: 0
})

/** What happened. */
export type Event =
  | { readonly _tag: "PollStarted" }
  | { readonly _tag: "BatchRead"; readonly batch: Batch }
  | { readonly _tag: "FeedRead"; readonly step: Feed.Step }
  /** What the feed has sent since it was read last may be lost. */
  | { readonly _tag: "FeedLost" }
  /** The feed could not be read. */
  | { readonly _tag: "FeedFailed" }
  | { readonly _tag: "ResultsRead"; readonly results: ReadonlyArray<RunResult> }
  /** The results endpoint refuses the key. */
  | { readonly _tag: "ResultsRefused" }
  | { readonly _tag: "RunRead"; readonly run: Run; readonly result: RunResult }
  | { readonly _tag: "RunUnfinished"; readonly runId: string; readonly status: RunStatus }
  /** The results endpoint knows no more about these runs. */
  | { readonly _tag: "Accepted"; readonly runIds: Iterable<string> }
  | { readonly _tag: "ReadFailed"; readonly runIds: Iterable<string>; readonly error: UnavailableRun["error"] }
  /** Nobody will ask for the result again: all that is kept is how the run ended. */
  | { readonly _tag: "Taken"; readonly runId: string }
  /** Nothing new has come since this time, in monotonic milliseconds. */
  | { readonly _tag: "SilenceBegan"; readonly at: number }

/** What gave no key may give one at the next poll. */
const mayPass = (error: UnavailableRun["error"]): boolean =>
  RetryPolicy.isRetryable(error) || (error._tag === "Unauthorized" && error.reason === "NoSecretKey")

/** Whether nothing more is to be learned about a run that could not be read. */
export const isGivenUp = ({ failedPolls, giveUpAfter }: State, { error, id }: UnavailableRun): boolean =>
  !mayPass(error) || (failedPolls.get(id) ?? 0) >= giveUpAfter

/** The caller has seen that it is not settled yet. */
const settle = (state: State, result: RunResult): void => {
  state.known.settled++
  state.known.runs.set(result.id, { _tag: "Settled", result })
  state.unavailable.delete(result.id)
}

const isSettled = (state: State, runId: string): boolean => state.known.runs.get(runId)?._tag === "Settled"

/** The results endpoint says how a run ended; the status and the duration are known from elsewhere, if at all. */
const mergeWith = (known: RunState | undefined, listed: RunResult): RunResult => {
  const result = fromListed(listed)
  if (known?._tag !== "Provisional") {
    return result
  }
  const { status, usage } = known.result
  return { ...(status === undefined ? {} : { status }), ...(usage === undefined ? {} : { usage }), ...result }
}

/**
 * Drops the type of a provisional success. No source has shown its output, and a type without an output would say that the task
 * returned nothing.
 */
const accepted = (result: RunResult): RunResult => {
  if (!result.ok) {
    return result
  }
  const { outputType: _, ...rest } = result
  return rest
}

const withoutOutput = ({ id, ok, status }: RunResult): RunResult => ({
  ok,
  id,
  ...(status === undefined ? {} : { status })
})

/** Changes what is known. */
export const step = (state: State, event: Event): void => {
  const { failedPolls, known, statuses, unavailable } = state
  switch (event._tag) {
    case "PollStarted":
      // an error that may pass holds for one poll
      for (const [id, error] of unavailable) {
        if (!isGivenUp(state, { id, error })) {
          unavailable.delete(id)
        }
      }
      return
    case "BatchRead":
      state.batch = event.batch
      return
    case "FeedRead":
      state.feed = event.step.state
      for (const { hasOutcome, ofOldEngine, update } of event.step.updates) {
        if (isSettled(state, update.id)) {
          continue
        }
        state.unsettledUpdates++
        if (!isFinished(update)) {
          statuses.set(update.id, update.status)
        } else if (!hasOutcome) {
          // read elsewhere: `Feed.shown` leaves it out
          continue
        } else if (isProvisional(update, ofOldEngine)) {
          known.runs.set(update.id, { _tag: "Provisional", result: fromUpdate(update), from: "feed" })
        } else {
          settle(state, fromUpdate(update))
        }
      }
      return
    case "FeedLost":
      state.feed = Feed.afterLostResponse(state.feed)
      return
    case "FeedFailed":
      state.feed = Feed.afterFailure(state.feed)
      return
    case "ResultsRead":
      known.listsNothing = event.results.length === 0
      for (const result of event.results) {
        if (!isSettled(state, result.id)) {
          settle(state, mergeWith(known.runs.get(result.id), result))
        }
      }
      return
    case "ResultsRefused":
      known.listsNothing = true
      step(state, { _tag: "Accepted", runIds: provisionalRuns(state, "run") })
      return
    case "RunRead":
      // another call with the same handle may have settled it meanwhile
      if (isSettled(state, event.result.id)) {
        return
      }
      if (isRunProvisional(event.run)) {
        known.runs.set(event.result.id, { _tag: "Provisional", result: event.result, from: "run" })
      } else {
        settle(state, event.result)
      }
      return
    case "RunUnfinished":
      statuses.set(event.runId, event.status)
      return
    case "Accepted":
      for (const runId of event.runIds) {
        const run = known.runs.get(runId)
        if (run?._tag === "Provisional") {
          settle(state, accepted(run.result))
        }
      }
      return
    case "ReadFailed":
      for (const runId of event.runIds) {
        // one that is unavailable already has failed before in this poll
        if (!unavailable.has(runId)) {
          failedPolls.set(runId, (failedPolls.get(runId) ?? 0) + 1)
        }
        unavailable.set(runId, event.error)
      }
      return
    case "Taken": {
      const run = known.runs.get(event.runId)
      if (run?._tag === "Settled") {
        known.runs.set(event.runId, { _tag: "Settled", result: withoutOutput(run.result) })
      }
      return
    }
    case "SilenceBegan":
      known.silentSince = event.at
      return
  }
}

const unread: RunState = { _tag: "Unread" }

export const stateOf = ({ known, unavailable }: State, runId: string): RunState => {
  const run = known.runs.get(runId)
  if (run?._tag === "Settled") {
    return run
  }
  const error = unavailable.get(runId)
  return error === undefined ? run ?? unread : { _tag: "Unavailable", error }
}

export const resultOf = (state: State, runId: string): RunResult | undefined => {
  const run = stateOf(state, runId)
  return run._tag === "Settled" ? run.result : undefined
}

/**
 * The runs of the batch, each once, in batch order. A batch of an old SDK lists a run twice where two items have the same
 * idempotency key. Runs that only the feed shows come last: the list of a batch is empty until all are created.
 */
export const runIds = ({ batch, feed, known }: State): ReadonlyArray<string> => {
  // a batch that lists no runs yet has those that earlier calls have seen
  const ids = new Set(batch === undefined || batch.runs.length === 0 ? known.runs.keys() : batch.runs)
  for (const runId of feed.reported.keys()) {
    ids.add(runId)
  }
  return [...ids]
}

export const unreadRuns = (state: State): ReadonlyArray<string> =>
  runIds(state).filter((runId) => stateOf(state, runId)._tag === "Unread")

/**
 * The runs with provisional results. The results endpoint surely knows more about those from the feed, which the old engine
 * executed; about those from the run route, it may.
 */
export const provisionalRuns = (state: State, from?: "feed" | "run"): ReadonlyArray<string> =>
  runIds(state).filter((runId) => {
    const run = stateOf(state, runId)
    return run._tag === "Provisional" && (from === undefined || run.from === from)
  })

const failedToStart = (batch: Batch): CollectedResults["failedToStart"] => batch.processing?.errors ?? []

/** The code of the one error that today's engine reports where a full queue has refused several items. */
const queueIsFull = "QUEUE_SIZE_LIMIT_EXCEEDED"

/** How many items of the batch have neither a run nor an error of their own, if `runs` of them are seen. */
const unaccounted = (batch: Batch, runs: number): number =>
  Math.max(0, batch.runCount - failedToStart(batch).length - Math.max(batch.runs.length, runs))

/**
 * Whether the server has worked through all items, so that each has a run or an error. Fewer runs than items then mean that
 * some share one, which today's engine lists once.
 */
const isAccountedFor = (batch: Batch): boolean =>
  batch.processingCompletedAt !== undefined && batch.status !== "ABORTED" && batch.runs.length > 0 &&
  !failedToStart(batch).some(({ errorCode }) => errorCode === queueIsFull)

/** How many items of the batch have no run, and no error that says why, if `runs` of them are seen. */
export const missingFrom = (batch: Batch, runs: number): number => isAccountedFor(batch) ? 0 : unaccounted(batch, runs)

/** How many runs are still to be created. */
export const toBeCreated = (batch: Batch, missing: number): number => Batch.mayCreateRuns(batch) ? missing : 0

/**
 * Whether the status says that runs of the batch are still to finish. It stays `PENDING` for ever for a batch of the old engine,
 * and where two items share a run; where items failed to start, it says nothing about the runs.
 */
export const isRunning = (batch: Batch): boolean =>
  batch.status === "PENDING" && batch.processingCompletedAt !== undefined && unaccounted(batch, 0) === 0

export const summarize = (state: State, batch: Batch): CollectedResults => {
  const results: Array<RunResult> = []
  const pending: Array<string> = []
  const unavailable: Array<UnavailableRun> = []
  const ids = runIds(state)
  for (const id of ids) {
    const run = stateOf(state, id)
    switch (run._tag) {
      case "Settled":
        results.push(run.result)
        break
      case "Unavailable":
        unavailable.push({ id, error: run.error })
        break
      case "Provisional":
      case "Unread":
        pending.push(id)
    }
  }
  const missing = missingFrom(batch, ids.length)
  return {
    batch,
    results,
    pending,
    failedToStart: failedToStart(batch),
    unavailable,
    missing,
    complete: pending.length === 0 && unavailable.length === 0 && missing === 0
  }
}

/** Whether waiting brings nothing more: every run has finished or was given up, and no more runs are to come. */
export const isOver = (state: State, { batch, missing, pending, unavailable }: CollectedResults): boolean =>
  pending.length === 0 && toBeCreated(batch, missing) === 0 && unavailable.every((run) => isGivenUp(state, run))

export const progressOf = (state: State, collected: CollectedResults): BatchProgress => {
  const { batch, missing, pending, results, unavailable } = collected
  const statuses = new Map<string, number>()
  const count = (status: RunStatus | undefined): void => {
    if (status !== undefined) {
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }
  let failed = 0
  for (const result of results) {
    count(result.status ?? (result.ok ? "COMPLETED" : "FAILED"))
    failed += result.ok ? 0 : 1
  }
  for (const runId of pending) {
    count(state.statuses.get(runId))
  }
  return {
    finished: results.length,
    total: results.length + pending.length + unavailable.length + toBeCreated(batch, missing),
    failed,
    unavailable: unavailable.length,
    failedToStart: collected.failedToStart.length,
    missing,
    statuses: Object.fromEntries(statuses)
  }
}

/** What spans say about it. */
export const attributesOf = (
  { failedToStart, pending, results, unavailable }: CollectedResults
): Record<string, number> => ({
  "trigger.batch.runs": results.length + pending.length + unavailable.length,
  "trigger.batch.finished": results.length,
  "trigger.batch.pending": pending.length,
  "trigger.batch.failed_to_start": failedToStart.length,
  "trigger.batch.unavailable": unavailable.length
})
