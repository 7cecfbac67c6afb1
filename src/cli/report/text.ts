/**
 * Formats the report for a terminal.
 */
import { countsText } from "../results/summary.js"
import { statusText } from "../results/table.js"
import type { Colours } from "../terminal/colours.js"
import { oneLine } from "../terminal/plain.js"
import { table } from "../terminal/table.js"
import { durationText, timeText } from "../terminal/time.js"
import type { Analysis } from "./analysis.js"

export const toText = (
  { counts, elapsedMs, failures, isOver, slowest, snapshot: { batch }, tasks }: Analysis,
  { colours, width }: { readonly colours: Colours; readonly width: number | undefined }
): string => {
  const title = (text: string): string => colours.bold(text)
  const section = (name: string, body: string): string => `\n${title(name)}\n${body}`
  const head = (...titles: ReadonlyArray<string>): ReadonlyArray<string> => titles.map((text) => colours.dim(text))
  const failed = table(
    head("RUNS", "STATUS", "TASK", "EXAMPLE", "MESSAGE"),
    failures.map(({ pattern, runs, status, tasks }) => [
      String(runs.length),
      colours.red(oneLine(status)),
      oneLine(tasks.join(", ")),
      oneLine(runs[0]?.id ?? ""),
      oneLine(pattern)
    ]),
    width,
    2
  )
  const durations = table(
    head("TASK", "RUNS", "FAILED", "MEDIAN", "P95", "LONGEST"),
    tasks.map(({ failed, longest, median, p95, runs, task }) => [
      oneLine(task),
      String(runs),
      failed === 0 ? "0" : colours.red(String(failed)),
      durationText(median),
      durationText(p95),
      durationText(longest)
    ]),
    width,
    0
  )
  const slow = table(
    head("DURATION", "TASK", "RUN", "STATUS"),
    slowest.map((run) => [
      durationText(run.durationMs),
      oneLine(run.task ?? ""),
      oneLine(run.id ?? ""),
      statusText(run, colours)
    ]),
    width,
    1
  )
  return [
    `${title(oneLine(batch.id))}  ${oneLine(batch.status)}\n`,
    `created ${timeText(batch.createdAt)}, ${durationText(elapsedMs)} ${isOver ? "in all" : "so far"}\n`,
    `${countsText(counts, colours)}\n`,
    failures.length === 0 ? "" : section("Failures", failed),
    tasks.length === 0 ? "" : section("Durations", durations),
    slowest.length === 0 ? "" : section("Slowest runs", slow)
  ].join("")
}
