/**
 * Turns a run as the run route shows it into the result that the results endpoint would have given for it: the inverse
 * of what the server does to show a run.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { Run } from "../../Run.js"
import type { RunError } from "../../RunError.js"
import type { RunResult } from "../../RunResult.js"
import { RunStatus } from "../../RunStatus.js"
import { InvalidResponse } from "../../TriggerError.js"
import { parseJson } from "../api/decode.js"
import { jsonText } from "./jsonText.js"

/** By the status, and not by `isCompleted`, which is false for runs that expired or timed out. */
export const isFinished = (run: Pick<Run, "status" | "finishedAt">): boolean =>
  RunStatus.isFinished(run.status) || (!RunStatus.isUnfinished(run.status) && run.finishedAt !== undefined)

const isSuccess = (run: Run): boolean =>
  run.status === "COMPLETED" || (!RunStatus.isFinished(run.status) && run.isSuccess === true)

/** The endpoint lists no expired and no timed-out run, and says of every cancelled one the same. */
export const isListedWithError = (status: string): boolean =>
  status !== "CANCELED" && status !== "EXPIRED" && status !== "TIMED_OUT"

/**
 * Whether the results endpoint may know more of a finished run than this. The run route has neither output nor error of
 * a run of the old engine; and a run of today's that returned `undefined` looks the same.
 */
export const isRunProvisional = (run: Run): boolean => {
  if (isSuccess(run)) {
    return run.output === undefined && run.outputPresignedUrl === undefined
  }
  return run.error === undefined && isListedWithError(run.status)
}

/** How the run route words an `INTERNAL_ERROR`. */
const internalError = /^trigger\.dev internal error \((\w+)\)$/

/** What was thrown and is neither an `Error` nor a string comes as the JSON text of an object, most often. */
const isJsonObject = (text: string): boolean => /^\s*[{[]/.test(text) && Option.isSome(parseJson(text))

/** The codes that servers themselves use for such an end. There is none for a run that expired. */
const codes: ReadonlyMap<string, string> = new Map([
  ["CANCELED", "TASK_RUN_CANCELLED"],
  ["TIMED_OUT", "MAX_DURATION_EXCEEDED"],
  ["CRASHED", "TASK_RUN_CRASHED"],
  ["SYSTEM_FAILURE", "TASK_EXECUTION_FAILED"],
  ["INTERRUPTED", "TASK_EXECUTION_ABORTED"]
])

/** Whether a run with this status was ended by Trigger.dev itself, and not by its task. */
export const isEndedByPlatform = (status: string): boolean => status === "EXPIRED" || codes.has(status)

/** The error of a run that Trigger.dev itself ended. */
export const endedByPlatform = (status: string, message: string | undefined): RunError => {
  const code = codes.get(status)
  return {
    type: "INTERNAL_ERROR",
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message })
  }
}

const errorOf = (run: Run): RunError | undefined => {
  const { message, name, stackTrace } = run.error ?? {}
  if (run.status === "CANCELED") {
    return endedByPlatform(run.status, message)
  }
  if (name !== undefined) {
    return {
      type: "BUILT_IN_ERROR",
      name,
      ...(message === undefined ? {} : { message }),
      ...(stackTrace === undefined ? {} : { stackTrace })
    }
  }
  const code = internalError.exec(message ?? "")?.[1]
  if (code !== undefined) {
    return { type: "INTERNAL_ERROR", code, ...(stackTrace === undefined ? {} : { stackTrace }) }
  }
  if (isEndedByPlatform(run.status)) {
    return endedByPlatform(run.status, message)
  }
  return message === undefined
    ? undefined
    : { type: isJsonObject(message) ? "CUSTOM_ERROR" : "STRING_ERROR", raw: message }
}

/** Left where the value is nested too deeply to be written. */
const encodeOutput = (value: unknown): Either.Either<string | undefined, string> =>
  Either.try({ try: () => jsonText(value), catch: (error) => `it cannot be written as JSON: ${String(error)}` })

/**
 * `run` must be finished. The id is the one that was asked for. A success without output and `outputType` says that the
 * run route shows neither an output nor a URL, which also happens when the server could not sign the URL.
 */
export const fromRun = (run: Run, id: string): Either.Either<RunResult, InvalidResponse> => {
  const { durationMs, status, taskIdentifier } = run
  const fields = { id, taskIdentifier, status, ...(durationMs === undefined ? {} : { usage: { durationMs } }) }
  if (!isSuccess(run)) {
    const error = errorOf(run)
    return Either.right({ ok: false, ...fields, ...(error === undefined ? {} : { error }) })
  }
  if (run.output === undefined && run.outputPresignedUrl !== undefined) {
    // the URL is a secret that expires: who decodes the output asks for a new one
    return Either.right({ ok: true, ...fields, outputType: "application/store" })
  }
  return Either.mapBoth(encodeOutput(run.output), {
    onLeft: (reason) => new InvalidResponse({ endpoint: `GET /api/v3/runs/${id}`, path: "output", reason }),
    onRight: (output): RunResult => ({
      ok: true,
      ...fields,
      ...(output === undefined ? {} : { output, outputType: "application/json" })
    })
  })
}
