/**
 * Turns a finished run as the realtime feed shows it into the result that the results endpoint would have given for it.
 *
 * The feed has outputs as the task serialised them and errors with their code and message. Only of runs that Trigger.dev
 * itself ended it says less than the endpoint: a cancelled run has the text "Canceled by user", without the code.
 */
import { RunError } from "../../RunError.js"
import type { RunResult } from "../../RunResult.js"
import { RunStatus } from "../../RunStatus.js"
import type { RunUpdate } from "../../RunUpdate.js"
import { endedByPlatform, isEndedByPlatform, isListedWithError } from "./fromRun.js"

/** A status that does not exist yet does not say how the run ended: an output without an error does. */
const isSuccess = (update: RunUpdate): boolean =>
  update.status === "COMPLETED" ||
  (!RunStatus.isFinished(update.status) && update.error === undefined && update.output !== undefined)

/** What an error says in words, whatever its type. */
const messageOf = (error: RunError): string | undefined => {
  if (!RunError.isKnown(error)) {
    return undefined
  }
  return error.type === "BUILT_IN_ERROR" || error.type === "INTERNAL_ERROR" ? error.message : error.raw
}

const isTextError = (error: RunError): boolean => error.type === "STRING_ERROR" || error.type === "CUSTOM_ERROR"

const errorOf = ({ error, status }: RunUpdate): RunError | undefined => {
  if (error === undefined) {
    return isEndedByPlatform(status) ? endedByPlatform(status, undefined) : undefined
  }
  // the endpoint says of every cancelled run that it was cancelled; of others, only a text says less than the status
  return status === "CANCELED" || (isEndedByPlatform(status) && isTextError(error))
    ? endedByPlatform(status, messageOf(error))
    : error
}

/** `update` must be finished: `isFinished` of `fromRun` says whether it is. */
export const fromUpdate = (update: RunUpdate): RunResult => {
  const { durationMs, id, output, outputType, status, taskIdentifier } = update
  const fields = { id, taskIdentifier, status, ...(durationMs === undefined ? {} : { usage: { durationMs } }) }
  if (isSuccess(update)) {
    return {
      ok: true,
      ...fields,
      ...(output === undefined ? {} : { output }),
      ...(outputType === undefined ? {} : { outputType })
    }
  }
  const error = errorOf(update)
  return { ok: false, ...fields, ...(error === undefined ? {} : { error }) }
}

/**
 * Whether the results endpoint may know more of a finished run than this: of a run of the old engine, the feed of some
 * servers has neither output nor error. A run of today's engine whose task returned nothing has the same update; only its
 * row, and so `ofOldEngine`, tells them apart.
 */
export const isProvisional = (update: RunUpdate, ofOldEngine: boolean): boolean =>
  ofOldEngine && update.error === undefined && update.output === undefined && isListedWithError(update.status)
