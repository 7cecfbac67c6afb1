import { FetchHttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Stream } from "effect"
import { awaitBatchResults, collectBatchResults, RetryPolicy, streamBatchResults } from "effect-trigger-dev"
import { createServer, type Server } from "node:http"
import * as Fake from "../support/fakeBatch.js"
import * as Scripted from "../support/scriptedHttp.js"

const runs = (count: number, fields: Partial<Fake.FakeRun> = {}): ReadonlyArray<Fake.FakeRun> =>
  Array.from({ length: count }, (_, index) => ({
    id: `run_${index}`,
    engine: "V2",
    status: "COMPLETED",
    finishesAt: 0,
    output: { index },
    ...fields
  }))

/** The fake batch behind a real socket; `sockets` counts those that are open. */
const listen = (fake: Fake.FakeBatch) =>
  Effect.gen(function*() {
    const batch = Fake.make(fake)
    let sockets = 0
    const server = yield* Effect.acquireRelease(
      Effect.async<Server>((resume) => {
        const server = createServer((request, response) => {
          const path = new URL(request.url ?? "/", "http://localhost").pathname
          void batch.respond(path).then((given) => {
            response.writeHead(given.status, given.headers)
            if (given.headers?.["content-length"] === undefined) {
              response.end(given.body)
            } else {
              // more was promised than comes
              response.write(given.body, () => response.destroy())
            }
          })
        })
        server.on("connection", (socket) => {
          sockets++
          socket.on("close", () => sockets--)
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        })
    )
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    const client = Scripted.client({ layer: FetchHttpClient.layer }, {
      apiUrl: `http://127.0.0.1:${port}`,
      retryPolicy: RetryPolicy.make({ base: "5 millis" })
    })
    return { ...batch, client, sockets: () => sockets }
  })

const refusals = (server: { readonly requests: ReadonlyArray<Fake.Request> }) =>
  server.requests.filter(({ status }) => status === 429).length

describe("collecting over real HTTP", () => {
  it.scopedLive("keeps to the pace of the limit without one 429", () =>
    Effect.gen(function*() {
      const limit = { bucket: 60, refill: 20, interval: 400 }
      const server = yield* listen({ runs: runs(100), limit })
      const startedAt = yield* Clock.currentTimeMillis
      const { results } = yield* collectBatchResults(Fake.batchId).pipe(Effect.provide(server.client))
      const took = (yield* Clock.currentTimeMillis) - startedAt
      assert.strictEqual(results.length, 100)
      assert.strictEqual(refusals(server), 0)
      assert.strictEqual(server.requests.length, 102)
      // 60 at once, and 42 after three refills
      assert.isAtLeast(took, 3 * 400 - 50)
    }), 30_000)

  it.scopedLive(
    "others that eat the budget, 500s, 404s of a moment and cut bodies cost no run",
    () =>
      Effect.gen(function*() {
        const server = yield* listen({
          runs: runs(80),
          limit: { bucket: 40, refill: 30, interval: 300 },
          fault: (path, number) =>
            number > 1
              ? undefined
              : path.endsWith("5")
              ? { status: 500 }
              : path.endsWith("6")
              ? { status: 404, body: "{\"error\":\"Not found\"}", headers: { "x-should-retry": "true" } }
              : path.endsWith("7")
              ? { status: 200, headers: { "content-length": "9" }, body: "{\"id\"" }
              : undefined
        })
        const others = Effect.forever(Effect.delay(server.eat(2), "50 millis"))
        const { results } = yield* Effect.raceFirst(
          collectBatchResults(Fake.batchId).pipe(Effect.provide(server.client)),
          others
        )
        assert.deepStrictEqual(results.map(({ id }) => id), runs(80).map(({ id }) => id))
        assert.deepStrictEqual([...server.finishedReads.values()].filter((times) => times > 1), [])
      }),
    60_000
  )

  it.scopedLive("a time-out while it waits releases every socket", () =>
    Effect.gen(function*() {
      const server = yield* listen({ runs: runs(40), fault: (path) => path.includes("/v3/") ? "hang" : undefined })
      const fiber = yield* awaitBatchResults(Fake.batchId).pipe(Effect.provide(server.client), Effect.fork)
      yield* Effect.repeat(Effect.sleep("5 millis"), { until: () => server.requests.length === 18 })
      assert.isAtLeast(server.sockets(), 16)
      yield* Fiber.interrupt(fiber)
      // the one that is left has no request on it: it was kept alive for the next
      yield* Effect.repeat(Effect.sleep("5 millis"), { until: () => server.sockets() <= 1 })
      assert.strictEqual(server.requests.length, 18)
    }), 30_000)

  it.scopedLive("a stream that is stopped sends no further request", () =>
    Effect.gen(function*() {
      const server = yield* listen({ runs: runs(60) })
      yield* streamBatchResults(Fake.batchId).pipe(Stream.take(1), Stream.runDrain, Effect.provide(server.client))
      yield* Effect.sleep("100 millis")
      // what was read, what was under way when it stopped, and what the consumer had not taken
      assert.isAtMost(server.requests.length, 2 + 2 * 16 + 3)
    }), 30_000)
})
