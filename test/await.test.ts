import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Option, Schedule, TestClock } from "effect"
import { awaitBatchResults, BatchHandle, type BatchProgress, RetryPolicy } from "effect-trigger-dev"
import * as Fake from "./support/fakeBatch.js"
import * as Scripted from "./support/scriptedHttp.js"

const { batchId } = Fake

const run = (index: number, finishesAt: number, fields: Partial<Fake.FakeRun> = {}): Fake.FakeRun => ({
  id: `run_${index}`,
  engine: "V2",
  status: "COMPLETED",
  finishesAt,
  output: index,
  ...fields
})

const everySecond = Schedule.spaced("1 second")

/** Runs an effect while the clock goes on. */
const later = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

/** The paths that were asked for at each time, the batch left out. */
const asked = (server: { readonly requests: ReadonlyArray<Fake.Request> }) => {
  const at: Record<number, Array<string>> = {}
  for (const request of server.requests) {
    const name = request.path.startsWith("/api/v1/") ? "endpoint" : request.path.split("/").pop() as string
    if (name !== batchId) {
      at[request.at] = [...at[request.at] ?? [], name]
    }
  }
  return at
}

describe("awaitBatchResults", () => {
  it.effect("polls until all runs have finished, and reads no finished run again", () =>
    Effect.gen(function*() {
      const server = Fake.make({ runs: [run(0, 2500), run(1, 0), run(2, 1500, { status: "FAILED" })] })
      const collected = yield* later(
        awaitBatchResults(batchId, { schedule: everySecond }).pipe(Effect.provide(Scripted.client(server)))
      )
      assert.isTrue(collected.complete)
      assert.deepStrictEqual(collected.results.map(({ id, ok }) => [id, ok]), [
        ["run_0", true],
        ["run_1", true],
        ["run_2", false]
      ])
      // the endpoint, which lists nothing of today's engine, is asked once
      assert.deepStrictEqual(asked(server), {
        0: ["endpoint", "run_0", "run_1", "run_2"],
        1000: ["run_0", "run_2"],
        2000: ["run_0", "run_2"],
        3000: ["run_0"]
      })
    }))

  it.effect("polls after 1 s, then 1.5 times as late each time up to 15 s, each up to a fifth off", () =>
    Effect.gen(function*() {
      const server = Fake.make({ runs: [run(0, 120_000)] })
      yield* later(awaitBatchResults(batchId).pipe(Effect.provide(Scripted.client(server))))
      const times = Object.keys(asked(server)).map(Number)
      const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0))
      pauses.forEach((pause, index) => {
        const middle = Math.min(1000 * 1.5 ** index, 15_000)
        assert.isAtLeast(pause, 0.8 * middle - 1)
        assert.isAtMost(pause, 1.2 * middle + 1)
      })
      assert.isAtLeast(pauses.length, 10)
      assert.notStrictEqual(pauses[8], pauses[9])
    }))

  it.effect("asks the endpoint of a batch of the old engine at each poll", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: [run(0, 0, { engine: "V1" }), run(1, 500, { engine: "V1" }), run(2, 1500, { engine: "V1" })],
        status: "PENDING"
      })
      const { results } = yield* later(
        awaitBatchResults(batchId, { schedule: everySecond }).pipe(Effect.provide(Scripted.client(server)))
      )
      assert.deepStrictEqual(results.map((result) => result.ok && result.output), ["0", "1", "2"])
      assert.deepStrictEqual(asked(server), {
        0: ["endpoint", "run_1", "run_2"],
        1000: ["endpoint", "run_2"],
        2000: ["endpoint"]
      })
    }))

  it.effect("a batch that stays PENDING for ever is complete when its runs are", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: [run(0, 500, { engine: "V1" }), run(1, 500, { engine: "V1", status: "EXPIRED" })],
        status: "PENDING",
        failedToStart: 1
      })
      const collected = yield* later(awaitBatchResults(batchId).pipe(Effect.provide(Scripted.client(server))))
      assert.isTrue(collected.complete)
      assert.deepStrictEqual(collected.results.map(({ status }) => status), ["COMPLETED", "EXPIRED"])
    }))

  it.effect("does not take a batch for complete whose runs are still being created", () =>
    Effect.gen(function*() {
      const progress: Array<BatchProgress> = []
      const server = Fake.make({ runs: [0, 1, 2, 3].map((index) => run(index, 0)), createdAt: 1500 })
      const { results } = yield* later(
        awaitBatchResults(batchId, {
          schedule: everySecond,
          onProgress: (at) => Effect.sync(() => progress.push(at))
        }).pipe(Effect.provide(Scripted.client(server)))
      )
      assert.strictEqual(results.length, 4)
      assert.deepStrictEqual(progress, [
        { finished: 2, total: 4, failed: 0 },
        { finished: 2, total: 4, failed: 0 },
        { finished: 4, total: 4, failed: 0 }
      ])
    }))

  it.effect("tells after each poll how far the batch has come", () =>
    Effect.gen(function*() {
      const progress: Array<BatchProgress> = []
      const server = Fake.make({
        runs: [run(0, 0), run(1, 500, { status: "CANCELED" }), run(2, 1500, { status: "TIMED_OUT" })],
        failedToStart: 1
      })
      yield* later(
        awaitBatchResults(batchId, {
          schedule: everySecond,
          onProgress: (at) => Effect.sync(() => progress.push(at))
        }).pipe(Effect.provide(Scripted.client(server)))
      )
      assert.deepStrictEqual(progress, [
        { finished: 1, total: 3, failed: 0 },
        { finished: 2, total: 3, failed: 1 },
        { finished: 3, total: 3, failed: 2 }
      ])
    }))

  it.effect("counts the polls in its span", () =>
    Effect.gen(function*() {
      const polls: Array<unknown> = []
      const server = Fake.make({ runs: [run(0, 1500)] })
      yield* later(
        awaitBatchResults(batchId, {
          schedule: everySecond,
          onProgress: () =>
            Effect.map(Effect.currentSpan, ({ attributes }) => polls.push(attributes.get("trigger.batch.polls")))
        }).pipe(Effect.provide(Scripted.client(server)))
      )
      assert.deepStrictEqual(polls, [1, 2, 3])
    }))

  it.effect("a failure of onProgress ends the waiting", () =>
    Effect.gen(function*() {
      const server = Fake.make({ runs: [run(0, Number.POSITIVE_INFINITY)] })
      const error = yield* later(
        awaitBatchResults(batchId, { onProgress: () => Effect.fail("enough") }).pipe(
          Effect.flip,
          Effect.provide(Scripted.client(server))
        )
      )
      assert.strictEqual(error, "enough")
    }))

  it.effect("with a schedule that ends it gives what there is, and says that it is not all", () =>
    Effect.gen(function*() {
      const server = Fake.make({ runs: [run(0, 0), run(1, Number.POSITIVE_INFINITY)] })
      const collected = yield* later(
        awaitBatchResults(batchId, { schedule: Schedule.recurs(2) }).pipe(Effect.provide(Scripted.client(server)))
      )
      assert.isFalse(collected.complete)
      assert.deepStrictEqual(collected.pending, ["run_1"])
      assert.strictEqual(server.requests.filter(({ path }) => path.endsWith("run_1")).length, 3)
    }))

  it.effect("a time-out in the middle of a poll aborts the requests and sends no more", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: Array.from({ length: 20 }, (_, index) => run(index, Number.POSITIVE_INFINITY)),
        fault: (path, number) => path.includes("/v3/") && number === 2 ? "hang" : undefined
      })
      const fiber = yield* awaitBatchResults(batchId, { schedule: everySecond }).pipe(
        Effect.timeoutOption("5 seconds"),
        Effect.provide(Scripted.client(server)),
        Effect.fork
      )
      yield* TestClock.adjust("4 seconds")
      assert.strictEqual(server.open(), 16)
      yield* TestClock.adjust("1 second")
      assert.isTrue(Option.isNone(yield* Fiber.join(fiber)))
      assert.strictEqual(server.open(), 0)
      const sent = server.requests.length
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(server.requests.length, sent)
    }))

  it.effect("interrupted between two polls it ends at once", () =>
    Effect.gen(function*() {
      const server = Fake.make({ runs: [run(0, Number.POSITIVE_INFINITY)] })
      const fiber = yield* Effect.fork(awaitBatchResults(batchId).pipe(Effect.provide(Scripted.client(server))))
      yield* TestClock.adjust("500 millis")
      const exit = yield* Fiber.interrupt(fiber)
      assert.isTrue(Exit.isInterrupted(exit))
      assert.strictEqual(server.open(), 0)
    }))

  it.effect("faults within the retry budget cost nothing but time", () =>
    Effect.gen(function*() {
      const faults: Record<string, Scripted.Answer> = {
        run_0: { status: 404, body: "{\"error\":\"Not found\"}", headers: { "x-should-retry": "true" } },
        run_1: { status: 500 },
        run_2: { status: 502, body: "<html>" }
      }
      const server = Fake.make({
        runs: [run(0, 0), run(1, 0), run(2, 0), run(3, 0)],
        fault: (path, number) => number <= 2 ? faults[path.split("/").pop() as string] : undefined
      })
      const { results } = yield* later(awaitBatchResults(batchId).pipe(Effect.provide(Scripted.client(server))))
      assert.strictEqual(results.length, 4)
      assert.deepStrictEqual([...server.finishedReads.values()], [1, 1, 1, 1])
    }))

  it.effect("retried on the same handle it goes on where it failed", () =>
    Effect.gen(function*() {
      let outage = true
      const server = Fake.make({
        runs: [run(0, 0), run(1, 0), run(2, 0)],
        fault: (path) => outage && path.endsWith("run_2") ? { status: 500 } : undefined
      })
      const handle = yield* BatchHandle.make(batchId)
      const { results } = yield* later(
        awaitBatchResults(handle).pipe(
          RetryPolicy.override(RetryPolicy.none),
          Effect.tapError(() => Effect.sync(() => outage = false)),
          Effect.retry(Schedule.recurs(1)),
          Effect.provide(Scripted.client(server, { concurrency: 1 }))
        )
      )
      assert.strictEqual(results.length, 3)
      assert.deepStrictEqual([...server.finishedReads], [["run_0", 1], ["run_1", 1], ["run_2", 1]])
    }))
})
