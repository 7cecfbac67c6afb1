import { HttpClient, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Redacted } from "effect"
import { getBatchResults, TriggerAuth, TriggerClient, TriggerConfig } from "effect-trigger-dev"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import * as Handover from "../../../src/internal/http/handover.js"

setFlagsFromString("--expose-gc")
const collectGarbage: (options?: { readonly type: "minor" }) => void = runInNewContext("gc")

describe("a handover", () => {
  it.effect("gives the value that was put, once", () =>
    Effect.gen(function*() {
      const { put, take } = Handover.make<number>()
      put(1)
      put(2)
      assert.strictEqual(yield* take, 2)
      const again = yield* Effect.fork(take)
      yield* Effect.yieldNow()
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(again)))
    }))
})

describe("what a call leaves to the garbage collector", () => {
  const items = Array.from({ length: 1000 }, (_, index) => ({ ok: true, id: `run_${index}`, output: "x".repeat(1000) }))
  const body = JSON.stringify({ id: "batch_1234", items })
  const http = HttpClient.make((request) =>
    Effect.promise(async () => {
      await new Promise(setImmediate)
      return HttpClientResponse.fromWeb(request, new Response(body))
    })
  )
  const client = TriggerClient.layer.pipe(
    Layer.provide(TriggerConfig.layer()),
    Layer.provide(TriggerAuth.layer(Redacted.make("tr_dev_1234"))),
    Layer.provide(Layer.succeed(HttpClient.HttpClient, http))
  )

  /** The growth of the heap, in bytes a call, where only young objects are collected. */
  const growth = (calls: number): Effect.Effect<number, never, TriggerClient> =>
    Effect.gen(function*() {
      const heap = Effect.sync(() => {
        // what survives two minor collections becomes old, and what only it reaches then survives the next one
        for (let collection = 0; collection < 3; collection++) {
          collectGarbage({ type: "minor" })
        }
        return process.memoryUsage().heapUsed
      })
      collectGarbage()
      const before = yield* heap
      for (let call = 0; call < calls; call++) {
        yield* Effect.map(getBatchResults("batch_1234"), (batch) => batch.items.length)
      }
      return (yield* heap) / calls - before / calls
    }).pipe(Effect.orDie)

  it.live("is young: neither the text nor the results outlive a minor collection", () =>
    Effect.gen(function*() {
      yield* growth(10)
      assert.isBelow(yield* growth(10), body.length / 4)
    }).pipe(Effect.provide(client)))
})
