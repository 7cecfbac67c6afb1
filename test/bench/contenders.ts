/**
 * Who is compared. Each loads nothing but its own dependencies, since `@effect/platform-node` changes what serves the
 * global `fetch` of a process.
 */

import type { HttpClient } from "@effect/platform/HttpClient"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import type * as Library from "effect-trigger-dev"
import type * as Effect from "effect/Effect"
import type { Layer } from "effect/Layer"

/** What a call must bring, whoever makes it. */
export interface Batch {
  readonly id: string
  readonly items: ReadonlyArray<unknown>
}

export interface Client {
  readonly call: (id: string) => Promise<Batch>
  /** `calls` in all, `width` at a time. */
  readonly calls: (id: string, calls: number, width: number) => Promise<void>
}

export const contenders = [
  "fetch",
  "undici",
  "official",
  "platform-fetch",
  "platform-undici",
  "ours-fetch",
  "ours-undici"
] as const

/** The same with the bodies read through the platform's `Stream`, for docs/decisions/0007-native-bodies.md. */
export const streamed = ["stream-fetch", "stream-undici"] as const

/** Both bundled the same way: as it is, and with functions instead of metrics that do nothing. */
export const metered = ["ours-bundled", "ours-without-metrics"] as const

export type Compared = (typeof contenders)[number]

export type Contender = Compared | (typeof streamed)[number] | (typeof metered)[number]

export const labels: { readonly [name in Contender]: string } = {
  fetch: "`fetch` + `JSON.parse`",
  undici: "`undici.request` + `JSON.parse`",
  official: "official `ApiClient`",
  "platform-fetch": "bare `FetchHttpClient` + `JSON.parse`",
  "platform-undici": "bare `layerUndici` + `JSON.parse`",
  "ours-fetch": "ours, `FetchHttpClient`",
  "ours-undici": "ours, `layerUndici`",
  "stream-fetch": "ours, `FetchHttpClient`, bodies as `Stream`",
  "stream-undici": "ours, `layerUndici`, bodies as `Stream`",
  "ours-bundled": "ours, `layerUndici`",
  "ours-without-metrics": "ours, `layerUndici`, without metrics"
}

export const key = "tr_dev_benchmark"

const headers = { authorization: `Bearer ${key}`, accept: "application/json" }

export const fromPromise = (call: (id: string) => Promise<Batch>): Client => ({
  call,
  calls: async (id, calls, width) => {
    let left = calls
    const lane = async () => {
      while (left-- > 0) {
        await call(id)
      }
    }
    await Promise.all(Array.from({ length: width }, lane))
  }
})

const fetchClient = (apiUrl: string): Client =>
  fromPromise(async (id) => {
    const response = await fetch(`${apiUrl}/api/v1/batches/${id}/results`, { headers })
    return JSON.parse(await response.text())
  })

const undiciClient = async (apiUrl: string): Promise<Client> => {
  const { Agent, request } = await import("@effect/platform-node/Undici")
  const dispatcher = new Agent()
  return fromPromise(async (id) => {
    const response = await request(`${apiUrl}/api/v1/batches/${id}/results`, { dispatcher, headers })
    return JSON.parse(await response.body.text())
  })
}

const officialClient = async (apiUrl: string): Promise<Client> => {
  const { ApiClient } = await import("@trigger.dev/core/v3")
  const client = new ApiClient(apiUrl, key)
  return fromPromise(async (id) => await client.getBatchResults(id) ?? { id, items: [] })
}

export type Transport = "fetch" | "undici"

const httpLayer = async (over: Transport): Promise<Layer<HttpClient>> =>
  over === "fetch"
    ? (await import("@effect/platform/FetchHttpClient")).layer
    : (await import("@effect/platform-node/NodeHttpClient")).layerUndici

/** Calls in one fiber, as a program makes them. `forEach` is given, so that others do not load Effect. */
const fromEffect = <E, R>(
  forEach: typeof Effect.forEach,
  call: (id: string) => Effect.Effect<Batch, E, R>,
  runPromise: <A>(effect: Effect.Effect<A, E, R>) => Promise<A>
): Client => ({
  call: (id) => runPromise(call(id)),
  calls: (id, calls, width) =>
    runPromise(forEach(Array.from({ length: calls }), () => call(id), { concurrency: width, discard: true }))
})

/** What an Effect program cannot do without: the platform's HTTP client, without its spans, and `JSON.parse`. */
export const barePlatform = async (apiUrl: string, over: Transport) => {
  const HttpClient = await import("@effect/platform/HttpClient")
  const Effect = await import("effect/Effect")
  const { constTrue } = await import("effect/Function")
  const ManagedRuntime = await import("effect/ManagedRuntime")
  const { runPromise } = ManagedRuntime.make(await httpLayer(over))
  const client = HttpClient.withTracerDisabledWhen(await runPromise(HttpClient.HttpClient), constTrue)
  return {
    get: <A>(path: string) =>
      Effect.flatMap(
        client.get(apiUrl + path, { headers }),
        (response) => Effect.map(response.text, (text): A => JSON.parse(text))
      ),
    runPromise
  }
}

const platformClient = async (apiUrl: string, over: Transport): Promise<Client> => {
  const Effect = await import("effect/Effect")
  const { get, runPromise } = await barePlatform(apiUrl, over)
  return fromEffect(Effect.forEach, (id) => get<Batch>(`/api/v1/batches/${id}/results`), runPromise)
}

/** Where the platform keeps what a response wraps; `original` is the response that one of its own wrappers wraps. */
const wrapped: ReadonlySet<string | symbol> = new Set(["source", "original"])

/** Hides what the platform wraps, so that bodies are read through its own interface. */
const withoutSource = (response: HttpClientResponse): HttpClientResponse =>
  new Proxy(response, { get: (target, key) => wrapped.has(key) ? undefined : Reflect.get(target, key, target) })

interface RuntimeOptions extends Pick<Library.TriggerConfigOptions, "compression" | "realtime"> {
  /** Default: the package. */
  readonly library?: typeof Library
  readonly stream?: boolean
}

export const ourRuntime = async (
  apiUrl: string,
  over: Transport,
  { library, stream = false, ...options }: RuntimeOptions = {}
) => {
  const Effect = await import("effect/Effect")
  const HttpClient = await import("@effect/platform/HttpClient")
  const Layer = await import("effect/Layer")
  const ManagedRuntime = await import("effect/ManagedRuntime")
  const Redacted = await import("effect/Redacted")
  const { TriggerAuth, TriggerClient, TriggerConfig } = library ?? await import("effect-trigger-dev")
  const http = await httpLayer(over)
  const streaming = Layer.effect(
    HttpClient.HttpClient,
    Effect.map(HttpClient.HttpClient, HttpClient.transformResponse(Effect.map(withoutSource)))
  )
  return ManagedRuntime.make(TriggerClient.layer.pipe(
    Layer.provide(TriggerConfig.layer({ apiUrl, ...options })),
    Layer.provide(TriggerAuth.layer(Redacted.make(key))),
    Layer.provide(stream ? Layer.provide(streaming, http) : http)
  ))
}

const ourClient = async (apiUrl: string, over: Transport, stream = false): Promise<Client> => {
  const Effect = await import("effect/Effect")
  const { getBatchResults } = await import("effect-trigger-dev")
  const { runPromise } = await ourRuntime(apiUrl, over, { stream })
  return fromEffect(Effect.forEach, getBatchResults, runPromise)
}

const bundledClient = async (apiUrl: string, file: string): Promise<Client> => {
  const Effect = await import("effect/Effect")
  const library: typeof Library = await import(new URL(file, import.meta.url).href)
  const { runPromise } = await ourRuntime(apiUrl, "undici", { library })
  return fromEffect(Effect.forEach, library.getBatchResults, runPromise)
}

export const open = (contender: Contender, apiUrl: string): Client | Promise<Client> => {
  switch (contender) {
    case "fetch":
      return fetchClient(apiUrl)
    case "undici":
      return undiciClient(apiUrl)
    case "official":
      return officialClient(apiUrl)
    case "platform-fetch":
      return platformClient(apiUrl, "fetch")
    case "platform-undici":
      return platformClient(apiUrl, "undici")
    case "ours-fetch":
      return ourClient(apiUrl, "fetch")
    case "ours-undici":
      return ourClient(apiUrl, "undici")
    case "stream-fetch":
      return ourClient(apiUrl, "fetch", true)
    case "stream-undici":
      return ourClient(apiUrl, "undici", true)
    case "ours-bundled":
      return bundledClient(apiUrl, "./bundled.js")
    case "ours-without-metrics":
      return bundledClient(apiUrl, "./withoutMetrics.js")
  }
}

export const isContender = (name: unknown): name is Contender =>
  [...contenders, ...streamed, ...metered].some((contender) => contender === name)
