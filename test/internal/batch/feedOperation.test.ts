import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Stream, TestClock } from "effect"
import { collectBatchResults, getBatchResults, RetryPolicy, type RunUpdate, subscribeToBatch } from "effect-trigger-dev"
import * as Scripted from "../../support/scriptedHttp.js"
import { traced } from "../../support/spans.js"

const upToDate = (messages: ReadonlyArray<unknown> = []): Scripted.Response =>
  Scripted.json([...messages, { headers: { control: "up-to-date" } }], {
    "electric-handle": "handle-1",
    "electric-offset": "7_0",
    "electric-cursor": "42"
  })

const isHeld = ({ url }: Scripted.Received): boolean => new URL(url).searchParams.get("live") === "true"

/** What a subscription over a scripted server asks within two minutes. */
const requestsOf = (script: (request: Scripted.Received, number: number) => Scripted.Step) =>
  Effect.gen(function*() {
    const http = Scripted.make(script)
    const fiber = yield* subscribeToBatch("batch_1").pipe(
      Stream.runForEach((_: RunUpdate) => Effect.void),
      Effect.provide(Scripted.client(http)),
      Effect.fork
    )
    yield* TestClock.adjust("2 minutes")
    yield* Fiber.interrupt(fiber)
    return http.requests
  })

/** A server with one batch, whose results route lists its run. */
const withFeed = (feed: (number: number) => Scripted.Step) => {
  let number = 0
  return ({ url }: Scripted.Received): Scripted.Step => {
    const { pathname } = new URL(url)
    return pathname.startsWith("/realtime/")
      ? feed(++number)
      : pathname.startsWith("/api/v2/")
      ? Scripted.json({
        id: "batch_1",
        status: "COMPLETED",
        createdAt: "1969-01-01T00:00:00.000Z",
        updatedAt: "1969-01-01T00:00:00.000Z",
        runCount: 1,
        runs: ["run_1"]
      })
      : Scripted.json({ id: "batch_1", items: [{ ok: true, id: "run_1", output: "1" }] })
  }
}

/** How often the feed is asked by two calls, one after the other. */
const feedRequestsOf = (feed: (number: number) => Scripted.Step) =>
  Effect.gen(function*() {
    const http = Scripted.make(withFeed(feed))
    const count = () => http.requests.filter(({ url }) => url.includes("/realtime/")).length
    const collect = Effect.map(collectBatchResults("batch_1"), ({ complete }) => complete)
    return yield* Effect.gen(function*() {
      assert.isTrue(yield* collect)
      const first = count()
      assert.isTrue(yield* collect)
      return [first, count() - first]
    }).pipe(Effect.provide(Scripted.client(http, { realtime: "auto" })))
  })

describe("a feed that cannot be read", () => {
  it.effect("because it does not know the batch yet is asked again by the next call", () =>
    Effect.gen(function*() {
      const notFound = Scripted.json({ error: "Not found" }, { "x-should-retry": "true" }, 404)
      assert.deepStrictEqual(yield* feedRequestsOf(() => notFound), [1, 1])
    }))

  it.effect("because it fails is not asked again by the next call", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* feedRequestsOf(() => ({ status: 500 })), [1, 0])
    }))

  it.effect("because it keeps asking to start again is given up after five times", () =>
    Effect.gen(function*() {
      const restart = (number: number): Scripted.Step => ({
        status: 409,
        headers: { "content-type": "application/json", "electric-handle": `handle-${number}` },
        body: "[{\"headers\":{\"control\":\"must-refetch\"}}]"
      })
      assert.deepStrictEqual(yield* feedRequestsOf((number) => number > 50 ? { status: 500 } : restart(number)), [6, 0])
    }))
})

describe("a request of the feed", () => {
  it.effect("names its place, the versions that it understands, and the columns that nobody needs", () =>
    Effect.gen(function*() {
      const requests = yield* requestsOf((request) => isHeld(request) ? "hang" : upToDate())
      const asked = requests.slice(0, 2).map(({ headers, url }) => {
        const { pathname, searchParams } = new URL(url)
        const { skipColumns = "", ...place } = Object.fromEntries(searchParams)
        return {
          pathname,
          place,
          skips: ["payload", "metadata", "output"].map((column) => skipColumns.split(",").includes(column)),
          versions: [headers["x-trigger-electric-version"], headers["x-trigger-api-version"]],
          key: headers["authorization"]
        }
      })
      const common = {
        pathname: "/realtime/v1/batches/batch_1",
        skips: [true, true, false],
        versions: ["1.0.0-beta.1", "2025-07-16"],
        key: `Bearer ${Scripted.secretKey}`
      }
      assert.deepStrictEqual<unknown>(asked, [
        { ...common, place: { offset: "-1" } },
        { ...common, place: { offset: "7_0", handle: "handle-1", live: "true", cursor: "42" } }
      ])
    }))

  it.effect("has a span that says of which batch it is, whether the server held it, and how many runs had changed", () =>
    Effect.gen(function*() {
      const change = (status: string) => ({
        key: "1",
        value: { id: "1", friendlyId: "run_1", taskIdentifier: "task", status, createdAt: "2026-11-25T12:45:38.424" },
        headers: { operation: "insert" }
      })
      const http = Scripted.make([upToDate([change("PENDING")]), upToDate([change("EXECUTING")])])
      const { spans } = yield* traced(
        subscribeToBatch("batch_1").pipe(Stream.take(2), Stream.runDrain, Effect.provide(Scripted.client(http)))
      )
      const attributes = { "trigger.batch.id": "batch_1", "trigger.feed.updates": 1 }
      assert.deepStrictEqual<unknown>(
        spans.filter(({ kind }) => kind === "internal").map(({ attributes, name }) => [
          name,
          Object.fromEntries(attributes)
        ]),
        [false, true].map((
          held
        ) => ["TriggerClient.readRealtimeFeed", { ...attributes, "trigger.feed.held": held }])
      )
      assert.strictEqual(spans.at(-1)?.name, "GET /realtime/v1/batches/{batchId}")
    }))

  it.effect("is sent although a 429 holds back the requests that the rate limit counts", () =>
    Effect.gen(function*() {
      const http = Scripted.make((request) =>
        isHeld(request)
          ? "hang"
          : request.url.includes("/realtime/")
          ? upToDate()
          : { status: 429, headers: { "retry-after": "30" } }
      )
      const fiber = yield* Effect.flip(getBatchResults("batch_1")).pipe(
        RetryPolicy.override(RetryPolicy.none),
        Effect.zipRight(Stream.runDrain(subscribeToBatch("batch_1"))),
        Effect.provide(Scripted.client(http)),
        Effect.fork
      )
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(http.requests.map(({ url }) => new URL(url).pathname), [
        "/api/v1/batches/batch_1/results",
        "/realtime/v1/batches/batch_1",
        "/realtime/v1/batches/batch_1"
      ])
    }))

  it.effect("that is held may bring nothing for the server's hold and 5 seconds", () =>
    Effect.gen(function*() {
      const requests = yield* requestsOf((request) => isHeld(request) ? "hang" : upToDate())
      // a snapshot follows what was lost
      assert.deepStrictEqual(requests.slice(0, 4).map((request) => [request.at, isHeld(request)]), [
        [0, false],
        [0, true],
        [28_000, false],
        [28_000, true]
      ])
    }))

  for (const step of ["hang", "hang in the body"] as const) {
    it.effect(`where runs can be read elsewhere is given up after 5 seconds without a sign (${step})`, () =>
      Effect.gen(function*() {
        const http = Scripted.make(withFeed(() => step))
        const fiber = yield* collectBatchResults("batch_1").pipe(
          Effect.provide(Scripted.client(http, { realtime: "auto" })),
          Effect.fork
        )
        yield* TestClock.adjust("1 minute")
        assert.lengthOf((yield* Fiber.join(fiber)).results, 1)
        assert.deepStrictEqual(http.requests.map(({ at }) => at), [0, 0, 5000])
        assert.strictEqual(http.aborted, 1)
      }))
  }
})
