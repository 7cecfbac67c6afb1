/**
 * A way of reading a batch that goes on where a run cannot be read, and tells which ones and why.
 *
 * An error that may pass holds for one poll: at the next the run is asked for again. One that cannot get better holds
 * for good: the run is given up.
 */
import * as Effect from "effect/Effect"
import type { UnavailableRun } from "../../CollectedResults.js"
import { RetryPolicy } from "../../RetryPolicy.js"
import type { CollectBatchResultsError } from "../../TriggerError.js"
import type { Reader } from "./reader.js"

/** Such an error is about the client, not about the run that met it: all other runs would meet it, too. */
const isCommon = (error: CollectBatchResultsError): boolean =>
  error._tag === "Unauthorized" || error._tag === "Forbidden" || error._tag === "RateLimited"

/** Whether the run may be had at the next poll. */
export const mayPass = (error: CollectBatchResultsError): boolean =>
  error._tag !== "InvalidBatchId" && error._tag !== "InvalidRunId" && RetryPolicy.isRetryable(error)

/** What it finds out about errors it knows for itself: the reader, which a handle may share, does not learn of them. */
export const reporting = (reader: Reader): Reader<never> => {
  const errors = new Map<string, UnavailableRun["error"]>()
  /** What each further read of this poll would meet. */
  let common: UnavailableRun["error"] | undefined
  const hasNone = (runId: string): boolean => !errors.has(runId)
  return {
    ...reader,
    readBatch: (source) =>
      Effect.suspend(() => {
        common = undefined
        for (const [runId, error] of errors) {
          if (mayPass(error)) {
            errors.delete(runId)
          }
        }
        return reader.readBatch(source)
      }),
    // without the endpoint most runs can be read all the same; for those that cannot, it is asked again
    readEndpoint: (source, batch) => Effect.ignore(reader.readEndpoint(source, batch)),
    unread: (batch) => reader.unread(batch).filter(hasNone),
    readRun: (source, runId) =>
      Effect.suspend(() => common === undefined ? reader.readRun(source, runId) : Effect.fail(common)).pipe(
        Effect.catchAll((error) =>
          Effect.sync(() => {
            errors.set(runId, error)
            common = isCommon(error) ? error : common
            return undefined
          })
        )
      ),
    settle: (source) =>
      Effect.suspend(() => {
        const waiting = reader.unsettled().filter(hasNone)
        return waiting.length === 0 ? Effect.void : Effect.catchAll(reader.settle(source), (error) =>
          Effect.sync(() => {
            for (const runId of waiting) {
              errors.set(runId, error)
            }
          }))
      }),
    summary: (batch) => {
      const collected = reader.summary(batch)
      return {
        ...collected,
        pending: collected.pending.filter(hasNone),
        unavailable: collected.pending.flatMap((id) => {
          const error = errors.get(id)
          return error === undefined ? [] : [{ id, error }]
        })
      }
    }
  }
}
