/**
 * Checks by hand whether a value is a `BatchResults`, in a hundredth of the time that the schema takes. The schema transforms
 * nothing, so a value that passes is the decoded one. A value that fails goes to the schema, which decides and explains.
 */
import { isRecord } from "effect/Predicate"
import type { BatchResults } from "../../BatchResults.js"
import type { RunError } from "../../RunError.js"
import type { RunResult } from "../../RunResult.js"

const isText = (value: unknown): boolean => value === undefined || typeof value === "string"

export const isRunError = (value: unknown): value is RunError => {
  if (!isRecord(value)) {
    return false
  }
  switch (value["type"]) {
    case "BUILT_IN_ERROR":
      return isText(value["name"]) && isText(value["message"]) && isText(value["stackTrace"])
    case "CUSTOM_ERROR":
    case "STRING_ERROR":
      return isText(value["raw"])
    case "INTERNAL_ERROR":
      return isText(value["code"]) && isText(value["message"]) && isText(value["stackTrace"])
    default:
      // servers add types, and the published contract promises only an object
      return isText(value["type"])
  }
}

const isUsage = (value: unknown): boolean =>
  value === undefined ||
  (isRecord(value) && (value["durationMs"] === undefined || Number.isFinite(value["durationMs"])))

const isRunResult = (value: unknown): value is RunResult => {
  if (
    !isRecord(value) || typeof value["id"] !== "string" || !isText(value["taskIdentifier"]) ||
    !isText(value["status"]) || !isUsage(value["usage"])
  ) {
    return false
  }
  switch (value["ok"]) {
    case true:
      return isText(value["output"]) && isText(value["outputType"])
    case false:
      return value["error"] === undefined || isRunError(value["error"])
    default:
      return false
  }
}

/** Only for values that come from JSON text, in which no field is present and undefined. */
export const isBatchResults = (value: unknown): value is BatchResults => {
  if (!isRecord(value) || typeof value["id"] !== "string") {
    return false
  }
  const items = value["items"]
  if (!Array.isArray(items)) {
    return false
  }
  for (const item of items) {
    if (!isRunResult(item)) {
      return false
    }
  }
  return true
}
