/**
 * A run as `GET /api/v3/runs/{id}` returns it.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { optional, optionalOrNull } from "./internal/describe/optional.js"
import { RunStatus } from "./RunStatus.js"

/**
 * A run as `GET /api/v3/runs/{id}` returns it. `output` is parsed JSON. If the output is in the object store, there is an
 * `outputPresignedUrl` instead; it is redacted, because it gives access to the output without a key. To see whether a run has
 * finished, use `RunStatus.isFinished(run.status)`: the API's `isCompleted` is false for runs that expired or timed out.
 *
 * A run of `retrieveRun` also holds the fields of the response that the schema does not know. Encoding with the schema drops them.
 *
 * @see https://trigger.dev/docs/management/runs/retrieve
 * @since 0.1.0
 * @category schemas
 */
export const Run = Schema.Struct({
  /** The run id. */
  id: Schema.String,
  /** The id of the task. */
  taskIdentifier: Schema.String,
  /** How the run stands. `RunStatus.isFinished` says whether it has finished. */
  status: RunStatus,
  /** When the run was created. */
  createdAt: Schema.Date,
  /** When the run last changed. */
  updatedAt: optionalOrNull(Schema.Date),
  /** When its first attempt began. Absent until then. */
  startedAt: optionalOrNull(Schema.Date),
  /** When it finished. Absent until then. */
  finishedAt: optionalOrNull(Schema.Date),
  /** When its `ttl` ended, if it had not started by then. */
  expiredAt: optionalOrNull(Schema.Date),
  /** When a delayed run may start. */
  delayedUntil: optionalOrNull(Schema.Date),
  /** How long the run may wait in the queue: a text such as `10m`, or a number of seconds. */
  ttl: optionalOrNull(Schema.Union(Schema.String, Schema.JsonNumber)),
  /** The compute time of the run, in milliseconds. */
  durationMs: optionalOrNull(Schema.JsonNumber),
  /** What its compute time costs, in cents. */
  costInCents: optionalOrNull(Schema.JsonNumber),
  /** What it costs besides its compute time, in cents. */
  baseCostInCents: optionalOrNull(Schema.JsonNumber),
  /** Its tags. Absent if the server sends none. */
  tags: optionalOrNull(Schema.Array(Schema.String)),
  /** The version of the deployment that executes it. */
  version: optionalOrNull(Schema.String),
  /** The idempotency key that it was triggered with. */
  idempotencyKey: optionalOrNull(Schema.String),
  /** Whether it was triggered as a test. */
  isTest: optionalOrNull(Schema.Boolean),
  /** As the API says it: false for a run that expired or timed out. Use `RunStatus.isFinished(run.status)`. */
  isCompleted: optionalOrNull(Schema.Boolean),
  /** Whether its status is `COMPLETED`. */
  isSuccess: optionalOrNull(Schema.Boolean),
  /** As the API says it: whether its status is one of a failure. */
  isFailed: optionalOrNull(Schema.Boolean),
  /** Whether its status is `CANCELED`. */
  isCancelled: optionalOrNull(Schema.Boolean),
  /** The batch that created it. */
  batchId: optionalOrNull(Schema.String),
  /** How many attempts have begun. */
  attemptCount: optionalOrNull(Schema.JsonNumber),
  /** The input of the run, as parsed JSON. */
  payload: optional(Schema.Unknown),
  /** The output, as parsed JSON. Absent if there is none, or if it is in the object store. */
  output: optional(Schema.Unknown),
  /** Instead of a large `payload`. */
  payloadPresignedUrl: optionalOrNull(Schema.Redacted(Schema.String)),
  /** Instead of a large `output`: a URL that gives access to it without a key. */
  outputPresignedUrl: optionalOrNull(Schema.Redacted(Schema.String)),
  /** Why it failed. Absent otherwise. */
  error: optionalOrNull(Schema.Struct({
    /** The message of the error. */
    message: optionalOrNull(Schema.String),
    /** The name of the error, such as `TypeError`. */
    name: optionalOrNull(Schema.String),
    /** The stack trace, in lines. */
    stackTrace: optionalOrNull(Schema.String)
  }))
}).annotations({ identifier: "Run" })

/**
 * A run as the API returns it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Run extends Schema.Schema.Type<typeof Run> {}
