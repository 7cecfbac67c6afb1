import { FetchHttpClient, HttpClient, HttpClientRequest, type HttpClientResponse } from "@effect/platform"
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Redacted, Schedule, TestClock, Tracer } from "effect"
import {
  awaitBatchResults,
  getBatchResults,
  RetryPolicy,
  TriggerAuth,
  TriggerClient,
  TriggerConfig,
  type TriggerConfigOptions
} from "effect-trigger-dev"
import { TriggerSimulator } from "effect-trigger-dev/testing"
import { createServer, type Server } from "node:http"
import { gzipSync } from "node:zlib"
import * as Scripted from "../../support/scriptedHttp.js"

/** A `fetch` over the simulator that keeps the HTTP cache of Next.js 14: every GET, unless it is told not to store it. */
const cachingFetch = Effect.map(HttpClient.HttpClient, (client) => {
  const cache = new Map<string, Response>()
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const url = String(input)
    const isCached = !(init !== undefined && "cache" in init && init.cache === "no-store")
    const cached = isCached ? cache.get(url) : undefined
    if (cached !== undefined) {
      return cached.clone()
    }
    const request = HttpClientRequest.get(url, { headers: init?.headers as Record<string, string> })
    const response = await Effect.runPromise(
      client.execute(request).pipe(
        Effect.flatMap((response) =>
          Effect.map(
            response.text,
            (text) => new Response(text, { status: response.status, headers: response.headers })
          )
        )
      )
    )
    cache.set(url, response.clone())
    return response
  }
  return fetch
})

const clientOver = (http: Layer.Layer<HttpClient.HttpClient>, config: TriggerConfigOptions) =>
  TriggerClient.layer.pipe(
    Layer.provide(TriggerConfig.layer({ apiUrl: "http://trigger.simulator", ...config })),
    Layer.provide(TriggerAuth.layer(Redacted.make(TriggerSimulator.defaultKey))),
    Layer.provide(http)
  )

describe("a fetch that caches", () => {
  for (const realtime of ["auto", "off"] as const) {
    it.live(`does not keep waiting from ending: realtime ${realtime}`, () =>
      Effect.gen(function*() {
        const { createBatch } = yield* TriggerSimulator
        const { id } = yield* createBatch({ runs: [{ output: 1, finishesAfter: "300 millis" }] })
        const fetch = yield* cachingFetch
        const { complete } = yield* awaitBatchResults(id, { schedule: Schedule.spaced("100 millis") }).pipe(
          Effect.provide(clientOver(
            Layer.provide(FetchHttpClient.layer, Layer.succeed(FetchHttpClient.Fetch, fetch)),
            { realtime }
          )),
          Effect.timeout("20 seconds")
        )
        assert.isTrue(complete)
      }).pipe(Effect.provide(Layer.provideMerge(TriggerSimulator.layerHttpClient, TriggerSimulator.layer()))))
  }
})

/** The wrappers that an application may have put around the `HttpClient` that it shares. */
const wrappers: ReadonlyArray<readonly [name: string, wrap: (client: HttpClient.HttpClient) => HttpClient.HttpClient]> =
  [
    ["filterStatusOk", HttpClient.filterStatusOk],
    ["retryTransient", HttpClient.retryTransient({ times: 1 })],
    ["default headers", HttpClient.mapRequest(HttpClientRequest.setHeader("x-own", "1"))],
    ["a span of its own", HttpClient.transformResponse(Effect.withSpan("own"))],
    ["no tracing", HttpClient.withTracerPropagation(false)],
    ["tracing of all but some requests", HttpClient.withTracerDisabledWhen(({ url }) => url.endsWith("/health"))],
    [
      "filterStatusOk and retryTransient",
      (client) => HttpClient.retryTransient(HttpClient.filterStatusOk(client), { times: 1 })
    ]
  ]

describe("a shared client with", () => {
  const rows: ReadonlyArray<readonly [step: Scripted.Step, tag: string]> = [
    [Scripted.json({ error: "Invalid or Missing API Key" }, {}, 401), "Unauthorized"],
    [Scripted.json({ error: "Batch not found" }, {}, 404), "BatchNotFound"],
    [Scripted.json({ error: "x" }, {}, 429), "RateLimited"],
    [Scripted.json({ error: "x" }, {}, 500), "ServerError"],
    [{ status: 302, headers: { location: "/login" } }, "UnexpectedResponse"],
    ["refused", "TransportError"]
  ]
  for (const [name, wrap] of wrappers) {
    for (const [step, tag] of rows) {
      it.effect(`${name} keeps the error of ${typeof step === "string" ? step : step.status}: ${tag}`, () =>
        Effect.gen(function*() {
          const http = Layer.effect(
            HttpClient.HttpClient,
            Effect.map(HttpClient.HttpClient, wrap)
          ).pipe(Layer.provide(Scripted.make(() => step).layer))
          const fiber = yield* getBatchResults("batch_1").pipe(
            Effect.provide(clientOver(http, { retryPolicy: RetryPolicy.none })),
            Effect.flip,
            Effect.fork
          )
          yield* TestClock.adjust("1 hour")
          assert.strictEqual((yield* Fiber.join(fiber))._tag, tag)
        }))
    }
  }
})

describe("a shared client that traces all but some requests", () => {
  it.effect("has no span of its own here, which would list the headers and the signature of a URL", () =>
    Effect.gen(function*() {
      const http = Layer.effect(
        HttpClient.HttpClient,
        Effect.map(HttpClient.HttpClient, HttpClient.withTracerDisabledWhen(({ url }) => url.endsWith("/health")))
      ).pipe(Layer.provide(Scripted.make(() => Scripted.json({ id: "batch_1", items: [] })).layer))
      const spans: Array<string> = []
      const tracer = yield* Effect.tracer
      const noting = Tracer.make({
        span: (name, ...rest) => {
          spans.push(name)
          return tracer.span(name, ...rest)
        },
        context: (run) => run()
      })
      yield* getBatchResults("batch_1").pipe(Effect.provide(clientOver(http, {})), Effect.withTracer(noting))
      assert.deepStrictEqual(spans, [
        "TriggerClient.getBatchResults",
        "GET /api/v1/batches/{batchId}/results"
      ])
    }))
})

describe("a shared client with a base URL", () => {
  it.effect("asks another host for a path that is none, and the error hints at the API URL", () =>
    Effect.gen(function*() {
      const server = Scripted.make([{ status: 404, headers: { "content-type": "text/html" }, body: "<html>" }])
      const http = Layer.effect(
        HttpClient.HttpClient,
        Effect.map(
          HttpClient.HttpClient,
          HttpClient.mapRequest(HttpClientRequest.prependUrl("http://own.test/"))
        )
      ).pipe(Layer.provide(server.layer))
      const error = yield* Effect.flip(Effect.provide(getBatchResults("batch_1"), clientOver(http, {})))
      assert.strictEqual(error._tag, "UnexpectedResponse")
      assert.include(error.message, "check the API URL")
      assert.deepStrictEqual(
        server.requests.map(({ url }) => url),
        ["http://own.test/http://trigger.simulator/api/v1/batches/batch_1/results"]
      )
    }))
})

describe("a shared client that reads bodies before this package does", () => {
  const body = JSON.stringify({ id: "batch_1", items: [{ ok: true, id: "run_1" }] })

  /** It compresses what it sends to whoever asks for it, as hosted servers do. */
  const server = Effect.acquireRelease(
    Effect.async<Server>((resume) => {
      const server = createServer(({ headers, url = "" }, response) => {
        const isFound = url.includes("batch_1/")
        const packs = headers["accept-encoding"]?.includes("gzip") === true
        const text = isFound ? body : JSON.stringify({ error: "Batch not found" })
        response.writeHead(isFound ? 200 : 404, {
          "content-type": "application/json",
          ...(packs ? { "content-encoding": "gzip" } : {})
        })
        response.end(packs ? gzipSync(text) : text)
      })
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.sync(() => server.close())
  )

  const transports = {
    fetch: FetchHttpClient.layer,
    undici: NodeHttpClient.layerUndici,
    "node:http": NodeHttpClient.layer
  }

  const readers: ReadonlyArray<
    readonly [name: string, read: (response: HttpClientResponse.HttpClientResponse) => Effect.Effect<unknown, unknown>]
  > = [
    ["as text", (response) => response.text],
    ["as JSON", (response) => response.json],
    ["as bytes", (response) => response.arrayBuffer],
    ["as text, of failures only", (response) => response.status < 400 ? Effect.void : response.text]
  ]

  for (const [transport, layer] of Object.entries(transports)) {
    // that client of the platform does not keep the bytes that it has given once
    for (const [name, read] of readers.filter(([name]) => name !== "as bytes" || transport !== "node:http")) {
      it.scopedLive(`${name}, over ${transport}`, () =>
        Effect.gen(function*() {
          const address = (yield* server).address()
          const port = typeof address === "object" ? address?.port ?? 0 : 0
          const http = Layer.effect(
            HttpClient.HttpClient,
            Effect.map(HttpClient.HttpClient, HttpClient.tap((response) => Effect.ignore(read(response))))
          ).pipe(Layer.provide(layer))
          const both = Effect.zip(getBatchResults("batch_1"), Effect.flip(getBatchResults("batch_2")))
          const outcomes = yield* Effect.replicateEffect(both, 3).pipe(
            Effect.provide(clientOver(http, {
              apiUrl: `http://127.0.0.1:${port}`,
              retryPolicy: RetryPolicy.make({ base: "1 millis" })
            }))
          )
          assert.deepStrictEqual(
            outcomes.map(([{ items }, { _tag }]) => [items.length, _tag]),
            Array.from({ length: 3 }, () => [1, "BatchNotFound"])
          )
        }))
    }
  }
})
