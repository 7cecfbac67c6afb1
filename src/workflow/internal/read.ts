/**
 * Reads the next page of a batch: the only part of the wait that sends requests.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { awaitBatchResults } from "../../awaitBatchResults.js"
import { Batch } from "../../Batch.js"
import { BatchHandle } from "../../BatchHandle.js"
import { collectBatchResults } from "../../collectBatchResults.js"
import type { CollectedResults } from "../../CollectedResults.js"
import { RetryPolicy } from "../../RetryPolicy.js"
import type { RunResult } from "../../RunResult.js"
import type { TriggerClient } from "../../TriggerClient.js"
import type { CollectBatchResultsError } from "../../TriggerError.js"
import type { AwaitBatchError } from "../AwaitBatchError.js"
import type { AwaitBatchProgress } from "../AwaitBatchProgress.js"
import * as Page from "./page.js"
import * as Wait from "./wait.js"

/** The options of the wait, with their defaults filled in. */
export interface Settings<R> {
  readonly batchId: string
  readonly hold: Duration.Duration
  readonly grace: Duration.Duration
  readonly pause: (progress: AwaitBatchProgress) => Duration.DurationInput | undefined
  readonly onProgress: (progress: AwaitBatchProgress) => Effect.Effect<unknown, never, R>
  /** Takes the results, and says whether it did. Without it the pages keep them. */
  readonly take?: (results: ReadonlyArray<RunResult>) => Effect.Effect<boolean, never, R>
}

/** What a page has read, before it is known whether another one follows. */
type Reading =
  | { readonly _tag: "Unreadable"; readonly error: AwaitBatchError }
  | {
    readonly _tag: "Read"
    readonly results: ReadonlyArray<RunResult>
    /** How many results `onResults` did not take. */
    readonly notTaken: number
    readonly total: number
    /** Whether there is nothing to wait for but runs that could not be read. */
    readonly over: boolean
    readonly ending: Page.Ending
  }

const collect = (
  { batchId, hold }: Pick<Settings<never>, "batchId" | "hold">,
  wait: Wait.Wait
): Effect.Effect<CollectedResults, AwaitBatchError, TriggerClient> =>
  Effect.gen(function*() {
    const quietSince = wait.newAt ?? wait.startedAt
    const handle = yield* BatchHandle.make(batchId, {
      results: wait.known.values(),
      ...(quietSince === undefined ? {} : { lastResultAt: new Date(quietSince) })
    })
    const untilNow = collectBatchResults(handle, { onError: "report" })
    return yield* Duration.isZero(hold) ? untilNow : awaitBatchResults(handle, { onError: "report" }).pipe(
      Effect.timeoutTo({ duration: hold, onSuccess: Effect.succeed, onTimeout: () => untilNow }),
      Effect.flatten
    )
  })

/** A result of which only the id and the outcome are kept. */
const bare = ({ id, ok }: RunResult): RunResult => ({ ok, id })

/** Results that were not taken count as runs that have not finished. */
const without = (collected: CollectedResults, results: ReadonlyArray<RunResult>): CollectedResults => {
  const pending = new Set([...collected.pending, ...results.map(({ id }) => id)])
  const inOrder = new Set([...collected.batch.runs, ...pending])
  return {
    ...collected,
    results: collected.results.filter(({ id }) => !pending.has(id)),
    pending: [...inOrder].filter((id) => pending.has(id)),
    complete: false
  }
}

const reading = (collected: CollectedResults, results: ReadonlyArray<RunResult>, notTaken = 0): Reading => {
  const { batch, missing, pending, unavailable } = collected
  const open = pending.length + (Batch.mayCreateRuns(batch) ? missing : 0)
  return {
    _tag: "Read",
    results,
    notTaken,
    total: collected.results.length + unavailable.length + open,
    over: open === 0,
    ending: {
      _tag: "Ends",
      collected: { ...collected, results: [] },
      finished: collected.results.map(({ id }) => id)
    }
  }
}

const take = <R>(
  settings: Settings<R>,
  wait: Wait.Wait,
  collected: CollectedResults
): Effect.Effect<Reading, never, R> => {
  const results = collected.results.filter(({ id }) => !wait.known.has(id))
  if (settings.take === undefined || results.length === 0) {
    return Effect.succeed(reading(collected, results))
  }
  return Effect.map(
    settings.take(results),
    (taken) => taken ? reading(collected, results.map(bare)) : reading(without(collected, results), [], results.length)
  )
}

/** Whether neither time nor another key can help. */
const isLasting = (error: CollectBatchResultsError): boolean => {
  switch (error._tag) {
    case "InvalidBatchId":
    case "InvalidRunId":
    case "BatchNotFound":
    case "RunNotFound":
      return true
    case "Unauthorized":
    case "Forbidden":
      return false
    default:
      return !RetryPolicy.isRetryable(error)
  }
}

/**
 * Whether waiting longer cannot help. If the batch cannot be read, only `BatchNotFound` is hopeless: a deployment may fix any other
 * error, and a workflow outlives deployments. If only runs cannot be read, it is hopeless when all their errors last.
 */
const isHopeless = (reading: Reading): boolean =>
  reading._tag === "Unreadable"
    ? reading.error._tag === "BatchNotFound"
    : reading.over && reading.ending.collected.unavailable.every(({ error }) => isLasting(error))

const second = 1000
const day = 24 * 60 * 60 * second

/**
 * The pause in milliseconds: not shorter than what the server asks for. Whole ones, because `@effect/cluster` has the end of
 * a pause in a BIGINT, and PostgreSQL takes no fractions for one.
 */
const millis = (pause: Duration.DurationInput, errors: ReadonlyArray<CollectBatchResultsError>): number => {
  const hint = errors.map(RetryPolicy.retryAfter).reduce(Duration.max, Duration.zero)
  return Math.ceil(Math.min(Math.max(Duration.toMillis(pause), Duration.toMillis(hint), second), day))
}

/** What follows a page. `wait` includes it. */
const outcomeOf = <R>(
  { grace, pause }: Settings<R>,
  wait: Wait.Wait,
  now: number,
  progress: AwaitBatchProgress,
  reading: Reading
): Page.Outcome => {
  const graceIsOver = wait.hopelessSince !== undefined && now - wait.hopelessSince >= Duration.toMillis(grace)
  if (reading._tag === "Unreadable") {
    const { error } = reading
    const next = graceIsOver || error._tag === "InvalidBatchId" ? undefined : pause(progress)
    return next === undefined
      ? { _tag: "Fails", error }
      : { _tag: "Continues", pause: millis(next, [error]), hopeless: isHopeless(reading) }
  }
  const isOver = graceIsOver || (reading.over && reading.ending.collected.unavailable.length === 0)
  const next = isOver ? undefined : pause(progress)
  const errors = reading.ending.collected.unavailable.map(({ error }) => error)
  return next === undefined
    ? reading.ending
    : { _tag: "Continues", pause: millis(next, errors), hopeless: isHopeless(reading) }
}

/** Reads what has finished since the pages that the wait knows. */
export const readPage = <R>(
  settings: Settings<R>,
  wait: Wait.Wait
): Effect.Effect<Page.Page, never, TriggerClient | R> =>
  Effect.gen(function*() {
    const startedAt = yield* Clock.currentTimeMillis
    const reading = yield* Effect.matchEffect(collect(settings, wait), {
      onFailure: (error) => Effect.succeed<Reading>({ _tag: "Unreadable", error }),
      onSuccess: (collected) => take(settings, wait, collected)
    })
    const endedAt = yield* Clock.currentTimeMillis
    const read = reading._tag === "Read" ? reading : { results: [], total: wait.total }
    const page = { startedAt, endedAt, results: read.results, total: read.total }
    const after = Wait.add(wait, { ...page, outcome: { _tag: "Continues", hopeless: isHopeless(reading) } })
    const progress = Wait.progressOf(
      after,
      endedAt,
      reading._tag === "Unreadable"
        ? { error: reading.error }
        : { unavailable: reading.ending.collected.unavailable.length, notTaken: reading.notTaken }
    )
    yield* settings.onProgress(progress)
    return Page.make({ ...page, outcome: outcomeOf(settings, after, endedAt, progress, reading) })
  })
