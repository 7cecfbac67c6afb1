/**
 * What the pages so far say together.
 */
import * as Duration from "effect/Duration"
import type { CollectedResults } from "../../CollectedResults.js"
import type { RunResult } from "../../RunResult.js"
import type { AwaitBatchProgress } from "../AwaitBatchProgress.js"
import type { BatchSummary } from "../BatchSummary.js"
import type { Continuation, Ending, Outcome, Page } from "./page.js"

export interface Wait {
  readonly pages: number
  /** The results that the pages have, by run id. */
  readonly known: ReadonlyMap<string, RunResult>
  readonly total: number
  /** Epoch milliseconds, as all instants here. Undefined before the first page. */
  readonly startedAt: number | undefined
  /** When a page last had a new result. */
  readonly newAt: number | undefined
  /** Since when all pages say that there is no hope. */
  readonly hopelessSince: number | undefined
}

export const initial: Wait = {
  pages: 0,
  known: new Map(),
  total: 0,
  startedAt: undefined,
  newAt: undefined,
  hopelessSince: undefined
}

/** A page that cannot be decoded has a number, and nothing else. */
export const skip = (wait: Wait): Wait => ({ ...wait, pages: wait.pages + 1 })

/** What a step needs of a page, which may be one that has no outcome yet. */
interface Read extends Pick<Page, "startedAt" | "endedAt" | "results" | "total"> {
  readonly outcome: Outcome | Pick<Continuation, "_tag" | "hopeless">
}

export const add = (wait: Wait, page: Read): Wait => ({
  pages: wait.pages + 1,
  // Stryker disable next-line ConditionalExpression: it only saves work, at each page and at each replay of it
  known: page.results.length === 0
    ? wait.known
    : new Map([...wait.known, ...page.results.map((result) => [result.id, result] as const)]),
  total: page.total,
  startedAt: wait.startedAt ?? page.startedAt,
  newAt: page.results.length === 0 ? wait.newAt : page.endedAt,
  hopelessSince: page.outcome._tag === "Continues" && page.outcome.hopeless
    ? wait.hopelessSince ?? page.startedAt
    : undefined
})

/** Counts of a page that has just been read, by a wait that includes it. */
export const progressOf = (
  wait: Wait,
  now: number,
  { error, notTaken = 0, unavailable = 0 }: Partial<Pick<AwaitBatchProgress, "error" | "notTaken" | "unavailable">>
): AwaitBatchProgress => {
  const startedAt = wait.startedAt ?? now
  let failed = 0
  for (const result of wait.known.values()) {
    failed += result.ok ? 0 : 1
  }
  return {
    finished: wait.known.size,
    failed,
    total: wait.total,
    unavailable,
    notTaken,
    pages: wait.pages,
    elapsed: Duration.millis(now - startedAt),
    idle: Duration.millis(now - (wait.newAt ?? startedAt)),
    ...(error === undefined ? {} : { error })
  }
}

/** Whether the pages have all results that the last one counts on. A page before it may not decode any more. */
export const isWhole = (wait: Wait, ending: Ending): boolean => ending.finished.every((id) => wait.known.has(id))

/** The results of the pages in batch order. */
const resultsOf = (wait: Wait, ending: Ending): ReadonlyArray<RunResult> =>
  ending.finished.flatMap((id) => wait.known.get(id) ?? [])

export const collected = (wait: Wait, ending: Ending): CollectedResults => ({
  ...ending.collected,
  results: resultsOf(wait, ending)
})

export const summary = (wait: Wait, ending: Ending): BatchSummary => {
  const results = resultsOf(wait, ending)
  const { batch, complete, failedToStart, missing, pending, unavailable } = ending.collected
  return {
    batchId: batch.id,
    succeeded: results.filter(({ ok }) => ok).map(({ id }) => id),
    failed: results.filter(({ ok }) => !ok).map(({ id }) => id),
    pending,
    failedToStart,
    unavailable,
    missing,
    complete
  }
}
