import { assert, describe, it } from "@effect/vitest"
import { Clock, type Duration, Effect, Fiber, Schedule, TestClock } from "effect"
import { collectBatchResults, getBatchResults } from "effect-trigger-dev"
import { TriggerSimulator } from "effect-trigger-dev/testing"
import * as Fake from "../../support/fakeBatch.js"
import * as Scripted from "../../support/scriptedHttp.js"

/** As on the servers of Trigger.dev. */
const limit: Fake.Limit = { bucket: 750, refill: 250, interval: 10_000 }

const runs = (count: number): ReadonlyArray<Fake.FakeRun> =>
  Array.from({ length: count }, (_, index) => ({
    id: `run_${index}`,
    engine: "V2",
    status: "COMPLETED",
    finishesAt: 0,
    output: index
  }))

/** Runs an effect while the clock goes on, and tells how long it took on the clock. */
const timed = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  atMost: Duration.DurationInput = "30 minutes"
) =>
  Effect.gen(function*() {
    const startedAt = yield* Clock.currentTimeMillis
    const fiber = yield* Effect.fork(Effect.zip(effect, Clock.currentTimeMillis))
    yield* TestClock.adjust(atMost)
    const [value, endedAt] = yield* Fiber.join(fiber)
    return { value, took: endedAt - startedAt }
  })

const refusals = (server: { readonly requests: ReadonlyArray<Fake.Request> }) =>
  server.requests.filter(({ status }) => status === 429).length

const readTwice = (server: { readonly finishedReads: ReadonlyMap<string, number> }) =>
  [...server.finishedReads].filter(([, times]) => times > 1)

/** Clocks that agree, almost agree and disagree. */
const skews = [-300_000, -2000, -1000, -300, -1, 0, 1, 300, 700, 1000, 1500, 1999, 2000, 2500, 3000, 300_000]

describe("the pace of bulk reading", () => {
  it.effect(
    "collects 1,000 runs behind the usual limit without one 429, as fast as the limit allows",
    () =>
      Effect.gen(function*() {
        const server = Fake.make({ runs: runs(1000), limit, latency: 20 })
        const { took, value } = yield* timed(
          collectBatchResults(Fake.batchId).pipe(Effect.provide(Scripted.client(server)))
        )
        assert.strictEqual(value.results.length, 1000)
        assert.strictEqual(refusals(server), 0)
        assert.deepStrictEqual(readTwice(server), [])
        assert.strictEqual(server.requests.length, 1002)
        // 750 at once, 250 after 10 s, the last two after 20 s
        assert.isAtLeast(took, 20_000)
        assert.isAtMost(took, 1.2 * 20_000)
      }),
    60_000
  )

  for (const millis of skews) {
    it.effect(`has at most one 429 for each refill where this machine's clock is ${millis} ms ahead of the server's`, () =>
      Effect.gen(function*() {
        const simulator = yield* TriggerSimulator
        const { id } = yield* simulator.createBatch({ runs: Array.from({ length: 150 }, () => ({ finishesAfter: 0 })) })
        // resets that are not on a whole second, as `Date` is
        yield* TestClock.adjust("5200 millis")
        const { took, value } = yield* timed(collectBatchResults(id))
        const reads = (yield* simulator.requests).filter(({ path }) => path.startsWith("/api/v3/runs/"))
        assert.strictEqual(value.results.length, 150)
        // 50 at once, and 5 refills
        assert.isAtMost(reads.length - 150, 5)
        assert.isAtMost(took, 55_000)
      }).pipe(Effect.provide(
        TriggerSimulator.layerClient({
          rateLimit: { limit: 50, refill: 25 },
          clockSkew: millis < 0 ? { ahead: -millis } : { behind: millis }
        }, { realtime: "off" })
      )))
  }

  it.effect(
    "has at most `concurrency` requests under way, over all that is collected at once",
    () =>
      Effect.gen(function*() {
        const server = Fake.make({ runs: runs(40), latency: 20 })
        yield* timed(
          Effect.all([collectBatchResults(Fake.batchId), collectBatchResults(Fake.batchId)], { concurrency: 2 }).pipe(
            Effect.provide(Scripted.client(server, { concurrency: 5 }))
          )
        )
        assert.strictEqual(server.mostOpen(), 5)
      }),
    60_000
  )

  it.effect("has 16 requests under way where nothing else is said", () =>
    Effect.gen(function*() {
      const server = Fake.make({ runs: runs(40), latency: 20 })
      yield* timed(collectBatchResults(Fake.batchId).pipe(Effect.provide(Scripted.client(server))))
      assert.strictEqual(server.mostOpen(), 16)
    }), 60_000)

  it.effect("after the reset one read goes first, and the others after its response", () =>
    Effect.gen(function*() {
      const server = Fake.make({ runs: runs(30), limit: { bucket: 20, refill: 20, interval: 10_000 }, latency: 20 })
      yield* timed(collectBatchResults(Fake.batchId).pipe(Effect.provide(Scripted.client(server))))
      assert.deepStrictEqual(
        server.requests.filter(({ at }) => at >= 10_000).map(({ at }) => at),
        [10_020, ...Array.from({ length: 11 }, () => 10_040)]
      )
    }), 60_000)

  it.effect(
    "what others take of the budget costs time, and neither a run nor a second read of one",
    () =>
      Effect.gen(function*() {
        const server = Fake.make({ runs: runs(300), limit: { bucket: 60, refill: 40, interval: 10_000 }, latency: 20 })
        // a moment after each refill, when the one that went first has told how much there is
        const others = Effect.zipRight(
          Effect.sleep(35),
          Effect.repeat(server.eat(26), Schedule.spaced("10 seconds"))
        )
        const { took, value } = yield* timed(
          Effect.raceFirst(collectBatchResults(Fake.batchId), Effect.zipRight(others, Effect.never)).pipe(
            Effect.provide(Scripted.client(server))
          )
        )
        assert.strictEqual(value.results.length, 300)
        assert.isAbove(refusals(server), 0)
        assert.deepStrictEqual(readTwice(server), [])
        assert.isAtMost(took, 30 * 60_000)
      }),
    60_000
  )

  it.effect("others that take all of the budget for minutes do not make it fail", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: runs(30),
        limit: { bucket: 20, refill: 20, interval: 10_000 },
        othersTakeAllUntil: 4 * 60_000
      })
      const { took, value } = yield* timed(
        collectBatchResults(Fake.batchId).pipe(Effect.provide(Scripted.client(server)))
      )
      assert.strictEqual(value.results.length, 30)
      assert.isAtLeast(took, 4 * 60_000)
      assert.isAtMost(refusals(server), 26)
    }), 60_000)

  it.effect(
    "others that take all of the budget for ever make it fail with what the server said",
    () =>
      Effect.gen(function*() {
        const server = Fake.make({ runs: runs(3), limit: { bucket: 1, refill: 0, interval: 10_000 } })
        const { value } = yield* timed(
          collectBatchResults(Fake.batchId).pipe(Effect.provide(Scripted.client(server)), Effect.flip),
          "2 hours"
        )
        assert.strictEqual(value._tag, "RateLimited")
      }),
    60_000
  )

  it.effect("headers that are all 0, as with the server's Redis down, pace nothing", () =>
    Effect.gen(function*() {
      const zeros = { "x-ratelimit-limit": "0", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "0" }
      const server = Fake.make({ runs: runs(40), latency: 20, headers: () => zeros })
      const { took } = yield* timed(collectBatchResults(Fake.batchId).pipe(Effect.provide(Scripted.client(server))))
      // the batch, the endpoint, and 40 runs in three rounds of at most 16
      assert.strictEqual(took, 100)
    }), 60_000)

  it.effect("a reset that is hours away is not waited for", () =>
    Effect.gen(function*() {
      const odd = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": `${3 * 3_600_000}` }
      const server = Fake.make({ runs: runs(40), latency: 20, headers: () => odd })
      const { took } = yield* timed(collectBatchResults(Fake.batchId).pipe(Effect.provide(Scripted.client(server))))
      assert.strictEqual(took, 100)
    }), 60_000)

  it.effect("a call for its own sake is not kept back", () =>
    Effect.gen(function*() {
      const server = Fake.make({ runs: runs(30), limit: { bucket: 20, refill: 20, interval: 10_000 }, latency: 20 })
      const sentAt = yield* Effect.gen(function*() {
        yield* Effect.fork(collectBatchResults(Fake.batchId))
        yield* TestClock.adjust("5 seconds")
        const before = server.requests.length
        yield* Effect.fork(Effect.either(getBatchResults(Fake.batchId)))
        yield* TestClock.adjust("20 millis")
        return server.requests.slice(before).map(({ at }) => at)
      }).pipe(Effect.provide(Scripted.client(server)))
      assert.deepStrictEqual(sentAt, [5010])
    }), 60_000)

  it.effect("a read that is interrupted while it waits gives its turn to the next", () =>
    Effect.gen(function*() {
      const server = Fake.make({ runs: runs(30), limit: { bucket: 20, refill: 20, interval: 10_000 }, latency: 20 })
      const { value } = yield* timed(
        Effect.gen(function*() {
          const fiber = yield* Effect.fork(collectBatchResults(Fake.batchId))
          yield* Effect.sleep("10010 millis")
          // the one that goes first after the reset is under way now
          yield* Fiber.interrupt(fiber)
          return yield* collectBatchResults(Fake.batchId)
        }).pipe(Effect.provide(Scripted.client(server)))
      )
      assert.strictEqual(value.results.length, 30)
      assert.strictEqual(refusals(server), 0)
      assert.strictEqual(server.open(), 0)
    }), 60_000)
})
