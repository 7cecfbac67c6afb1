/**
 * Where a run stands. The list is open: servers add statuses, and one that this version does not know is kept as it is.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * The statuses of a run that has come to its end, one way or another. `INTERRUPTED` comes from older servers only.
 *
 * @since 0.1.0
 * @category models
 */
export type FinishedStatus =
  | "COMPLETED"
  | "CANCELED"
  | "FAILED"
  | "CRASHED"
  | "SYSTEM_FAILURE"
  | "INTERRUPTED"
  | "EXPIRED"
  | "TIMED_OUT"

/**
 * The statuses of a run that may still go on. The last three come from older servers only.
 *
 * @since 0.1.0
 * @category models
 */
export type UnfinishedStatus =
  | "PENDING_VERSION"
  | "QUEUED"
  | "DEQUEUED"
  | "EXECUTING"
  | "WAITING"
  | "DELAYED"
  | "WAITING_FOR_DEPLOY"
  | "REATTEMPTING"
  | "FROZEN"

/**
 * @since 0.1.0
 * @category models
 */
export type RunStatus = FinishedStatus | UnfinishedStatus | OtherStatus

/**
 * A status that this version does not know. The intersection keeps the known ones in an editor's completions.
 *
 * @since 0.1.0
 * @category models
 */
export type OtherStatus = string & Record<never, never>

const finished: ReadonlySet<string> = new Set<FinishedStatus>([
  "COMPLETED",
  "CANCELED",
  "FAILED",
  "CRASHED",
  "SYSTEM_FAILURE",
  "INTERRUPTED",
  "EXPIRED",
  "TIMED_OUT"
])

const unfinished: ReadonlySet<string> = new Set<UnfinishedStatus>([
  "PENDING_VERSION",
  "QUEUED",
  "DEQUEUED",
  "EXECUTING",
  "WAITING",
  "DELAYED",
  "WAITING_FOR_DEPLOY",
  "REATTEMPTING",
  "FROZEN"
])

/** Its own schema: `Schema.String` itself belongs to `effect`, and statics on it would show in the whole process. */
const schema: Schema.Schema<RunStatus, string> = Schema.String.annotations({ identifier: "RunStatus" })

/**
 * Decodes any string; `isFinished` and `isUnfinished` are both false for a status that this version does not know.
 *
 * @example
 * ```ts
 * import { RunStatus } from "effect-trigger-dev"
 *
 * RunStatus.isFinished("TIMED_OUT") // true, although the API's own `isCompleted` says false
 * RunStatus.isFinished("WAITING") // false
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const RunStatus = Object.assign(schema, {
  /** Whether a run with this status has finished. */
  isFinished: (status: RunStatus): status is FinishedStatus => finished.has(status),
  /** Whether a run with this status is still to finish. */
  isUnfinished: (status: RunStatus): status is UnfinishedStatus => unfinished.has(status)
})
