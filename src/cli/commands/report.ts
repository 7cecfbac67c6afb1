/**
 * `report`: failures, durations and a timeline, as text or as a page.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { TriggerClient } from "../../TriggerClient.js"
import type { ExitCode } from "../exitCode.js"
import type { CommandError } from "../explain.js"
import { checkPlace, writeNew } from "../files.js"
import type { ConnectionOptions } from "../options.js"
import { readRunsAndTimes } from "../read.js"
import { analyse, type Analysis } from "../report/analysis.js"
import { failureText } from "../report/failures.js"
import { toHtml } from "../report/page.js"
import type { ReportRun } from "../report/runTable.js"
import { toText } from "../report/text.js"
import { pageTextOf } from "../results/output.js"
import { exitCodeOf, unlessAsked } from "../results/select.js"
import { runsText } from "../results/summary.js"
import { run } from "../run.js"
import type { RunView } from "../runs.js"
import { coloursFor } from "../terminal/colours.js"
import { toStderr, toStdout, widthOf } from "../terminal/output.js"
import { lines, oneLine } from "../terminal/plain.js"

export interface ReportOptions extends ConnectionOptions {
  readonly html?: string
  readonly dashboardUrl?: string
  readonly force?: true
  readonly exitStatus?: true
}

const toReportRun = (run: RunView): Effect.Effect<ReportRun, never, TriggerClient> => {
  switch (run.state) {
    case "succeeded":
      return Effect.map(
        run.result?.ok === true ? pageTextOf(run.result) : Effect.succeed(""),
        (text) => ({ run, text })
      )
    case "failed":
      return Effect.succeed({ run, text: failureText(run) })
    case "pending":
    case "unavailable":
      return Effect.succeed({ run, text: lines(run.message ?? "") })
  }
}

/** The page, with the outputs of the runs. */
export const pageOf = (
  analysis: Analysis,
  dashboard: string | undefined
): Effect.Effect<string, never, TriggerClient> =>
  Effect.map(
    Effect.forEach(analysis.snapshot.runs, toReportRun),
    (runs) => toHtml({ analysis, runs, dashboard })
  )

const writePage = (
  analysis: Analysis,
  file: string,
  options: ReportOptions
): Effect.Effect<void, CommandError, TriggerClient> =>
  Effect.gen(function*() {
    const html = yield* pageOf(analysis, options.dashboardUrl)
    if (file === "-") {
      return yield* toStdout(html)
    }
    yield* writeNew(file, html, { force: options.force === true })
    yield* toStderr(`${runsText(analysis.counts.total)} written to ${oneLine(file)}\n`)
  })

const reporting = (batchId: string, options: ReportOptions): Effect.Effect<ExitCode, CommandError, TriggerClient> =>
  Effect.gen(function*() {
    if (options.html !== undefined && options.html !== "-") {
      // before the batch is read, which may take long
      yield* checkPlace(options.html, { force: options.force === true })
    }
    const snapshot = yield* readRunsAndTimes(batchId)
    const analysis = analyse(snapshot, yield* Clock.currentTimeMillis)
    yield* options.html === undefined
      ? toStdout(toText(analysis, { colours: coloursFor(process.stdout), width: widthOf(process.stdout) }))
      : writePage(analysis, options.html, options)
    return unlessAsked(exitCodeOf(snapshot.runs), options.exitStatus)
  })

export const report = (batchId: string, options: ReportOptions): Promise<ExitCode> =>
  run(reporting(batchId, options), options)
