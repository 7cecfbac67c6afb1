/**
 * The status of a run. Servers add statuses, so an unknown status decodes, and is kept as it is.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

const finishedStatuses = [
  "COMPLETED",
  "CANCELED",
  "FAILED",
  "CRASHED",
  "SYSTEM_FAILURE",
  "INTERRUPTED",
  "EXPIRED",
  "TIMED_OUT"
] as const

/**
 * The statuses of a finished run, successful or not. Only older servers send `INTERRUPTED`.
 *
 * @since 0.1.0
 * @category models
 */
export type FinishedStatus = typeof finishedStatuses[number]

const unfinishedStatuses = [
  "PENDING_VERSION",
  "QUEUED",
  "DEQUEUED",
  "EXECUTING",
  "WAITING",
  "DELAYED",
  "WAITING_FOR_DEPLOY",
  "REATTEMPTING",
  "FROZEN"
] as const

/**
 * The statuses of an unfinished run. Only older servers send the last three.
 *
 * @since 0.1.0
 * @category models
 */
export type UnfinishedStatus = typeof unfinishedStatuses[number]

/**
 * The status of a run.
 *
 * @since 0.1.0
 * @category models
 */
export type RunStatus = FinishedStatus | UnfinishedStatus | OtherStatus

/**
 * A status that this version does not know. Because of the intersection, editors still complete the known ones.
 *
 * @since 0.1.0
 * @category models
 */
export type OtherStatus = string & Record<never, never>

const finished: ReadonlySet<string> = new Set(finishedStatuses)

const unfinished: ReadonlySet<string> = new Set(unfinishedStatuses)

/** A schema of its own: statics on `Schema.String`, which belongs to `effect`, would be visible in the whole process. */
const schema: Schema.Schema<RunStatus, string> = Schema.String.annotations({ identifier: "RunStatus" })

/**
 * Decodes any string. For a status that this version does not know, `isFinished` and `isUnfinished` are both false.
 *
 * @example
 * ```ts
 * import { RunStatus } from "effect-trigger-dev"
 *
 * RunStatus.isFinished("TIMED_OUT") // true, although the API's `isCompleted` is false
 * RunStatus.isFinished("WAITING") // false
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const RunStatus = Object.assign(schema, {
  /** Whether the run has finished, successful or not. */
  isFinished: (status: RunStatus): status is FinishedStatus => finished.has(status),
  /** Whether the run is known to be unfinished. */
  isUnfinished: (status: RunStatus): status is UnfinishedStatus => unfinished.has(status)
})
