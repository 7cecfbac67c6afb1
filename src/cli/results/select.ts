/**
 * Selects the runs that are shown, and derives the exit code from them.
 */
import { ExitCode } from "../exitCode.js"
import { explain } from "../explain.js"
import type { RunView, Snapshot } from "../runs.js"

export interface Selection {
  readonly only?: "failed" | "succeeded" | "pending"
  readonly task?: ReadonlyArray<string>
}

/**
 * The batch with the runs of the selected tasks alone: the exit code and the counts are about these. The task of a run
 * that is still to be created is not known.
 */
export const ofTasks = (snapshot: Snapshot, { task }: Selection): Snapshot =>
  task === undefined ? snapshot : {
    ...snapshot,
    runs: snapshot.runs.filter((run) => run.task !== undefined && task.includes(run.task)),
    toBeCreated: 0
  }

/** The runs that are shown. */
export const select = (snapshot: Snapshot, selection: Selection): ReadonlyArray<RunView> => {
  const { only } = selection
  const candidates = ofTasks(snapshot, selection).runs
  return only === undefined ? candidates : candidates.filter((run) => run.state === only)
}

/** A run that could not be read comes before one that failed: the outcome of the batch is not known then. */
export const exitCodeOf = (runs: ReadonlyArray<RunView>): ExitCode => {
  const unavailable = runs.find((run) => run.unavailable !== undefined)?.unavailable
  if (unavailable !== undefined) {
    return explain(unavailable).exitCode
  }
  return runs.some((run) => run.state === "failed") ? ExitCode.runsFailed : ExitCode.success
}

/** Without `--exit-status`, failed runs are no failure of the command. */
export const unlessAsked = (exitCode: ExitCode, exitStatus: true | undefined): ExitCode =>
  exitCode === ExitCode.runsFailed && exitStatus !== true ? ExitCode.success : exitCode
