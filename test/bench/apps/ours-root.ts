/**
 * The same application as `ours.ts`, with everything from the package root and `effect`. For its size, and the time to its result.
 */
import { Effect } from "effect"
import { getBatchResults, TriggerClient } from "effect-trigger-dev"

const imported = performance.now()

const batch = await getBatchResults("batch_10x1k").pipe(Effect.provide(TriggerClient.layerFetch), Effect.runPromise)

console.log(JSON.stringify({ imported, done: performance.now(), items: batch.items.length }))
