/**
 * The response of `GET /api/v1/batches/{batchId}/results`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { RunResult } from "./RunResult.js"

/**
 * The runs that the endpoint lists, in no particular order. It omits unfinished, expired and timed-out runs, and every
 * run (except some cancelled ones) of a batch that today's engine executed. `collectBatchResults` returns all of them.
 *
 * @see https://trigger.dev/docs/management/batches/retrieve-results
 * @since 0.1.0
 * @category schemas
 */
export const BatchResults = Schema.Struct({
  /** The batch id. */
  id: Schema.String,
  items: Schema.Array(RunResult)
}).annotations({ identifier: "BatchResults" })

/**
 * The runs that the results endpoint lists.
 *
 * @since 0.1.0
 * @category models
 */
export interface BatchResults extends Schema.Schema.Type<typeof BatchResults> {}
