/**
 * Who is compared for every result of a batch. As `contenders.ts`, each loads nothing but its own dependencies; those whose
 * name begins with `undici7/` load `@effect/platform-node` first, so that its undici serves the global `fetch`.
 */
import type { TriggerConfigOptions } from "effect-trigger-dev"
import { collectedSizes, runId, slowLinkSizes } from "./batches.js"
import { barePlatform, type Client, fromPromise, key, ourRuntime, type Transport } from "./contenders.js"

const names = [
  "snapshot",
  "feed-official",
  "feed-ours",
  "feed-ours-decoded",
  "feed-ours-undici",
  "runs-official",
  "runs-platform-fetch",
  "runs-platform-undici",
  "runs-ours-fetch",
  "runs-ours-undici",
  "link-empty",
  "link-fetch",
  "link-fetch-compressed",
  "link-fetch-plain",
  "link-undici"
] as const

type Name = typeof names[number]

export type Collector = Name | `undici7/${Name}`

export const overFeed = ["snapshot", "feed-official", "feed-ours", "feed-ours-decoded"] as const

export const overFeedWithUndici7 = [
  "undici7/snapshot",
  "undici7/feed-official",
  "undici7/feed-ours",
  "undici7/feed-ours-decoded",
  "undici7/feed-ours-undici"
] as const

export const runByRun = [
  "runs-official",
  "runs-platform-fetch",
  "runs-platform-undici",
  "runs-ours-fetch",
  "runs-ours-undici"
] as const

export const overSlowLink = [
  "link-empty",
  "link-fetch",
  "link-fetch-compressed",
  "link-fetch-plain",
  "link-undici"
] as const

export const collectorLabels: { readonly [name in Name]: string } = {
  snapshot: "one bare `fetch` of the snapshot + `JSON.parse`",
  "feed-official": "official `subscribeToBatch`, to its last run (it always decodes)",
  "feed-ours": "`collectBatchResults`, outputs as serialised",
  "feed-ours-decoded": "`collectBatchResults` + `RunOutput.decode`",
  "feed-ours-undici": "`collectBatchResults`, outputs as serialised, over `layerUndici`",
  "runs-official": "official `retrieveRun`, 16 at a time",
  "runs-platform-fetch": "bare `FetchHttpClient` + `JSON.parse`, 16 at a time",
  "runs-platform-undici": "bare `layerUndici` + `JSON.parse`, 16 at a time",
  "runs-ours-fetch": "`collectBatchResults` with `realtime: \"off\"`, `FetchHttpClient`",
  "runs-ours-undici": "`collectBatchResults` with `realtime: \"off\"`, `layerUndici`",
  "link-empty": "two bare `fetch` of an empty body, one after the other",
  "link-fetch": "`collectBatchResults`, `FetchHttpClient`, default `compression`",
  "link-fetch-compressed": "the same, responses compressed",
  "link-fetch-plain": "the same, responses not compressed",
  "link-undici": "`collectBatchResults`, `layerUndici`, default `compression`"
}

const sizeOf = (id: string): number => [...collectedSizes, ...slowLinkSizes].find((size) => size.id === id)?.items ?? 0

/** The floor: what any client of the feed must do. */
const snapshot = (apiUrl: string): Client =>
  fromPromise(async (id) => {
    const response = await fetch(`${apiUrl}/realtime/v1/batches/${id}?offset=-1`, {
      headers: { authorization: `Bearer ${key}` }
    })
    const messages: ReadonlyArray<{ readonly value?: unknown }> = JSON.parse(await response.text())
    return { id, items: messages.filter(({ value }) => value !== undefined) }
  })

const officialFeed = async (apiUrl: string): Promise<Client> => {
  const { ApiClient } = await import("@trigger.dev/core/v3")
  const client = new ApiClient(apiUrl, key)
  return fromPromise(async (id) => {
    const items: Array<unknown> = []
    for await (const run of client.subscribeToBatch(id)) {
      items.push(run)
      if (items.length === sizeOf(id)) {
        break
      }
    }
    return { id, items }
  })
}

const officialRuns = async (apiUrl: string): Promise<Client> => {
  const { ApiClient } = await import("@trigger.dev/core/v3")
  const client = new ApiClient(apiUrl, key)
  return fromPromise(async (id) => {
    const { runs } = await client.retrieveBatch(id)
    const items: Array<unknown> = []
    let next = 0
    const lane = async () => {
      for (let at = next++; at < runs.length; at = next++) {
        items.push(await client.retrieveRun(runs[at] ?? runId(at)))
      }
    }
    await Promise.all(Array.from({ length: 16 }, lane))
    return { id, items }
  })
}

/** The floor of run by run over the platform. */
const platformRuns = async (apiUrl: string, over: Transport): Promise<Client> => {
  const Effect = await import("effect/Effect")
  const { get, runPromise } = await barePlatform(apiUrl, over)
  return fromPromise((id) =>
    runPromise(Effect.gen(function*() {
      const { runs } = yield* get<{ readonly runs: ReadonlyArray<string> }>(`/api/v2/batches/${id}`)
      const items = yield* Effect.forEach(runs, (runId) => get<unknown>(`/api/v3/runs/${runId}`), { concurrency: 16 })
      return { id, items }
    }))
  )
}

/** The latency floor: the round trips of a client that asks for one thing after the other. */
const roundTrips = (apiUrl: string): Client =>
  fromPromise(async (id) => {
    for (let request = 0; request < 2; request++) {
      await (await fetch(`${apiUrl}/empty`)).text()
    }
    return { id, items: Array.from({ length: sizeOf(id) }) }
  })

const ours = async (
  apiUrl: string,
  { decoded = false, over = "fetch", ...options }: Pick<TriggerConfigOptions, "compression" | "realtime"> & {
    readonly decoded?: boolean
    readonly over?: Transport
  } = {}
): Promise<Client> => {
  const Effect = await import("effect/Effect")
  const Schema = await import("effect/Schema")
  const { collectBatchResults, RunOutput } = await import("effect-trigger-dev")
  const { runPromise } = await ourRuntime(apiUrl, over, options)
  const decode = RunOutput.decode(Schema.Unknown)
  return fromPromise((id) =>
    runPromise(Effect.gen(function*() {
      const { results } = yield* collectBatchResults(id)
      const items: ReadonlyArray<unknown> = decoded
        ? yield* Effect.forEach(results, (result) => result.ok ? decode(result) : Effect.succeed(result))
        : results
      return { id, items }
    }))
  )
}

const openName = (name: Name, apiUrl: string): Client | Promise<Client> => {
  switch (name) {
    case "snapshot":
      return snapshot(apiUrl)
    case "feed-official":
      return officialFeed(apiUrl)
    case "feed-ours":
      return ours(apiUrl)
    case "feed-ours-decoded":
      return ours(apiUrl, { decoded: true })
    case "feed-ours-undici":
      return ours(apiUrl, { over: "undici" })
    case "runs-official":
      return officialRuns(apiUrl)
    case "runs-platform-fetch":
      return platformRuns(apiUrl, "fetch")
    case "runs-platform-undici":
      return platformRuns(apiUrl, "undici")
    case "runs-ours-fetch":
      return ours(apiUrl, { realtime: "off" })
    case "runs-ours-undici":
      return ours(apiUrl, { realtime: "off", over: "undici" })
    case "link-empty":
      return roundTrips(apiUrl)
    case "link-fetch":
      return ours(apiUrl)
    case "link-fetch-compressed":
      return ours(apiUrl, { compression: "on" })
    case "link-fetch-plain":
      return ours(apiUrl, { compression: "off" })
    case "link-undici":
      return ours(apiUrl, { over: "undici" })
  }
}

const prefix = "undici7/"

export const nameOf = (collector: string): Name | undefined =>
  names.find((name) => name === collector || `${prefix}${name}` === collector)

/** Undefined where there is no collector of that name. */
export const openCollector = async (collector: string, apiUrl: string): Promise<Client | undefined> => {
  if (collector.startsWith(prefix)) {
    await import("@effect/platform-node/NodeHttpClient")
  }
  const name = nameOf(collector)
  return name === undefined ? undefined : openName(name, apiUrl)
}
