/**
 * How far a durable wait has come, and how long it pauses.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import type { BatchProgress } from "../CollectedResults.js"
import type { AwaitBatchError } from "./AwaitBatchError.js"

/**
 * The progress of a durable wait after a page. If the batch could not be read, the counts are those of the page before.
 *
 * @since 0.1.0
 * @category models
 */
export interface AwaitBatchProgress extends Pick<BatchProgress, "finished" | "total" | "failed"> {
  /** The runs that could not be read. The wait reads them again at the next page, or has given them up. */
  readonly unavailable: number
  /** The results of this page that `onResults` did not take, because it failed. They are not counted as finished. */
  readonly notTaken: number
  /** The pages so far, this one included. */
  readonly pages: number
  /** The time since the first page began. */
  readonly elapsed: Duration.Duration
  /** The time since a page last had a new result, or else since the first page began. */
  readonly idle: Duration.Duration
  /** Why the batch could not be read at this page. */
  readonly error?: AwaitBatchError
}

const shortest = Duration.seconds(10)
const longest = Duration.minutes(15)

/**
 * A quarter of the time that the wait has taken so far, at least 10 seconds and at most 15 minutes; it never ends the
 * wait. That makes 54 pages in 8 hours, and 118 in a day.
 *
 * @since 0.1.0
 * @category pauses
 */
export const defaultPause = ({ elapsed }: AwaitBatchProgress): Duration.Duration =>
  Duration.clamp(Duration.times(elapsed, 0.25), { minimum: shortest, maximum: longest })
