import { assert, describe, it } from "@effect/vitest"
import {
  Effect,
  Exit,
  Fiber,
  Logger,
  LogLevel,
  Metric,
  type MetricKey,
  type MetricState,
  Schedule,
  TestClock
} from "effect"
import { awaitBatchResults, collectBatchResults, getBatchResults, retrieveRun, RetryPolicy } from "effect-trigger-dev"
import { Fault, TriggerSimulator, type TriggerSimulatorOptions } from "effect-trigger-dev/testing"

/** The counts of a metric by its labels: how often it was incremented, or how many times were taken. */
const counts = (name: string) =>
  Effect.sync(() => {
    const found: Record<string, number> = {}
    for (const { metricKey, metricState } of Metric.unsafeSnapshot()) {
      const key = metricKey as MetricKey.MetricKey.Untyped
      if (key.name === name) {
        const labels = key.tags.map(({ key, value }) => key === "time_unit" ? `in ${value}` : value).join(" ")
        const { count } = metricState as MetricState.MetricState<unknown> & { readonly count: number | bigint }
        // a module that a test has loaded anew has series of its own
        found[labels] = (found[labels] ?? 0) + Number(count)
      }
    }
    return found
  })

/** The milliseconds of all attempts. */
const attemptTime = Effect.sync(() => {
  let sum = 0
  for (const { metricKey, metricState } of Metric.unsafeSnapshot()) {
    if (metricKey.name === "trigger_attempt_duration") {
      sum += (metricState as MetricState.MetricState.Histogram).sum
    }
  }
  return sum
})

/** What an effect adds to the counts of a metric; all clients of a process share them. */
const added = <A, E, R>(name: string, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const before = yield* counts(name)
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust("1 minute")
    yield* Fiber.join(fiber)
    const after = yield* counts(name)
    return Object.fromEntries(
      Object.entries(after).map(([labels, count]) => [labels, count - (before[labels] ?? 0)]).filter(([, count]) =>
        count !== 0
      )
    )
  })

const onSimulator = (options: TriggerSimulatorOptions) => Effect.provide(TriggerSimulator.layerClient(options))

/** One batch of one run, read while the first request fails with a 500. */
const collectOnce = Effect.gen(function*() {
  const { createBatch } = yield* TriggerSimulator
  const { id } = yield* createBatch({ runs: [{ output: 1 }] })
  return yield* collectBatchResults(id)
})

/** Passes every line that is logged, and its annotations, to `write`. */
const logTo = (write: (line: string) => void) => <A, E, R>(effect: Effect.Effect<A, E, R>) => {
  const logger = Logger.make(({ annotations, logLevel, message }) => {
    write(`${logLevel.label} ${Array.from(annotations, String).join(" ")}: ${String(message)}`)
  })
  return effect.pipe(
    Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
    Logger.withMinimumLogLevel(LogLevel.Debug)
  )
}

const failsOnce: TriggerSimulatorOptions = { faults: { 1: Fault.serverError() } }

describe("metrics", () => {
  it.effect("count requests by operation and outcome", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* added("trigger_requests", collectOnce), {
        "TriggerClient.retrieveBatch ServerError": 1,
        "TriggerClient.retrieveBatch success": 1,
        "TriggerClient.readRealtimeFeed success": 1
      })
    }).pipe(onSimulator(failsOnce)))

  it.effect("count retries by operation", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* added("trigger_retries", collectOnce), { "TriggerClient.retrieveBatch": 1 })
    }).pipe(onSimulator(failsOnce)))

  it.effect("time every attempt by operation", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* added("trigger_attempt_duration", collectOnce), {
        "in milliseconds TriggerClient.retrieveBatch": 2,
        "in milliseconds TriggerClient.readRealtimeFeed": 1
      })
    }).pipe(onSimulator(failsOnce)))

  it.effect("time an attempt from sending to the end of the body", () =>
    Effect.gen(function*() {
      const before = yield* attemptTime
      const fiber = yield* Effect.fork(collectOnce)
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      assert.approximately((yield* attemptTime) - before, 2000, 1)
    }).pipe(onSimulator({ faults: { 1: Fault.delay("2 seconds") } })))

  it.effect("have the labels that the program sets, too", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* added("trigger_retries", Effect.tagMetrics(collectOnce, "tenant", "acme")), {
        "acme TriggerClient.retrieveBatch": 1
      })
    }).pipe(onSimulator(failsOnce)))

  it.effect("time the waits for the rate limit", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ runs: [] })
      const waits = yield* added(
        "trigger_rate_limit_wait",
        Effect.zipRight(getBatchResults(id), getBatchResults(id))
      )
      assert.deepStrictEqual(waits, { "in milliseconds": 1 })
    }).pipe(onSimulator({ rateLimit: { limit: 1, refill: 1, interval: "10 seconds" } })))
})

describe("Debug logs", () => {
  it.effect("have a line for a retry and for a change of the source, annotated with the package, and none for success", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const fiber = yield* Effect.fork(logTo((line) => lines.push(line))(collectOnce))
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      assert.lengthOf(lines, 2)
      assert.match(
        lines[0] ?? "",
        /^DEBUG package,effect-trigger-dev: TriggerClient\.retrieveBatch: retry 1, because GET /
      )
      assert.match(
        lines[1] ?? "",
        /^DEBUG package,effect-trigger-dev: The realtime feed could not be read: GET/
      )
    }).pipe(onSimulator({ ...failsOnce, realtime: { backend: "clickhouse down" } })))

  it.effect("do not call a failed attempt or the end of a schedule an unhandled error", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id, runs: [run = ""] } = yield* createBatch({ runs: [{ finishesAfter: "never" }] })
      const lines: Array<string> = []
      const { complete } = yield* awaitBatchResults(id, { schedule: Schedule.stop }).pipe(
        logTo((line) => lines.push(line))
      )
      assert.isFalse(complete)
      const attempt = yield* Effect.exit(
        retrieveRun(run).pipe(RetryPolicy.override(RetryPolicy.none), logTo((line) => lines.push(line)))
      )
      assert.isTrue(Exit.isFailure(attempt))
      assert.deepStrictEqual(lines, [])
    }).pipe(onSimulator({ faults: ({ path }) => path.includes("/runs/") ? Fault.serverError() : undefined })))
})
