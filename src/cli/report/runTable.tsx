/**
 * Lists every run, with search and filters.
 */
import type { JSX } from "preact"
import { runsText } from "../results/summary.js"
import type { RunView } from "../runs.js"
import { oneLine } from "../terminal/plain.js"
import { durationText } from "../terminal/time.js"
import type { FailureGroup } from "./group.js"
import { RunLink, StateLabel } from "./parts.js"

/** A run, with its output or its error as text. */
export interface ReportRun {
  readonly run: RunView
  readonly text: string
}

/** How many characters are shown in the row; the rest can be opened. */
const short = 160

const Row = ({ dashboard, group, run: { run, text } }: {
  readonly run: ReportRun
  readonly group: number | undefined
  readonly dashboard: string | undefined
}): JSX.Element => {
  const line = oneLine(text)
  const task = run.task === undefined ? undefined : oneLine(run.task)
  return (
    <tr role="row" data-state={run.state} data-task={task} data-group={group}>
      <td role="cell">
        <StateLabel run={run} />
      </td>
      <td role="cell" class="mono">{task}</td>
      <td role="cell">
        <RunLink run={run} dashboard={dashboard} />
      </td>
      <td role="cell" class="number">{durationText(run.durationMs)}</td>
      <td role="cell" class="mono">
        {line.length <= short && !text.includes("\n") ? line : (
          <details>
            <summary>{line.slice(0, short)}</summary>
            <pre tabindex={0}>{text}</pre>
          </details>
        )}
      </td>
    </tr>
  )
}

export const RunTable = ({ dashboard, failures, runs, tasks }: {
  readonly runs: ReadonlyArray<ReportRun>
  readonly tasks: ReadonlyArray<string>
  readonly failures: ReadonlyArray<FailureGroup>
  readonly dashboard: string | undefined
}): JSX.Element => {
  const groupOf = new Map(failures.flatMap((group, index) => group.runs.map((run) => [run, index] as const)))
  return (
    <section aria-labelledby="runs">
      <h2 id="runs" tabindex={-1}>Runs</h2>
      <div id="controls" class="controls" role="search" aria-label="Runs" hidden>
        <label class="search">
          Search
          <input id="search" type="search" autocomplete="off" placeholder="run, task, output or error" />
        </label>
        <label>
          State
          <select id="state">
            <option value="">all</option>
            <option value="failed">failed</option>
            <option value="succeeded">succeeded</option>
            <option value="pending">not finished</option>
            <option value="unavailable">unreadable</option>
          </select>
        </label>
        <label>
          Task
          <select id="task">
            <option value="">all</option>
            {tasks.map((task) => <option key={task} value={oneLine(task)}>{oneLine(task)}</option>)}
          </select>
        </label>
        <label>
          Failure
          <select id="group">
            <option value="">all</option>
            {failures.map(({ pattern }, index) => <option key={index} value={index}>{pattern.slice(0, 40)}</option>)}
          </select>
        </label>
        <button id="reset" type="button">Show all</button>
      </div>
      <p id="shown" class="soft" role="status">{runsText(runs.length)}</p>
      <table class="runs" role="table" aria-labelledby="runs">
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">State</th>
            <th role="columnheader" scope="col">Task</th>
            <th role="columnheader" scope="col">Run</th>
            <th role="columnheader" scope="col" class="number">Duration</th>
            <th role="columnheader" scope="col">Output or error</th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {runs.map((run, index) => <Row key={index} run={run} group={groupOf.get(run.run)} dashboard={dashboard} />)}
        </tbody>
      </table>
    </section>
  )
}
