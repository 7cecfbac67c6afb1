/**
 * Shows how far a batch has come while it is waited for: a bar on a terminal, and elsewhere one line per change.
 */
import { MultiBar, Presets, type SingleBar } from "cli-progress"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { countsText, printCounts } from "../results/summary.js"
import { statusText } from "../results/table.js"
import { type Counts, countsOf, type RunView, type Snapshot } from "../runs.js"
import { type Colours, coloursFor } from "./colours.js"
import { drawOnStderr, widthOf } from "./output.js"
import { oneLine } from "./plain.js"
import { rows } from "./table.js"
import { durationText } from "./time.js"

/** The batch now; undefined until it has been read. */
export type Now = () => Snapshot | undefined

const finishedOf = (counts: Counts): number => counts.succeeded + counts.failed + counts.unavailable

const linePerChange = (now: Now): Effect.Effect<never> =>
  Effect.suspend(() => {
    const snapshot = now()
    const counts = snapshot === undefined ? undefined : countsOf(snapshot)
    // the summary, which comes last, says the same of a batch whose runs have all finished
    return counts === undefined || counts.unread > 0 || finishedOf(counts) === counts.total
      ? Effect.void
      : printCounts(counts)
  }).pipe(Effect.repeat(Schedule.spaced("300 millis")), Effect.zipRight(Effect.never))

const endOf = (run: RunView): number => run.finishedAt?.getTime() ?? 0

/** How many of the failures from before the command started are shown. */
const latest = 5

/** Lines for the failures that have not been shown yet, oldest first. */
const failuresTo = (colours: Colours): (snapshot: Snapshot) => string => {
  const shownBefore = new Set<RunView["id"]>()
  let isFirst = true
  return ({ runs }) => {
    const fresh = runs
      .filter((run) => run.state === "failed" && run.id !== undefined && !shownBefore.has(run.id))
      .sort((a, b) => endOf(a) - endOf(b))
    for (const { id } of fresh) {
      shownBefore.add(id)
    }
    const lastOnes = isFirst ? fresh.slice(-latest) : fresh
    isFirst = false
    // the bars switch line wrapping off, so that the end of a longer line would be lost
    const lines = rows(
      lastOnes.map((run) => [
        statusText(run, colours),
        oneLine(run.task ?? ""),
        oneLine(run.id ?? ""),
        oneLine((run.message ?? "").slice(0, 500))
      ]),
      widthOf(process.stderr),
      1
    )
    const earlier = fresh.length - lastOnes.length
    return `${earlier === 0 ? "" : `${colours.dim(`${earlier} earlier failures`)}\n`}${lines}`
  }
}

/** cli-progress passes a text while it does not know the rate. */
const estimate = (seconds: number | string): string => {
  const known = Number(seconds)
  return Number.isFinite(known) ? known < 1 ? "0s" : durationText(known * 1000) : "?"
}

const bars = (
  now: Now
): Effect.Effect<{ readonly draw: Effect.Effect<void>; readonly stop: Effect.Effect<void> }> =>
  Effect.sync(() => {
    const colours = coloursFor(process.stderr)
    const failures = failuresTo(colours)
    const container = new MultiBar({
      stream: process.stderr,
      format: `${colours.bold("{batch}")} ${
        colours.cyan("{bar}")
      } {percentage} %  {duration_formatted} elapsed, {eta_formatted} left`,
      formatTime: estimate,
      barsize: Math.max(10, Math.min(40, (widthOf(process.stderr) ?? 80) - 62)),
      etaBuffer: 200,
      hideCursor: true,
      // run.ts handles the signals
      gracefulExit: false,
      clearOnComplete: true,
      emptyOnZero: true,
      fps: 10
    }, Presets.shades_classic)
    let progress: SingleBar | undefined
    let summary: SingleBar | undefined
    const draw = Effect.sync(() => {
      const snapshot = now()
      if (snapshot === undefined) {
        return
      }
      const counts = countsOf(snapshot)
      const text = { text: countsText(counts, colours) }
      if (progress === undefined) {
        progress = container.create(counts.total, finishedOf(counts), { batch: oneLine(snapshot.batch.id) })
        drawOnStderr((lines) => container.log(lines))
      }
      summary ??= container.create(1, 0, text, { format: "{text}" })
      const lines = failures(snapshot)
      if (lines !== "") {
        container.log(lines)
      }
      progress.setTotal(counts.total)
      progress.update(finishedOf(counts))
      summary.update(0, text)
    })
    const stop = Effect.sync(() => {
      drawOnStderr(undefined)
      if (container.isActive) {
        // writes the lines that are still in its buffer
        container.update()
        container.stop()
      }
    })
    return { draw, stop }
  })

const liveBars = (now: Now): Effect.Effect<never> =>
  Effect.acquireUseRelease(
    bars(now),
    ({ draw }) => Effect.zipRight(Effect.repeat(draw, Schedule.spaced("200 millis")), Effect.never),
    ({ draw, stop }) => Effect.zipRight(draw, stop)
  )

/** A dumb terminal cannot move its cursor. */
const hasBars = (): boolean => process.stderr.isTTY && process.env["TERM"] !== "dumb"

/**
 * Shows the progress as long as the effect runs. The scope waits for the bars to end, also on interruption: they erase
 * their lines as they end, which would erase what is printed after the effect.
 */
export const withProgress = (now: Now) => <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.scoped(
    Effect.zipRight(Effect.forkScoped(hasBars() ? liveBars(now) : linePerChange(now)), effect)
  )
