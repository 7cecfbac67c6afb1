/**
 * What an application over the platform's `fetch` cannot do without: one request, nothing of ours, no schema. For its
 * size, and the time to its result.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"

const imported = performance.now()

const text = await HttpClient.get(`${process.env["TRIGGER_API_URL"]}/api/v1/batches/batch_10x1k/results`).pipe(
  Effect.flatMap((response) => response.text),
  Effect.provide(FetchHttpClient.layer),
  Effect.runPromise
)
const batch: { readonly items: ReadonlyArray<unknown> } = JSON.parse(text)

console.log(JSON.stringify({ imported, done: performance.now(), items: batch.items.length }))
