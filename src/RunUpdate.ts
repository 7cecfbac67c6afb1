/**
 * A run as the realtime feed of its batch shows it: how it stands now, and its output or error once it has finished.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { optional } from "./internal/describe/optional.js"
import { RunError } from "./RunError.js"
import { RunStatus } from "./RunStatus.js"

/**
 * A run as the realtime feed shows it. Each update is the whole run, not only what changed. A field without a value yet, such as
 * `finishedAt` of a run that still executes, is absent.
 *
 * @example
 * ```ts
 * import { RunError, RunStatus, type RunUpdate } from "effect-trigger-dev"
 *
 * const line = (run: RunUpdate) =>
 *   run.error === undefined
 *     ? `${run.id} is ${run.status} after ${run.durationMs ?? 0} ms`
 *     : `${run.id} is ${run.status}: ${RunError.message(run.error)}`
 *
 * const isOver = (run: RunUpdate) => RunStatus.isFinished(run.status)
 * ```
 *
 * @see https://trigger.dev/docs/realtime
 * @since 0.1.0
 * @category schemas
 */
export const RunUpdate = Schema.Struct({
  /** The run id. */
  id: Schema.String,
  /** The id of the task. */
  taskIdentifier: Schema.String,
  /** The API's status: the feed's own names are translated. */
  status: RunStatus,
  /** As the task serialised it, which `outputType` names. Absent until the run has returned, or if it returned nothing. */
  output: optional(Schema.String),
  /** The content type of `output`. Runs that have no output say `application/json`. */
  outputType: optional(Schema.String),
  /** Why the run failed. Absent otherwise. */
  error: optional(RunError),
  /** When the run was created. */
  createdAt: Schema.Date,
  /** When the run last changed. */
  updatedAt: optional(Schema.Date),
  /** When its first attempt began. Absent until then. */
  startedAt: optional(Schema.Date),
  /** Set for every finished run, however it ended. */
  finishedAt: optional(Schema.Date),
  /** The compute time of the run, in milliseconds. */
  durationMs: optional(Schema.Number),
  /** What its compute time costs, in cents. */
  costInCents: optional(Schema.Number),
  /** What it costs besides its compute time, in cents. */
  baseCostInCents: optional(Schema.Number),
  /** Its tags. */
  tags: Schema.Array(Schema.String),
  /** Today's servers do not send it. */
  idempotencyKey: optional(Schema.String),
  /** Whether it was triggered as a test. */
  isTest: optional(Schema.Boolean)
}).annotations({ identifier: "RunUpdate" })

/**
 * A run as the realtime feed shows it.
 *
 * @since 0.1.0
 * @category models
 */
export interface RunUpdate extends Schema.Schema.Type<typeof RunUpdate> {}
