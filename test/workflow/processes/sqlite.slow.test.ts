import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import { TriggerSimulator } from "effect-trigger-dev/testing"
import * as Batch from "./batch.js"
import { compile, databaseFile, simulator, start, timeout } from "./world.js"

beforeAll(compile, timeout)

describe("a runner on a SQLite file", () => {
  for (const signal of ["SIGKILL", "SIGTERM"] as const) {
    it.scoped(`${signal} between two pages: the next runner reads no finished run again`, () =>
      Effect.gen(function*() {
        yield* Batch.create
        const database = yield* databaseFile
        const first = yield* start({ database })
        yield* first.next("Pause")
        yield* first.kill(signal)
        yield* TestClock.adjust("1 hour")
        const second = yield* start({ database })
        assert.deepStrictEqual(yield* second.next("Outcome"), Batch.outcome)
        assert.deepStrictEqual(yield* Batch.reads, Batch.eachOnce)
      }).pipe(Effect.provide(simulator)), timeout)

    it.scoped(
      `${signal} within a page: the next runner reads that page again, and no other`,
      () =>
        Effect.gen(function*() {
          yield* Batch.create
          const isReading = yield* Batch.hang("run_4")
          const database = yield* databaseFile
          const first = yield* start({ database })
          yield* first.next("Pause")
          yield* TestClock.adjust("1 hour")
          yield* isReading
          yield* first.kill(signal)
          const second = yield* start({ database })
          assert.deepStrictEqual(yield* second.next("Outcome"), Batch.outcome)
          assert.deepStrictEqual(yield* Batch.reads, { ...Batch.eachOnce, run_3: 2, run_4: 2 })
        }).pipe(Effect.provide(simulator)),
      timeout
    )
  }

  it.scoped(
    "killed before a page is stored: onResults gets its results again, and those of no other page",
    () =>
      Effect.gen(function*() {
        yield* Batch.create
        const database = yield* databaseFile
        const first = yield* start({ database, onResults: "takes" })
        assert.deepStrictEqual((yield* first.next("Results")).ids, Batch.early)
        yield* first.next("Pause")
        yield* first.kill("SIGKILL")
        yield* TestClock.adjust("1 hour")
        const second = yield* start({ database, onResults: "hangs" })
        assert.deepStrictEqual((yield* second.next("Results")).ids, Batch.late)
        yield* second.kill("SIGKILL")
        const third = yield* start({ database, onResults: "takes" })
        assert.deepStrictEqual((yield* third.next("Results")).ids, Batch.late)
        assert.deepStrictEqual(yield* third.next("Outcome"), Batch.outcome)
      }).pipe(Effect.provide(simulator)),
    timeout
  )

  it.scoped(
    "a second runner with another address takes over when the locks of the first have expired",
    () =>
      Effect.gen(function*() {
        yield* Batch.create
        const database = yield* databaseFile
        const first = yield* start({ database, port: 34431 })
        yield* first.next("Pause")
        yield* first.kill("SIGKILL")
        yield* TestClock.adjust("1 hour")
        const second = yield* start({ database, port: 34432 })
        assert.deepStrictEqual(yield* second.next("Outcome"), Batch.outcome)
        assert.deepStrictEqual(yield* Batch.reads, Batch.eachOnce)
      }).pipe(Effect.provide(simulator)),
    timeout
  )

  it.scoped(
    "the same execution, asked for again, gives the stored outcome without a request",
    () =>
      Effect.gen(function*() {
        const trigger = yield* TriggerSimulator
        yield* Batch.create
        yield* TestClock.adjust("1 hour")
        const database = yield* databaseFile
        const first = yield* start({ database })
        assert.deepStrictEqual(yield* first.next("Outcome"), Batch.outcome)
        yield* first.kill("SIGTERM")
        yield* trigger.clearRequests
        const second = yield* start({ database })
        assert.deepStrictEqual(yield* second.next("Outcome"), Batch.outcome)
        assert.deepStrictEqual(yield* trigger.requests, [])
      }).pipe(Effect.provide(simulator)),
    timeout
  )

  it.scoped("is interrupted within a poll interval, however long the pause", () =>
    Effect.gen(function*() {
      yield* Batch.create
      const runner = yield* start({ database: yield* databaseFile, pause: "3600 seconds" })
      yield* runner.next("Pause")
      const before = performance.now()
      yield* runner.interrupt
      yield* runner.next("Interruption")
      // the interval is a second; the rest is for a busy machine
      assert.isBelow(performance.now() - before, 20_000)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* Batch.reads, { run_0: 1, run_1: 1, run_2: 1 })
    }).pipe(Effect.provide(simulator)), timeout)

  it.scoped("a wait goes on while another one of the same workflow pauses", () =>
    Effect.gen(function*() {
      const trigger = yield* TriggerSimulator
      yield* Batch.create
      yield* trigger.createBatch({ id: "batch_2", runs: [{ finishesAfter: "never" }] })
      const runner = yield* start({ database: yield* databaseFile, besides: "batch_2" })
      yield* Effect.replicateEffect(runner.next("Page"), 5)
    }).pipe(Effect.provide(simulator)), timeout)

  it.scoped("waits with a key that is refused, and goes on with a corrected one", () =>
    Effect.gen(function*() {
      yield* Batch.create
      yield* TestClock.adjust("1 hour")
      const database = yield* databaseFile
      const first = yield* start({ database, key: "tr_dev_revoked" })
      assert.deepStrictEqual(yield* first.next("Page"), { _tag: "Page", finished: 0, error: "Unauthorized" })
      assert.deepStrictEqual(yield* first.next("Page"), { _tag: "Page", finished: 0, error: "Unauthorized" })
      yield* first.next("Pause")
      yield* first.kill("SIGTERM")
      const second = yield* start({ database })
      assert.deepStrictEqual(yield* second.next("Outcome"), Batch.outcome)
    }).pipe(Effect.provide(simulator)), timeout)
})
