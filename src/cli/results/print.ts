/**
 * Prints the runs of a batch in the requested format to stdout, and a summary to stderr.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { TriggerClient } from "../../TriggerClient.js"
import { ExitCode } from "../exitCode.js"
import type { WriteError } from "../files.js"
import { countsOf, type Snapshot } from "../runs.js"
import { coloursFor } from "../terminal/colours.js"
import { safeJson } from "../terminal/json.js"
import { toStderr, toStdout, widthOf } from "../terminal/output.js"
import { oneLine } from "../terminal/plain.js"
import { writeOutputs } from "./folder.js"
import { toJson } from "./json.js"
import { exitCodeOf, ofTasks, select, type Selection } from "./select.js"
import { printCounts } from "./summary.js"
import { toTable } from "./table.js"

export interface ResultsOptions extends Selection {
  readonly format: "table" | "json" | "ndjson"
  readonly outputDir?: string
  readonly force?: true
}

/** How many outputs are downloaded from the object store at once. */
const concurrency = 8

const printRuns = (
  snapshot: Snapshot,
  options: ResultsOptions
): Effect.Effect<void, never, TriggerClient> => {
  const runs = select(snapshot, options)
  switch (options.format) {
    case "table":
      return Effect.flatMap(
        toTable(runs, { colours: coloursFor(process.stdout), width: widthOf(process.stdout) }),
        toStdout
      )
    case "json":
      return Effect.flatMap(Effect.forEach(runs, toJson, { concurrency }), (runs) =>
        toStdout(`${
          safeJson(
            {
              batch: { id: snapshot.batch.id, status: snapshot.batch.status, createdAt: snapshot.batch.createdAt },
              counts: countsOf(ofTasks(snapshot, options)),
              runs
            },
            2
          )
        }\n`))
    case "ndjson":
      return Effect.forEach(
        runs,
        (run) => Effect.flatMap(toJson(run), (json) => toStdout(`${safeJson(json)}\n`)),
        { discard: true }
      )
  }
}

const writeFolder = (
  snapshot: Snapshot,
  options: ResultsOptions,
  folder: string
): Effect.Effect<ExitCode, WriteError, TriggerClient> =>
  Effect.gen(function*() {
    const { files, problems } = yield* writeOutputs(select(snapshot, options), folder, {
      force: options.force === true
    })
    yield* toStderr(`${files} ${files === 1 ? "output" : "outputs"} written to ${oneLine(folder)}\n`)
    for (const problem of problems) {
      yield* toStderr(`${coloursFor(process.stderr).red("error:")} ${oneLine(problem)}\n`)
    }
    return problems.length === 0 ? ExitCode.success : ExitCode.unreachable
  })

/** How many tasks a notice names. */
const mostNamed = 10

/** A name with a mistake in it looks like a task without runs. The task of a run that has not been read is not known. */
const noticeOf = ({ runs }: Snapshot, { task = [] }: ResultsOptions): string => {
  const known = [...new Set(runs.map((run) => run.task))]
  const missing = task.filter((name) => !known.includes(name)).map((name) => `"${oneLine(name)}"`)
  if (missing.length === 0 || known.includes(undefined)) {
    return ""
  }
  const named = known.slice(0, mostNamed).map((name) => oneLine(name ?? "")).join(", ")
  const more = known.length > mostNamed ? ` and ${known.length - mostNamed} more` : ""
  return `notice: no run of task ${missing.join(", ")}${
    known.length === 0 ? "" : `; this batch has runs of: ${named}${more}`
  }\n`
}

/**
 * The exit code is that of the runs, unless an output could not be written. The files come first, as the command ends when
 * the reader of stdout goes away. If the files cannot be written, the runs are printed all the same.
 */
export const printResults = (
  snapshot: Snapshot,
  options: ResultsOptions
): Effect.Effect<ExitCode, WriteError, TriggerClient> =>
  Effect.gen(function*() {
    const written = options.outputDir === undefined
      ? Either.right(ExitCode.success)
      : yield* Effect.either(writeFolder(snapshot, options, options.outputDir))
    yield* printRuns(snapshot, options)
    yield* toStderr(noticeOf(snapshot, options))
    const selected = ofTasks(snapshot, options)
    yield* printCounts(countsOf(selected), options.task === undefined ? undefined : countsOf(snapshot).total)
    const exitCode = yield* written
    return exitCode === ExitCode.success ? exitCodeOf(selected.runs) : exitCode
  })
