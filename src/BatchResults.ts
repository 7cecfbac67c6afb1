/**
 * What the results endpoint answers: the results of the finished runs of a batch.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { RunResult } from "./RunResult.js"

/**
 * `items` holds the runs that the endpoint lists, in no particular order. It lists neither unfinished runs nor expired
 * or timed-out ones, and it is empty for most batches that today's engine executed; `collectBatchResults` reads those
 * as well.
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
 * @since 0.1.0
 * @category models
 */
export interface BatchResults extends Schema.Schema.Type<typeof BatchResults> {}
