import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import * as Batch from "./batch.js"
import { compile, freePort, postgresDatabase, simulator, start, timeout } from "./world.js"

const url = process.env["DATABASE_URL"] ?? ""

// `.ci/postgres npm test` sets it
describe.runIf(url !== "")("two runners on a PostgreSQL", () => {
  beforeAll(compile, timeout)

  /** Two runners that execute the workflow, which pauses. The one that reads the pages is the first of them. */
  const runners = Effect.gen(function*() {
    const database = yield* postgresDatabase(url)
    const one = yield* start({ database, port: yield* freePort, runners: 2 })
    yield* one.next("Start")
    const another = yield* start({ database, port: yield* freePort, runners: 2 })
    const [reading, waiting] = yield* Effect.race(
      Effect.as(one.next("Page"), [one, another] as const),
      Effect.as(another.next("Page"), [another, one] as const)
    )
    // until both execute it: a runner whose partner dies before that may never have exactly its share of the shards
    yield* Effect.all([reading.next("Pause"), waiting.next("Pause")], { concurrency: 2 })
    return [reading, waiting] as const
  })

  for (const signal of ["SIGKILL", "SIGTERM"] as const) {
    it.scoped(
      `${signal} between two pages: the other goes on, and reads no finished run again`,
      () =>
        Effect.gen(function*() {
          yield* Batch.create
          const [reading, waiting] = yield* runners
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
