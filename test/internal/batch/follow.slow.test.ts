import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Stream, TestClock } from "effect"
import { awaitBatchResults, streamBatchResults } from "effect-trigger-dev"
import { TriggerSimulator } from "effect-trigger-dev/testing"
import { ids, later, onSimulator, routes } from "../../support/simulator.js"

describe("waiting over the realtime feed", () => {
  /** One run after another, evenly over a time. */
  const evenly = (count: number, hours: number) =>
    Array.from({ length: count }, (_, index) => ({
      output: index,
      finishesAfter: Math.round((index + 1) * hours * 3_600_000 / count)
    }))

  it.effect("a result arrives as its run finishes", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id, runs } = yield* createBatch({
        runs: [{ output: 1, finishesAfter: "100 seconds" }, { output: 2, finishesAfter: "200 seconds" }]
      })
      const emitted: Array<string> = []
      const fiber = yield* Effect.fork(
        Stream.runForEach(streamBatchResults(id), (result) => Effect.sync(() => emitted.push(result.id)))
      )
      yield* TestClock.adjust("99 seconds")
      assert.deepStrictEqual(emitted, [])
      yield* TestClock.adjust("1500 millis")
      assert.deepStrictEqual(emitted, [runs[0]])
      yield* TestClock.adjust("100 seconds")
      assert.deepStrictEqual(emitted, runs)
      yield* Fiber.join(fiber)
      const { batch, results, run } = yield* routes
      assert.deepStrictEqual([batch, results, run], [1, undefined, undefined])
    }).pipe(onSimulator()))

  it.effect(
    "1,000 runs that finish within an hour cost no request of the rate limit beyond the first",
    () =>
      Effect.gen(function*() {
        const { createBatch, heldRequests } = yield* TriggerSimulator
        const { id, runs } = yield* createBatch({ runs: evenly(1000, 1) })
        const fiber = yield* Effect.fork(awaitBatchResults(id))
        yield* TestClock.adjust("30 minutes")
        assert.isAtMost(yield* heldRequests, 1)
        yield* TestClock.adjust("31 minutes")
        const { complete, results } = yield* Fiber.join(fiber)
        assert.isTrue(complete)
        assert.deepStrictEqual(ids(results), runs)
        const { batch, held: _, ...rest } = yield* routes
        assert.isAtMost(batch ?? 0, 2)
        assert.deepStrictEqual(rest, { snapshot: 1 })
      }).pipe(onSimulator()),
    120_000
  )

  it.effect("100 waits at once on 10 connections all end", () =>
    Effect.gen(function*() {
      const { createBatch, heldRequests } = yield* TriggerSimulator
      const batches = yield* Effect.forEach(Array.from({ length: 100 }), () => createBatch({ runs: evenly(3, 0.02) }))
      const fiber = yield* Effect.fork(
        Effect.forEach(batches, ({ id }) => awaitBatchResults(id), { concurrency: "unbounded" })
      )
      yield* TestClock.adjust("20 seconds")
      assert.strictEqual(yield* heldRequests, 10)
      yield* TestClock.adjust("2 minutes")
      const waited = yield* Fiber.join(fiber)
      assert.isTrue(waited.every(({ complete, results }) => complete && results.length === 3))
      const { results, run } = yield* routes
      assert.deepStrictEqual([results, run], [undefined, undefined])
    }).pipe(onSimulator({ realtime: { connectionLimit: 10 } })), 120_000)

  it.effect("runs that the batch does not list yet are emitted, and end in batch order", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id, runs } = yield* createBatch({
        runs: [
          { output: 0, finishesAfter: "5 seconds" },
          { output: 1, finishesAfter: "1 seconds" },
          { output: 2, createdAfter: "46 seconds", finishesAfter: "50 seconds" }
        ]
      })
      const emitted: Array<string> = []
      const streaming = yield* Effect.fork(
        Stream.runForEach(streamBatchResults(id), (result) => Effect.sync(() => emitted.push(result.id)))
      )
      yield* TestClock.adjust("20 seconds")
      assert.deepStrictEqual(emitted, [runs[1], runs[0]])
      const { results } = yield* later(awaitBatchResults(id))
      assert.deepStrictEqual(ids(results), runs)
      yield* Fiber.join(streaming)
      assert.deepStrictEqual(emitted, [runs[1], runs[0], runs[2]])
    }).pipe(onSimulator()))

  it.effect("goes on where the server loses held requests, and where the feed is lost in the middle", () =>
    Effect.gen(function*() {
      const { createBatch, setRealtime } = yield* TriggerSimulator
      const { id, runs } = yield* createBatch({ runs: evenly(10, 0.1) })
      const fiber = yield* Effect.fork(awaitBatchResults(id))
      yield* TestClock.adjust("90 seconds")
      yield* setRealtime({ backend: "clickhouse down" })
      yield* TestClock.adjust("90 seconds")
      yield* setRealtime({})
      yield* TestClock.adjust("10 minutes")
      const { complete, results } = yield* Fiber.join(fiber)
      assert.isTrue(complete)
      assert.deepStrictEqual(ids(results), runs)
    }).pipe(onSimulator()))
})
