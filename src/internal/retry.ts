/**
 * Makes an attempt again as the policy in force says. A call that succeeds at once never touches the schedule.
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { type AttemptError, RetryPolicy } from "../RetryPolicy.js"

/** `attempt` is given the number of retries before it. */
export const retrying = <A, E extends AttemptError>(
  attempt: (retries: number) => Effect.Effect<A, E>,
  configured: RetryPolicy
): Effect.Effect<A, E> =>
  Effect.catchAll(
    attempt(0),
    (first) =>
      Effect.flatMap(RetryPolicy.Current, (override) =>
        Effect.flatMap(Schedule.driver(override ?? configured), (driver) => {
          const next = (error: E, retries: number): Effect.Effect<A, E> =>
            RetryPolicy.isRetryable(error)
              ? Effect.matchEffect(driver.next(error), {
                onFailure: () =>
                  Effect.fail(error),
                onSuccess: () => Effect.catchAll(attempt(retries), (error) => next(error, retries + 1))
              })
              : Effect.fail(error)
          return next(first, 1)
        }))
  )
