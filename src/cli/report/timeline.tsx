/**
 * Draws the timeline: the number of runs in each state over time, and each run as a bar.
 */
import { bisectRight, extent, max, range } from "d3-array"
import { scaleLinear, type ScaleTime, scaleUtc } from "d3-scale"
import { area, curveStepAfter, type SeriesPoint, stack } from "d3-shape"
import type { JSX } from "preact"
import { isRunning, type RunView } from "../runs.js"
import { oneLine } from "../terminal/plain.js"
import { durationText, timeText } from "../terminal/time.js"
import type { Analysis } from "./analysis.js"

/** From the bottom of the plot to its top. */
const states = ["failed", "succeeded", "running", "queued"] as const

type Counted = Record<typeof states[number], number>

type Scale = ScaleTime<number, number>

/** At how many moments the runs are counted. */
const moments = 240

/** The ends of the time that it shows, in milliseconds since the Unix epoch. */
const endsOf = (scale: Scale): readonly [start: number, end: number] => {
  const [start = 0, end = 0] = scale.domain().map((time) => time.getTime())
  return [start, end]
}

const percent = (value: number): string => `${Math.round(value * 1000) / 1000}%`

const timesOf = (runs: ReadonlyArray<RunView>, time: (run: RunView) => Date | undefined): ReadonlyArray<number> =>
  runs.flatMap((run) => time(run)?.getTime() ?? []).sort((a, b) => a - b)

/** A run that ended without a start was queued until its end. */
const countAt = (runs: ReadonlyArray<RunView>): (moment: number) => Counted => {
  const created = timesOf(runs, (run) => run.createdAt)
  const started = timesOf(runs, (run) => run.startedAt ?? run.finishedAt)
  const succeeded = timesOf(runs, (run) => run.state === "succeeded" ? run.finishedAt : undefined)
  const failed = timesOf(runs, (run) => run.state === "failed" ? run.finishedAt : undefined)
  return (moment) => {
    const begun = bisectRight(started, moment)
    const good = bisectRight(succeeded, moment)
    const bad = bisectRight(failed, moment)
    return {
      failed: bad,
      succeeded: good,
      running: Math.max(0, begun - good - bad),
      queued: Math.max(0, bisectRight(created, moment) - begun)
    }
  }
}

/** About how many ticks the axis has. */
const ticks = 4

const formatFor = (span: number): string =>
  span > 36 * 3_600_000 ? "%b %e, %H:%M" : span > 20 * 60_000 ? "%H:%M" : "%H:%M:%S"

const Axis = ({ height, scale }: { readonly scale: Scale; readonly height: number }): JSX.Element => {
  const [start, end] = endsOf(scale)
  const format = scale.tickFormat(ticks, formatFor(end - start))
  return (
    <>
      {scale.ticks(ticks).map((tick) => {
        const at = scale(tick)
        const anchor = at < 8 ? "start" : at > 92 ? "end" : "middle"
        return (
          <g key={tick.getTime()}>
            <line class="grid" x1={percent(at)} x2={percent(at)} y1={0} y2={height} />
            <text x={percent(at)} y={height + 16} text-anchor={anchor}>{format(tick)}</text>
          </g>
        )
      })}
    </>
  )
}

const Counts = ({ runs, scale }: {
  readonly runs: ReadonlyArray<RunView>
  readonly scale: Scale
}): JSX.Element => {
  const height = 170
  const [start, end] = endsOf(scale)
  const count = countAt(runs)
  const points = range(moments + 1).map((index) => count(start + (end - start) * index / moments))
  const layers = stack<Counted>().keys(states)(points)
  const most = max(points, (point) => point.failed + point.succeeded + point.running + point.queued) ?? 1
  const y = scaleLinear([0, Math.max(1, most)], [height, 4])
  const path = area<SeriesPoint<Counted>>()
    .curve(curveStepAfter)
    .x((_, index) => Math.round(index * 10_000 / moments) / 10)
    .y0(([low]) => Math.round(y(low) * 10) / 10)
    .y1(([, high]) => Math.round(y(high) * 10) / 10)
  return (
    <svg
      class="plot"
      height={height + 24}
      role="img"
      aria-label="How many runs were queued, running and done, over time"
    >
      <svg width="100%" height={height} viewBox={`0 0 1000 ${height}`} preserveAspectRatio="none">
        {layers.map((layer) => <path key={layer.key} class={layer.key} d={path(layer) ?? ""} />)}
      </svg>
      <Axis scale={scale} height={height} />
      <text x={4} y={14}>{String(most)}</text>
    </svg>
  )
}

/** Runs that are still queued come last. */
const startOf = (run: RunView): number => (run.startedAt ?? run.finishedAt)?.getTime() ?? Number.MAX_SAFE_INTEGER

/** The least width of a bar, in percent. */
const thinnest = 0.15

/** A thousand runs fit, and a few are easy to see. */
const laneHeight = (lanes: number): number => Math.max(0.6, Math.min(9, 460 / Math.max(1, lanes)))

const Lane = ({ height, run, scale, y }: {
  readonly run: RunView
  readonly scale: Scale
  readonly y: number
  readonly height: number
}): JSX.Element => {
  const created = scale(run.createdAt ?? 0)
  const finished = run.finishedAt === undefined ? 100 : scale(run.finishedAt)
  const started = Math.min(run.startedAt === undefined ? finished : scale(run.startedAt), 100 - thinnest)
  const bar = { y: Math.round(y * 100) / 100, height: Math.round(height * 100) / 100 }
  const state = run.state === "pending" ? isRunning(run) ? "running" : "queued" : run.state
  return (
    <g>
      <title>{oneLine(`${run.task ?? ""} ${run.id ?? ""}: ${durationText(run.durationMs)}`)}</title>
      {started > created
        ? <rect class="wait" x={percent(created)} width={percent(started - created)} {...bar} />
        : null}
      {state === "queued" ?
        null :
        <rect class={state} x={percent(started)} width={percent(Math.max(thinnest, finished - started))} {...bar} />}
    </g>
  )
}

const Lanes = ({ runs, scale }: {
  readonly runs: ReadonlyArray<RunView>
  readonly scale: Scale
}): JSX.Element => {
  const lane = laneHeight(runs.length)
  const height = Math.ceil(lane * runs.length)
  return (
    <svg
      class="plot lanes"
      height={height + 24}
      role="img"
      aria-label="Each run as a bar, from its creation to its end"
    >
      <Axis scale={scale} height={height} />
      {[...runs].sort((a, b) => startOf(a) - startOf(b)).map((run, index) => (
        <Lane
          key={run.id}
          run={run}
          scale={scale}
          y={index * lane}
          height={lane >= 3 ? lane - 1 : lane}
        />
      ))}
    </svg>
  )
}

const Key = ({ name, state }: { readonly state: string; readonly name: string }): JSX.Element => (
  <span class="key">
    <svg viewBox="0 0 10 10" aria-hidden="true">
      <rect class={state} width={10} height={10} rx={2} />
    </svg>
    {name}
  </span>
)

export const Timeline = ({ now, snapshot: { batch, runs } }: Analysis): JSX.Element | null => {
  const timed = runs.filter(({ createdAt }) => createdAt !== undefined)
  const isOver = timed.every(({ finishedAt }) => finishedAt !== undefined)
  const instants = timed.flatMap((run) => [run.createdAt, run.startedAt, run.finishedAt])
    .flatMap((time) => time?.getTime() ?? [])
  const [first, last] = extent([...instants, ...isOver ? [] : [now]])
  if (first === undefined || last === undefined) {
    return null
  }
  const start = Math.min(first, batch.createdAt.getTime())
  const end = Math.max(last, start + 1)
  const scale = scaleUtc([start, end], [0, 100])
  const untimed = runs.length - timed.length
  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline">Timeline</h2>
      <figure>
        <figcaption>
          <Key state="queued" name="queued" />
          <Key state="running" name="running" />
          <Key state="succeeded" name="succeeded" />
          <Key state="failed" name="failed" />
          <span>{`${timeText(new Date(start))}, ${durationText(end - start)}`}</span>
        </figcaption>
        <Counts runs={timed} scale={scale} />
      </figure>
      <h3>Each run</h3>
      <Lanes runs={timed} scale={scale} />
      {untimed === 0 ? null : <p class="soft">{`${untimed} without times are not shown.`}</p>}
    </section>
  )
}
