/**
 * Selects the runs that are shown, and derives the exit code from them.
 */
import { ExitCode } from "../exitCode.js"
import { explain } from "../explain.js"
import type { RunView } from "../runs.js"

export interface Selection {
  readonly only?: "failed" | "succeeded" | "pending"
  readonly task?: ReadonlyArray<string>
}

/** The runs of the selected tasks. The exit code is about these. */
export const ofTasks = (runs: ReadonlyArray<RunView>, { task }: Selection): ReadonlyArray<RunView> =>
  task === undefined ? runs : runs.filter((run) => run.task !== undefined && task.includes(run.task))

/** The runs that are shown. */
export const select = (runs: ReadonlyArray<RunView>, selection: Selection): ReadonlyArray<RunView> => {
  const { only } = selection
  const candidates = ofTasks(runs, selection)
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
