import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import * as Batch from "./batch.js"
import { compile, postgresDatabase, simulator, start } from "./world.js"

const url = process.env["DATABASE_URL"] ?? ""

// `.ci/postgres npm test` sets it
describe.runIf(url !== "")("two runners on a PostgreSQL", () => {
  beforeAll(compile, 60_000)

  /** Two runners, the one that reads the pages first. */
  const runners = Effect.gen(function*() {
    const database = yield* postgresDatabase(url)
    const [one, another] = yield* Effect.all([start({ database, port: 34441 }), start({ database, port: 34442 })])
    yield* Effect.all([one.next("Pause"), another.next("Pause")], { concurrency: 2 })
    const isOne = one.news.some(({ _tag }) => _tag === "Page")
    assert.notStrictEqual(isOne, another.news.some(({ _tag }) => _tag === "Page"))
    return isOne ? [one, another] as const : [another, one] as const
  })

  for (const signal of ["SIGKILL", "SIGTERM"] as const) {
    it.scoped(`${signal} between two pages: the other goes on, and reads no finished run again`, () =>
      Effect.gen(function*() {
        yield* Batch.create
        const [reading, waiting] = yield* runners
        yield* reading.kill(signal)
        yield* TestClock.adjust("1 hour")
        assert.deepStrictEqual(yield* waiting.next("Outcome"), Batch.outcome)
        assert.deepStrictEqual(yield* Batch.reads, Batch.eachOnce)
      }).pipe(Effect.provide(simulator)))
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
    }).pipe(Effect.provide(simulator)))

  it.scoped("one interrupts what the other executes", () =>
    Effect.gen(function*() {
      yield* Batch.create
      const [reading, waiting] = yield* runners
      yield* waiting.interrupt
      yield* Effect.all([reading.next("Interruption"), waiting.next("Interruption")], { concurrency: 2 })
    }).pipe(Effect.provide(simulator)))
})
