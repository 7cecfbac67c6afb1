/**
 * `status`: the batch, and the number of runs by status.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { ExitCode } from "../exitCode.js"
import type { ConnectionOptions } from "../options.js"
import { readRuns } from "../read.js"
import { exitCodeOf } from "../results/select.js"
import { countsText } from "../results/summary.js"
import { statusText } from "../results/table.js"
import { run } from "../run.js"
import { countsOf, type RunView, type Snapshot, statusesOf, statusOf } from "../runs.js"
import { type Colours, coloursFor } from "../terminal/colours.js"
import { safeJson } from "../terminal/json.js"
import { toStdout } from "../terminal/output.js"
import { oneLine } from "../terminal/plain.js"
import { durationText, timeText } from "../terminal/time.js"

export interface StatusOptions extends ConnectionOptions {
  readonly format: "table" | "json"
}

const asText = (snapshot: Snapshot, now: number, colours: Colours): string => {
  const { batch, runs } = snapshot
  const example = new Map<string, RunView>(runs.map((run) => [statusOf(run), run]))
  const statuses = statusesOf(runs)
  const digits = String(runs.length).length
  return [
    `${colours.bold(oneLine(batch.id))}  ${oneLine(batch.status)}`,
    `created ${timeText(batch.createdAt)}, ${durationText(Math.max(0, now - batch.createdAt.getTime()))} ago`,
    countsText(countsOf(snapshot), colours),
    "",
    ...statuses.map(([status, count]) => {
      const run = example.get(status)
      return `${String(count).padStart(digits)}  ${run === undefined ? oneLine(status) : statusText(run, colours)}`
    }),
    ""
  ].join("\n")
}

const asJson = (snapshot: Snapshot): string =>
  `${
    safeJson(
      {
        batch: { id: snapshot.batch.id, status: snapshot.batch.status, createdAt: snapshot.batch.createdAt },
        counts: countsOf(snapshot),
        statuses: Object.fromEntries(statusesOf(snapshot.runs))
      },
      2
    )
  }\n`

export const status = (batchId: string, options: StatusOptions): Promise<ExitCode> =>
  run(
    Effect.gen(function*() {
      const snapshot = yield* readRuns(batchId)
      const now = yield* Clock.currentTimeMillis
      yield* toStdout(options.format === "json" ? asJson(snapshot) : asText(snapshot, now, coloursFor(process.stdout)))
      return exitCodeOf(snapshot.runs)
    }),
    options
  )
