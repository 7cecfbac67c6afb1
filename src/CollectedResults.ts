/**
 * The outcome of collecting a batch: the result of every finished run, and the ids of the others.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Batch, BatchItemError } from "./Batch.js"
import { RunResult } from "./RunResult.js"
import { CollectBatchResultsError } from "./TriggerError.js"

/**
 * A run that could not be read, and why.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UnavailableRun = Schema.Struct({
  /** The run id. */
  id: Schema.String,
  /** Why, after all retries. */
  error: CollectBatchResultsError
})

/**
 * A run that could not be read, and why.
 *
 * @since 0.1.0
 * @category models
 */
export interface UnavailableRun extends Schema.Schema.Type<typeof UnavailableRun> {}

/**
 * Every run of the batch is in exactly one of `results`, `pending` and `unavailable`, once, in batch order. While the server
 * creates the runs, those that are known are in the order in which they appeared in the realtime feed.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CollectedResults = Schema.Struct({
  /**
   * The batch as it was last read. While the realtime feed shows all runs, the batch is not read again, so its `status` may be
   * older than `results`: use `complete`.
   */
  batch: Batch,
  /** The finished runs, in batch order. */
  results: Schema.Array(RunResult),
  /** The ids of the runs that have not finished, in batch order. */
  pending: Schema.Array(Schema.String),
  /** The items of the batch for which the server could not create a run. */
  failedToStart: Schema.Array(BatchItemError),
  /** The runs that could not be read, in batch order. Empty unless `onError` is `report`. */
  unavailable: Schema.Array(UnavailableRun),
  /**
   * How many of the `runCount` items of the batch have neither a run nor an entry in `failedToStart`. They are still being
   * created, or will never be: the batch was aborted, or the queue was full, which is one entry for all items that it refused.
   * Items that share a run are not missing.
   */
  missing: Schema.Number,
  /** Whether every run exists, and its result is in `results`. */
  complete: Schema.Boolean
}).annotations({ identifier: "CollectedResults" })

/**
 * The outcome of collecting a batch.
 *
 * @since 0.1.0
 * @category models
 */
export interface CollectedResults extends Schema.Schema.Type<typeof CollectedResults> {}

/**
 * The progress of a batch, in runs. `total` is `finished`, `unavailable` and the runs that are unfinished. Items that did
 * not become a run are not counted.
 *
 * @since 0.1.0
 * @category models
 */
export interface BatchProgress {
  /** The runs that have finished, successful or not. */
  readonly finished: number
  /** The runs that the batch has, including those that the server is still creating. */
  readonly total: number
  /** The finished runs that did not succeed. */
  readonly failed: number
  /** The runs that could not be read so far; zero unless `onError` is `report`. */
  readonly unavailable: number
  /** The items for which the server could not create a run. They are not counted in `total`. */
  readonly failedToStart: number
  /**
   * The items of the batch that have neither a run nor an entry in `failedToStart`. They are counted in `total` while the
   * server may still create their runs.
   */
  readonly missing: number
  /** The number of runs by status. A run whose status is not known yet is left out. */
  readonly statuses: { readonly [status: string]: number }
}
