/**
 * Repeats an attempt as the policy says. A call that succeeds at once never touches the schedule.
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Tracer from "effect/Tracer"
import { type AttemptError, RetryPolicy } from "../../RetryPolicy.js"
import { debug } from "../describe/log.js"
import { countRetry, measureWait } from "../http/metrics.js"

export interface RetryOptions {
  /** The name of the operation, for logs and metrics. */
  readonly name: string
  /** The policy, unless `RetryPolicy.Current` overrides it. */
  readonly policy: RetryPolicy
  /** The span of the call: the parent of what the policy does. */
  readonly span: Tracer.Span
}

/** `attempt` gets the number of retries before it. */
export const retrying = <A, E extends AttemptError>(
  attempt: (retries: number) => Effect.Effect<A, E>,
  { name, policy: configured, span }: RetryOptions
): Effect.Effect<A, E> => {
  const retry = (error: E, retries: number): Effect.Effect<A, E> => {
    span.attribute("trigger.retries", retries)
    return debug(`${name}: retry ${retries}, because ${error.message}`).pipe(
      Effect.zipRight(countRetry(name)),
      Effect.zipRight(attempt(retries))
    )
  }
  const again = (first: E, policy: RetryPolicy): Effect.Effect<A, E> =>
    Effect.flatMap(Schedule.driver(policy), (driver) => {
      const next = (error: E, retries: number): Effect.Effect<A, E> =>
        RetryPolicy.isRetryable(error)
          ? Effect.matchEffect(error._tag === "RateLimited" ? measureWait(driver.next(error)) : driver.next(error), {
            onFailure: () => Effect.fail(error),
            onSuccess: () => Effect.catchAll(retry(error, retries), (error) => next(error, retries + 1))
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
