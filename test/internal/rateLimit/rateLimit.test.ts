import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Fiber, TestClock } from "effect"
import { RateLimited, ServerError } from "effect-trigger-dev"
import { noRefusals } from "../../../src/internal/rateLimit/pace.js"
import * as RateLimit from "../../../src/internal/rateLimit/rateLimit.js"

const empty = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "5000" }

const make = (isolated = false) => RateLimit.make({ concurrency: 1, isolated })

/** When attempts are made, in milliseconds on the test clock. */
const startedAt = (attempt: Effect.Effect<number>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(attempt)
    yield* TestClock.adjust("1 minute")
    return yield* Fiber.join(fiber)
  })

describe("the rate limit", () => {
  it.effect("learns from the headers of every response, and holds back bulk reading alone", () =>
    Effect.gen(function*() {
      const rateLimit = make()
      const reader = RateLimit.makeBulkCall()
      yield* rateLimit.observe(empty)
      const single = yield* Effect.fork(rateLimit.admit(Clock.currentTimeMillis, noRefusals()))
      const bulk = yield* startedAt(RateLimit.inBulk(reader)(rateLimit.admit(Clock.currentTimeMillis, noRefusals())))
      assert.deepStrictEqual([yield* Fiber.join(single), bulk], [0, 5000])
    }))

  it.effect("a 429 holds back every request until its hint has passed", () =>
    Effect.gen(function*() {
      const rateLimit = make()
      const refused = new RateLimited({ endpoint: "GET /x", retryAfter: Duration.seconds(3) })
      yield* Effect.flip(rateLimit.admit(Effect.fail(refused), noRefusals()))
      assert.strictEqual(yield* startedAt(rateLimit.admit(Clock.currentTimeMillis, noRefusals())), 3000)
    }))

  it.effect("a 429 without a hint fails at once, and holds back no request", () =>
    Effect.gen(function*() {
      const rateLimit = make()
      const bulk = RateLimit.inBulk(RateLimit.makeBulkCall())
      const refused = new RateLimited({ endpoint: "GET /x" })
      assert.strictEqual(yield* Effect.flip(bulk(rateLimit.admit(Effect.fail(refused), noRefusals()))), refused)
      assert.strictEqual(yield* startedAt(bulk(rateLimit.admit(Clock.currentTimeMillis, noRefusals()))), 0)
    }))

  it.effect("the hint of another error holds back no other request", () =>
    Effect.gen(function*() {
      const rateLimit = make()
      const down = new ServerError({ endpoint: "GET /x", status: 503, retryAfter: Duration.seconds(3) })
      yield* Effect.flip(rateLimit.admit(Effect.fail(down), noRefusals()))
      assert.strictEqual(yield* startedAt(rateLimit.admit(Clock.currentTimeMillis, noRefusals())), 0)
    }))

  it.effect("where requests are isolated, a reader learns from the headers of its own responses alone", () =>
    Effect.gen(function*() {
      const rateLimit = make(true)
      const [one, other] = [RateLimit.inBulk(RateLimit.makeBulkCall()), RateLimit.inBulk(RateLimit.makeBulkCall())]
      yield* one(rateLimit.admit(Effect.void, noRefusals()))
      yield* other(rateLimit.admit(Effect.void, noRefusals()))
      yield* one(rateLimit.observe(empty))
      yield* rateLimit.observe(empty)
      assert.strictEqual(yield* other(rateLimit.admit(Clock.currentTimeMillis, noRefusals())), 0)
      assert.strictEqual(yield* startedAt(one(rateLimit.admit(Clock.currentTimeMillis, noRefusals()))), 5000)
    }))

  for (const isolated of [false, true]) {
    it.effect(`two readers ${isolated ? "do not share" : "share"} a pace where requests ${isolated ? "are" : "are not"} isolated`, () =>
      Effect.gen(function*() {
        const rateLimit = make(isolated)
        let inFlight = 0
        let most = 0
        const attempt = Effect.suspend(() => {
          most = Math.max(most, ++inFlight)
          return Effect.zipRight(Effect.sleep("1 second"), Effect.sync(() => inFlight--))
        })
        const readers = [RateLimit.makeBulkCall(), RateLimit.makeBulkCall()]
        const fiber = yield* Effect.fork(Effect.forEach(
          readers,
          (reader) =>
            Effect.forEach([1, 2], () => RateLimit.inBulk(reader)(rateLimit.admit(attempt, noRefusals())), {
              concurrency: "unbounded"
            }),
          { concurrency: "unbounded" }
        ))
        yield* TestClock.adjust("1 minute")
        yield* Fiber.join(fiber)
        assert.strictEqual(most, isolated ? 2 : 1)
      }))
  }
})
