/**
 * The metrics of all clients of a program. No label holds an id.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import { identity } from "effect/Function"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import * as MetricLabel from "effect/MetricLabel"

const requests = Metric.counter("trigger_requests", {
  description: "Requests to the API, by operation and outcome: success, or the tag of the error",
  incremental: true
})

const retries = Metric.counter("trigger_retries", {
  description: "Retries of requests to the API, by operation",
  incremental: true
})

// not `Metric.timer`, which adds the label of its unit with `Metric.tagged`: see `labelled`
const attemptDuration = Metric.histogram(
  "trigger_attempt_duration",
  MetricBoundaries.exponential({ start: 0.5, factor: 2, count: 35 }),
  "How long attempts took in milliseconds, from sending to the end of the body, by operation"
)

const rateLimitWait = Metric.timer(
  "trigger_rate_limit_wait",
  "How long requests were held back by the rate limit, where they were"
)

/**
 * The labels of one series. The metric finds the series by the identity of this array; `Metric.tagged` makes a new one for
 * each update, and then the metric builds its key anew, which costs more than the rest of the update.
 */
const labelled = (
  names: ReadonlyArray<string>,
  constant: ReadonlyArray<MetricLabel.MetricLabel> = []
) => {
  const known = new Map<string, ReadonlyArray<MetricLabel.MetricLabel>>()
  return (...values: ReadonlyArray<string>): ReadonlyArray<MetricLabel.MetricLabel> => {
    const key = values.join(" ")
    const labels = known.get(key) ??
      [...constant, ...names.map((name, index) => MetricLabel.make(name, values[index] ?? ""))]
    known.set(key, labels)
    return labels
  }
}

const outcomeLabels = labelled(["operation", "outcome"])

const operationLabels = labelled(["operation"])

const durationLabels = labelled(["operation"], [MetricLabel.make("time_unit", "milliseconds")])

/** Updates metrics under the labels of this package, and those that the program has set with `Effect.tagMetrics`. */
const update = (
  run: (withLabels: (labels: ReadonlyArray<MetricLabel.MetricLabel>) => ReadonlyArray<MetricLabel.MetricLabel>) => void
): Effect.Effect<void> =>
  Effect.map(
    FiberRef.get(FiberRef.currentMetricLabels),
    (own) => run(own.length === 0 ? identity : (labels) => [...own, ...labels])
  )

/** Counts and times an attempt. */
export const measureAttempt =
  (operation: string) =>
  <A, E extends { readonly _tag: string }, R>(attempt: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Clock.clockWith((clock) => {
      const before = clock.unsafeCurrentTimeNanos()
      const record = (outcome: string): Effect.Effect<void> =>
        update((withLabels) => {
          const millis = Number(clock.unsafeCurrentTimeNanos() - before) / 1e6
          attemptDuration.unsafeUpdate(millis, withLabels(durationLabels(operation)))
          requests.unsafeUpdate(1, withLabels(outcomeLabels(operation, outcome)))
        })
      return Effect.tapBoth(attempt, {
        onFailure: ({ _tag }) => record(_tag),
        onSuccess: () => record("success")
      })
    })

export const countRetry = (operation: string): Effect.Effect<void> =>
  update((withLabels) => retries.unsafeUpdate(1, withLabels(operationLabels(operation))))

/** Times a wait for the rate limit. */
export const measureWait = <A, E, R>(wait: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Metric.trackDuration(wait, rateLimitWait)
