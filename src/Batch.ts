/**
 * A batch as `GET /api/v2/batches/{id}` shows it: its status, the ids of its runs in batch order, and the items for
 * which no run could be created.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * An item of the batch for which no run could be created. Its index never gets a run.
 *
 * @since 0.1.0
 * @category schemas
 */
export const BatchItemError = Schema.Struct({
  /** The position of the item in the batch, from 0. */
  index: Schema.Number,
  taskIdentifier: Schema.String,
  /** Why, in the words of the server. */
  error: Schema.String,
  errorCode: Schema.optionalWith(Schema.String, { exact: true, nullable: true })
})

/**
 * @since 0.1.0
 * @category models
 */
export interface BatchItemError extends Schema.Schema.Type<typeof BatchItemError> {}

/**
 * @since 0.1.0
 * @category models
 */
export type BatchStatus =
  | "PENDING"
  | "PROCESSING"
  | "COMPLETED"
  | "PARTIAL_FAILED"
  | "ABORTED"
  | (string & Record<never, never>)

/**
 * Any string: servers add statuses.
 *
 * @since 0.1.0
 * @category schemas
 */
export const BatchStatus: Schema.Schema<BatchStatus, string> = Schema.String.annotations({ identifier: "BatchStatus" })

/**
 * The status says how far the *creation* of the runs has come, not whether they have finished; that of a batch of the
 * old engine stays `PENDING` for ever.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Batch = Schema.Struct({
  id: Schema.String,
  status: BatchStatus,
  idempotencyKey: Schema.optionalWith(Schema.String, { exact: true, nullable: true }),
  createdAt: Schema.Date,
  updatedAt: Schema.Date,
  processingCompletedAt: Schema.optionalWith(Schema.Date, { exact: true, nullable: true }),
  /** How many runs the batch was asked for, those that failed to start included. */
  runCount: Schema.Number,
  /** The ids of the runs created so far, in batch order. */
  runs: Schema.Array(Schema.String),
  processing: Schema.optionalWith(
    Schema.Struct({
      completedAt: Schema.optionalWith(Schema.Date, { exact: true, nullable: true }),
      errors: Schema.Array(BatchItemError)
    }),
    { exact: true, nullable: true }
  )
}).annotations({ identifier: "Batch" })

/**
 * @since 0.1.0
 * @category models
 */
export interface Batch extends Schema.Schema.Type<typeof Batch> {}
