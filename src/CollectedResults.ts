/**
 * What collecting a batch brings: the result of every finished run, and what became of the others.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Batch, BatchItemError } from "./Batch.js"
import { RunResult } from "./RunResult.js"
import {
  BatchNotFound,
  Forbidden,
  InvalidBatchId,
  InvalidResponse,
  InvalidRunId,
  RateLimited,
  RunNotFound,
  ServerError,
  TransportError,
  Unauthorized,
  UnexpectedResponse
} from "./TriggerError.js"

/**
 * A run that could not be read, and why.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UnavailableRun = Schema.Struct({
  /** The run id. */
  id: Schema.String,
  error: Schema.Union(
    InvalidBatchId,
    InvalidRunId,
    BatchNotFound,
    RunNotFound,
    Unauthorized,
    Forbidden,
    RateLimited,
    ServerError,
    UnexpectedResponse,
    InvalidResponse,
    TransportError
  )
})

/**
 * @since 0.1.0
 * @category models
 */
export interface UnavailableRun extends Schema.Schema.Type<typeof UnavailableRun> {}

/**
 * Every run of the batch is in exactly one of `results`, `pending` and `unavailable`, once, each in batch order.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CollectedResults = Schema.Struct({
  /** The batch as it was when the collecting began. */
  batch: Batch,
  /** The finished runs, in batch order. */
  results: Schema.Array(RunResult),
  /** The ids of the runs that have not finished, in batch order. */
  pending: Schema.Array(Schema.String),
  /** The items of the batch for which no run could be created: they have no run, so no result. */
  failedToStart: Schema.Array(BatchItemError),
  /** The runs that could not be read, in batch order; always empty unless `onError` is `report`. */
  unavailable: Schema.Array(UnavailableRun),
  /** Whether the result of every run is here and no more runs are to come: collecting again brings nothing new. */
  complete: Schema.Boolean
}).annotations({ identifier: "CollectedResults" })

/**
 * @since 0.1.0
 * @category models
 */
export interface CollectedResults extends Schema.Schema.Type<typeof CollectedResults> {}

/**
 * How far a batch has come. Items that failed to start are not counted: they have no run. The runs that are still under
 * way are those of `total` that are neither `finished` nor `unavailable`.
 *
 * @since 0.1.0
 * @category models
 */
export interface BatchProgress {
  /** The runs that have finished. */
  readonly finished: number
  /** The runs that the batch has or, while they are being created, will have. */
  readonly total: number
  /** Those of the finished runs that did not succeed. */
  readonly failed: number
  /** The runs that could not be read so far; zero unless `onError` reports them. */
  readonly unavailable: number
}
