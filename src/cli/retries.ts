/**
 * How long commands retry.
 */
import { RetryPolicy } from "../RetryPolicy.js"

/** A person is waiting: retries end after about two seconds. */
export const brief = RetryPolicy.make({ maxRetries: 3, base: "300 millis" })

/** A batch may run for hours: an outage of a few minutes must not end the wait. */
export const patient = RetryPolicy.make({ maxRetries: 30 })
