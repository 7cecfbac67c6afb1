import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Schedule, Stream, TestClock } from "effect"
import {
  awaitBatchResults,
  type BatchProgress,
  collectBatchResults,
  ServerError,
  streamBatchResults,
  TriggerClient
} from "effect-trigger-dev"
import { TriggerSimulator } from "effect-trigger-dev/testing"
import * as Call from "../../../src/internal/batch/call.js"
import { make, progressOf } from "../../../src/internal/batch/progress.js"
import { makeKnown, step } from "../../../src/internal/batch/state.js"
import { noRefusals } from "../../../src/internal/rateLimit/pace.js"
import * as RateLimit from "../../../src/internal/rateLimit/rateLimit.js"

const ids = (count: number): ReadonlyArray<string> => Array.from({ length: count }, (_, index) => `run_${index}`)

/** A call that has read a batch of so many runs, and knows the results of none. */
const callOf = (runs: number) => {
  const call = Call.make(
    {
      getBatchResults: () => Effect.never,
      retrieveBatch: () => Effect.never,
      retrieveRun: () => Effect.never
    },
    makeKnown("batch_1"),
    {}
  )
  step(call.state, {
    _tag: "BatchRead",
    batch: {
      id: "batch_1",
      status: "PENDING",
      createdAt: new Date(0),
      updatedAt: new Date(0),
      runCount: runs,
      runs: ids(runs)
    }
  })
  return call
}

const finish = (call: Call.Call, ...runIds: ReadonlyArray<string>) =>
  step(call.state, { _tag: "ResultsRead", results: runIds.map((id) => ({ ok: true, id })) })

/** A reporter of a call, and how many runs had finished at each of its reports. */
const reporterOf = (call: Call.Call) => {
  const finished: Array<number> = []
  const reporter = make(call, (progress: BatchProgress) => Effect.sync(() => finished.push(progress.finished)))
  return { finished, ...reporter }
}

describe("the progress of a call", () => {
  it("is not known before the batch has been read", () => {
    const call = callOf(1)
    call.state.batch = undefined
    assert.isUndefined(progressOf(call))
  })

  it.effect("is not reported before the batch has been read", () =>
    Effect.gen(function*() {
      const call = callOf(1)
      call.state.batch = undefined
      const { finished, polled } = reporterOf(call)
      yield* polled
      assert.deepStrictEqual(finished, [])
    }))

  it.effect("is reported after each run that becomes known, once", () =>
    Effect.gen(function*() {
      const call = callOf(3)
      const { changed, finished } = reporterOf(call)
      yield* changed
      finish(call, "run_0")
      yield* changed
      yield* changed
      finish(call, "run_1", "run_2")
      yield* changed
      assert.deepStrictEqual(finished, [1, 3])
    }))

  it.effect("is reported for a run that could not be read", () =>
    Effect.gen(function*() {
      const call = callOf(2)
      const { changed, finished } = reporterOf(call)
      const error = new ServerError({ endpoint: "GET /x", status: 503 })
      step(call.state, { _tag: "ReadFailed", runIds: ["run_0"], error })
      yield* changed
      assert.deepStrictEqual(finished, [0])
    }))

  it.effect("is reported at the end of a poll that found nothing", () =>
    Effect.gen(function*() {
      const { finished, polled } = reporterOf(callOf(1))
      yield* polled
      yield* polled
      assert.deepStrictEqual(finished, [0, 0])
    }))

  it.effect("is not reported at the end of a poll that has reported the same already", () =>
    Effect.gen(function*() {
      const call = callOf(2)
      const { changed, finished, polled } = reporterOf(call)
      finish(call, "run_0")
      yield* changed
      yield* polled
      assert.deepStrictEqual(finished, [1])
      // the next poll finds nothing
      yield* polled
      assert.deepStrictEqual(finished, [1, 1])
    }))

  it.effect("of a batch of 5,000 runs is reported after every fifth run that is read, and in full at the end of the poll", () =>
    Effect.gen(function*() {
      const call = callOf(5000)
      const { finished, polled, read } = reporterOf(call)
      for (const id of ids(12)) {
        finish(call, id)
        yield* read
      }
      yield* polled
      assert.deepStrictEqual(finished, [5, 10, 12])
    }))

  it.effect("is reported after each run of a poll that reads again what the poll before it could not read", () =>
    Effect.gen(function*() {
      const call = callOf(3)
      const { finished, polled, read } = reporterOf(call)
      const error = new ServerError({ endpoint: "GET /x", status: 503 })
      step(call.state, { _tag: "ReadFailed", runIds: ids(3), error })
      yield* polled
      Call.startPoll(call)
      for (const id of ids(2)) {
        finish(call, id)
        yield* read
      }
      assert.deepStrictEqual(finished, [0, 1, 2])
    }))

  it.effect("is reported to one run of the function after the other, and what came meanwhile once", () =>
    Effect.gen(function*() {
      const call = callOf(5)
      const seen: Array<number> = []
      const { changed } = make(call, ({ finished }) => Effect.delay(Effect.sync(() => seen.push(finished)), "1 second"))
      const fiber = yield* Effect.fork(Effect.forEach(ids(5), (id) =>
        Effect.suspend(() => {
          finish(call, id)
          return changed
        }), { concurrency: "unbounded" }))
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(seen, [1, 5])
    }))

  it.effect("does not report what a handle knew before", () =>
    Effect.gen(function*() {
      const call = callOf(2)
      finish(call, "run_0")
      const { changed, finished } = reporterOf(call)
      yield* changed
      assert.deepStrictEqual(finished, [])
    }))

  it.effect("is not computed where nobody asks for it", () =>
    Effect.gen(function*() {
      const call = callOf(1)
      const { changed, polled } = make(call, undefined)
      assert.strictEqual(changed, Effect.void)
      assert.strictEqual(polled, Effect.void)
    }))

  it.effect("fails as the function that is given it", () =>
    Effect.gen(function*() {
      const { polled } = make(callOf(1), () => Effect.fail("enough"))
      assert.strictEqual(yield* Effect.flip(polled), "enough")
    }))
})

/** The ways of collecting, which poll hardly ever, and run an effect with each progress. */
const ways = {
  collectBatchResults: (id: string, onProgress: (progress: BatchProgress) => Effect.Effect<void>) =>
    Effect.asVoid(collectBatchResults(id, { onProgress })),
  awaitBatchResults: (id: string, onProgress: (progress: BatchProgress) => Effect.Effect<void>) =>
    Effect.asVoid(awaitBatchResults(id, { onProgress, schedule: Schedule.spaced("1 hour") })),
  streamBatchResults: (id: string, onProgress: (progress: BatchProgress) => Effect.Effect<void>) =>
    Stream.runDrain(streamBatchResults(id, { onProgress, schedule: Schedule.spaced("1 hour") }))
}

/** How many runs had finished at each report. */
const reportsOf = (way: keyof typeof ways, finishAfter: ReadonlyArray<number>, realtime: "auto" | "off") =>
  Effect.gen(function*() {
    const { createBatch } = yield* TriggerSimulator
    const { id } = yield* createBatch({ runs: finishAfter.map((finishesAfter) => ({ output: 1, finishesAfter })) })
    const finished: Array<number> = []
    const fiber = yield* Effect.fork(ways[way](id, (progress) => Effect.sync(() => finished.push(progress.finished))))
    yield* TestClock.adjust("2 hours")
    yield* Fiber.join(fiber)
    return finished
  }).pipe(Effect.provide(TriggerSimulator.layerClient({}, { realtime })))

describe("the progress is reported by", () => {
  for (const way of ["collectBatchResults", "awaitBatchResults", "streamBatchResults"] as const) {
    it.effect(`${way} after each run that is read by itself`, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* reportsOf(way, [0, 0, 0], "off"), [1, 2, 3])
      }))

    it.effect(`${way} for a batch that the feed shows at once`, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* reportsOf(way, [0, 0, 0], "auto"), [3])
      }))
  }

  for (const way of ["awaitBatchResults", "streamBatchResults"] as const) {
    it.effect(`${way} whenever the feed brings a result`, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* reportsOf(way, [10_000, 20_000, 30_000], "auto"), [0, 1, 2, 3])
      }))

    it.effect(`${way} to its end for a batch of which not each run that is read is worth a report`, () =>
      Effect.gen(function*() {
        const finishAfter = Array.from({ length: 1200 }, (_, index) => index < 1199 ? 0 : 10_000)
        assert.deepStrictEqual((yield* reportsOf(way, finishAfter, "auto")).slice(-2), [1199, 1200])
      }))
  }
})

describe("what a program does when it is told the progress", () => {
  for (const [name, collect] of Object.entries(ways)) {
    it.effect(`does not keep to the pace of the reading that ${name} does`, () =>
      Effect.gen(function*() {
        const rateLimit = RateLimit.make({ concurrency: 1, isolated: false })
        const runs = ids(2)
        const stub = TriggerClient.layerTest({
          retrieveBatch: (id) =>
            Effect.succeed({
              id,
              status: "COMPLETED",
              createdAt: new Date(0),
              updatedAt: new Date(0),
              runCount: 2,
              runs
            }),
          getBatchResults: (id) => Effect.succeed({ id, items: [] }),
          retrieveRun: (id) =>
            rateLimit.admit(
              Effect.delay(
                Effect.succeed({
                  id,
                  taskIdentifier: "import",
                  status: "COMPLETED",
                  createdAt: new Date(0),
                  output: 1
                }),
                "1 second"
              ),
              noRefusals()
            )
        })
        const told: Array<number> = []
        const fiber = yield* collect("batch_1234", () =>
          rateLimit.admit(
            Effect.map(Clock.currentTimeMillis, (now) => {
              told.push(now)
            }),
            noRefusals()
          )).pipe(Effect.provide(stub), Effect.fork)
        yield* TestClock.adjust("1 minute")
        yield* Fiber.join(fiber)
        // when the first has been read, the second is under way
        assert.deepStrictEqual(told, [1000, 2000])
      }))
  }
})
