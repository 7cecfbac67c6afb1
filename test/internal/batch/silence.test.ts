import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, TestClock } from "effect"
import { BatchHandle, type BatchHandleOptions, collectBatchResults, type RunResult } from "effect-trigger-dev"
import { type SimulatedBatch, type SimulatedRun, TriggerSimulator } from "effect-trigger-dev/testing"

const onSimulator = Effect.provide(TriggerSimulator.layerClient())

/** A run that has finished, and that the realtime feed shows as it was before its end, for ever. */
const stale: SimulatedRun = {
  id: "run_1",
  output: 1,
  columns: { status: "EXECUTING", completedAt: null, output: null }
}

/** A batch whose status never tells. */
const ofOldRoutes: SimulatedBatch = { id: "batch_1", engine: "v2 over v1", runs: [{ id: "run_0" }, stale] }

const create = (batch: SimulatedBatch) => Effect.flatMap(TriggerSimulator, ({ createBatch }) => createBatch(batch))

/** Which runs were read one by one, in this order. */
const readOneByOne = Effect.gen(function*() {
  const { requests } = yield* TriggerSimulator
  return (yield* requests).flatMap(({ path }) =>
    path.startsWith("/api/v3/") ? [path.slice("/api/v3/runs/".length)] : []
  )
})

/** A handle of a wait that goes on: an hour after the start of the clock it is made from what was stored. */
const stored = (options?: BatchHandleOptions) =>
  Effect.zipRight(TestClock.adjust("1 hour"), BatchHandle.make("batch_1", options))

const run0: RunResult = { ok: true, id: "run_0", outputType: "text/plain" }

const hour = Duration.toMillis("1 hour")
const minutes = (count: number): number => count * 60_000

describe("a batch that has completed", () => {
  const completed: SimulatedBatch = { id: "batch_1", runs: [{ id: "run_0" }, stale] }

  it.effect("5 minutes ago: a run that the feed shows as unfinished is read", () =>
    Effect.gen(function*() {
      yield* create(completed)
      yield* TestClock.adjust("5 minutes")
      const { complete, results } = yield* collectBatchResults("batch_1")
      assert.deepStrictEqual(results.map(({ id }) => id), ["run_0", "run_1"])
      assert.isTrue(complete)
      assert.deepStrictEqual(yield* readOneByOne, ["run_1"])
    }).pipe(onSimulator))

  it.effect("less than 5 minutes ago: the feed is relied on, for it is a little behind", () =>
    Effect.gen(function*() {
      yield* create(completed)
      yield* TestClock.adjust(minutes(5) - 1)
      const { pending } = yield* collectBatchResults("batch_1")
      assert.deepStrictEqual(pending, ["run_1"])
      assert.deepStrictEqual(yield* readOneByOne, [])
    }).pipe(onSimulator))

  it.effect("in the future, by the clock of its server: the feed is relied on", () =>
    Effect.gen(function*() {
      yield* create({ ...completed, shows: { updatedAt: "2100-01-01T00:00:00.000Z" } })
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual((yield* collectBatchResults("batch_1")).pending, ["run_1"])
    }).pipe(onSimulator))
})

describe("a batch whose status never tells", () => {
  it.effect("is old: the feed is relied on at the first read", () =>
    Effect.gen(function*() {
      yield* create(ofOldRoutes)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual((yield* collectBatchResults("batch_1")).pending, ["run_1"])
    }).pipe(onSimulator))
})

describe("a handle", () => {
  it.effect("through which nothing new came for 5 minutes: runs that the feed shows as unfinished are read, once", () =>
    Effect.gen(function*() {
      yield* create({ ...ofOldRoutes, runs: [{ id: "run_0" }, { id: "run_1", finishesAfter: "never" }] })
      const handle = yield* BatchHandle.make("batch_1")
      const reads: Array<number> = []
      for (let minute = 0; minute <= 11; minute++) {
        yield* collectBatchResults(handle)
        reads.push((yield* readOneByOne).length)
        yield* TestClock.adjust("1 minute")
      }
      assert.deepStrictEqual(reads, [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2])
    }).pipe(onSimulator))

  for (const engine of ["v1", "v2 over v1"] as const) {
    it.effect(`through which a result of engine ${engine} comes: the 5 minutes start again`, () =>
      Effect.gen(function*() {
        yield* create({ id: "batch_1", engine, runs: [{ id: "run_0", finishesAfter: "4 minutes" }, stale] })
        const handle = yield* BatchHandle.make("batch_1")
        const before = yield* collectBatchResults(handle)
        assert.deepStrictEqual(before.pending, ["run_0", "run_1"])
        yield* TestClock.adjust("4 minutes")
        yield* collectBatchResults(handle)
        yield* TestClock.adjust(minutes(5) - 1)
        yield* collectBatchResults(handle)
        assert.deepStrictEqual(yield* readOneByOne, [])
        yield* TestClock.adjust(1)
        assert.isTrue((yield* collectBatchResults(handle)).complete)
      }).pipe(onSimulator))
  }

  it.effect("of the old engine, through which nothing new came for 5 minutes: the results route is asked first", () =>
    Effect.gen(function*() {
      yield* create({ id: "batch_1", engine: "v1", runs: [stale] })
      const handle = yield* BatchHandle.make("batch_1")
      assert.deepStrictEqual((yield* collectBatchResults(handle)).pending, ["run_1"])
      yield* TestClock.adjust("5 minutes")
      assert.isTrue((yield* collectBatchResults(handle)).complete)
      assert.deepStrictEqual(yield* readOneByOne, [])
    }).pipe(onSimulator))

  const lastResults: ReadonlyArray<[what: string, lastResultAt: number, read: Array<string>]> = [
    ["5 minutes ago", hour - minutes(5), ["run_1"]],
    ["less than 5 minutes ago", hour - minutes(5) + 1, []]
  ]
  for (const [what, lastResultAt, read] of lastResults) {
    it.effect(`whose last stored result came ${what}: ${read.length} runs that the feed shows as unfinished are read`, () =>
      Effect.gen(function*() {
        yield* create(ofOldRoutes)
        const handle = yield* stored({ results: [run0], lastResultAt: new Date(lastResultAt) })
        yield* collectBatchResults(handle)
        assert.deepStrictEqual(yield* readOneByOne, read)
      }).pipe(onSimulator))
  }

  for (const lastResultAt of [hour + minutes(10), Number.NaN]) {
    it.effect(`whose last stored result came at ${lastResultAt}, which cannot be: the 5 minutes start now`, () =>
      Effect.gen(function*() {
        yield* create(ofOldRoutes)
        const handle = yield* stored({ results: [run0], lastResultAt: new Date(lastResultAt) })
        yield* collectBatchResults(handle)
        assert.deepStrictEqual(yield* readOneByOne, [])
        yield* TestClock.adjust("5 minutes")
        yield* collectBatchResults(handle)
        assert.deepStrictEqual(yield* readOneByOne, ["run_1"])
      }).pipe(onSimulator))
  }

  it.effect("whose last stored result came long ago, and that learns of another one: the feed is relied on", () =>
    Effect.gen(function*() {
      yield* create(ofOldRoutes)
      const handle = yield* stored({ lastResultAt: new Date(0) })
      assert.deepStrictEqual((yield* collectBatchResults(handle)).pending, ["run_1"])
    }).pipe(onSimulator))

  it.effect("whose last stored result came long ago, of a batch that says that runs are to finish: the feed is relied on", () =>
    Effect.gen(function*() {
      yield* create({ id: "batch_1", runs: [{ id: "run_0", finishesAfter: "never" }] })
      const handle = yield* stored({ lastResultAt: new Date(0) })
      assert.deepStrictEqual((yield* collectBatchResults(handle)).pending, ["run_0"])
      assert.deepStrictEqual(yield* readOneByOne, [])
    }).pipe(onSimulator))
})
