import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import * as Batch from "./batch.js"
import { compile, freePort, postgresDatabase, type Runner, simulator, start, timeout } from "./world.js"

const url = process.env["DATABASE_URL"] ?? ""

// `.ci/postgres npm test` sets it
describe.runIf(url !== "")("two runners on a PostgreSQL", () => {
  beforeAll(compile, timeout)

  /** Waits until one of them has read three pages in a row, and gives that one first. */
  const readerFirst = (one: Runner, another: Runner) =>
    Effect.gen(function*() {
      let reader = one
      for (let pages = 0; pages < 3;) {
        const next = yield* Effect.raceAll([one, another].map((runner) => Effect.as(runner.next("Page"), runner)))
        pages = next === reader ? pages + 1 : 1
        reader = next
      }
      return reader === one ? [one, another] as const : [another, one] as const
    })

  /** The first creates the tables, then the shards are shared out among both. */
  const runners = Effect.gen(function*() {
    const database = yield* postgresDatabase(url)
    const one = yield* start({ database, port: yield* freePort })
    yield* one.next("Pause")
    const another = yield* start({ database, port: yield* freePort })
    yield* another.next("Pause")
    return yield* readerFirst(one, another)
  })

  for (const signal of ["SIGKILL", "SIGTERM"] as const) {
    it.scoped(
      `${signal} between two pages: the other goes on, and reads no finished run again`,
      () =>
        Effect.gen(function*() {
          yield* Batch.create
          const [reading, waiting] = yield* runners
          yield* reading.next("Pause")
          yield* reading.kill(signal)
          yield* TestClock.adjust("1 hour")
          assert.deepStrictEqual(yield* waiting.next("Outcome"), Batch.outcome)
          assert.deepStrictEqual(yield* Batch.reads, Batch.eachOnce)
        }).pipe(Effect.provide(simulator)),
      timeout
    )
  }

  it.scoped("SIGKILL within a page: the other reads that page again, and no other", () =>
    Effect.gen(function*() {
      yield* Batch.create
      const isReading = yield* Batch.hang("run_4")
      const [reading, waiting] = yield* runners
      yield* TestClock.adjust("1 hour")
      yield* isReading
      yield* reading.kill("SIGKILL")
      assert.deepStrictEqual(yield* waiting.next("Outcome"), Batch.outcome)
      assert.deepStrictEqual(yield* Batch.reads, { ...Batch.eachOnce, run_3: 2, run_4: 2 })
    }).pipe(Effect.provide(simulator)), timeout)

  it.scoped("one interrupts what the other executes", () =>
    Effect.gen(function*() {
      yield* Batch.create
      const [reading, waiting] = yield* runners
      yield* waiting.interrupt
      yield* Effect.all([reading.next("Interruption"), waiting.next("Interruption")], { concurrency: 2 })
    }).pipe(Effect.provide(simulator)), timeout)
})
