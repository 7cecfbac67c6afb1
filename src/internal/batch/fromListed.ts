/**
 * Adds to a result that the results endpoint listed what the endpoint does not send but that is certain: the status where
 * only one is possible, and the type of a success without output.
 */
import { RunError } from "../../RunError.js"
import type { RunResult } from "../../RunResult.js"

/**
 * The published contract does not promise the type of an output; but a listed success without output returned nothing, and the
 * type says that this is certain.
 */
export const fromListed = (listed: RunResult): RunResult => {
  const result: RunResult = listed.ok && listed.output === undefined
    ? { outputType: "application/json", ...listed }
    : listed
  if (result.status !== undefined) {
    return result
  }
  if (result.ok) {
    return { ...result, status: "COMPLETED" }
  }
  const { error } = result
  return error !== undefined && RunError.isKnown(error) && error.type === "INTERNAL_ERROR" &&
      error.code === "TASK_RUN_CANCELLED"
    ? { ...result, status: "CANCELED" }
    : result
}
