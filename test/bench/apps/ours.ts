/**
 * The smallest application: one call, with the settings from the environment. For its size, and the time to its result.
 */
import { getBatchResults, TriggerClient } from "effect-trigger-dev/TriggerClient"
import * as Effect from "effect/Effect"

const imported = performance.now()

const batch = await getBatchResults("batch_10x1k").pipe(Effect.provide(TriggerClient.layerFetch), Effect.runPromise)

console.log(JSON.stringify({ imported, done: performance.now(), items: batch.items.length }))
