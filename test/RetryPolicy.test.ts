import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, type Layer, Random, Schedule, TestClock } from "effect"
import {
  type AttemptError,
  BatchNotFound,
  Forbidden,
  getBatchResults,
  InvalidResponse,
  RateLimited,
  retrieveRun,
  RetryPolicy,
  type RetryPolicyOptions,
  RunNotFound,
  ServerError,
  TransportError,
  type TriggerClient,
  Unauthorized,
  UnexpectedResponse
} from "effect-trigger-dev"
import { inspect } from "node:util"
import * as Scripted from "./support/scriptedHttp.js"

/** A policy is made inside each test: what is made while a module loads is made once, whatever changes later. */
const exact = () => RetryPolicy.make({ jitter: "none" })

const status = (status: number, headers: Record<string, string> = {}): Scripted.Response =>
  Scripted.json({ error: "as the server says" }, headers, status)

/** When each request was sent, in milliseconds on the test clock, and how the call ended. */
const observe = (
  script: ReadonlyArray<Scripted.Step>,
  options: { readonly policy?: () => RetryPolicy; readonly startAt?: number; readonly call?: typeof getBatchResults } =
    {}
) =>
  Effect.gen(function*() {
    const http = Scripted.make(script)
    yield* TestClock.setTime(options.startAt ?? 0)
    const fiber = yield* (options.call ?? getBatchResults)("batch_1234").pipe(
      Effect.provide(Scripted.client(http, { retryPolicy: (options.policy ?? exact)() })),
      Effect.match({ onSuccess: () => "ok", onFailure: (error) => error._tag }),
      Effect.fork
    )
    yield* TestClock.adjust("1 hour")
    const outcome = yield* Fiber.join(fiber)
    return { sentAt: http.requests.map((request) => request.at - (options.startAt ?? 0)), outcome }
  })

describe("the default policy", () => {
  it.effect("leaves the TestClock at whole milliseconds, without which Effect.timed fails", () =>
    Effect.gen(function*() {
      for (let call = 0; call < 20; call++) {
        const { sentAt } = yield* observe([status(503), status(503), Scripted.ok], {
          policy: () => RetryPolicy.default
        })
        assert.lengthOf(sentAt, 3)
        assert.deepStrictEqual(sentAt, sentAt.map(Math.round))
      }
    }))
})

interface Row {
  readonly name: string
  readonly script: ReadonlyArray<Scripted.Step>
  readonly sentAt: ReadonlyArray<number>
  readonly outcome: string
  readonly startAt?: number
  readonly policy?: () => RetryPolicy
}

/** 2026-11-23T20:32:27.000Z, the `Date` of the recorded 429. */
const recordedAt = 1795465947000

const rows: ReadonlyArray<Row> = [
  { name: "a 409 is retried", script: [status(409), Scripted.ok], sentAt: [0, 500], outcome: "ok" },
  { name: "a good response is asked for once", script: [Scripted.ok], sentAt: [0], outcome: "ok" },
  {
    name: "500s without hints back off from 500 ms by 2 and give up after 4 retries",
    script: [status(500)],
    sentAt: [0, 500, 1500, 3500, 7500],
    outcome: "ServerError"
  },
  {
    name: "the back-off grows to 10 s and no further",
    script: [status(500)],
    sentAt: [0, 500, 1500, 3500, 7500, 15_500, 25_500, 35_500],
    outcome: "ServerError",
    policy: () => RetryPolicy.make({ jitter: "none", maxRetries: 7 })
  },
  { name: "a 500 that passes is made good", script: [status(500), Scripted.ok], sentAt: [0, 500], outcome: "ok" },
  { name: "a 408 is retried", script: [status(408), Scripted.ok], sentAt: [0, 500], outcome: "ok" },
  {
    name: "a 503 of a proxy, in HTML, is retried",
    script: [{ status: 503, body: "<html>" }, Scripted.ok],
    sentAt: [0, 500],
    outcome: "ok"
  },
  {
    name: "a 429 with a reset is retried at the reset",
    script: [status(429, { "x-ratelimit-reset": "5000" }), Scripted.ok],
    sentAt: [0, 5000],
    outcome: "ok"
  },
  {
    name: "a 429 with a reset at the cap is waited for",
    script: [status(429, { "x-ratelimit-reset": "60000" }), Scripted.ok],
    sentAt: [0, 60_000],
    outcome: "ok"
  },
  {
    name: "a 429 with a reset beyond the cap fails at once",
    script: [status(429, { "x-ratelimit-reset": "60001" }), Scripted.ok],
    sentAt: [0],
    outcome: "RateLimited"
  },
  {
    name: "a 429 with a reset in the past backs off",
    script: [status(429, { "x-ratelimit-reset": "999000" }), Scripted.ok],
    sentAt: [0, 500],
    outcome: "ok",
    startAt: 1_000_000
  },
  {
    name: "a 429 with an unreadable reset backs off",
    script: [status(429, { "x-ratelimit-reset": "soon" }), Scripted.ok],
    sentAt: [0, 500],
    outcome: "ok"
  },
  {
    name: "a reset that is nearer than the back-off waits for the back-off",
    script: [status(429, { "x-ratelimit-reset": "100" }), Scripted.ok],
    sentAt: [0, 500],
    outcome: "ok"
  },
  {
    name: "a 429 with Retry-After in seconds",
    script: [status(429, { "retry-after": "7" }), Scripted.ok],
    sentAt: [0, 7000],
    outcome: "ok"
  },
  {
    name: "a 429 with Retry-After as an HTTP date",
    script: [status(429, { "retry-after": "Mon, 23 Nov 2026 20:32:39 GMT" }), Scripted.ok],
    sentAt: [0, 12_000],
    outcome: "ok",
    startAt: recordedAt
  },
  {
    name: "the reset goes before Retry-After",
    script: [status(429, { "x-ratelimit-reset": "3000", "retry-after": "7" }), Scripted.ok],
    sentAt: [0, 3000],
    outcome: "ok"
  },
  {
    name: "a reset in the past leaves it to Retry-After",
    script: [status(429, { "x-ratelimit-reset": "0", "retry-after": "7" }), Scripted.ok],
    sentAt: [0, 7000],
    outcome: "ok"
  },
  {
    name: "a 503 with Retry-After",
    script: [status(503, { "retry-after": "7" }), Scripted.ok],
    sentAt: [0, 7000],
    outcome: "ok"
  },
  {
    name: "a 503 with Retry-After beyond the cap fails at once",
    script: [status(503, { "retry-after": "61" }), Scripted.ok],
    sentAt: [0],
    outcome: "ServerError"
  },
  {
    name: "the reset of a 500, which every response has, is no hint",
    script: [status(500, { "x-ratelimit-reset": "9000" }), Scripted.ok],
    sentAt: [0, 500],
    outcome: "ok"
  },
  {
    name: "the recorded 429 on a clock an hour slow: the server's own date tells the wait",
    script: [
      status(429, { "x-ratelimit-reset": "1795465977095", date: "Mon, 23 Nov 2026 20:32:27 GMT" }),
      Scripted.ok
    ],
    sentAt: [0, 30_095],
    outcome: "ok",
    startAt: recordedAt - 3_600_000
  },
  {
    name: "the recorded 429 on a clock an hour fast",
    script: [
      status(429, { "x-ratelimit-reset": "1795465977095", date: "Mon, 23 Nov 2026 20:32:27 GMT" }),
      Scripted.ok
    ],
    sentAt: [0, 30_095],
    outcome: "ok",
    startAt: recordedAt + 3_600_000
  },
  {
    name: "a 404 with x-should-retry: true is retried",
    script: [status(404, { "x-should-retry": "true" }), Scripted.ok],
    sentAt: [0, 500],
    outcome: "ok"
  },
  {
    name: "the last retry of such a 404 is a second after the first, whatever the back-off",
    script: [status(404, { "x-should-retry": "true" })],
    sentAt: [0, 10, 1000],
    outcome: "BatchNotFound",
    policy: () => RetryPolicy.make({ jitter: "none", base: "10 millis" })
  },
  {
    name: "also where it is the only one",
    script: [status(404, { "x-should-retry": "true" })],
    sentAt: [0, 1000],
    outcome: "BatchNotFound",
    policy: () => RetryPolicy.make({ jitter: "none", maxRetries: 1 })
  },
  { name: "a 404 without it is not", script: [status(404), Scripted.ok], sentAt: [0], outcome: "BatchNotFound" },
  {
    name: "a 404 within the grace of the policy is retried",
    script: [status(404), status(404), Scripted.ok],
    sentAt: [0, 500, 1500],
    outcome: "ok",
    policy: () => RetryPolicy.make({ jitter: "none", notFoundGrace: "2 seconds" }),
    startAt: 1_000_000
  },
  {
    name: "a 404 after the grace of the policy is final",
    script: [status(404)],
    sentAt: [0, 500, 1500, 2000],
    outcome: "BatchNotFound",
    policy: () => RetryPolicy.make({ jitter: "none", notFoundGrace: "2 seconds" })
  },
  {
    name: "a 500 with x-should-retry: false is final",
    script: [status(500, { "x-should-retry": "false" }), Scripted.ok],
    sentAt: [0],
    outcome: "ServerError"
  },
  {
    name: "a 429 with x-should-retry: false is final",
    script: [status(429, { "x-should-retry": "false", "x-ratelimit-reset": "1000" }), Scripted.ok],
    sentAt: [0],
    outcome: "RateLimited"
  },
  {
    name: "a 401 with x-should-retry: true is retried",
    script: [status(401, { "x-should-retry": "true" }), Scripted.ok],
    sentAt: [0, 500],
    outcome: "ok"
  },
  {
    name: "a 409 with x-should-retry: true is retried",
    script: [status(409, { "x-should-retry": "true" }), Scripted.ok],
    sentAt: [0, 500],
    outcome: "ok"
  },
  {
    name: "a 403 with x-should-retry: true is retried",
    script: [status(403, { "x-should-retry": "true" }), Scripted.ok],
    sentAt: [0, 500],
    outcome: "ok"
  },
  { name: "a 401 is final", script: [status(401), Scripted.ok], sentAt: [0], outcome: "Unauthorized" },
  { name: "a 403 is final", script: [status(403), Scripted.ok], sentAt: [0], outcome: "Forbidden" },
  { name: "a 400 is final", script: [status(400), Scripted.ok], sentAt: [0], outcome: "UnexpectedResponse" },
  {
    name: "a body that does not decode is final",
    script: [Scripted.json({ id: "batch_1234" }), Scripted.ok],
    sentAt: [0],
    outcome: "InvalidResponse"
  },
  {
    name: "an HTML 200 is final",
    script: [{ status: 200, headers: { "content-type": "text/html" }, body: "<html>" }, Scripted.ok],
    sentAt: [0],
    outcome: "UnexpectedResponse"
  },
  { name: "a refused connection is retried", script: ["refused", Scripted.ok], sentAt: [0, 500], outcome: "ok" },
  { name: "a body that was cut off is retried", script: ["cut off", Scripted.ok], sentAt: [0, 500], outcome: "ok" },
  {
    name: "an attempt without a response is given up after its time-out, and made again",
    script: ["hang", Scripted.ok],
    sentAt: [0, 30_500],
    outcome: "ok"
  },
  {
    name: "the time-out covers the body",
    script: ["hang in the body", Scripted.ok],
    sentAt: [0, 30_500],
    outcome: "ok"
  },
  {
    name: "RetryPolicy.none makes one attempt",
    script: [status(500), Scripted.ok],
    sentAt: [0],
    outcome: "ServerError",
    policy: () => RetryPolicy.none
  },
  {
    name: "any schedule is a policy",
    script: [status(500), "refused", Scripted.ok],
    sentAt: [0, 1234, 2468],
    outcome: "ok",
    policy: () => Schedule.spaced("1234 millis")
  },
  {
    name: "a schedule can wait for the hint of the server",
    script: [
      status(503, { "retry-after": "7" }),
      status(429, { "retry-after": "3" }),
      "refused",
      status(500),
      Scripted.ok
    ],
    sentAt: [0, 7000, 10_000, 11_000, 12_000],
    outcome: "ok",
    policy: () =>
      Schedule.identity<AttemptError>().pipe(
        Schedule.addDelay((error) => Duration.max("1 second", RetryPolicy.retryAfter(error)))
      )
  },
  {
    name: "no schedule sees an error that cannot get better",
    script: [status(401)],
    sentAt: [0],
    outcome: "Unauthorized",
    policy: () => Schedule.spaced("1 second")
  }
]

describe("the retry table", () => {
  for (const row of rows) {
    it.effect(row.name, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* observe(row.script, row), { sentAt: [...row.sentAt], outcome: row.outcome })
      }))
  }

  it.effect("retrieveRun does not retry a 404 that does not ask for it", () =>
    Effect.gen(function*() {
      const observed = yield* observe([status(404)], { call: (() => retrieveRun("run_1234")) as never })
      assert.deepStrictEqual(observed, { sentAt: [0], outcome: "RunNotFound" })
    }))

  it.effect("retrieveRun obeys x-should-retry on its 404, which genuine servers always send", () =>
    Effect.gen(function*() {
      const observed = yield* observe([status(404, { "x-should-retry": "true" })], {
        call: (() => retrieveRun("run_1234")) as never
      })
      assert.deepStrictEqual(observed, { sentAt: [0, 500, 1000], outcome: "RunNotFound" })
    }))
})

describe("the default policy", () => {
  it.effect("draws each delay between zero and the full back-off", () =>
    Effect.gen(function*() {
      const observed = yield* Effect.withRandom(
        observe([status(500)], { policy: () => RetryPolicy.make() }),
        Random.fixed([0.5, 0.25, 1, 0])
      )
      assert.deepStrictEqual(observed, { sentAt: [0, 250, 500, 2500, 2500], outcome: "ServerError" })
    }))

  it.effect("is what a client uses unless told otherwise", () =>
    Effect.gen(function*() {
      const http = Scripted.make([status(500)])
      const fiber = yield* getBatchResults("batch_1234").pipe(
        Effect.provide(Scripted.client(http)),
        Effect.withRandom(Random.fixed([1])),
        Effect.exit,
        Effect.fork
      )
      yield* TestClock.adjust("1 hour")
      assert.isTrue(Exit.isFailure(yield* Fiber.join(fiber)))
      assert.deepStrictEqual(http.requests.map((request) => request.at), [0, 500, 1500, 3500, 7500])
    }))
})

describe("RetryPolicy.make", () => {
  const edges: ReadonlyArray<readonly [options: RetryPolicyOptions, sentAt: ReadonlyArray<number>]> = [
    [{ maxRetries: -1 }, [0]],
    [{ maxRetries: 0.9 }, [0]],
    [{ maxRetries: 1.9 }, [0, 500]],
    [{ maxRetries: 2, factor: 0 }, [0, 500, 500]],
    [
      { maxRetries: Infinity, base: "10 minutes", maxDelay: "10 minutes" },
      [0, 600_000, 1_200_000, 1_800_000, 2_400_000, 3_000_000, 3_600_000]
    ]
  ]
  for (const [options, sentAt] of edges) {
    it.effect(`takes ${inspect(options)}`, () =>
      Effect.gen(function*() {
        const http = Scripted.make([status(500)])
        const fiber = yield* getBatchResults("batch_1234").pipe(
          Effect.provide(Scripted.client(http, { retryPolicy: RetryPolicy.make({ jitter: "none", ...options }) })),
          Effect.fork
        )
        yield* TestClock.adjust("1 hour")
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(http.requests.map((request) => request.at), sentAt)
      }))
  }

  it.effect("takes every option", () =>
    Effect.gen(function*() {
      const policy = () =>
        RetryPolicy.make({
          maxRetries: 3,
          base: "1 second",
          factor: 3,
          maxDelay: "5 seconds",
          jitter: "none",
          maxRetryAfter: "2 minutes"
        })
      assert.deepStrictEqual(yield* observe([status(500)], { policy }), {
        sentAt: [0, 1000, 4000, 9000],
        outcome: "ServerError"
      })
      assert.deepStrictEqual(yield* observe([status(503, { "retry-after": "120" }), Scripted.ok], { policy }), {
        sentAt: [0, 120_000],
        outcome: "ok"
      })
    }))
})

describe("a back-off of zero", () => {
  it.effect("stays zero however far it grows, and does not hide a hint", () =>
    Effect.gen(function*() {
      const observed = yield* observe(
        [status(500), status(500), status(503, { "retry-after": "5" }), Scripted.ok],
        { policy: () => RetryPolicy.make({ jitter: "none", base: 0, factor: 1e308 }) }
      )
      assert.deepStrictEqual(observed, { sentAt: [0, 0, 0, 5000], outcome: "ok" })
    }))
})

describe("RetryPolicy.make refuses at once", () => {
  const refused: ReadonlyArray<readonly [options: RetryPolicyOptions, message: string]> = [
    [
      // of a program without types
      { maxRetries: JSON.parse("\"5\"") },
      "RetryPolicy.make: invalid \"maxRetries\": expected a number, got 5"
    ],
    [
      { maxRetries: NaN },
      "RetryPolicy.make: invalid \"maxRetries\": expected a number, got NaN"
    ],
    [
      { factor: NaN },
      "RetryPolicy.make: invalid \"factor\": expected a finite number of at least 0, got NaN"
    ],
    [
      { factor: -0.1 },
      "RetryPolicy.make: invalid \"factor\": expected a finite number of at least 0, got -0.1"
    ],
    [
      { factor: Infinity },
      "RetryPolicy.make: invalid \"factor\": expected a finite number of at least 0, got Infinity"
    ],
    [
      { base: "soon" as never },
      "RetryPolicy.make: invalid \"base\": expected a duration such as \"10 seconds\", got soon"
    ],
    [
      { base: NaN },
      "RetryPolicy.make: invalid \"base\": expected a duration such as \"10 seconds\", got NaN"
    ],
    [
      { maxDelay: "" as never },
      "RetryPolicy.make: invalid \"maxDelay\": expected a duration such as \"10 seconds\", got "
    ],
    [
      { maxRetryAfter: null as never, notFoundGrace: true as never },
      "RetryPolicy.make: invalid \"notFoundGrace\": expected a duration such as \"10 seconds\", got true"
    ],
    [
      { maxRetryAfter: "1 parsec" as never },
      "RetryPolicy.make: invalid \"maxRetryAfter\": expected a duration such as \"10 seconds\", got 1 parsec"
    ]
  ]
  for (const [options, message] of refused) {
    it(inspect(options), () => {
      let thrown: unknown
      try {
        RetryPolicy.make(options)
      } catch (error) {
        thrown = error
      }
      assert.deepStrictEqual([thrown instanceof RangeError, String(thrown)], [true, `RangeError: ${message}`])
    })
  }
})

describe("RetryPolicy.Current", () => {
  it.effect("overrides the policy of the client for a scope, and only there", () =>
    Effect.gen(function*() {
      const http = Scripted.make([status(500)])
      const program = Effect.gen(function*() {
        yield* Effect.exit(getBatchResults("batch_1234").pipe(RetryPolicy.override(RetryPolicy.none)))
        const inScope = http.requests.length
        yield* Effect.exit(
          getBatchResults("batch_1234").pipe(Effect.provideService(RetryPolicy.Current, Schedule.recurs(2)))
        )
        const withSchedule = http.requests.length - inScope
        yield* Effect.exit(getBatchResults("batch_1234"))
        return [inScope, withSchedule, http.requests.length - inScope - withSchedule]
      })
      const fiber = yield* Effect.fork(Effect.provide(program, Scripted.client(http, { retryPolicy: exact() })))
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* Fiber.join(fiber), [1, 3, 5])
    }))
})

describe("the gate on 429", () => {
  it.effect("50 fibers that meet a 429 together send nothing before the reset and at most 50 after it", () =>
    Effect.gen(function*() {
      const http = Scripted.make(({ at }) => at < 5000 ? status(429, { "x-ratelimit-reset": "5000" }) : Scripted.ok)
      const fiber = yield* Effect.fork(
        Effect.all(Array.from({ length: 50 }, () => getBatchResults("batch_1234")), { concurrency: "unbounded" }).pipe(
          Effect.provide(Scripted.client(http))
        )
      )
      yield* TestClock.adjust("1 hour")
      assert.lengthOf(yield* Fiber.join(fiber), 50)
      const late = http.requests.filter((request) => request.at > 0)
      assert.isAtMost(late.length, 50)
      assert.isTrue(late.every((request) => request.at === 5000))
    }))

  it.effect("a fiber that arrives while others wait sends nothing before the reset", () =>
    Effect.gen(function*() {
      const http = Scripted.make([status(429, { "x-ratelimit-reset": "5000" }), Scripted.ok])
      const program = Effect.gen(function*() {
        const first = yield* Effect.fork(getBatchResults("batch_1234"))
        yield* Effect.sleep("1 second")
        const second = yield* Effect.fork(getBatchResults("batch_5678"))
        yield* Fiber.join(first)
        yield* Fiber.join(second)
      })
      const fiber = yield* Effect.fork(Effect.provide(program, Scripted.client(http)))
      yield* TestClock.adjust("1 hour")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(http.requests.map((request) => request.at), [0, 5000, 5000])
    }))

  it.effect("a 429 without a hint pauses nobody else", () =>
    Effect.gen(function*() {
      const http = Scripted.make(({ url }) => url.includes("batch_limited") ? status(429) : Scripted.ok)
      const program = Effect.gen(function*() {
        yield* Effect.exit(getBatchResults("batch_limited").pipe(RetryPolicy.override(RetryPolicy.none)))
        return yield* getBatchResults("batch_1234")
      })
      assert.deepStrictEqual(yield* Effect.provide(program, Scripted.client(http)), { id: "batch_1234", items: [] })
    }))

  it.effect("a hint beyond the cap pauses nobody else", () =>
    Effect.gen(function*() {
      const http = Scripted.make([status(429, { "x-ratelimit-reset": "3600000" }), Scripted.ok])
      const program = Effect.zipRight(Effect.exit(getBatchResults("batch_1234")), getBatchResults("batch_1234"))
      assert.deepStrictEqual(yield* Effect.provide(program, Scripted.client(http)), { id: "batch_1234", items: [] })
    }))

  it.effect("a hint at the cap pauses everybody", () =>
    Effect.gen(function*() {
      const http = Scripted.make([status(429, { "x-ratelimit-reset": "60000" }), Scripted.ok])
      const none = RetryPolicy.override(RetryPolicy.none)
      const program = Effect.zipRight(Effect.exit(getBatchResults("batch_1234")), getBatchResults("batch_1234"))
      const fiber = yield* Effect.fork(Effect.provide(none(program), Scripted.client(http)))
      yield* TestClock.adjust("1 hour")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(http.requests.map((request) => request.at), [0, 60_000])
    }))

  it.effect("a 503 that asks for a pause pauses nobody else", () =>
    Effect.gen(function*() {
      const http = Scripted.make([status(503, { "retry-after": "30" }), Scripted.ok])
      const none = RetryPolicy.override(RetryPolicy.none)
      const program = Effect.zipRight(Effect.exit(getBatchResults("batch_1234")), getBatchResults("batch_1234"))
      yield* Effect.provide(none(program), Scripted.client(http))
      assert.deepStrictEqual(http.requests.map((request) => request.at), [0, 0])
    }))

  it.effect("is one for each client", () =>
    Effect.gen(function*() {
      const limited = Scripted.make([status(429, { "x-ratelimit-reset": "5000" }), Scripted.ok])
      const free = Scripted.make([Scripted.ok])
      const waiting = yield* Effect.fork(Effect.provide(getBatchResults("batch_1234"), Scripted.client(limited)))
      yield* Effect.yieldNow()
      yield* Effect.provide(getBatchResults("batch_1234"), Scripted.client(free))
      assert.deepStrictEqual(free.requests.map((request) => request.at), [0])
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(waiting)
    }))
})

describe("interruption", () => {
  it.effect("aborts the attempt under way, and nothing is retried after it", () =>
    Effect.gen(function*() {
      const http = Scripted.make(["hang"])
      const fiber = yield* Effect.fork(Effect.provide(getBatchResults("batch_1234"), Scripted.client(http)))
      yield* TestClock.adjust("1 second")
      const exit = yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("1 hour")
      assert.isTrue(Exit.isInterrupted(exit))
      assert.strictEqual(http.aborted, 1)
      assert.lengthOf(http.requests, 1)
    }))

  it.effect("ends the wait between attempts", () =>
    Effect.gen(function*() {
      const http = Scripted.make([status(500), Scripted.ok])
      const fiber = yield* Effect.fork(
        Effect.provide(getBatchResults("batch_1234"), Scripted.client(http, { retryPolicy: exact() }))
      )
      yield* TestClock.adjust("400 millis")
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("1 hour")
      assert.lengthOf(http.requests, 1)
    }))

  it.effect("a time-out of the caller is a deadline for all attempts", () =>
    Effect.gen(function*() {
      const http = Scripted.make([status(500)])
      const layer: Layer.Layer<TriggerClient> = Scripted.client(http, { retryPolicy: exact() })
      const fiber = yield* getBatchResults("batch_1234").pipe(
        Effect.provide(layer),
        Effect.timeout("1 second"),
        Effect.flip,
        Effect.fork
      )
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "TimeoutException")
      assert.deepStrictEqual(http.requests.map((request) => request.at), [0, 500])
    }))
})

describe("whether another attempt can help", () => {
  const endpoint = "GET /api/v1/batches/batch_1/results"
  const unexpected = { endpoint, status: 418, bodyPreview: "", hint: "" }
  const rows: ReadonlyArray<readonly [error: Parameters<typeof RetryPolicy.isRetryable>[0], can: boolean]> = [
    [new RateLimited({ endpoint }), true],
    [new ServerError({ endpoint, status: 500 }), true],
    [new ServerError({ endpoint, status: 500, shouldRetry: false }), false],
    [new BatchNotFound({ endpoint, batchId: "batch_1" }), true],
    [new RunNotFound({ endpoint, runId: "run_1", shouldRetry: false }), false],
    [new Unauthorized({ endpoint }), false],
    [new Unauthorized({ endpoint, shouldRetry: true }), true],
    [new Forbidden({ endpoint }), false],
    [new UnexpectedResponse(unexpected), false],
    [new UnexpectedResponse({ ...unexpected, shouldRetry: true }), true],
    [new InvalidResponse({ endpoint, path: "", reason: "" }), false],
    [new TransportError({ endpoint, reason: "Timeout", detail: "" }), true],
    [new TransportError({ endpoint, reason: "TooLarge", detail: "" }), false],
    [new TransportError({ endpoint, reason: "BlockedPort", detail: "" }), false],
    [new TransportError({ endpoint, reason: "NotPermitted", detail: "" }), false]
  ]
  for (const [error, can] of rows) {
    it(`${can ? "after" : "but not after"} ${JSON.stringify(error)}`, () => {
      assert.strictEqual(RetryPolicy.isRetryable(error), can)
    })
  }
})
