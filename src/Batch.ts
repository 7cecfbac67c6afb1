/**
 * A batch as `GET /api/v2/batches/{id}` returns it: its status, the ids of its runs in batch order, and the items that
 * did not become a run.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { optionalOrNull } from "./internal/describe/optional.js"

/**
 * An item of the batch for which the server could not create a run. Today's engine rarely reports one: it creates a run
 * with the status `SYSTEM_FAILURE` instead. If the queue was full, one error with the code `QUEUE_SIZE_LIMIT_EXCEEDED` may stand
 * for all items that were refused; its text says how many.
 *
 * @since 0.1.0
 * @category schemas
 */
export const BatchItemError = Schema.Struct({
  /** The index of the item in the batch, from 0. */
  index: Schema.JsonNumber,
  /** The id of the task that the item is for. */
  taskIdentifier: Schema.String,
  /** Why, as the server reports it. */
  error: Schema.String,
  /** The code of the error, as the server reports it. */
  errorCode: optionalOrNull(Schema.String)
})

/**
 * An item of the batch for which the server could not create a run.
 *
 * @since 0.1.0
 * @category models
 */
export interface BatchItemError extends Schema.Schema.Type<typeof BatchItemError> {}

/**
 * The statuses that servers are known to send, and any other string.
 *
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
 * The status of a batch. Decodes any string, because servers add statuses.
 *
 * @since 0.1.0
 * @category schemas
 */
export const BatchStatus: Schema.Schema<BatchStatus, string> = Schema.String.annotations({ identifier: "BatchStatus" })

const struct = Schema.Struct({
  /** The batch id. */
  id: Schema.String,
  /** A hint, not the truth about the runs: see `CollectedResults.complete`. */
  status: BatchStatus,
  /** The idempotency key that the batch was triggered with. */
  idempotencyKey: optionalOrNull(Schema.String),
  /** When the batch was created. */
  createdAt: Schema.Date,
  /** When the batch last changed. */
  updatedAt: Schema.Date,
  /** When the server had worked through all items. Absent until then, and for batches of old SDKs. */
  processingCompletedAt: optionalOrNull(Schema.Date),
  /** The number of items of the batch, including those that did not become a run. */
  runCount: Schema.JsonNumber,
  /**
   * The ids of the runs, in batch order. Empty while the server creates the runs. Two items with the same idempotency key share
   * a run.
   */
  runs: Schema.Array(Schema.String),
  /** How the creation of the runs goes. */
  processing: optionalOrNull(Schema.Struct({
    /** When the server had worked through all items. */
    completedAt: optionalOrNull(Schema.Date),
    /** The items that did not become a run. */
    errors: Schema.Array(BatchItemError)
  }))
}).annotations({ identifier: "Batch" })

/** The statuses after which the server creates no more runs. */
const settled: ReadonlySet<BatchStatus> = new Set(["COMPLETED", "PARTIAL_FAILED", "ABORTED"])

/**
 * A batch as `GET /api/v2/batches/{id}` returns it. The status is a hint, not the truth about the runs. On today's engine it
 * becomes `COMPLETED` just after the last of the batch's own runs has finished, while a run that the batch reuses from another
 * batch may still be running. If two items share a run, it stays `PENDING` for ever, as it does on the old engine.
 * `awaitBatchResults` looks at the runs instead.
 *
 * While the status is `PROCESSING`, today's engine reports no run ids: `runs` is empty.
 *
 * @see https://trigger.dev/docs/management/batches/retrieve
 * @since 0.1.0
 * @category schemas
 */
export const Batch = Object.assign(struct, {
  /** Whether the server may still create runs of the batch. */
  mayCreateRuns: ({ processingCompletedAt, status }: Batch): boolean =>
    processingCompletedAt === undefined && !settled.has(status)
})

/**
 * A batch as the API returns it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Batch extends Schema.Schema.Type<typeof struct> {}
