/**
 * The runs of a batch as the command shows them, and what can be counted of them.
 */
import type { Batch } from "../Batch.js"
import type { UnavailableRun } from "../CollectedResults.js"
import type { RunResult } from "../RunResult.js"

/**
 * - `pending`: it has not finished
 * - `failed`: it threw, was cancelled, was ended by Trigger.dev, or could never be created
 * - `unavailable`: it could not be read
 */
export type State = "succeeded" | "failed" | "pending" | "unavailable"

/** A run. What is not known is absent. */
export interface RunView {
  /** Absent for an item of the batch for which no run could be created. */
  readonly id?: string
  readonly task?: string
  readonly state: State
  /** The status that the API sends, such as `TIMED_OUT`. */
  readonly status?: string
  readonly createdAt?: Date
  readonly startedAt?: Date
  readonly finishedAt?: Date
  /** From its start to its end, in milliseconds. */
  readonly durationMs?: number
  readonly tags: ReadonlyArray<string>
  readonly result?: RunResult
  /** Why it failed, or why it could not be read, in one line. */
  readonly message?: string
  readonly unavailable?: UnavailableRun["error"]
}

/** A batch and its runs at one moment. */
export interface Snapshot {
  readonly batch: Batch
  /** In batch order; the items for which no run could be created come last. */
  readonly runs: ReadonlyArray<RunView>
  /** How many runs are still to be created. */
  readonly toBeCreated: number
}

export interface Counts {
  readonly total: number
  readonly succeeded: number
  readonly failed: number
  readonly running: number
  readonly queued: number
  /** They could not be read. */
  readonly unavailable: number
  /** They have not been read yet. */
  readonly unread: number
}

/** The statuses of runs that have left the queue and have not finished. */
const running: ReadonlySet<string> = new Set(["DEQUEUED", "EXECUTING", "WAITING", "REATTEMPTING", "FROZEN"])

export const isRunning = (run: RunView): boolean =>
  run.state === "pending" && run.status !== undefined && running.has(run.status)

export const countsOf = ({ runs, toBeCreated }: Snapshot): Counts => {
  const count = (is: (run: RunView) => boolean): number => runs.reduce((sum, run) => is(run) ? sum + 1 : sum, 0)
  return {
    total: runs.length + toBeCreated,
    succeeded: count((run) => run.state === "succeeded"),
    failed: count((run) => run.state === "failed"),
    running: count(isRunning),
    queued: count((run) => run.state === "pending" && run.status !== undefined && !isRunning(run)) + toBeCreated,
    unavailable: count((run) => run.state === "unavailable"),
    unread: count((run) => run.state === "pending" && run.status === undefined)
  }
}

/** How many runs have each status, the most frequent first. */
export const statusesOf = (runs: ReadonlyArray<RunView>): ReadonlyArray<readonly [status: string, count: number]> => {
  const counts = new Map<string, number>()
  for (const run of runs) {
    const status = statusOf(run)
    counts.set(status, (counts.get(status) ?? 0) + 1)
  }
  return [...counts].sort((a, b) => b[1] - a[1])
}

/** The status, or a word of our own where the API sends none. */
export const statusOf = (run: RunView): string => {
  if (run.status !== undefined) {
    return run.status
  }
  switch (run.state) {
    case "succeeded":
      return "COMPLETED"
    case "failed":
      return run.id === undefined ? "NOT CREATED" : "FAILED"
    case "pending":
      return "PENDING"
    case "unavailable":
      return "UNREADABLE"
  }
}
