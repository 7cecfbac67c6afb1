/**
 * Why a run did not complete, in the words of each route.
 */
import type { RunError } from "../../RunError.js"
import type { Run } from "./batch.js"

/** The code of an error that the server cannot read. */
const unreadable = "CONFIGURED_INCORRECTLY"

const internal = (code: string, message: string): RunError => ({ type: "INTERNAL_ERROR", code, message })

/** As the database has it, and the realtime feed shows it. Where a test gives none, it is what genuine servers stored. */
export const stored = (run: Run): RunError | undefined => {
  switch (run.finalStatus) {
    case "COMPLETED":
    case "INTERRUPTED":
      return undefined
    case "CANCELED":
      return { type: "STRING_ERROR", raw: "Canceled by user" }
    case "EXPIRED":
      return { type: "STRING_ERROR", raw: `Run expired because the TTL (${run.ttl}) was reached` }
    case "TIMED_OUT":
      return run.error ??
        internal("MAX_DURATION_EXCEEDED", "Run exceeded maximum compute time (maxDuration) of 300 seconds")
    case "CRASHED":
      return run.error ??
        internal("TASK_PROCESS_EXITED_WITH_NON_ZERO_CODE", "Process exited with code 1 after signal null.")
    case "SYSTEM_FAILURE":
      return run.error ?? internal("TASK_RUN_STALLED_EXECUTING", "Run stalled while executing")
    case "FAILED":
      return run.error
  }
}

/** That of an interrupted run is on the other routes only. */
const elsewhere = (run: Run): RunError => stored(run) ?? run.error ?? { type: "INTERNAL_ERROR", code: unreadable }

/** As the results endpoint lists it. */
export const listed = (run: Run): RunError =>
  run.finalStatus === "CANCELED" ? { type: "INTERNAL_ERROR", code: "TASK_RUN_CANCELLED" } : elsewhere(run)

/** As the run route words it: of an internal error it tells the code, and withholds the message. */
export const shown = (run: Run): { readonly [field: string]: unknown } => {
  const error: { readonly [field: string]: unknown } = { ...elsewhere(run) }
  switch (error["type"]) {
    case "BUILT_IN_ERROR":
      return { name: error["name"], message: error["message"], stackTrace: error["stackTrace"] }
    case "CUSTOM_ERROR":
    case "STRING_ERROR":
      return { message: error["raw"] }
    default: {
      const code = typeof error["code"] === "string" ? error["code"] : unreadable
      return { message: `trigger.dev internal error (${code})` }
    }
  }
}
