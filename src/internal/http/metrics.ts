/**
 * The metrics of all clients of a program. No label holds an id.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"

const requests = Metric.counter("trigger_requests", {
  description: "Requests to the API, by operation and outcome: success, or the tag of the error",
  incremental: true
})

const retries = Metric.counter("trigger_retries", {
  description: "Retries of requests to the API, by operation",
  incremental: true
})

const attemptDuration = Metric.timer(
  "trigger_attempt_duration",
  "How long attempts took, from sending to the end of the body, by operation"
)

const rateLimitWait = Metric.timer(
  "trigger_rate_limit_wait",
  "How long requests were held back by the rate limit, where they were"
)

/** A metric with labels is an object of its own, and making one costs more than updating it. */
const cached = <A>(make: (...labels: ReadonlyArray<string>) => A): (...labels: ReadonlyArray<string>) => A => {
  const made = new Map<string, A>()
  return (...labels) => {
    const key = labels.join(" ")
    const known = made.get(key)
    if (known !== undefined) {
      return known
    }
    const metric = make(...labels)
    made.set(key, metric)
    return metric
  }
}

const requestsOf = cached((operation = "", outcome = "") =>
  requests.pipe(Metric.tagged("operation", operation), Metric.tagged("outcome", outcome))
)

const durationOf = cached((operation = "") => Metric.tagged(attemptDuration, "operation", operation))

const retriesOf = cached((operation = "") => Metric.tagged(retries, "operation", operation))

const nanos = Clock.clockWith((clock) => Effect.sync(() => clock.unsafeCurrentTimeNanos()))

/** Counts and times an attempt. */
export const measureAttempt =
  (operation: string) =>
  <A, E extends { readonly _tag: string }, R>(attempt: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.flatMap(nanos, (before) => {
      const record = (outcome: string): Effect.Effect<void> =>
        Effect.flatMap(nanos, (after) =>
          Effect.zipRight(
            Metric.update(durationOf(operation), Duration.nanos(after - before)),
            Metric.increment(requestsOf(operation, outcome))
          ))
      return Effect.tapBoth(attempt, {
        onFailure: ({ _tag }) => record(_tag),
        onSuccess: () => record("success")
      })
    })

export const countRetry = (operation: string): Effect.Effect<void> => Metric.increment(retriesOf(operation))

/** Times a wait for the rate limit. */
export const measureWait = <A, E, R>(wait: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Metric.trackDuration(wait, rateLimitWait)
