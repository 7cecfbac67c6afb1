import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TriggerClient } from "effect-trigger-dev"
import { concurrencyOf, feedOf } from "../../../src/internal/batch/source.js"

it.effect("a client of Layer.mock has the default concurrency and no feed, although it has a function for every field", () =>
  Effect.gen(function*() {
    const client = yield* TriggerClient
    assert.isFunction(client.concurrency)
    assert.strictEqual(concurrencyOf(client), 16)
    assert.strictEqual(feedOf(client), undefined)
  }).pipe(Effect.provide(Layer.mock(TriggerClient, {}))))
