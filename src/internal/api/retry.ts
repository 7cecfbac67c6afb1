/**
 * Makes an attempt again as the policy in force says. A call that succeeds at once never touches the schedule.
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Tracer from "effect/Tracer"
import { type AttemptError, RetryPolicy } from "../../RetryPolicy.js"

/**
 * `attempt` is given the number of retries before it, which `span` tells where there were any; it is the parent of what the
 * policy does.
 */
export const retrying = <A, E extends AttemptError>(
  attempt: (retries: number) => Effect.Effect<A, E>,
  configured: RetryPolicy,
  span: Tracer.Span
): Effect.Effect<A, E> => {
  const again = (first: E, policy: RetryPolicy): Effect.Effect<A, E> =>
    Effect.flatMap(Schedule.driver(policy), (driver) => {
      const next = (error: E, retries: number): Effect.Effect<A, E> =>
        RetryPolicy.isRetryable(error)
          ? Effect.matchEffect(driver.next(error), {
            onFailure: () => Effect.fail(error),
            onSuccess: () => {
              span.attribute("trigger.retries", retries)
              return Effect.catchAll(attempt(retries), (error) => next(error, retries + 1))
            }
          })
          : Effect.fail(error)
      return next(first, 1)
    })
  return Effect.catchAll(attempt(0), (first) =>
    Effect.withParentSpan(
      Effect.flatMap(RetryPolicy.Current, (override) => again(first, override ?? configured)),
      span
    ))
}
