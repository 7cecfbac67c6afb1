import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Layer, Redacted, TestClock } from "effect"
import {
  awaitBatchResults,
  BatchHandle,
  collectBatchResults,
  TriggerAuth,
  TriggerClient,
  TriggerConfig
} from "effect-trigger-dev"
import { Fault, TriggerSimulator } from "effect-trigger-dev/testing"
import { ids, later, onSimulator, routes } from "../../support/simulator.js"

/** Two runs that the feed lists the wrong way round; the first reads of the batch show that it is still being created. */
const createUnlisted = (reads: number, finishesAfter: number) =>
  Effect.gen(function*() {
    const { createBatch, setFaults } = yield* TriggerSimulator
    const { id, runs } = yield* createBatch({ runs: [{ output: 1, finishesAfter }, { output: 2 }] })
    const now = new Date(0).toISOString()
    const body = JSON.stringify({ id, status: "PROCESSING", createdAt: now, updatedAt: now, runCount: 2, runs: [] })
    let number = 0
    yield* setFaults(({ path }) =>
      path.startsWith("/api/v2/") && ++number <= reads
        ? Fault.status(200, { headers: { "content-type": "application/json" }, body })
        : undefined
    )
    return { id, runs }
  })

const ways = {
  collectBatchResults: (id: string) => collectBatchResults(id),
  awaitBatchResults: (id: string) => awaitBatchResults(id)
}

describe("a batch that the feed shows whole before it lists its runs", () => {
  for (const [name, collect] of Object.entries(ways)) {
    it.effect(`is read again until ${name} knows the order of the runs`, () =>
      Effect.gen(function*() {
        const { id, runs } = yield* createUnlisted(4, 0)
        const { batch, results } = yield* later(collect(id))
        assert.deepStrictEqual([ids(results), batch.runs], [runs, runs])
        assert.deepStrictEqual(yield* routes, { batch: 5, snapshot: 1 })
      }).pipe(onSimulator()))
  }

  it.effect("is waited for one and a half seconds, and no longer", () =>
    Effect.gen(function*() {
      const { id } = yield* createUnlisted(Number.POSITIVE_INFINITY, 0)
      const [{ complete }, endedAt] = yield* later(Effect.zip(collectBatchResults(id), Clock.currentTimeMillis))
      assert.isTrue(complete)
      assert.strictEqual(endedAt, 1500)
    }).pipe(onSimulator()))

  it.effect("is not waited for where a run has not finished", () =>
    Effect.gen(function*() {
      const { id } = yield* createUnlisted(Number.POSITIVE_INFINITY, 60_000)
      yield* TestClock.adjust("20 seconds")
      const { complete } = yield* collectBatchResults(id)
      assert.isFalse(complete)
      assert.deepStrictEqual(yield* routes, { batch: 2, snapshot: 1 })
    }).pipe(onSimulator()))
})

describe("a run of the old engine whose output only the results route has", () => {
  it.effect("is not settled without it where the key could not be obtained", () => {
    let isSealed = false
    const vault = Effect.suspend(() => isSealed ? Effect.fail("sealed") : Effect.succeed(Redacted.make("tr_dev_1")))
    const client = TriggerClient.layer.pipe(
      Layer.provide(TriggerAuth.layerEffect(vault)),
      Layer.provide(TriggerConfig.layer({ realtime: "off" })),
      Layer.provide(TriggerSimulator.layerHttpClient),
      Layer.provideMerge(TriggerSimulator.layer({
        keys: [{ key: "tr_dev_1" }],
        faults: ({ path }) => {
          // the run finishes after the results route was asked for the first time
          isSealed = path.startsWith("/api/v3/")
          return isSealed ? Fault.delay("2 seconds") : undefined
        }
      }))
    )
    return Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ engine: "v1", runs: [{ output: "text", finishesAfter: "1 second" }] })
      const batch = yield* BatchHandle.make(id)
      const error = yield* later(Effect.flip(collectBatchResults(batch)))
      assert.deepInclude(error, { _tag: "Unauthorized", reason: "NoSecretKey" })
      isSealed = false
      const { results } = yield* collectBatchResults(batch)
      assert.deepStrictEqual(results.map((result) => result.ok && result.output), ["text"])
    }).pipe(Effect.provide(client))
  })
})
