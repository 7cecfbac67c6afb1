/**
 * Checks a result before its output is read. Programs without types may pass anything, and a result that comes from the
 * run route may not say whether there is an output.
 */
import { hasProperty, isString } from "effect/Predicate"
import type { RunResult, RunSuccess } from "../../RunResult.js"
import { OutputUnavailable, type OutputUnavailableReason } from "../../TriggerError.js"
import { isRunError } from "../api/isBatchResults.js"
import { kindOf } from "../describe/kind.js"
import { makePreview } from "../describe/redact.js"
import { describeId } from "../settings/id.js"
import { mediaType, storeType } from "./parse.js"

/** What errors say about the run of a result. */
export const runOf = (result: unknown): { readonly runId: string; readonly taskIdentifier?: string } => ({
  runId: hasProperty(result, "id") ? describeId(result.id) : "unknown",
  ...(hasProperty(result, "taskIdentifier") && isString(result.taskIdentifier)
    ? { taskIdentifier: result.taskIdentifier }
    : {})
})

const unavailable = (result: unknown, reason: OutputUnavailableReason, detail: string): OutputUnavailable =>
  new OutputUnavailable({ ...runOf(result), reason, detail })

interface Expected {
  readonly field: keyof RunSuccess | "error"
  readonly words: string
  readonly accepts: (value: unknown) => boolean
}

const optionalText = (field: Expected["field"]): Expected => ({
  field,
  words: "a string",
  accepts: (value) => value === undefined || isString(value)
})

/** The fields that are used here. */
const expected: ReadonlyArray<Expected> = [
  { field: "ok", words: "true or false", accepts: (value) => typeof value === "boolean" },
  { field: "id", words: "a string", accepts: isString },
  optionalText("taskIdentifier"),
  optionalText("status"),
  optionalText("output"),
  optionalText("outputType"),
  {
    field: "error",
    words: "the error of a run",
    accepts: (value) => value === undefined || isRunError(value)
  }
]

/** What is wrong with the value; undefined if it is a result. */
const faultOf = (result: unknown): string | undefined => {
  if (typeof result !== "object" || result === null) {
    return `expected the result of a run, but the value is ${kindOf(result)}`
  }
  for (const { accepts, field, words } of expected) {
    const value: unknown = Reflect.get(result, field)
    if (!accepts(value)) {
      return `expected the result of a run, but its "${field}" is ${kindOf(value)}, not ${words}`
    }
  }
  return undefined
}

/** Why nothing can be read of the value; undefined if it is a result. */
export const checkResult = (result: unknown): OutputUnavailable | undefined => {
  const fault = faultOf(result)
  return fault === undefined ? undefined : unavailable(result, "InvalidResult", fault)
}

/**
 * The run route shows no output of a run that returned nothing or an empty text, none of a large output whose download URL
 * the server could not sign, and none of a run of the old engine. A result from any other source has an output or a type, or has
 * no status.
 */
export const checkShown = (result: RunSuccess): OutputUnavailable | undefined =>
  result.status !== undefined && result.output === undefined && result.outputType === undefined
    ? unavailable(
      result,
      "NotShown",
      `GET /api/v3/runs/${
        runOf(result).runId
      } shows no output. The task returned nothing or an empty text, or the server ` +
        "could not sign the download URL of a large output, or the old engine executed the run. The realtime feed and " +
        "GET /api/v1/batches/{batchId}/results tell which: set TriggerConfig's realtime to \"auto\", and use a key that is " +
        "not restricted (tr_prod_sk_…) and no public token, which the results endpoint refuses."
    )
    : undefined

const preview = makePreview([])

/** Why the output cannot be downloaded; undefined if it is in the object store. */
export const checkStored = (result: RunResult): OutputUnavailable | undefined => {
  if (!result.ok) {
    return unavailable(result, "InvalidResult", "the run failed, so it has no output")
  }
  const type = mediaType(result.outputType)
  return type === storeType
    ? undefined
    : checkShown(result) ?? unavailable(
      result,
      "InvalidResult",
      `the output is not in the object store, because its type is ${preview(type)}. Read it with RunOutput.`
    )
}
