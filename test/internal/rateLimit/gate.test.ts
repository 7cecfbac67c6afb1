import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Fiber, TestClock } from "effect"
import { RateLimited } from "effect-trigger-dev"
import * as Gate from "../../../src/internal/rateLimit/gate.js"
import * as Pace from "../../../src/internal/rateLimit/pace.js"

const refused = (seconds: number) => new RateLimited({ endpoint: "GET /x", retryAfter: Duration.seconds(seconds) })

/** The test clock, but for epoch milliseconds, which `leap` moves as somebody who sets the machine's clock. */
const withLeap = (leap: { millis: number }) => <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Clock.clockWith((clock) =>
    Effect.withClock(effect, {
      [Clock.ClockTypeId]: Clock.ClockTypeId,
      sleep: (duration) => clock.sleep(duration),
      currentTimeMillis: Effect.map(clock.currentTimeMillis, (now) => now + leap.millis),
      currentTimeNanos: clock.currentTimeNanos,
      unsafeCurrentTimeMillis: () => clock.unsafeCurrentTimeMillis() + leap.millis,
      unsafeCurrentTimeNanos: () => clock.unsafeCurrentTimeNanos()
    })
  )

const realNow = Effect.map(TestClock.testClock(), (clock) => clock.unsafeCurrentTimeMillis())

/** How long an effect waits, in milliseconds on the test clock. */
const waited = <E>(wait: Effect.Effect<void, E>) =>
  Effect.gen(function*() {
    const before = yield* realNow
    const fiber = yield* Effect.fork(Effect.zipRight(wait, realNow))
    yield* TestClock.adjust("10 hours")
    return (yield* Fiber.join(fiber)) - before
  })

describe("the gate", () => {
  it.effect("holds back for the hint of a 429, at most a minute", () =>
    Effect.gen(function*() {
      const gate = Gate.make()
      assert.strictEqual(yield* waited(gate.pass), 0)
      yield* gate.close(refused(60))
      assert.strictEqual(yield* waited(gate.pass), 60_000)
      yield* gate.close(refused(61))
      assert.strictEqual(yield* waited(gate.pass), 0)
    }))

  it.effect("does not open earlier for the shorter hint of another 429", () =>
    Effect.gen(function*() {
      const gate = Gate.make()
      yield* gate.close(refused(30))
      yield* gate.close(refused(5))
      assert.strictEqual(yield* waited(gate.pass), 30_000)
    }))

  it.effect("holds those that wait already back for the longer hint of another 429", () =>
    Effect.gen(function*() {
      const gate = Gate.make()
      yield* gate.close(refused(10))
      const fiber = yield* Effect.fork(Effect.zipRight(gate.pass, realNow))
      yield* TestClock.adjust("5 seconds")
      yield* gate.close(refused(30))
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* Fiber.join(fiber), 35_000)
    }))

  for (const hours of [-3, 3]) {
    it.effect(`waits as long as before where the machine's clock is moved by ${hours} hours`, () =>
      Effect.gen(function*() {
        const leap = { millis: 0 }
        const gate = Gate.make()
        yield* withLeap(leap)(gate.close(refused(5)))
        leap.millis = hours * 3_600_000
        assert.strictEqual(yield* waited(withLeap(leap)(gate.pass)), 5000)
      }))

    it.effect(`and so does the pace, where it is moved by ${hours} hours`, () =>
      Effect.gen(function*() {
        const leap = { millis: 0 }
        const pace = Pace.make(16)
        yield* withLeap(leap)(pace.observe({ "x-ratelimit-remaining": "0", "x-ratelimit-reset": "5000" }))
        leap.millis = hours * 3_600_000
        assert.strictEqual(yield* waited(withLeap(leap)(pace.admit(Effect.void, Pace.noRefusals()))), 5000)
      }))
  }
})
