/**
 * A run as `GET /api/v3/runs/{id}` returns it.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { RunStatus } from "./RunStatus.js"

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true, nullable: true })

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
  id: Schema.String,
  taskIdentifier: Schema.String,
  status: RunStatus,
  createdAt: Schema.Date,
  updatedAt: optional(Schema.Date),
  startedAt: optional(Schema.Date),
  finishedAt: optional(Schema.Date),
  expiredAt: optional(Schema.Date),
  delayedUntil: optional(Schema.Date),
  /** How long the run may wait in the queue: a text such as `10m`, or a number of seconds. */
  ttl: optional(Schema.Union(Schema.String, Schema.Number)),
  /** The compute time of the run, in milliseconds. */
  durationMs: optional(Schema.Number),
  costInCents: optional(Schema.Number),
  baseCostInCents: optional(Schema.Number),
  tags: optional(Schema.Array(Schema.String)),
  version: optional(Schema.String),
  idempotencyKey: optional(Schema.String),
  isTest: optional(Schema.Boolean),
  isCompleted: optional(Schema.Boolean),
  isSuccess: optional(Schema.Boolean),
  isFailed: optional(Schema.Boolean),
  isCancelled: optional(Schema.Boolean),
  batchId: optional(Schema.String),
  attemptCount: optional(Schema.Number),
  // Stryker disable next-line ObjectLiteral,BooleanLiteral: Unknown accepts undefined anyway
  payload: Schema.optionalWith(Schema.Unknown, { exact: true }),
  // Stryker disable next-line ObjectLiteral,BooleanLiteral: Unknown accepts undefined anyway
  output: Schema.optionalWith(Schema.Unknown, { exact: true }),
  /** Instead of a large `payload`. */
  payloadPresignedUrl: optional(Schema.Redacted(Schema.String)),
  outputPresignedUrl: optional(Schema.Redacted(Schema.String)),
  error: optional(Schema.Struct({
    message: optional(Schema.String),
    name: optional(Schema.String),
    stackTrace: optional(Schema.String)
  }))
}).annotations({ identifier: "Run" })

/**
 * A run as the API returns it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Run extends Schema.Schema.Type<typeof Run> {}
