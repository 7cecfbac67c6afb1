/**
 * `wait`: shows the progress of a batch until its last run has finished, then prints what `results` prints.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { TriggerClient } from "../../TriggerClient.js"
import { OutputUnavailable } from "../../TriggerError.js"
import { ExitCode } from "../exitCode.js"
import { type CommandError, explain } from "../explain.js"
import type { ConnectionOptions } from "../options.js"
import { type Followed, followRuns } from "../read.js"
import { printResults, type ResultsOptions } from "../results/print.js"
import { unlessAsked } from "../results/select.js"
import { run } from "../run.js"
import { coloursFor } from "../terminal/colours.js"
import { toStderr } from "../terminal/output.js"
import { withProgress } from "../terminal/progress.js"
import { durationText } from "../terminal/time.js"

export interface WaitOptions extends ResultsOptions, ConnectionOptions {
  /** In milliseconds. */
  readonly timeout?: number
  /** In milliseconds. */
  readonly interval?: number
  readonly exitStatus?: true
}

/** Prints what is known without a request: Ctrl-C must end the command at once. */
const printKnown = (
  { now }: Followed,
  { outputDir: _, ...options }: WaitOptions,
  why: string
): Effect.Effect<void, never, TriggerClient> => {
  const snapshot = now()
  return snapshot === undefined ? Effect.void : printResults(snapshot, options).pipe(
    Effect.updateService(TriggerClient, (client) => ({
      ...client,
      downloadOutput: ({ id }) => Effect.fail(new OutputUnavailable({ runId: id, reason: "Failed", detail: why }))
    })),
    Effect.ignore
  )
}

const waiting = (
  batchId: string,
  options: WaitOptions
): Effect.Effect<ExitCode, CommandError, TriggerClient> =>
  Effect.gen(function*() {
    const followed = followRuns(batchId, options.interval)
    const end = yield* followed.end.pipe(
      options.timeout === undefined ? Effect.map(Option.some) : Effect.timeoutOption(options.timeout),
      withProgress(followed.now),
      Effect.tapError(() => printKnown(followed, options, "the batch could not be read any more")),
      Effect.onInterrupt(() => printKnown(followed, options, "the command was interrupted"))
    )
    if (Option.isSome(end)) {
      return unlessAsked(yield* printResults(end.value, options), options.exitStatus)
    }
    const error = coloursFor(process.stderr).red("error:")
    const failure = followed.failure()
    const last = failure === undefined ? undefined : explain(failure)
    const lastText = last === undefined ? "" : ` The last attempt to read the batch failed: ${last.what}`
    if (followed.now() === undefined) {
      yield* toStderr(
        `${error} No usable response came within ${durationText(options.timeout)}.${lastText}\n` +
          `${last?.todo ?? "Check the address: TRIGGER_API_URL or --api-url; and the network."}\n`
      )
      return ExitCode.unreachable
    }
    yield* printKnown(followed, options, "the time-out has passed")
    yield* toStderr(
      `${error} The batch did not finish within ${durationText(options.timeout)}.${lastText}` +
        `${options.outputDir === undefined ? "" : " No file was written."}\n` +
        "Its runs continue. Run `wait` again, or pass a longer --timeout.\n"
    )
    return ExitCode.timedOut
  })

export const wait = (batchId: string, options: WaitOptions): Promise<ExitCode> =>
  run(waiting(batchId, options), { ...options, patient: true })
