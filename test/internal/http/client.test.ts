import { FetchHttpClient, HttpClient } from "@effect/platform"
import { NodeHttpClient } from "@effect/platform-node"
import { afterEach, assert, describe, it, vi } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { getBatchResults, TriggerAuth, TriggerClient, TriggerConfig } from "effect-trigger-dev"
import { createServer, type IncomingMessage, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"

/** A server on loopback, with the requests that it received. */
const serve = (listener: RequestListener) =>
  Effect.acquireRelease(
    Effect.async<{ readonly origin: string; readonly received: Array<IncomingMessage>; readonly close: () => void }>(
      (resume) => {
        const received: Array<IncomingMessage> = []
        const server = createServer((request, response) => {
          received.push(request)
          listener(request, response)
        })
        server.listen(0, "127.0.0.1", () => {
          const { port } = server.address() as AddressInfo
          resume(Effect.succeed({
            origin: `http://127.0.0.1:${port}`,
            received,
            close: () => {
              server.closeAllConnections()
              server.close()
            }
          }))
        })
      }
    ),
    ({ close }) => Effect.sync(close)
  )

const clients = {
  FetchHttpClient: FetchHttpClient.layer,
  "NodeHttpClient.layerUndici": NodeHttpClient.layerUndici,
  "NodeHttpClient.layer": NodeHttpClient.layer
}

describe("a redirect to another origin", () => {
  for (const [name, http] of Object.entries(clients)) {
    for (const status of [301, 302, 303, 307, 308]) {
      it.scopedLive(`is a response, and the key does not travel: ${status} over ${name}`, () =>
        Effect.gen(function*() {
          const elsewhere = yield* serve((_, response) => void response.end("{\"id\":\"batch_1\",\"items\":[]}"))
          const api = yield* serve((_, response) => {
            response.writeHead(status, { location: `${elsewhere.origin}/api` })
            response.end()
          })
          const error = yield* Effect.flip(Effect.provide(
            getBatchResults("batch_1"),
            TriggerClient.layer.pipe(
              Layer.provide(TriggerConfig.layer({ apiUrl: api.origin })),
              Layer.provide(TriggerAuth.layer(Redacted.make("tr_dev_1"))),
              Layer.provide(http)
            )
          ))
          assert.strictEqual(error._tag, "UnexpectedResponse")
          assert.deepStrictEqual(api.received.map(({ headers }) => headers.authorization), ["Bearer tr_dev_1"])
          assert.deepStrictEqual(elsewhere.received, [])
        }))
    }
  }
})

describe("fetch is told not to cache", () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.resetModules()
  })

  /** What `fetch` is given by a client that is loaded anew. */
  const optionsOf = Effect.gen(function*() {
    const { prepareClient } = yield* Effect.promise(() => import("../../../src/internal/http/client.js"))
    let options: RequestInit | undefined
    const fetch: typeof globalThis.fetch = (_, init) => {
      options = init
      return Promise.resolve(new Response(""))
    }
    const client = prepareClient(
      yield* Effect.provide(
        HttpClient.HttpClient,
        Layer.provide(FetchHttpClient.layer, Layer.succeed(FetchHttpClient.Fetch, fetch))
      )
    )
    yield* client.get("http://trigger.test")
    return { cache: options?.cache, redirect: options?.redirect }
  })

  it.effect("where its Request knows the field", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* optionsOf, { cache: "no-store", redirect: "manual" })
    }))

  it.effect("but not where its Request throws on the field, as that of an older workerd does", () =>
    Effect.gen(function*() {
      vi.resetModules()
      vi.stubGlobal(
        "Request",
        class {
          constructor(_: string, init: RequestInit) {
            if (init.cache !== undefined) {
              throw new Error("The 'cache' field on 'RequestInitializerDict' is not implemented.")
            }
          }
        }
      )
      assert.deepStrictEqual(yield* optionsOf, { cache: undefined, redirect: "manual" })
    }))
})
