/**
 * A wait ends although the `fetch` of the process caches responses, as that of Next.js 13 and 14 does: the client asks for
 * `cache: "no-store"`.
 *
 *     TRIGGER_SECRET_KEY=tr_prod_… npx tsx docs/examples/caching-fetch.ts batch_1234
 */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { awaitBatchResults, TriggerClient } from "effect-trigger-dev"

const uncached = globalThis.fetch
const cache = new Map<string, Response>()

// a framework does this for you
globalThis.fetch = async (input, init) => {
  if (init?.cache === "no-store") {
    return uncached(input, init)
  }
  const url = new Request(input).url
  const response = cache.get(url) ?? await uncached(input, init)
  cache.set(url, response)
  return response.clone()
}

const batchId = process.argv[2] ?? "batch_1234"

/** The status of the batch, by a `fetch` that says nothing of the cache. */
const plainFetch = Effect.promise(async () => {
  const response = await fetch(
    `${process.env["TRIGGER_API_URL"] ?? "https://api.trigger.dev"}/api/v2/batches/${batchId}`,
    { headers: { authorization: `Bearer ${process.env["TRIGGER_SECRET_KEY"]}` } }
  )
  const { status } = await response.json() as { readonly status: string }
  return status
})

const program = Effect.gen(function*() {
  yield* Console.log(`before: ${yield* plainFetch}`)
  const { complete, results } = yield* awaitBatchResults(batchId)
  yield* Console.log(`awaitBatchResults: ${results.length} results, complete: ${complete}`)
  yield* Console.log(`after, by a plain fetch: ${yield* plainFetch}`)
})

program.pipe(Effect.provide(TriggerClient.layerFetch), NodeRuntime.runMain)
