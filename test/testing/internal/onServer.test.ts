import { HttpApp } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Fault, TriggerSimulator } from "effect-trigger-dev/testing"
import { onServer } from "../../../src/testing/internal/onServer.js"

describe("on a server whose requests have no Node socket", () => {
  for (const [name, fault] of [["reset", Fault.reset], ["lost", Fault.lost], ["cut off", Fault.cutOff(5)]] as const) {
    it.effect(`a response that is ${name} is an empty 500`, () =>
      Effect.gen(function*() {
        const simulator = yield* TriggerSimulator
        const ask = HttpApp.toWebHandler(onServer(simulator.handle))
        const response = yield* Effect.promise(() => ask(new Request("http://localhost/api/v2/batches/batch_1")))
        assert.strictEqual(response.status, 500)
        assert.strictEqual(yield* Effect.promise(() => response.text()), "")
      }).pipe(Effect.provide(TriggerSimulator.layer({ faults: { 1: fault } }))))
  }

  it.effect("any other response is the right one", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const ask = HttpApp.toWebHandler(onServer(simulator.handle))
      const response = yield* Effect.promise(() =>
        ask(
          new Request("http://localhost/api/v2/batches/batch_1", {
            headers: { authorization: `Bearer ${TriggerSimulator.defaultKey}` }
          })
        )
      )
      assert.strictEqual(response.status, 404)
      assert.strictEqual(yield* Effect.promise(() => response.text()), "{\"error\":\"Not found\"}")
    }).pipe(Effect.provide(TriggerSimulator.layer())))
})
