import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Option, Random, Schedule, TestClock } from "effect"
import {
  awaitBatchResults,
  BatchHandle,
  type BatchProgress,
  type CollectedResults,
  RetryPolicy
} from "effect-trigger-dev"
import * as Fake from "./support/fakeBatch.js"
import * as Scripted from "./support/scriptedHttp.js"

const { batchId } = Fake

const run = (index: number, finishesAt: number, fields: Partial<Fake.FakeRun> = {}): Fake.FakeRun => ({
  id: `run_${index}`,
  engine: "V2",
  status: "COMPLETED",
  finishesAt,
  output: index,
  ...fields
})

const everySecond = Schedule.spaced("1 second")

/** A progress without the counts by status. */
const counts = ({ failed, finished, total, unavailable }: BatchProgress) => ({ finished, total, failed, unavailable })

/** Runs an effect while the clock goes on. */
const later = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

/** The paths that were asked for at each time, the batch left out. */
const asked = (server: { readonly requests: ReadonlyArray<Fake.Request> }) => {
  const at: Record<number, Array<string>> = {}
  for (const request of server.requests) {
    const name = request.path.startsWith("/api/v1/") ? "endpoint" : request.path.split("/").pop() as string
    if (name !== batchId) {
      at[request.at] = [...at[request.at] ?? [], name]
    }
  }
  return at
}

describe("awaitBatchResults", () => {
  it.effect("polls until all runs have finished, and reads no finished run again", () =>
    Effect.gen(function*() {
      const server = Fake.make({ runs: [run(0, 2500), run(1, 0), run(2, 1500, { status: "FAILED" })] })
      const collected = yield* later(
        awaitBatchResults(batchId, { schedule: everySecond }).pipe(Effect.provide(Scripted.client(server)))
      )
      assert.isTrue(collected.complete)
      assert.deepStrictEqual(collected.results.map(({ id, ok }) => [id, ok]), [
        ["run_0", true],
        ["run_1", true],
        ["run_2", false]
      ])
      // the endpoint, which lists nothing of today's engine, is asked once
      assert.deepStrictEqual(asked(server), {
        0: ["endpoint", "run_0", "run_1", "run_2"],
        1000: ["run_0", "run_2"],
        2000: ["run_0", "run_2"],
        3000: ["run_0"]
      })
    }))

  it.effect("polls after 1 s, then 1.5 times as late each time up to 15 s, each up to a fifth off", () =>
    Effect.gen(function*() {
      const server = Fake.make({ runs: [run(0, 120_000)] })
      yield* later(
        awaitBatchResults(batchId).pipe(
          Effect.provide(Scripted.client(server)),
          // the shortest and the longest pause in turn
          Effect.withRandom(Random.fixed([0, 1]))
        )
      )
      const times = [...new Set(server.requests.map(({ at }) => at))]
      const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0))
      const expected = Array.from(
        pauses,
        (_, index) => (index % 2 === 0 ? 0.8 : 1.2) * Math.min(1000 * 1.5 ** index, 15_000)
      )
      assert.deepStrictEqual(pauses.map(Math.round), expected.map(Math.round))
      assert.lengthOf(pauses, 13)
    }))

  it.effect("asks the endpoint of a batch of the old engine at each poll", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: [run(0, 0, { engine: "V1" }), run(1, 500, { engine: "V1" }), run(2, 1500, { engine: "V1" })],
        status: "PENDING"
      })
      const { results } = yield* later(
        awaitBatchResults(batchId, { schedule: everySecond }).pipe(Effect.provide(Scripted.client(server)))
      )
      assert.deepStrictEqual(results.map((result) => result.ok && result.output), ["0", "1", "2"])
      assert.deepStrictEqual(asked(server), {
        0: ["endpoint", "run_1", "run_2"],
        1000: ["endpoint", "run_2"],
        2000: ["endpoint"]
      })
    }))

  it.effect("asks the endpoint for unread runs again once it lists any", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: [500, 1500, 2500].map((finishesAt, index) => run(index, finishesAt, { engine: "V1" })),
        status: "PENDING"
      })
      yield* later(
        awaitBatchResults(batchId, { schedule: everySecond }).pipe(Effect.provide(Scripted.client(server)))
      )
      assert.deepStrictEqual(asked(server), {
        0: ["endpoint", "run_0", "run_1", "run_2"],
        // for the output that the run route does not have
        1000: ["run_0", "run_1", "run_2", "endpoint"],
        2000: ["endpoint", "run_2"],
        3000: ["endpoint"]
      })
    }))

  it.effect("a batch that stays PENDING for ever is complete when its runs are", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: [run(0, 500, { engine: "V1" }), run(1, 500, { engine: "V1", status: "EXPIRED" })],
        status: "PENDING",
        failedToStart: 1
      })
      const collected = yield* later(awaitBatchResults(batchId).pipe(Effect.provide(Scripted.client(server))))
      assert.isTrue(collected.complete)
      assert.deepStrictEqual(collected.results.map(({ status }) => status), ["COMPLETED", "EXPIRED"])
    }))

  it.effect("does not take a batch for complete whose runs are still being created", () =>
    Effect.gen(function*() {
      const progress: Array<BatchProgress> = []
      const server = Fake.make({ runs: [0, 1, 2, 3].map((index) => run(index, 0)), createdAt: 1500 })
      const { results } = yield* later(
        awaitBatchResults(batchId, {
          schedule: everySecond,
          onProgress: (at) => Effect.sync(() => progress.push(at))
        }).pipe(Effect.provide(Scripted.client(server)))
      )
      assert.strictEqual(results.length, 4)
      assert.deepStrictEqual(progress.map(counts), [
        { finished: 0, total: 4, failed: 0, unavailable: 0 },
        // a poll that finds nothing new is reported all the same
        { finished: 0, total: 4, failed: 0, unavailable: 0 },
        { finished: 1, total: 4, failed: 0, unavailable: 0 },
        { finished: 2, total: 4, failed: 0, unavailable: 0 },
        { finished: 3, total: 4, failed: 0, unavailable: 0 },
        { finished: 4, total: 4, failed: 0, unavailable: 0 }
      ])
    }))

  it.effect("reports each run that becomes known, with the number of runs by status", () =>
    Effect.gen(function*() {
      const progress: Array<BatchProgress> = []
      const server = Fake.make({
        runs: [run(0, 0), run(1, 500, { status: "CANCELED" }), run(2, 1500, { status: "TIMED_OUT" })],
        failedToStart: 1
      })
      yield* later(
        awaitBatchResults(batchId, {
          schedule: everySecond,
          onProgress: (at) => Effect.sync(() => progress.push(at))
        }).pipe(Effect.provide(Scripted.client(server)))
      )
      assert.deepStrictEqual(progress, [
        { finished: 1, total: 3, failed: 0, unavailable: 0, failedToStart: 1, missing: 0, statuses: { COMPLETED: 1 } },
        {
          finished: 2,
          total: 3,
          failed: 1,
          unavailable: 0,
          failedToStart: 1,
          missing: 0,
          statuses: { COMPLETED: 1, CANCELED: 1, EXECUTING: 1 }
        },
        {
          finished: 3,
          total: 3,
          failed: 2,
          unavailable: 0,
          failedToStart: 1,
          missing: 0,
          statuses: { COMPLETED: 1, CANCELED: 1, TIMED_OUT: 1 }
        }
      ])
    }))

  it.effect("counts the polls in its span", () =>
    Effect.gen(function*() {
      const polls: Array<unknown> = []
      const server = Fake.make({ runs: [run(0, 1500)] })
      yield* later(
        awaitBatchResults(batchId, {
          schedule: everySecond,
          onProgress: () =>
            Effect.map(Effect.currentSpan, ({ attributes }) => polls.push(attributes.get("trigger.batch.polls")))
        }).pipe(Effect.provide(Scripted.client(server)))
      )
      assert.deepStrictEqual(polls, [1, 2, 3])
    }))

  it.effect("a failure of onProgress ends the waiting", () =>
    Effect.gen(function*() {
      const server = Fake.make({ runs: [run(0, Number.POSITIVE_INFINITY)] })
      const error = yield* later(
        awaitBatchResults(batchId, { onProgress: () => Effect.fail("enough") }).pipe(
          Effect.flip,
          Effect.provide(Scripted.client(server))
        )
      )
      assert.strictEqual(error, "enough")
    }))

  it.effect("with a schedule that ends it gives what there is, and says that it is not all", () =>
    Effect.gen(function*() {
      const server = Fake.make({ runs: [run(0, 0), run(1, Number.POSITIVE_INFINITY)] })
      const collected = yield* later(
        awaitBatchResults(batchId, { schedule: Schedule.recurs(2) }).pipe(Effect.provide(Scripted.client(server)))
      )
      assert.isFalse(collected.complete)
      assert.deepStrictEqual(collected.pending, ["run_1"])
      assert.strictEqual(server.requests.filter(({ path }) => path.endsWith("run_1")).length, 3)
    }))

  it.effect("a time-out in the middle of a poll aborts the requests and sends no more", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: Array.from({ length: 20 }, (_, index) => run(index, Number.POSITIVE_INFINITY)),
        fault: (path, number) => path.includes("/v3/") && number === 2 ? "hang" : undefined
      })
      const fiber = yield* awaitBatchResults(batchId, { schedule: everySecond }).pipe(
        Effect.timeoutOption("5 seconds"),
        Effect.provide(Scripted.client(server)),
        Effect.fork
      )
      yield* TestClock.adjust("4 seconds")
      assert.strictEqual(server.open(), 16)
      yield* TestClock.adjust("1 second")
      assert.isTrue(Option.isNone(yield* Fiber.join(fiber)))
      assert.strictEqual(server.open(), 0)
      const sent = server.requests.length
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(server.requests.length, sent)
    }))

  it.effect("interrupted between two polls it ends at once", () =>
    Effect.gen(function*() {
      const server = Fake.make({ runs: [run(0, Number.POSITIVE_INFINITY)] })
      const fiber = yield* Effect.fork(awaitBatchResults(batchId).pipe(Effect.provide(Scripted.client(server))))
      yield* TestClock.adjust("500 millis")
      const exit = yield* Fiber.interrupt(fiber)
      assert.isTrue(Exit.isInterrupted(exit))
      assert.strictEqual(server.open(), 0)
    }))

  it.effect("faults within the retry budget cost nothing but time", () =>
    Effect.gen(function*() {
      const faults: Record<string, Scripted.Response> = {
        run_0: { status: 404, body: "{\"error\":\"Not found\"}", headers: { "x-should-retry": "true" } },
        run_1: { status: 500 },
        run_2: { status: 502, body: "<html>" }
      }
      const server = Fake.make({
        runs: [run(0, 0), run(1, 0), run(2, 0), run(3, 0)],
        fault: (path, number) => number <= 2 ? faults[path.split("/").pop() as string] : undefined
      })
      const { results } = yield* later(awaitBatchResults(batchId).pipe(Effect.provide(Scripted.client(server))))
      assert.strictEqual(results.length, 4)
      assert.deepStrictEqual([...server.finishedReads.values()], [1, 1, 1, 1])
    }))

  it.effect("retried on the same handle it goes on where it failed", () =>
    Effect.gen(function*() {
      let outage = true
      const server = Fake.make({
        runs: [run(0, 0), run(1, 0), run(2, 0)],
        fault: (path) => outage && path.endsWith("run_2") ? { status: 500 } : undefined
      })
      const handle = yield* BatchHandle.make(batchId)
      const { results } = yield* later(
        awaitBatchResults(handle).pipe(
          RetryPolicy.override(RetryPolicy.none),
          Effect.tapError(() => Effect.sync(() => outage = false)),
          Effect.retry(Schedule.recurs(1)),
          Effect.provide(Scripted.client(server, { concurrency: 1 }))
        )
      )
      assert.strictEqual(results.length, 3)
      assert.deepStrictEqual([...server.finishedReads], [["run_0", 1], ["run_1", 1], ["run_2", 1]])
    }))
})

const garbage: Scripted.Response = { status: 200, body: "{\"id\": 7}" }

const isRun = (path: string, index: number) => path.endsWith(`/run_${index}`)

const readsOf = (server: { readonly requests: ReadonlyArray<Fake.Request> }, index: number) =>
  server.requests.filter(({ path }) => isRun(path, index)).length

/** Where each run ended up. */
const places = ({ pending, results, unavailable }: CollectedResults) => ({
  results: results.map(({ id }) => id),
  pending,
  unavailable: unavailable.map(({ error, id }) => [id, error._tag])
})

describe("awaitBatchResults with `onError: \"report\"`", () => {
  const report = { onError: "report", schedule: everySecond } as const

  it.effect("waits for the other runs, and asks once for one whose response is garbage", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: [run(0, 2500), run(1, 0), run(2, 0)],
        fault: (path) => isRun(path, 1) ? garbage : undefined
      })
      const found = yield* later(awaitBatchResults(batchId, report).pipe(Effect.provide(Scripted.client(server))))
      assert.deepStrictEqual(places(found), {
        results: ["run_0", "run_2"],
        pending: [],
        unavailable: [["run_1", "InvalidResponse"]]
      })
      assert.deepStrictEqual(asked(server), {
        0: ["endpoint", "run_0", "run_1", "run_2"],
        1000: ["run_0"],
        2000: ["run_0"],
        3000: ["run_0"]
      })
    }))

  it.effect("is not complete without the result of every run", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: [run(0, 0), run(1, 0)],
        fault: (path) => isRun(path, 1) ? garbage : undefined
      })
      const { complete } = yield* awaitBatchResults(batchId, report).pipe(Effect.provide(Scripted.client(server)))
      assert.isFalse(complete)
    }))

  it.effect("is complete where every run could be read", () =>
    Effect.gen(function*() {
      const server = Fake.make({ runs: [run(0, 0), run(1, 1500)] })
      const found = yield* later(awaitBatchResults(batchId, report).pipe(Effect.provide(Scripted.client(server))))
      assert.isTrue(found.complete)
      assert.deepStrictEqual(places(found), { results: ["run_0", "run_1"], pending: [], unavailable: [] })
    }))

  const refused = "{\"error\":\"no\"}"
  const final: ReadonlyArray<readonly [what: string, response: Scripted.Response, tag: string]> = [
    ["is not what the API promises", garbage, "InvalidResponse"],
    ["is a teapot's", { status: 418 }, "UnexpectedResponse"],
    ["refuses the key", { status: 401, body: refused }, "Unauthorized"],
    ["forbids it", { status: 403, body: refused }, "Forbidden"],
    ["is too large", { status: 200, body: " ".repeat(2000) }, "TransportError"],
    ["is not to be tried again", { status: 503, headers: { "x-should-retry": "false" } }, "ServerError"]
  ]
  for (const [what, response, tag] of final) {
    it.effect(`does not wait for a run whose response ${what}`, () =>
      Effect.gen(function*() {
        const server = Fake.make({ runs: [run(0, 0)], fault: (path) => isRun(path, 0) ? response : undefined })
        const found = yield* awaitBatchResults(batchId, report).pipe(
          Effect.provide(Scripted.client(server, { maxResponseSize: 1000 }))
        )
        assert.deepStrictEqual(places(found).unavailable, [["run_0", tag]])
      }))
  }

  it.effect("does not wait for a run whose id is none", () =>
    Effect.gen(function*() {
      const server = Fake.make({ runs: [run(0, 0)], listed: ["run_0", "..", "run_0"] })
      const found = yield* awaitBatchResults(batchId, report).pipe(Effect.provide(Scripted.client(server)))
      assert.deepStrictEqual(places(found), {
        results: ["run_0"],
        pending: [],
        unavailable: [["..", "InvalidRunId"]]
      })
    }))

  const passing: ReadonlyArray<readonly [what: string, response: Scripted.Response | "hang"]> = [
    ["is a 503", { status: 503 }],
    ["is a 429", { status: 429, body: refused }],
    ["is that there is no such run", { status: 404, body: refused }],
    ["does not come", "hang"],
    ["is a 401 that is to be tried again", { status: 401, body: refused, headers: { "x-should-retry": "true" } }]
  ]
  for (const [what, response] of passing) {
    it.effect(`asks again at the next poll for a run whose response ${what}`, () =>
      Effect.gen(function*() {
        const server = Fake.make({
          runs: [run(0, 0), run(1, 0)],
          fault: (path, number) => isRun(path, 1) && number <= 2 ? response : undefined
        })
        const found = yield* later(
          awaitBatchResults(batchId, report).pipe(
            RetryPolicy.override(RetryPolicy.none),
            Effect.provide(Scripted.client(server, { requestTimeout: "10 millis" }))
          )
        )
        assert.deepStrictEqual(places(found), { results: ["run_0", "run_1"], pending: [], unavailable: [] })
        assert.strictEqual(readsOf(server, 1), 3)
      }))
  }

  it.effect("an error that may pass keeps the waiting going to the end of the schedule", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: [run(0, 0), run(1, 0)],
        fault: (path) => isRun(path, 1) ? { status: 503 } : undefined
      })
      const found = yield* later(
        awaitBatchResults(batchId, { onError: "report", schedule: Schedule.recurs(3) }).pipe(
          RetryPolicy.override(RetryPolicy.none),
          Effect.provide(Scripted.client(server))
        )
      )
      assert.deepStrictEqual(places(found), {
        results: ["run_0"],
        pending: [],
        unavailable: [["run_1", "ServerError"]]
      })
      assert.strictEqual(readsOf(server, 1), 4)
    }))

  it.effect("`giveUpAfter` ends the waiting for a run that could not be read in so many polls", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: [run(0, 1500), run(1, 0)],
        fault: (path) => isRun(path, 1) ? { status: 503 } : undefined
      })
      const found = yield* later(
        awaitBatchResults(batchId, { ...report, giveUpAfter: 2 }).pipe(
          RetryPolicy.override(RetryPolicy.none),
          Effect.provide(Scripted.client(server))
        )
      )
      assert.deepStrictEqual(places(found), {
        results: ["run_0"],
        pending: [],
        unavailable: [["run_1", "ServerError"]]
      })
      assert.isFalse(found.complete)
      assert.deepStrictEqual(asked(server), {
        0: ["endpoint", "run_0", "run_1"],
        1000: ["run_0", "run_1"],
        2000: ["run_0"]
      })
    }))

  it.effect("a `giveUpAfter` that is no number is a defect that names it", () =>
    Effect.gen(function*() {
      const exit = yield* awaitBatchResults(batchId, { ...report, giveUpAfter: Number.NaN }).pipe(
        Effect.provide(Scripted.client(Fake.make({ runs: [] }))),
        Effect.exit
      )
      assert.include(Exit.isFailure(exit) && Cause.isDie(exit.cause) ? Cause.pretty(exit.cause) : "", "giveUpAfter")
    }))

  it.effect("`giveUpAfter` counts failures that lie apart, and not those of other runs", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: [run(0, 0), run(1, 0)],
        fault: (path, number) =>
          (isRun(path, 0) && number <= 1) || (isRun(path, 1) && number <= 2) ? { status: 503 } : undefined
      })
      const found = yield* later(
        awaitBatchResults(batchId, { ...report, giveUpAfter: 3 }).pipe(
          RetryPolicy.override(RetryPolicy.none),
          Effect.provide(Scripted.client(server))
        )
      )
      assert.deepStrictEqual(places(found), { results: ["run_0", "run_1"], pending: [], unavailable: [] })
    }))

  it.effect("gives what is pending, too, where the schedule ends", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: [run(0, Number.POSITIVE_INFINITY), run(1, 0), run(2, 0)],
        fault: (path) => isRun(path, 1) ? garbage : undefined
      })
      const found = yield* later(
        awaitBatchResults(batchId, { onError: "report", schedule: Schedule.recurs(1) }).pipe(
          Effect.provide(Scripted.client(server))
        )
      )
      assert.deepStrictEqual(places(found), {
        results: ["run_2"],
        pending: ["run_0"],
        unavailable: [["run_1", "InvalidResponse"]]
      })
    }))

  it.effect("a schedule can tell that nothing but unreadable runs is left", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: [run(0, 1500), run(1, 0)],
        fault: (path) => isRun(path, 1) ? { status: 503 } : undefined
      })
      const schedule = everySecond.pipe(
        Schedule.whileInput(({ finished, total, unavailable = 0 }: BatchProgress) => finished + unavailable < total)
      )
      yield* later(
        awaitBatchResults(batchId, { onError: "report", schedule }).pipe(
          RetryPolicy.override(RetryPolicy.none),
          Effect.provide(Scripted.client(server))
        )
      )
      assert.strictEqual(readsOf(server, 1), 3)
    }))

  it.effect("does not take a batch for finished whose runs are still being created", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: [0, 1, 2, 3].map((index) => run(index, 0)),
        createdAt: 1500,
        fault: (path) => isRun(path, 1) ? garbage : undefined
      })
      const found = yield* later(awaitBatchResults(batchId, report).pipe(Effect.provide(Scripted.client(server))))
      assert.deepStrictEqual(places(found).results, ["run_0", "run_2", "run_3"])
      assert.strictEqual(readsOf(server, 1), 1)
    }))

  it.effect("progress counts the runs that could not be read at this poll, and the total all runs", () =>
    Effect.gen(function*() {
      const progress: Array<BatchProgress> = []
      const server = Fake.make({
        runs: [run(0, 1500), run(1, 0), run(2, 0), run(3, 0, { status: "FAILED" })],
        fault: (path, number) => isRun(path, 1) ? garbage : isRun(path, 2) && number === 1 ? { status: 503 } : undefined
      })
      yield* later(
        awaitBatchResults(batchId, { ...report, onProgress: (at) => Effect.sync(() => progress.push(at)) }).pipe(
          RetryPolicy.override(RetryPolicy.none),
          Effect.provide(Scripted.client(server))
        )
      )
      assert.deepStrictEqual(progress.map(counts), [
        { finished: 0, total: 4, failed: 0, unavailable: 1 },
        { finished: 0, total: 4, failed: 0, unavailable: 2 },
        { finished: 1, total: 4, failed: 1, unavailable: 2 },
        // the run that was not readable is read again
        { finished: 1, total: 4, failed: 1, unavailable: 1 },
        { finished: 2, total: 4, failed: 1, unavailable: 1 },
        { finished: 3, total: 4, failed: 1, unavailable: 1 }
      ])
    }))

  it.effect("fails at once where the key is refused", () =>
    Effect.gen(function*() {
      const server = Fake.make({ runs: [run(0, 0)], fault: () => ({ status: 401, body: refused }) })
      const error = yield* awaitBatchResults(batchId, report).pipe(
        Effect.flip,
        Effect.provide(Scripted.client(server))
      )
      assert.strictEqual(error._tag, "Unauthorized")
      assert.strictEqual(server.requests.length, 1)
    }))

  it.effect("fails where the batch cannot be read any more", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: [run(0, Number.POSITIVE_INFINITY)],
        fault: (path, number) => path.includes("/v2/") && number === 3 ? garbage : undefined
      })
      const error = yield* later(
        awaitBatchResults(batchId, report).pipe(Effect.flip, Effect.provide(Scripted.client(server)))
      )
      assert.strictEqual(error._tag, "InvalidResponse")
    }))

  it.effect("asks for no run after one that refuses the key, and gives up all that are left", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: Array.from({ length: 50 }, (_, index) => run(index, 0)),
        fault: (path) => path.includes("/v3/") ? { status: 401, body: refused } : undefined
      })
      const found = yield* awaitBatchResults(batchId, report).pipe(
        Effect.provide(Scripted.client(server, { concurrency: 1 }))
      )
      assert.deepStrictEqual(new Set(found.unavailable.map(({ error }) => error._tag)), new Set(["Unauthorized"]))
      assert.strictEqual(found.unavailable.length, 50)
      assert.strictEqual(server.requests.filter(({ path }) => path.includes("/v3/")).length, 1)
    }))

  it.effect("a rate limit that is out of reach keeps no run from being read at the next poll", () =>
    Effect.gen(function*() {
      let reads = 0
      const server = Fake.make({
        runs: Array.from({ length: 20 }, (_, index) => run(index, 0)),
        fault: (path) => path.includes("/v3/") && ++reads === 5 ? { status: 429, body: refused } : undefined
      })
      const progress: Array<BatchProgress> = []
      const found = yield* later(
        awaitBatchResults(batchId, { ...report, onProgress: (at) => Effect.sync(() => progress.push(at)) }).pipe(
          RetryPolicy.override(RetryPolicy.none),
          Effect.provide(Scripted.client(server, { concurrency: 1 }))
        )
      )
      assert.isTrue(found.complete)
      const reported = progress.map(({ finished, unavailable }) => [finished, unavailable])
      assert.deepInclude(reported, [4, 16])
      assert.deepStrictEqual(reported.at(-1), [20, 0])
    }))

  it.effect("waits for the endpoint where only it has the output", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: [run(0, 0, { engine: "V1" })],
        // asked twice a poll: for what it lists, and for what the run route left out
        fault: (path, number) => path.endsWith("/results") && number <= 4 ? { status: 500 } : undefined
      })
      const { results } = yield* later(
        awaitBatchResults(batchId, report).pipe(
          RetryPolicy.override(RetryPolicy.none),
          Effect.provide(Scripted.client(server))
        )
      )
      assert.deepStrictEqual(results.map((result) => result.ok && result.output), ["0"])
      assert.strictEqual(readsOf(server, 0), 1)
    }))

  it.effect("gives up what only the endpoint has, where that sends garbage", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: [run(0, 0, { engine: "V1" }), run(1, 2500)],
        fault: (path) => path.endsWith("/results") ? garbage : undefined
      })
      const found = yield* later(awaitBatchResults(batchId, report).pipe(Effect.provide(Scripted.client(server))))
      assert.deepStrictEqual(places(found), {
        results: ["run_1"],
        pending: [],
        unavailable: [["run_0", "InvalidResponse"]]
      })
      assert.deepStrictEqual(asked(server), {
        0: ["endpoint", "run_0", "run_1", "endpoint"],
        1000: ["endpoint", "run_1"],
        2000: ["endpoint", "run_1"],
        3000: ["endpoint", "run_1"]
      })
    }))

  it.effect("a run that was given up stays so, whatever another one meets at the endpoint later", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: [run(0, 0, { engine: "V1" }), run(1, 500, { engine: "V1" })],
        fault: (path, number) => !path.endsWith("/results") ? undefined : number <= 2 ? garbage : { status: 500 }
      })
      const found = yield* later(
        awaitBatchResults(batchId, { onError: "report", schedule: Schedule.intersect(everySecond, Schedule.recurs(1)) })
          .pipe(
            RetryPolicy.override(RetryPolicy.none),
            Effect.provide(Scripted.client(server))
          )
      )
      assert.deepStrictEqual(places(found).unavailable, [["run_0", "InvalidResponse"], ["run_1", "ServerError"]])
    }))

  it.effect("a run that was given up is a result where the endpoint lists it later", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: [0, 500, 1500].map((finishesAt, index) => run(index, finishesAt, { engine: "V1" })),
        fault: (path) => isRun(path, 1) ? garbage : undefined
      })
      const found = yield* later(awaitBatchResults(batchId, report).pipe(Effect.provide(Scripted.client(server))))
      assert.deepStrictEqual(places(found), { results: ["run_0", "run_1", "run_2"], pending: [], unavailable: [] })
      assert.isTrue(found.complete)
    }))

  it.effect("run again on the same handle it asks for the runs that were given up, and for no other", () =>
    Effect.gen(function*() {
      let broken = true
      const server = Fake.make({
        runs: [run(0, 0), run(1, 0), run(2, 1500)],
        fault: (path) => broken && isRun(path, 1) ? garbage : undefined
      })
      const handle = yield* BatchHandle.make(batchId)
      const waiting = awaitBatchResults(handle, report).pipe(Effect.provide(Scripted.client(server)))
      yield* later(waiting)
      broken = false
      const before = server.requests.length
      const found = yield* waiting
      assert.isTrue(found.complete)
      assert.deepStrictEqual(server.requests.slice(before).map(({ path }) => path), [
        `/api/v2/batches/${batchId}`,
        "/api/v3/runs/run_1"
      ])
    }))

  it.effect("interrupted in the middle of a poll it aborts the requests and sends no more", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: Array.from({ length: 20 }, (_, index) => run(index, 0)),
        fault: (path, number) => !path.includes("/v3/") ? undefined : number === 1 ? { status: 503 } : "hang"
      })
      const fiber = yield* awaitBatchResults(batchId, report).pipe(
        RetryPolicy.override(RetryPolicy.none),
        Effect.provide(Scripted.client(server)),
        Effect.fork
      )
      yield* TestClock.adjust("1500 millis")
      assert.strictEqual(server.open(), 16)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(server.open(), 0)
      const sent = server.requests.length
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(server.requests.length, sent)
    }))
})
