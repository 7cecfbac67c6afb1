import { HttpClient, HttpClientRequest } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Redacted, Schedule, Stream, TestClock } from "effect"
import {
  awaitBatchResults,
  collectBatchResults,
  RunOutput,
  streamBatchResults,
  TriggerAuth,
  TriggerClient,
  TriggerConfig
} from "effect-trigger-dev"
import { Fault, type SimulatedBatch, TriggerSimulator } from "effect-trigger-dev/testing"

/** A key that opens what genuine restricted keys open: all but the results route. */
const restricted = (realtime: "auto" | "off") =>
  Effect.provide(
    TriggerSimulator.layerClient(
      { keys: [{ key: "tr_dev_sk_restricted", routes: ["batches", "runs", "realtime"] }] },
      { realtime }
    )
  )

/** A client whose feed leaves a column out, as the claims of a token can ask for. */
const skipping = (column: string) => {
  const http = Layer.effect(
    HttpClient.HttpClient,
    Effect.map(
      HttpClient.HttpClient,
      HttpClient.mapRequest((request) =>
        request.url.includes("/realtime/") ? HttpClientRequest.setUrlParam(request, "skipColumns", column) : request
      )
    )
  )
  return TriggerClient.layer.pipe(
    Layer.provide(TriggerConfig.layer({ apiUrl: "http://trigger.simulator" })),
    Layer.provide(TriggerAuth.layer(Redacted.make(TriggerSimulator.defaultKey))),
    Layer.provide(http),
    Layer.provide(TriggerSimulator.layerHttpClient),
    Layer.provideMerge(TriggerSimulator.layer())
  )
}

const create = (batch: SimulatedBatch) => Effect.flatMap(TriggerSimulator, ({ createBatch }) => createBatch(batch))

const later = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

const ids = (results: Iterable<{ readonly id: string }>) => Array.from(results, ({ id }) => id)

/** One of them returns nothing, as a run of the old engine seems to do. */
const today: SimulatedBatch = {
  runs: [{ output: 1 }, { finishesAfter: "30 seconds" }, { status: "CANCELED", finishesAfter: "40 seconds" }]
}

describe("with a public token that leaves columns of the realtime feed out", () => {
  for (const column of ["output", "outputType", "error"]) {
    it.effect(`${column}: the runs are read one by one when they have finished`, () =>
      Effect.gen(function*() {
        const { id } = yield* create({
          runs: [
            { output: { invoice: 7 }, finishesAfter: "30 seconds" },
            { error: { type: "STRING_ERROR", raw: "declined" }, finishesAfter: "30 seconds" }
          ]
        })
        const { complete, results: [success, failure] } = yield* later(awaitBatchResults(id))
        assert.isTrue(complete)
        assert.isDefined(success)
        assert.deepStrictEqual(yield* RunOutput.json(success), { invoice: 7 })
        assert.isTrue(failure?.ok === false && failure.error !== undefined)
        const requests = yield* Effect.flatMap(TriggerSimulator, ({ requests }) => requests)
        assert.lengthOf(requests.filter(({ path }) => path.startsWith("/api/v3/runs/")), 2)
      }).pipe(Effect.provide(skipping(column))))
  }
})

describe("with a restricted key", () => {
  for (const realtime of ["auto", "off"] as const) {
    it.effect(`(realtime ${realtime}) every run of today's engine is collected, awaited and streamed`, () =>
      Effect.gen(function*() {
        const { id, runs } = yield* create(today)
        const awaited = yield* later(awaitBatchResults(id))
        assert.isTrue(awaited.complete)
        assert.deepStrictEqual(ids(awaited.results), runs)
        const collected = yield* collectBatchResults(id)
        assert.isTrue(collected.complete)
        assert.deepStrictEqual(ids(collected.results), runs)
        const streamed = yield* later(Stream.runCollect(streamBatchResults(id)))
        assert.sameMembers(ids(streamed), [...runs])
      }).pipe(restricted(realtime)))
  }

  for (const realtime of ["auto", "off"] as const) {
    it.effect(`(realtime ${realtime}) an output in the object store is downloaded: the run route names its URL`, () =>
      Effect.gen(function*() {
        const output = "x".repeat(200_000)
        const { id } = yield* create({ runs: [{ output }] })
        const { results: [result] } = yield* collectBatchResults(id)
        assert.isDefined(result)
        assert.strictEqual(yield* RunOutput.json(result), output)
      }).pipe(restricted(realtime)))
  }

  it.effect("the results route is asked once, however often runs are polled", () =>
    Effect.gen(function*() {
      const other = yield* create({ runs: [{ output: 1, finishesAfter: "10 minutes" }] })
      const { id } = yield* create({ runs: [{ reuses: other.runs[0] ?? "" }] })
      assert.isTrue((yield* later(awaitBatchResults(id, { schedule: Schedule.spaced("10 seconds") }))).complete)
      const requests = yield* Effect.flatMap(TriggerSimulator, ({ requests }) => requests)
      assert.lengthOf(requests.filter(({ path }) => path.endsWith("/results")), 1)
    }).pipe(restricted("auto")))

  const old: SimulatedBatch = { engine: "v1", runs: [{ output: 1 }, { status: "EXPIRED" }, { output: 2 }] }

  it.effect("runs of the old engine fail with Unauthorized, whose message says which keys the results route takes", () =>
    Effect.gen(function*() {
      const { id } = yield* create(old)
      const calls = [collectBatchResults(id), awaitBatchResults(id), Stream.runDrain(streamBatchResults(id))]
      for (const call of calls) {
        const error = yield* Effect.flip(call)
        assert.strictEqual(error._tag, "Unauthorized")
        assert.include(error.message, `/api/v1/batches/${id}/results`)
        assert.include(error.message, "refuses restricted keys")
      }
    }).pipe(restricted("auto")))

  it.effect("without the feed, the outputs of the old engine are not shown, and the error says which route has them", () =>
    Effect.gen(function*() {
      const { id, runs } = yield* create(old)
      const { complete, results } = yield* later(collectBatchResults(id))
      assert.deepStrictEqual([complete, ids(results)], [true, [...runs]])
      const error = yield* Effect.flip(Effect.forEach(results, RunOutput.json))
      assert.deepInclude(error, { _tag: "OutputUnavailable", runId: runs[0] ?? "", reason: "NotShown" })
      assert.include(error.message, "/api/v1/batches/{batchId}/results")
      assert.include(error.message, "a key that is not restricted")
    }).pipe(restricted("off")))

  it.effect("without the feed, a 403 of the results route is a refusal, too", () =>
    Effect.gen(function*() {
      const { id, runs } = yield* create(old)
      const { setFaults } = yield* TriggerSimulator
      yield* setFaults(({ path }) => path.endsWith("/results") ? Fault.status(403) : undefined)
      const { complete, results } = yield* later(collectBatchResults(id))
      assert.deepStrictEqual([complete, ids(results)], [true, [...runs]])
    }).pipe(restricted("off")))

  it.effect("`report` lists the runs of the old engine, and brings those that need no results route", () =>
    Effect.gen(function*() {
      const { id, runs } = yield* create(old)
      const report = { onError: "report" } as const
      for (const call of [collectBatchResults(id, report), awaitBatchResults(id, report)]) {
        const { complete, pending, results, unavailable } = yield* later(call)
        assert.deepStrictEqual(ids(results), [runs[1]])
        assert.deepStrictEqual(unavailable.map(({ error, id }) => [id, error._tag]), [
          [runs[0], "Unauthorized"],
          [runs[2], "Unauthorized"]
        ])
        assert.deepStrictEqual([pending, complete], [[], false])
      }
      const handedOver: Array<string> = []
      const streamed = yield* later(Stream.runCollect(streamBatchResults(id, {
        ...report,
        onUnavailable: ({ id }) => Effect.sync(() => handedOver.push(id))
      })))
      assert.deepStrictEqual([ids(streamed), handedOver], [[runs[1]], [runs[0], runs[2]]])
    }).pipe(restricted("auto")))

  it.effect("runs of today's engine beside those of the old engine are still reported", () =>
    Effect.gen(function*() {
      const other = yield* create({ engine: "v1", runs: [{ output: 1 }] })
      const { id, runs } = yield* create({ runs: [{ output: 1 }, { output: 2 }, { reuses: other.runs[0] ?? "" }] })
      const { results } = yield* later(collectBatchResults(id, { onError: "report" }))
      assert.includeMembers(ids(results), runs.slice(0, 2))
    }).pipe(restricted("auto")))
})
