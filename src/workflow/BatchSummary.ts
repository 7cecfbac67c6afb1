/**
 * The outcome of a wait whose results were handed over page by page: ids and counts only.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { BatchItemError } from "../Batch.js"
import { UnavailableRun } from "../CollectedResults.js"

/**
 * Every run of the batch is in exactly one of `succeeded`, `failed`, `pending` and `unavailable`, once, in batch order.
 *
 * @since 0.1.0
 * @category schemas
 */
export const BatchSummary = Schema.Struct({
  batchId: Schema.String,
  /** The ids of the runs whose task returned. */
  succeeded: Schema.Array(Schema.String),
  /** The ids of the runs that finished otherwise. */
  failed: Schema.Array(Schema.String),
  /** The ids of the runs that have not finished, or whose results `onResults` did not take. */
  pending: Schema.Array(Schema.String),
  /** The items of the batch for which the server could not create a run. */
  failedToStart: Schema.Array(BatchItemError),
  /** The runs that could not be read. */
  unavailable: Schema.Array(UnavailableRun),
  /** How many items of the batch have neither a run nor an entry in `failedToStart`. */
  missing: Schema.Number,
  /** Whether every run of the batch exists, and `onResults` has taken its result. */
  complete: Schema.Boolean
}).annotations({ identifier: "BatchSummary" })

/**
 * The outcome of a wait whose results were handed over page by page.
 *
 * @since 0.1.0
 * @category models
 */
export interface BatchSummary extends Schema.Schema.Type<typeof BatchSummary> {}
