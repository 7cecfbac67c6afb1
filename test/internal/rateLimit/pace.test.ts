import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Exit, Fiber, TestClock } from "effect"
import { type AttemptError, RateLimited, ServerError } from "effect-trigger-dev"
import * as Pace from "../../../src/internal/rateLimit/pace.js"

const endpoint = "GET /x"

const remaining = (requests: number, reset: number) => ({
  "x-ratelimit-remaining": String(requests),
  "x-ratelimit-reset": String(reset)
})

/** When the next read in bulk has its turn, after responses with these headers: milliseconds on the test clock. */
const nextTurn = (responses: ReadonlyArray<Readonly<Record<string, string>>>) =>
  Effect.gen(function*() {
    const pace = Pace.make(16)
    yield* Effect.forEach(responses, pace.observe)
    const fiber = yield* Effect.fork(pace.admit(Clock.currentTimeMillis, Pace.noRefusals()))
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

describe("what the pace learns from the headers of a response", () => {
  const rows: ReadonlyArray<
    readonly [name: string, responses: ReadonlyArray<Readonly<Record<string, string>>>, turnAt: number]
  > = [
    ["nothing, where there was none", [], 0],
    ["an empty bucket is refilled at its reset", [remaining(0, 5000)], 5000],
    ["a bucket that is not empty is no reason to wait", [remaining(1, 5000)], 0],
    ["nothing, without a reset", [{ "x-ratelimit-remaining": "0" }], 0],
    ["nothing, without a reset, where one is known", [remaining(0, 5000), { "x-ratelimit-remaining": "0" }], 5000],
    ["nothing, without what remains", [remaining(0, 5000), { "x-ratelimit-reset": "9000" }], 5000],
    ["the fewest that remain, of several responses before a reset", [remaining(0, 5000), remaining(10, 5000)], 5000],
    ["a later reset is a new bucket", [remaining(0, 5000), remaining(10, 9000)], 0],
    ["nothing, from a response of an earlier bucket", [remaining(10, 9000), remaining(0, 5000)], 0],
    ["nothing to keep to, where all headers are 0", [remaining(0, 9000), remaining(0, 0)], 0],
    ["a reset of a minute is kept to", [remaining(0, 60_000)], 60_000],
    ["one that is further off is not", [remaining(0, 60_001)], 0]
  ]
  for (const [name, responses, turnAt] of rows) {
    it.effect(name, () =>
      Effect.gen(function*() {
        assert.strictEqual(yield* nextTurn(responses), turnAt)
      }))
  }
})

describe("a read that is refused", () => {
  /** How often it is made, each time after `takes`, and how it ends. */
  const attemptsOf = (error: AttemptError, takes: Duration.DurationInput) =>
    Effect.gen(function*() {
      let attempts = 0
      const attempt = Effect.suspend(() => {
        attempts++
        return Effect.zipRight(Effect.sleep(takes), attempts > 20 ? Effect.void : Effect.fail(error))
      })
      const fiber = yield* Effect.fork(Effect.exit(Pace.make(16).admit(attempt, Pace.noRefusals())))
      yield* TestClock.adjust("1 hour")
      return { attempts, failed: Exit.isFailure(yield* Fiber.join(fiber)) }
    })

  const limited = (millis: number, shouldRetry?: boolean) =>
    new RateLimited({
      endpoint,
      retryAfter: Duration.millis(millis),
      ...(shouldRetry === undefined ? {} : { shouldRetry })
    })

  const rows: ReadonlyArray<
    readonly [name: string, error: AttemptError, takes: Duration.DurationInput, attempts: number, failed: boolean]
  > = [
    ["waits for a hint of a minute", limited(60_000), "10 seconds", 21, false],
    ["fails with a hint that is further off", limited(60_001), "10 seconds", 1, true],
    ["fails without a hint", new RateLimited({ endpoint }), "10 seconds", 1, true],
    ["fails where the server wants no other try", limited(1000, false), "10 seconds", 1, true],
    ["fails after five minutes of refusals", limited(1000), "1 minute", 6, true],
    [
      "fails where it was not for the limit",
      new ServerError({ endpoint, status: 503, retryAfter: Duration.seconds(1) }),
      "10 seconds",
      1,
      true
    ]
  ]
  for (const [name, error, takes, attempts, failed] of rows) {
    it.effect(name, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* attemptsOf(error, takes), { attempts, failed })
      }))
  }
})

describe("a read that is refused, and then fails for another reason", () => {
  it.effect("has five minutes of refusals anew when it is retried", () =>
    Effect.gen(function*() {
      const refused = new RateLimited({ endpoint, retryAfter: Duration.seconds(1) })
      const down = new ServerError({ endpoint, status: 503 })
      let attempts = 0
      const attempt = Effect.suspend(() => {
        attempts++
        return Effect.zipRight(Effect.sleep("1 minute"), Effect.fail<AttemptError>(attempts === 5 ? down : refused))
      })
      const refusals = Pace.noRefusals()
      const call = Effect.exit(Pace.make(16).admit(attempt, refusals))
      const fiber = yield* Effect.fork(Effect.zip(call, call))
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* Fiber.join(fiber), [Exit.fail(down), Exit.fail(refused)])
      assert.strictEqual(attempts, 5 + 6)
    }))
})

describe("a read that is refused with a hint close to zero", () => {
  /** When it is made, in milliseconds on the test clock. */
  const attemptsAt = (hint: number, count: number) =>
    Effect.gen(function*() {
      const at: Array<number> = []
      const attempt = Effect.flatMap(Clock.currentTimeMillis, (now) =>
        at.push(now) < count
          ? Effect.fail(new RateLimited({ endpoint, retryAfter: Duration.millis(hint) }))
          : Effect.void)
      const fiber = yield* Effect.fork(Pace.make(16).admit(attempt, Pace.noRefusals()))
      yield* TestClock.adjust("1 hour")
      yield* Fiber.join(fiber)
      return at
    })

  const rows: ReadonlyArray<readonly [name: string, hint: number, at: ReadonlyArray<number>]> = [
    [
      "is made again after pauses that double from 100 ms to 5 s",
      1,
      [0, 100, 200, 400, 800, 1600, 3200, 6400, 11_400, 16_400]
    ],
    ["is kept back where its hint is shorter than the pause", 99, [0, 100]],
    ["is kept back by the gate alone where its hint is as long as the pause", 100, [0, 0]]
  ]
  for (const [name, hint, at] of rows) {
    it.effect(name, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* attemptsAt(hint, at.length), at)
      }))
  }
})

describe("a bucket whose refill is over", () => {
  /** How many reads of a second each are under way at once, once the clock has passed the refill. */
  const atOnce = (headers: Readonly<Record<string, string>>) =>
    Effect.gen(function*() {
      const pace = Pace.make(16)
      yield* pace.observe(remaining(0, 3_605_000))
      yield* TestClock.setTime(3_610_000)
      const read = pace.admit(Effect.zipLeft(Effect.sleep("1 second"), pace.observe(headers)), Pace.noRefusals())
      const fiber = yield* Effect.fork(
        Effect.timed(Effect.all(Array.from({ length: 17 }, () => read), { concurrency: 17 }))
      )
      yield* TestClock.adjust("1 minute")
      const [duration] = yield* Fiber.join(fiber)
      return Duration.toSeconds(duration)
    })

  it.effect("is forgotten where no response names one any more: one read goes first, then sixteen at once", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(3_600_000)
      assert.strictEqual(yield* atOnce({}), 2)
    }))

  it.effect("is replaced by one with an earlier reset, from a server whose clock was set back", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(3_600_000)
      assert.strictEqual(yield* atOnce({ ...remaining(700, 15_000), date: new Date(10_000).toUTCString() }), 2)
    }))
})

describe("a slow response that tells of a bucket before the one that is known", () => {
  it.effect("changes nothing after the refill of that one, too: a read goes first", () =>
    Effect.gen(function*() {
      const pace = Pace.make(16)
      yield* pace.observe(remaining(0, 9000))
      yield* TestClock.setTime(10_000)
      yield* pace.observe(remaining(10, 5000))
      const begun: Array<number> = []
      const read = Effect.zipRight(
        Effect.map(Clock.currentTimeMillis, (now) => begun.push(now)),
        Effect.sleep("1 second")
      )
      yield* Effect.replicateEffect(Effect.fork(pace.admit(read, Pace.noRefusals())), 2)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(begun, [10_000, 11_000])
    }))
})

describe("reads under way", () => {
  it.effect("a read that goes first, after a refill, is waited for, whichever other one ends before", () =>
    Effect.gen(function*() {
      const pace = Pace.make(16)
      yield* pace.observe(remaining(1, 5000))
      const begun: Array<number> = []
      const read = Effect.zipRight(
        Effect.map(Clock.currentTimeMillis, (now) => begun.push(now)),
        Effect.sleep("20 seconds")
      )
      yield* Effect.replicateEffect(Effect.fork(pace.admit(read, Pace.noRefusals())), 3)
      yield* TestClock.adjust("1 hour")
      // the first takes what remains, the second goes first after the refill, and the first ends while it is under way
      assert.deepStrictEqual(begun, [0, 5000, 25_000])
    }))

  it.effect("a read that cannot be interrupted, such as an acquisition, waits for the refill and no longer", () =>
    Effect.gen(function*() {
      const pace = Pace.make(16)
      yield* pace.observe(remaining(0, 5000))
      const fiber = yield* Effect.fork(Effect.uninterruptible(pace.admit(Clock.currentTimeMillis, Pace.noRefusals())))
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* Fiber.join(fiber), 5000)
    }))

  it.effect("a read that cannot be interrupted goes when another one has ended, and does not wait for the refill", () =>
    Effect.gen(function*() {
      const pace = Pace.make(16)
      yield* pace.observe(remaining(1, 50_000))
      yield* Effect.fork(pace.admit(Effect.sleep("1 second"), Pace.noRefusals()))
      const fiber = yield* Effect.fork(Effect.uninterruptible(pace.admit(Clock.currentTimeMillis, Pace.noRefusals())))
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* Fiber.join(fiber), 1000)
    }))

  it.effect("who is interrupted while it waits takes nobody's place, and gives none away", () =>
    Effect.gen(function*() {
      const pace = Pace.make(1)
      const begun: Array<string> = []
      const read = (name: string) =>
        Effect.fork(
          pace.admit(Effect.zipRight(Effect.sync(() => begun.push(name)), Effect.sleep("1 minute")), Pace.noRefusals())
        )
      yield* read("first")
      const next = yield* read("second")
      const after = yield* read("third")
      yield* read("fourth")
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(next)
      yield* Fiber.interrupt(after)
      yield* TestClock.adjust("58 seconds")
      assert.deepStrictEqual(begun, ["first"])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(begun, ["first", "fourth"])
    }))
})
