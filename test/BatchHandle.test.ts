import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Schema, Stream, TestClock } from "effect"
import {
  awaitBatchResults,
  BatchHandle,
  type BatchProgress,
  collectBatchResults,
  RetryPolicy,
  RunResult,
  streamBatchResults
} from "effect-trigger-dev"
import { Fault, TriggerSimulator } from "effect-trigger-dev/testing"

const paths = Effect.flatMap(
  TriggerSimulator,
  ({ requests }) => Effect.map(requests, (all) => all.map(({ path }) => path))
)

/** Run by run, so that each read is a request of its own. */
const onSimulator = Effect.provide(TriggerSimulator.layerClient({}, { realtime: "off" }))

const create = Effect.flatMap(
  TriggerSimulator,
  ({ createBatch }) =>
    createBatch({ runs: [{ output: "a" }, { output: "b" }, { output: "c", finishesAfter: "30 seconds" }] })
)

const stored = (id = ""): RunResult => ({ ok: true, id, output: "\"stored\"", outputType: "application/json" })

const outputs = (results: Iterable<RunResult>) => Array.from(results, (result) => result.ok && result.output)

describe("a handle with results that were stored", () => {
  it.effect("makes collecting read the other runs only", () =>
    Effect.gen(function*() {
      const { id, runs } = yield* create
      const handle = yield* BatchHandle.make(id, { results: [stored(runs[1])] })
      const { pending, results } = yield* collectBatchResults(handle)
      assert.deepStrictEqual(outputs(results), ["\"a\"", "\"stored\""])
      assert.deepStrictEqual(pending, runs.slice(2))
      assert.notInclude(yield* paths, `/api/v3/runs/${runs[1]}`)
    }).pipe(onSimulator))

  it.effect("makes waiting read the other runs only", () =>
    Effect.gen(function*() {
      const { id, runs } = yield* create
      const handle = yield* BatchHandle.make(id, { results: [stored(runs[0])] })
      const fiber = yield* Effect.fork(awaitBatchResults(handle))
      yield* TestClock.adjust("1 hour")
      const { complete, results } = yield* Fiber.join(fiber)
      assert.isTrue(complete)
      assert.deepStrictEqual(outputs(results), ["\"stored\"", "\"b\"", "\"c\""])
      assert.notInclude(yield* paths, `/api/v3/runs/${runs[0]}`)
    }).pipe(onSimulator))

  it.effect("makes a stream emit them first", () =>
    Effect.gen(function*() {
      const { id, runs } = yield* create
      const handle = yield* BatchHandle.make(id, { results: [stored(runs[1])] })
      const [first] = yield* Stream.runCollect(Stream.take(streamBatchResults(handle), 1))
      assert.strictEqual(first?.id, runs[1])
    }).pipe(onSimulator))

  it.effect("shows them while the batch does not list its runs yet, and the feed is down", () =>
    Effect.gen(function*() {
      const { createBatch, setFaults } = yield* TriggerSimulator
      const { id } = yield* createBatch({ runs: [{ output: "a" }, { output: "b" }, { createdAfter: "1 hour" }] })
      yield* TestClock.adjust("1 minute")
      const handle = yield* BatchHandle.make(id)
      assert.lengthOf((yield* collectBatchResults(handle)).results, 2)
      yield* setFaults(({ path }) => path.startsWith("/realtime/") ? Fault.serverError() : undefined)
      const { missing, results } = yield* collectBatchResults(handle)
      assert.lengthOf(results, 2)
      assert.strictEqual(missing, 1)
    }).pipe(Effect.provide(TriggerSimulator.layerClient())))

  it.effect("that are all of them asks for the batch alone", () =>
    Effect.gen(function*() {
      const { id, runs } = yield* create
      const handle = yield* BatchHandle.make(id, { results: runs.map((run) => stored(run)) })
      assert.isTrue((yield* collectBatchResults(handle)).complete)
      assert.deepStrictEqual(yield* paths, [`/api/v2/batches/${id}`])
    }).pipe(onSimulator))

  it.effect("takes them back from JSON", () =>
    Effect.gen(function*() {
      const { id } = yield* create
      const { results } = yield* collectBatchResults(id)
      const json = JSON.stringify(yield* Schema.encode(Schema.Array(RunResult))(results))
      const restored = yield* Schema.decodeUnknown(Schema.parseJson(Schema.Array(RunResult)))(json)
      const handle = yield* BatchHandle.make(id, { results: restored })
      assert.deepStrictEqual((yield* collectBatchResults(handle)).results, results)
    }).pipe(onSimulator))

  it.effect("of other batches does not show them", () =>
    Effect.gen(function*() {
      const { id } = yield* create
      const handle = yield* BatchHandle.make(id, { results: [stored("run_stranger")] })
      const { results } = yield* collectBatchResults(handle)
      assert.deepStrictEqual(outputs(results), ["\"a\"", "\"b\""])
    }).pipe(onSimulator))
})

describe("a handle", () => {
  it.effect("sends no request, and shows its batch id", () =>
    Effect.gen(function*() {
      const handle = yield* BatchHandle.make("batch_1")
      assert.strictEqual(handle.batchId, "batch_1")
      assert.deepStrictEqual(yield* paths, [])
    }).pipe(onSimulator))

  it.effect("knows after a call what the call found, also when the caller's list of results changes", () =>
    Effect.gen(function*() {
      const { id, runs } = yield* create
      const results = [stored(runs[0])]
      const handle = yield* BatchHandle.make(id, { results })
      results.length = 0
      yield* collectBatchResults(handle)
      const { clearRequests } = yield* TriggerSimulator
      yield* clearRequests
      assert.deepStrictEqual(outputs((yield* collectBatchResults(handle)).results), ["\"stored\"", "\"b\""])
      assert.deepStrictEqual(
        (yield* paths).filter((path) => path.startsWith("/api/v3/")),
        [`/api/v3/runs/${runs[2]}`]
      )
    }).pipe(onSimulator))

  it.effect("gives out the results that it knows after a call that failed, and without a request", () =>
    Effect.gen(function*() {
      const { id, runs } = yield* create
      const { clearRequests, setFaults } = yield* TriggerSimulator
      yield* setFaults(({ path }) => path.endsWith(runs[1] ?? "") ? Fault.status(403) : undefined)
      const handle = yield* BatchHandle.make(id)
      assert.deepStrictEqual(yield* BatchHandle.results(handle), [])
      yield* Effect.flip(collectBatchResults(handle))
      yield* clearRequests
      assert.deepStrictEqual(outputs(yield* BatchHandle.results(handle)), ["\"a\""])
      assert.deepStrictEqual(yield* paths, [])
    }).pipe(Effect.provide(TriggerSimulator.layerClient({}, { realtime: "off", concurrency: 1 }))))

  it.effect("gives out no result that is not final", () =>
    Effect.gen(function*() {
      const { createBatch, setFaults } = yield* TriggerSimulator
      const { id } = yield* createBatch({ engine: "v1", runs: [{ output: "a" }] })
      yield* setFaults(({ path }) => path.endsWith("/results") ? Fault.serverError() : undefined)
      const handle = yield* BatchHandle.make(id)
      yield* Effect.flip(collectBatchResults(handle).pipe(RetryPolicy.override(RetryPolicy.none)))
      assert.deepStrictEqual(yield* BatchHandle.results(handle), [])
    }).pipe(Effect.provide(TriggerSimulator.layerClient())))

  it.effect("is made anew each time its effect is run", () =>
    Effect.gen(function*() {
      const { id, runs } = yield* create
      const make = BatchHandle.make(id)
      yield* Effect.flatMap(make, collectBatchResults)
      yield* Effect.flatMap(make, collectBatchResults)
      assert.strictEqual((yield* paths).filter((path) => path === `/api/v3/runs/${runs[0]}`).length, 2)
    }).pipe(onSimulator))
})

describe("a handle that two calls share", () => {
  it.effect("makes a stream emit and report what the other call has found while its consumer was busy", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id, runs } = yield* createBatch({
        runs: [{ finishesAfter: "5 seconds" }, { finishesAfter: "10 seconds" }]
      })
      const handle = yield* BatchHandle.make(id)
      const reports: Array<number> = []
      const onProgress = ({ finished }: BatchProgress) => Effect.sync(() => reports.push(finished))
      const streaming = yield* Effect.fork(
        Stream.runCollect(Stream.tap(streamBatchResults(handle, { onProgress }), () => Effect.sleep("1 minute")))
      )
      yield* Effect.fork(awaitBatchResults(handle))
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(Array.from(yield* Fiber.join(streaming), (result) => result.id), runs)
      assert.strictEqual(reports.at(-1), 2)
    }).pipe(Effect.provide(TriggerSimulator.layerClient())))

  it.effect("makes waiting report what the other call has found", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ runs: [{ finishesAfter: "5 seconds" }, { finishesAfter: "10 seconds" }] })
      const handle = yield* BatchHandle.make(id)
      const reports: Array<number> = []
      const onProgress = ({ finished }: BatchProgress) =>
        Effect.delay(Effect.sync(() => reports.push(finished)), "1 minute")
      yield* Effect.fork(awaitBatchResults(handle, { onProgress }))
      yield* Effect.fork(Stream.runDrain(streamBatchResults(handle)))
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(reports, [0, 2])
    }).pipe(Effect.provide(TriggerSimulator.layerClient())))

  for (const [what, lost] of [["a run", "/api/v3/"], ["what the results route knows of a run", "/results"]] as const) {
    it.effect(`makes collecting do without a response about ${what} that the other call has settled`, () =>
      Effect.gen(function*() {
        const { createBatch, setFaults } = yield* TriggerSimulator
        // of a run that returned nothing, the results route may know more
        const { id, runs } = yield* createBatch({ runs: [{}] })
        let hasHung = false
        yield* setFaults(({ number, path }) => {
          const hangs = !hasHung && number > 2 && path.includes(lost)
          hasHung ||= hangs
          return hangs ? Fault.hang : undefined
        })
        const handle = yield* BatchHandle.make(id)
        const collecting = yield* Effect.fork(collectBatchResults(handle))
        yield* TestClock.adjust(0)
        yield* collectBatchResults(handle)
        yield* TestClock.adjust("1 minute")
        const { results } = yield* Fiber.join(collecting)
        assert.deepStrictEqual(results.map((result) => result.id), runs)
      }).pipe(Effect.provide(
        TriggerSimulator.layerClient({}, { realtime: "off", retryPolicy: RetryPolicy.none })
      )))
  }
})
