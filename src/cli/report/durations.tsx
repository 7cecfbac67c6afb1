/**
 * Shows the durations of the runs by task, and the slowest runs.
 */
import { bin, max, min } from "d3-array"
import { scaleLog, type ScaleLogarithmic } from "d3-scale"
import type { JSX } from "preact"
import { oneLine } from "../terminal/plain.js"
import { durationText } from "../terminal/time.js"
import type { Analysis, TaskDurations } from "./analysis.js"
import { RunLink, StateLabel } from "./parts.js"

const bars = 36

const height = 26

/** The logarithm of zero is not a number. */
const shortest = 1

const measured = (duration: number): number => Math.max(shortest, duration)

/** A histogram on a logarithmic axis that all tasks share, with a line at the median. */
const Histogram = ({ durations, median, scale }: {
  readonly durations: TaskDurations["durations"]
  readonly median: number | undefined
  readonly scale: ScaleLogarithmic<number, number>
}): JSX.Element => {
  const places = durations.map((duration) => scale(measured(duration)))
  const bins = bin<number, number>().domain([0, 100]).thresholds(bars)(places)
  const most = max(bins, ({ length }) => length) ?? 1
  const middle = median === undefined ? undefined : `${Math.round(scale(measured(median)) * 10) / 10}%`
  return (
    <svg class="plot" height={height} aria-hidden="true">
      {bins.filter(({ length }) => length > 0).map(({ length, x0 = 0, x1 = 0 }) => {
        const tall = Math.max(2, height * length / most)
        return (
          <rect
            key={x0}
            class="bars"
            x={`${x0}%`}
            width={`${Math.max(0.4, x1 - x0 - 0.3)}%`}
            y={Math.round((height - tall) * 10) / 10}
            height={Math.round(tall * 10) / 10}
          />
        )
      })}
      {middle === undefined ? null : <line class="median" x1={middle} x2={middle} y1={0} y2={height} />}
    </svg>
  )
}

export const Durations = (
  { analysis: { slowest, tasks }, dashboard }: { readonly analysis: Analysis; readonly dashboard: string | undefined }
): JSX.Element | null => {
  const all = tasks.flatMap(({ durations }) => durations)
  if (all.length === 0) {
    return null
  }
  const low = measured(min(all) ?? shortest)
  const high = Math.max(low * 1.1, measured(max(all) ?? shortest))
  const scale = scaleLog([low, high], [1, 99])
  return (
    <section aria-labelledby="durations">
      <h2 id="durations">Durations by task</h2>
      <table class="durations" role="table" aria-labelledby="durations">
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">Task</th>
            <th role="columnheader" scope="col" class="number">Runs</th>
            <th role="columnheader" scope="col" class="number">Failed</th>
            <th role="columnheader" scope="col" class="number">Median</th>
            <th role="columnheader" scope="col" class="number wide">95 % within</th>
            <th role="columnheader" scope="col" class="number">Longest</th>
            <th role="columnheader" scope="col">{`Distribution, ${durationText(low)} to ${durationText(high)}`}</th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {tasks.map((task) => (
            <tr role="row" key={task.task}>
              <th role="rowheader" scope="row" class="mono">{oneLine(task.task)}</th>
              <td role="cell" class="number">{task.runs}</td>
              <td role="cell" class={task.failed === 0 ? "number" : "number failed"}>{task.failed}</td>
              <td role="cell" class="number">{durationText(task.median)}</td>
              <td role="cell" class="number wide">{durationText(task.p95)}</td>
              <td role="cell" class="number">{durationText(task.longest)}</td>
              <td role="cell">
                <Histogram durations={task.durations} median={task.median} scale={scale} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <h3 id="slowest">Slowest runs</h3>
      <div class="scroll" tabindex={0} role="region" aria-labelledby="slowest">
        <table class="slowest">
          <thead>
            <tr>
              <th scope="col" class="number">Duration</th>
              <th scope="col">Task</th>
              <th scope="col">Run</th>
              <th scope="col" class="wide">State</th>
            </tr>
          </thead>
          <tbody>
            {slowest.map((run) => (
              <tr key={run.id}>
                <td class="number">{durationText(run.durationMs)}</td>
                <td class="mono">{oneLine(run.task ?? "")}</td>
                <td>
                  <RunLink run={run} dashboard={dashboard} />
                </td>
                <td class="wide">
                  <StateLabel run={run} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
