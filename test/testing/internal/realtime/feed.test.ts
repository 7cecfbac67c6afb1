import { HttpClient } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, TestClock } from "effect"
import { Fault, TriggerSimulator } from "effect-trigger-dev/testing"
import { createServer, get } from "node:http"
import * as Feed from "../../../support/feed.js"

const errorOf = ({ body, status }: Feed.FeedReply) => [status, body]

describe("the realtime route", () => {
  it.effect("takes no part in the API's rate limit", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ runs: [] })
      const replies = yield* Effect.replicateEffect(Feed.ask(id), 5)
      assert.deepStrictEqual(replies.map(({ status }) => status), [200, 200, 200, 200, 200])
      assert.notProperty(replies[4]?.headers, "x-ratelimit-remaining")
      const client = yield* HttpClient.HttpClient
      const { status } = yield* client.get(`http://simulator/api/v2/batches/${id}`, {
        headers: { authorization: `Bearer ${TriggerSimulator.defaultKey}` }
      })
      assert.strictEqual(status, 200)
    }).pipe(Effect.provide(Feed.layer({ rateLimit: { limit: 1 } }))))

  it.effect("refuses bad keys, no key, keys of previews without their branch, and other environments", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ runs: [] })
      const unauthorized = [401, "{\"error\":\"Invalid API key\"}"]
      assert.deepStrictEqual(errorOf(yield* Feed.ask(id, { key: "tr_dev_wrong" })), unauthorized)
      assert.deepStrictEqual(errorOf(yield* Feed.ask(id, { key: null })), unauthorized)
      assert.deepStrictEqual(errorOf(yield* Feed.ask(id, { key: "tr_preview_1" })), unauthorized)
      const notFound = yield* Feed.ask(id, { key: "tr_prod_1" })
      assert.deepStrictEqual(errorOf(notFound), [404, "{\"error\":\"Not found\"}"])
      assert.strictEqual(notFound.headers["x-should-retry"], "true")
      const branch = { ...Feed.versions, "x-trigger-branch": "b" }
      assert.strictEqual((yield* Feed.ask(id, { key: "tr_preview_1", headers: branch })).status, 404)
    }).pipe(Effect.provide(Feed.layer({
      keys: [
        { key: TriggerSimulator.defaultKey },
        { key: "tr_prod_1", environment: "prod" },
        { key: "tr_preview_1", environment: "preview", branches: ["b"] }
      ]
    }))))

  it.effect("does not find a batch that a replica does not have yet", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ runs: [], visibleAfter: "1 second" })
      assert.strictEqual((yield* Feed.ask(id)).status, 404)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Feed.ask(id)).status, 200)
    }).pipe(Effect.provide(Feed.layer())))

  it.effect("responds to HEAD and OPTIONS", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ runs: [{}] })
      const head = yield* Feed.ask(id, { method: "HEAD" })
      assert.deepStrictEqual([head.status, head.body], [200, ""])
      assert.isDefined(head.headers["electric-handle"])
      assert.strictEqual((yield* Feed.ask(id, { method: "OPTIONS", key: null })).status, 200)
    }).pipe(Effect.provide(Feed.layer())))

  it.effect("says DEQUEUED only to clients of the current API version", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({
        runs: [{ id: "run_1", unfinishedStatus: "DEQUEUED", finishesAfter: "never" }]
      })
      const status = (version: string) =>
        Effect.map(
          Feed.ask(id, { headers: { ...Feed.versions, "x-trigger-api-version": version } }),
          ({ rows }) => rows["run_1"]?.["status"]
        )
      assert.strictEqual(yield* status("2025-07-16"), "DEQUEUED")
      assert.strictEqual(yield* status("2024-01-01"), "EXECUTING")
    }).pipe(Effect.provide(Feed.layer())))

  it.effect("names its headers as older clients know them where no version is sent, and knows their `shape_id`", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ runs: [] })
      const { headers } = yield* Feed.ask(id, { headers: {} })
      assert.match(headers["electric-shape-id"] ?? "", /^batch_/)
      assert.match(headers["electric-chunk-last-offset"] ?? "", /^0_\d+$/)
      assert.isUndefined(headers["electric-handle"])
      assert.isUndefined(headers["electric-offset"])
      const again = yield* Feed.ask(id, {
        headers: {},
        query: { shape_id: headers["electric-shape-id"] ?? "", offset: "0_1" }
      })
      assert.strictEqual(again.headers["electric-shape-id"], headers["electric-shape-id"])
    }).pipe(Effect.provide(Feed.layer())))

  it.effect("leaves out the columns that are to be skipped, but for those that every row has", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ runs: [{ id: "run_1" }] })
      const { headers, rows } = yield* Feed.ask(id, { query: { skipColumns: "payload, output,status,id,nonsense" } })
      const columns = Object.keys(rows["run_1"] ?? {})
      assert.notIncludeMembers(columns, ["payload", "output"])
      assert.includeMembers(columns, ["status", "id", "payloadType"])
      assert.deepStrictEqual(Object.keys(JSON.parse(headers["electric-schema"] ?? "")), columns)
    }).pipe(Effect.provide(Feed.layer())))

  it.effect("is a 500 for a handle that cannot be sent back", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ runs: [] })
      assert.strictEqual((yield* Feed.ask(id, { query: { handle: "a\nb" } })).status, 500)
    }).pipe(Effect.provide(Feed.layer())))

  it.effect("is a 400 for a path that cannot be read", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* Feed.ask("%zz")).status, 400)
    }).pipe(Effect.provide(Feed.layer())))
})

describe("connections", () => {
  it.effect("are limited for each environment: snapshots are served beyond the limit, live requests are not", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { id } = yield* simulator.createBatch({ runs: [] })
      const other = yield* simulator.createBatch({ runs: [], environment: "prod" })
      const snapshot = yield* Feed.ask(id)
      const held = yield* Effect.fork(Feed.poll(id, snapshot))
      yield* TestClock.adjust(0)
      assert.strictEqual(yield* simulator.heldRequests, 1)
      const refused = yield* Feed.poll(id, snapshot)
      assert.deepStrictEqual(errorOf(refused), [429, "{\"error\":\"Too many concurrent requests\"}"])
      assert.notProperty(refused.headers, "retry-after")
      assert.strictEqual((yield* Feed.ask(id)).status, 200)
      const elsewhere = yield* Effect.fork(
        Feed.ask(other.id, {
          key: "tr_prod_1",
          query: Feed.next(yield* Feed.ask(other.id, { key: "tr_prod_1" }), true)
        })
      )
      yield* TestClock.adjust(0)
      assert.strictEqual(yield* simulator.heldRequests, 2)
      yield* TestClock.adjust("20 seconds")
      assert.strictEqual((yield* Fiber.join(held)).status, 200)
      assert.strictEqual((yield* Fiber.join(elsewhere)).status, 200)
      assert.strictEqual(yield* simulator.heldRequests, 0)
    }).pipe(Effect.provide(Feed.layer({
      keys: [{ key: TriggerSimulator.defaultKey }, { key: "tr_prod_1", environment: "prod" }],
      realtime: { connectionLimit: 1 }
    }))))

  for (const backend of ["native", "electric"] as const) {
    it.effect(`are free again when a client interrupts its request: ${backend}`, () =>
      Effect.gen(function*() {
        const simulator = yield* TriggerSimulator
        const { id } = yield* simulator.createBatch({ runs: [] })
        const snapshot = yield* Feed.ask(id)
        const held = yield* Effect.fork(Feed.poll(id, snapshot))
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* simulator.heldRequests, 1)
        yield* Fiber.interrupt(held)
        assert.strictEqual(yield* simulator.heldRequests, 0)
      }).pipe(Effect.provide(Feed.layer({ realtime: { backend, connectionLimit: 1 } }))))
  }

  it.live("are free again when a client closes its socket", () => {
    const server = createServer()
    return Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { id } = yield* simulator.createBatch({ runs: [] })
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      const request = get({
        port,
        path: `/realtime/v1/batches/${id}?offset=0_0&handle=h&live=true`,
        headers: { authorization: `Bearer ${TriggerSimulator.defaultKey}` }
      })
      request.on("error", () => {})
      const until = (count: number) =>
        Effect.repeat(Effect.delay(simulator.heldRequests, "5 millis"), { until: (held) => held === count })
      yield* until(1)
      request.destroy()
      yield* until(0)
    }).pipe(Effect.provide(TriggerSimulator.layerServer.pipe(
      Layer.provideMerge(TriggerSimulator.layer()),
      Layer.provide(NodeHttpServer.layer(() => server, { port: 0, host: "127.0.0.1" }))
    )))
  })
})

describe("a backend that is not there", () => {
  const snapshotAndPoll = Effect.gen(function*() {
    const { createBatch } = yield* TriggerSimulator
    const { id } = yield* createBatch({ runs: [] })
    return yield* Effect.all([
      Feed.ask(id),
      Feed.ask(id, { query: { offset: "0_0", handle: "h", live: "true" } }),
      Feed.ask("batch_unknown"),
      Feed.ask(id, { key: "tr_dev_wrong" })
    ])
  })

  const statuses = (replies: ReadonlyArray<Feed.FeedReply>) => replies.map(({ status }) => status)

  it.effect("is a 500 while ClickHouse is down", () =>
    Effect.gen(function*() {
      const replies = yield* snapshotAndPoll
      assert.deepStrictEqual(statuses(replies), [500, 500, 404, 401])
      assert.deepStrictEqual(replies[0].body, "{\"error\":\"Internal Server Error\"}")
    }).pipe(Effect.provide(Feed.layer({ realtime: { backend: "clickhouse down" } }))))

  it.effect("is a 503 in text where Electric cannot be reached", () =>
    Effect.gen(function*() {
      const replies = yield* snapshotAndPoll
      assert.deepStrictEqual(statuses(replies), [503, 503, 404, 401])
      assert.deepStrictEqual(replies[0].headers["content-type"], "text/plain;charset=UTF-8")
    }).pipe(Effect.provide(Feed.layer({ realtime: { backend: "electric unreachable" } }))))

  it.effect("is an HTML 404 of a server that has no such route", () =>
    Effect.gen(function*() {
      const replies = yield* snapshotAndPoll
      assert.deepStrictEqual(statuses(replies), [404, 404, 404, 404])
      assert.match(replies[0].body, /^<!DOCTYPE html>/)
    }).pipe(Effect.provide(Feed.layer({ realtime: { backend: "no route" } }))))

  it.effect("can come back, and go on the way: changes still arrive without ClickHouse, the end of a hold is a 500", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { id } = yield* simulator.createBatch({ runs: [{ id: "run_1", finishesAfter: "5 seconds" }] })
      yield* simulator.setRealtime({ backend: "native" })
      const snapshot = yield* Feed.ask(id)
      const listening = yield* Effect.fork(Feed.poll(id, snapshot))
      yield* TestClock.adjust("4 seconds")
      yield* Fiber.interrupt(listening)
      yield* simulator.setRealtime({ backend: "clickhouse down" })
      const held = yield* Effect.fork(Feed.poll(id, snapshot))
      yield* TestClock.adjust("1 second")
      const reply = yield* Fiber.join(held)
      assert.deepStrictEqual(reply.said, ["update run_1 COMPLETED_SUCCESSFULLY", "up-to-date"])
      const last = yield* Effect.fork(Feed.poll(id, reply))
      yield* TestClock.adjust("20 seconds")
      assert.strictEqual((yield* Fiber.join(last)).status, 500)
    }).pipe(Effect.provide(Feed.layer({ realtime: { backend: "no route" } }))))
})

describe("faults of the feed", () => {
  it.effect("a server error comes at once, also where the request would be held", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { id } = yield* simulator.createBatch({ runs: [] })
      const snapshot = yield* Feed.ask(id)
      yield* simulator.setFaults(({ live }) => live ? Fault.serverError("down") : undefined)
      const reply = yield* Feed.poll(id, snapshot)
      assert.deepStrictEqual(errorOf(reply), [500, "{\"error\":\"down\"}"])
      assert.notProperty(reply.headers, "x-ratelimit-limit")
    }).pipe(Effect.provide(Feed.layer())))
})

describe("the record of requests", () => {
  it.effect("says which requests are live, and what was asked for, but no key", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { id } = yield* simulator.createBatch({ runs: [] })
      const snapshot = yield* Feed.ask(id, { query: { leaked: TriggerSimulator.defaultKey } })
      const held = yield* Effect.fork(Feed.poll(id, snapshot))
      yield* TestClock.adjust("20 seconds")
      yield* Fiber.join(held)
      const client = yield* HttpClient.HttpClient
      yield* client.get("http://simulator/packets/proj_simulator/dev/x?X-Amz-Signature=secret&live=true")
      const requests = yield* simulator.requests
      assert.deepStrictEqual(requests.map(({ live, query }) => ({ live, query })), [
        { live: false, query: { offset: "-1", leaked: "…" } },
        { live: true, query: Feed.next(snapshot, true) },
        { live: false, query: {} }
      ])
    }).pipe(Effect.provide(Feed.layer())))
})
