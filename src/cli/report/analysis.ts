/**
 * Computes the figures of a report.
 */
import { ascending, descending, group, max, quantileSorted } from "d3-array"
import { Batch } from "../../Batch.js"
import { type Counts, countsOf, type RunView, type Snapshot } from "../runs.js"
import { type FailureGroup, groupFailures } from "./group.js"

export interface TaskDurations {
  readonly task: string
  readonly runs: number
  readonly failed: number
  /** The durations of the finished runs in milliseconds, ascending. */
  readonly durations: ReadonlyArray<number>
  readonly median: number | undefined
  /** The 95th percentile. */
  readonly p95: number | undefined
  readonly longest: number | undefined
}

export interface Analysis {
  readonly snapshot: Snapshot
  /** When the batch was read, in milliseconds since the Unix epoch. */
  readonly now: number
  readonly counts: Counts
  /** Whether every run has finished, and no more are created. */
  readonly isOver: boolean
  /** From the creation of the batch to its end, or to now if it is not over. */
  readonly elapsedMs: number
  readonly tasks: ReadonlyArray<TaskDurations>
  readonly slowest: ReadonlyArray<RunView>
  readonly failures: ReadonlyArray<FailureGroup>
}

/** How many of the slowest runs are listed. */
const listed = 10

const isMeasured = (run: RunView): run is RunView & { readonly durationMs: number } => run.durationMs !== undefined

/** The task with the longest median first. */
const byTask = (runs: ReadonlyArray<RunView>): ReadonlyArray<TaskDurations> =>
  [...group(runs, (run) => run.task ?? "(unknown)")]
    .map(([task, ofTask]): TaskDurations => {
      const durations = ofTask.filter(isMeasured).map(({ durationMs }) => durationMs).sort(ascending)
      return {
        task,
        runs: ofTask.length,
        failed: ofTask.filter(({ state }) => state === "failed").length,
        durations,
        median: quantileSorted(durations, 0.5),
        p95: quantileSorted(durations, 0.95),
        longest: durations.at(-1)
      }
    })
    .sort((a, b) => descending(a.median ?? -1, b.median ?? -1))

/** The end of the last run, or the last change of a batch that has no runs; undefined while it goes on. */
const endOf = ({ batch, runs }: Snapshot, counts: Counts): number | undefined =>
  counts.running + counts.queued > 0
    ? undefined
    : max(runs, ({ finishedAt }) => finishedAt?.getTime()) ??
      (Batch.mayCreateRuns(batch) ? undefined : batch.updatedAt.getTime())

export const analyse = (snapshot: Snapshot, now: number): Analysis => {
  const { batch, runs } = snapshot
  const counts = countsOf(snapshot)
  const end = endOf(snapshot, counts)
  return {
    snapshot,
    now,
    counts,
    isOver: end !== undefined,
    elapsedMs: Math.max(0, (end ?? now) - batch.createdAt.getTime()),
    tasks: byTask(runs),
    slowest: runs.filter(isMeasured).sort((a, b) => descending(a.durationMs, b.durationMs)).slice(0, listed),
    failures: groupFailures(runs)
  }
}
