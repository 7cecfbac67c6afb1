import { assert, describe, it } from "@effect/vitest"
import { Cause, Clock, Effect, Exit, Fiber, Layer, Redacted, Schedule, Stream, TestClock } from "effect"
import {
  awaitBatchResults,
  type AwaitBatchResultsOptions,
  BatchHandle,
  type BatchProgress,
  streamBatchResults,
  TriggerAuth,
  TriggerClient,
  TriggerConfig
} from "effect-trigger-dev"
import {
  Fault,
  type ReceivedRequest,
  type SimulatedBatch,
  TriggerSimulator,
  type TriggerSimulatorOptions
} from "effect-trigger-dev/testing"

const onSimulator = (options?: TriggerSimulatorOptions) => Effect.provide(TriggerSimulator.layerClient(options))

const create = (batch: SimulatedBatch) => Effect.flatMap(TriggerSimulator, ({ createBatch }) => createBatch(batch))

const requests = Effect.flatMap(TriggerSimulator, (simulator) => simulator.requests)

const isHeld = ({ live }: ReceivedRequest) => live
const isSnapshot = ({ live, path }: ReceivedRequest) => path.startsWith("/realtime/") && !live
const isBatch = ({ path }: ReceivedRequest) => path.startsWith("/api/v2/")
const isResults = ({ path }: ReceivedRequest) => path.startsWith("/api/v1/")
const isRun = ({ path }: ReceivedRequest) => path.startsWith("/api/v3/")

const count = (select: (request: ReceivedRequest) => boolean) =>
  Effect.map(requests, (all) => all.filter(select).length)

/** The times of requests, in seconds on the clock. */
const secondsOf = (select: (request: ReceivedRequest) => boolean) =>
  Effect.map(requests, (all) => all.filter(select).map(({ at }) => Math.round(at / 1000)))

/** Waits in the background. */
const waiting = (batch: string | BatchHandle, options: AwaitBatchResultsOptions = {}) =>
  Effect.fork(Effect.zip(
    awaitBatchResults(batch, { schedule: Schedule.spaced("10 seconds"), ...options }),
    Effect.map(Clock.currentTimeMillis, (now) => Math.round(now / 1000))
  ))

/** What a wait has ended with. One that has not ended fails the test, which would else wait for ever. */
const ended = <A, E>(fiber: Fiber.RuntimeFiber<A, E>) => Effect.flatten(Effect.flatten(Fiber.poll(fiber)))

/** Whether a run is shown as it was before its end, for ever. */
const stale = { status: "EXECUTING", completedAt: null, output: null }

describe("a server that does not hold requests", () => {
  for (const backend of ["native", "electric"] as const) {
    it.effect(`(${backend}) gets two at once, and then one after each pause of 15 seconds`, () =>
      Effect.gen(function*() {
        const { id } = yield* create({ runs: [{ finishesAfter: "10 minutes" }] })
        const fiber = yield* waiting(id)
        yield* TestClock.adjust("1 minute")
        // after a pause of 15 seconds, at the next poll
        assert.deepStrictEqual(yield* secondsOf(isHeld), [0, 0, 20, 40, 60])
        yield* TestClock.adjust("10 minutes")
        const [{ complete }] = yield* Fiber.join(fiber)
        assert.isTrue(complete)
        assert.strictEqual(yield* count(isRun), 0)
      }).pipe(onSimulator({ realtime: { backend, hold: 0 } })))
  }
})

describe("a server without a free connection", () => {
  it.effect("is asked every 15 seconds for one, and each poll reads a snapshot and nothing else", () =>
    Effect.gen(function*() {
      const { id } = yield* create({ runs: [{ finishesAfter: "55 seconds" }] })
      const fiber = yield* waiting(id)
      yield* TestClock.adjust("2 minutes")
      const [, endedAt] = yield* Fiber.join(fiber)
      assert.strictEqual(endedAt, 60)
      assert.isAtMost(yield* count(isHeld), 5)
      assert.strictEqual(yield* count(isSnapshot), 1 + 6)
      assert.deepStrictEqual([yield* count(isBatch), yield* count(isResults), yield* count(isRun)], [1, 0, 0])
    }).pipe(onSimulator({ realtime: { connectionLimit: 0 } })))

  it.effect("that has one later holds a request then", () =>
    Effect.gen(function*() {
      const { id } = yield* create({ runs: [{ finishesAfter: "never" }] })
      const { heldRequests, setRealtime } = yield* TriggerSimulator
      const fiber = yield* waiting(id)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* heldRequests, 0)
      yield* setRealtime({ connectionLimit: 1 })
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(yield* heldRequests, 1)
      yield* Fiber.interrupt(fiber)
    }).pipe(onSimulator({ realtime: { connectionLimit: 0 } })))

  it.effect("keeps another wait of the same client from trying at once", () =>
    Effect.gen(function*() {
      const one = yield* create({ runs: [{ finishesAfter: "never" }] })
      const other = yield* create({ runs: [{ finishesAfter: "never" }] })
      const first = yield* waiting(one.id)
      yield* TestClock.adjust("1 second")
      const second = yield* waiting(other.id)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* count(isHeld), 1)
      yield* Fiber.interruptAll([first, second])
    }).pipe(onSimulator({ realtime: { connectionLimit: 0 } })))
})

describe("a held request that is lost", () => {
  it.effect("after a while is followed by a snapshot at once, which has what it would have brought", () =>
    Effect.gen(function*() {
      const { id } = yield* create({ runs: [{ finishesAfter: "5 seconds" }] })
      const fiber = yield* waiting(id)
      yield* TestClock.adjust("1 minute")
      const [{ complete }, endedAt] = yield* Fiber.join(fiber)
      assert.deepStrictEqual([complete, endedAt], [true, 5])
      assert.deepStrictEqual(yield* secondsOf(isSnapshot), [0, 5])
    }).pipe(onSimulator({ faults: ({ live }) => live ? Fault.lost : undefined })))

  it.effect("each time is not sent again for 15 seconds, and snapshots are polled", () =>
    Effect.gen(function*() {
      const { id } = yield* create({ runs: [{ finishesAfter: "never" }] })
      const fiber = yield* waiting(id)
      yield* TestClock.adjust("5 minutes")
      assert.isAtMost(yield* count(isHeld), 1 + 5 * 4)
      assert.isAtMost(yield* count(isSnapshot), 1 + 5 * 6)
      assert.strictEqual(yield* count(isRun), 0)
      yield* Fiber.interrupt(fiber)
    }).pipe(onSimulator({ faults: ({ live }) => live ? Fault.reset : undefined })))

  it.effect("each time after a while is sent again at once, and then not for 15 seconds", () =>
    Effect.gen(function*() {
      const { id } = yield* create({ runs: [{ finishesAfter: "never" }] })
      const fiber = yield* waiting(id)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* secondsOf(isHeld), [0, 5, 30, 50])
      yield* Fiber.interrupt(fiber)
    }).pipe(onSimulator({ realtime: { hold: "5 seconds" }, faults: ({ live }) => live ? Fault.lost : undefined })))
})

describe("a slow schedule", () => {
  const slow = { schedule: Schedule.spaced("1 hour") }

  it.effect("does not keep the feed from being asked again after a held request that failed", () =>
    Effect.gen(function*() {
      const { id } = yield* create({ runs: [{}, { finishesAfter: "90 seconds" }] })
      const fiber = yield* waiting(id, slow)
      yield* TestClock.adjust("2 minutes")
      const [{ complete }, endedAt] = yield* ended(fiber)
      assert.isTrue(complete)
      assert.strictEqual(endedAt, 90)
      assert.deepStrictEqual([yield* count(isBatch), yield* count(isRun)], [1, 0])
    }).pipe(onSimulator({
      faults: ({ at, live }) => live && at > 30_000 && at < 50_000 ? Fault.serverError() : undefined
    })))

  it.effect("polls snapshots every 15 seconds where no connection is free, and reads nothing else", () =>
    Effect.gen(function*() {
      const { id } = yield* create({ runs: [{ finishesAfter: "55 seconds" }] })
      const fiber = yield* waiting(id, slow)
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual((yield* ended(fiber))[1], 60)
      assert.deepStrictEqual(yield* secondsOf(isSnapshot), [0, 15, 30, 45, 60])
      assert.deepStrictEqual([yield* count(isBatch), yield* count(isRun)], [1, 0])
    }).pipe(onSimulator({ realtime: { connectionLimit: 0 } })))

  it.effect("is all that a feed without a route is asked by, and runs outside the feed are polled by", () =>
    Effect.gen(function*() {
      const { id } = yield* create({ runs: [{ finishesAfter: "55 seconds" }] })
      const fiber = yield* waiting(id, slow)
      yield* TestClock.adjust("61 minutes")
      assert.strictEqual((yield* ended(fiber))[1], 3600)
      assert.deepStrictEqual(yield* secondsOf(isRun), [0, 3600])
      assert.isAtMost(yield* count(isSnapshot), 12)
    }).pipe(onSimulator({ realtime: { backend: "no route" } })))
})

describe("held requests that end at once because runs change", () => {
  it.effect("are followed by others", () =>
    Effect.gen(function*() {
      const { id } = yield* create({
        runs: [4200, 4600, 5000, 5400].map((finishesAfter) => ({ finishesAfter }))
      })
      const fiber = yield* waiting(id)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(fiber))[1], 5)
    }).pipe(onSimulator()))
})

describe("a wait that has a connection", () => {
  it.effect("keeps no other wait of the same client from holding a request", () =>
    Effect.gen(function*() {
      const one = yield* create({ runs: [{ finishesAfter: "never" }] })
      const other = yield* create({ runs: [{ finishesAfter: "never" }] })
      const { heldRequests } = yield* TriggerSimulator
      const first = yield* waiting(one.id)
      // its first request has ended, and its second one is held
      yield* TestClock.adjust("22 seconds")
      const second = yield* waiting(other.id)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* heldRequests, 2)
      yield* Fiber.interruptAll([first, second])
    }).pipe(onSimulator()))

  it.effect("keeps it while another wait of the same client is refused one", () =>
    Effect.gen(function*() {
      const one = yield* create({ runs: [{ finishesAfter: "never" }] })
      const other = yield* create({ runs: [{ finishesAfter: "never" }] })
      const { heldRequests } = yield* TriggerSimulator
      const first = yield* waiting(one.id)
      yield* TestClock.adjust("18 seconds")
      const second = yield* waiting(other.id)
      // the first request ends at 20 seconds
      yield* TestClock.adjust("4 seconds")
      assert.strictEqual(yield* heldRequests, 1)
      yield* Fiber.interruptAll([first, second])
    }).pipe(onSimulator({ realtime: { connectionLimit: 1 } })))
})

describe("a feed that has to be read again from its start", () => {
  it.effect("is read at once, and what it brings is news", () =>
    Effect.gen(function*() {
      const { id } = yield* create({ runs: [{ finishesAfter: "22 seconds" }] })
      const { forgetHandles } = yield* TriggerSimulator
      const fiber = yield* waiting(id, { schedule: Schedule.spaced("10 minutes") })
      yield* TestClock.adjust("21 seconds")
      yield* forgetHandles
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(fiber))[1], 25)
    }).pipe(onSimulator({
      realtime: { backend: "electric" },
      // the second held request, which comes at 20 seconds
      faults: ({ at, live }) => live && at >= 20_000 ? Fault.delay("5 seconds") : undefined
    })))
})

describe("a feed that fails in the middle", () => {
  /** The whole server is away from second 5 on, for so long. */
  const awayFor = (seconds: number) => ({ at }: ReceivedRequest) =>
    at >= 5000 && at < 5000 + seconds * 1000 ? Fault.reset : undefined

  it.effect("as while its server restarts, is read again, and no run is read one by one", () =>
    Effect.gen(function*() {
      const { id } = yield* create({ runs: [{ finishesAfter: "5 seconds" }, { finishesAfter: "1 minute" }] })
      const fiber = yield* waiting(id, { schedule: Schedule.spaced("3 seconds") })
      yield* TestClock.adjust("2 minutes")
      const [{ complete }, endedAt] = yield* ended(fiber)
      assert.deepStrictEqual([complete, endedAt], [true, 60])
      assert.deepStrictEqual([yield* count(isRun), yield* count(isBatch), yield* count(isResults)], [0, 1, 0])
    }).pipe(onSimulator({ faults: awayFor(10) })))

  it.effect("for longer than half a minute, is not waited for", () =>
    Effect.gen(function*() {
      const { id } = yield* create({ runs: [{ finishesAfter: "5 seconds" }, { finishesAfter: "never" }] })
      yield* waiting(id, { schedule: Schedule.spaced("3 seconds") })
      yield* TestClock.adjust("2 minutes")
      const [first = 0] = yield* secondsOf(isRun)
      assert.isAtLeast(first, 35)
      assert.isAtMost(first, 45)
    }).pipe(
      onSimulator({ faults: ({ at, path }) => at >= 5000 && path.startsWith("/realtime/") ? Fault.reset : undefined })
    ))

  it.effect("with a schedule without delays, does not keep the process from its other work", () =>
    Effect.gen(function*() {
      const { id } = yield* create({ runs: [{ finishesAfter: "5 seconds" }, { finishesAfter: "1 minute" }] })
      yield* waiting(id, { schedule: Schedule.forever })
      // while the server is away
      yield* TestClock.adjust("14 seconds")
      assert.isBelow(yield* count(() => true), 20)
    }).pipe(onSimulator({ faults: awayFor(10) })))

  it.effect("leaves the runs that it has shown to be read one by one", () =>
    Effect.gen(function*() {
      const { id } = yield* create({ runs: [{ finishesAfter: "1 minute" }] })
      const { setFaults } = yield* TriggerSimulator
      const fiber = yield* waiting(id)
      yield* TestClock.adjust("5 seconds")
      yield* setFaults(({ path }) => path.startsWith("/realtime/") ? Fault.serverError() : undefined)
      yield* TestClock.adjust("2 minutes")
      const [{ complete }] = yield* Fiber.join(fiber)
      assert.isTrue(complete)
    }).pipe(onSimulator()))
})

describe("a snapshot that is refused once, as while a key is rotated", () => {
  it.effect("is taken again at the next poll", () =>
    Effect.gen(function*() {
      const { id } = yield* create({ runs: [{ finishesAfter: "1 minute" }] })
      const { setFaults } = yield* TriggerSimulator
      const fiber = yield* waiting(id)
      yield* TestClock.adjust("15 seconds")
      yield* setFaults((request) => isSnapshot(request) && request.at === 20_000 ? Fault.status(401) : undefined)
      yield* TestClock.adjust("2 minutes")
      yield* ended(fiber)
      assert.deepStrictEqual([yield* secondsOf(isRun), yield* secondsOf(isSnapshot)], [[20], [
        0,
        10,
        20,
        30,
        40,
        50,
        60
      ]])
    }).pipe(onSimulator({ realtime: { connectionLimit: 0 } })))
})

describe("a feed that falls behind", () => {
  it.effect("is found out after 5 minutes of silence, where the batch has completed: its runs are read one by one", () =>
    Effect.gen(function*() {
      const { id, runs } = yield* create({
        runs: [{ output: 1 }, { output: 2, finishesAfter: "10 seconds", columns: stale }]
      })
      const fiber = yield* waiting(id)
      yield* TestClock.adjust("20 minutes")
      const [{ complete }, endedAt] = yield* Fiber.join(fiber)
      assert.isTrue(complete)
      // the silence begins when the feed shows that the run has changed, although not how
      assert.isAtLeast(endedAt, 310)
      assert.isAtMost(endedAt, 320)
      assert.deepStrictEqual(
        (yield* requests).filter(isRun).map(({ path }) => path),
        [`/api/v3/runs/${runs[1]}`]
      )
    }).pipe(onSimulator()))

  it.effect("is found out where no connection is free, too", () =>
    Effect.gen(function*() {
      const { id } = yield* create({ runs: [{ output: 1, finishesAfter: "10 seconds", columns: stale }] })
      const fiber = yield* waiting(id)
      yield* TestClock.adjust("20 minutes")
      assert.isAtMost((yield* Fiber.join(fiber))[1], 320)
    }).pipe(onSimulator({ realtime: { connectionLimit: 0 } })))

  for (
    const [what, batch] of [
      ["came over the old routes", { engine: "v2 over v1" }],
      ["has an item that failed to start", {
        failedToStart: [{ index: 1, taskIdentifier: "resize", error: "No such task" }]
      }],
      ["has a status that is not known", { shows: { status: "ARCHIVED" } }]
    ] as const
  ) {
    it.effect(`is found out as well where the batch ${what}, so that its status never tells`, () =>
      Effect.gen(function*() {
        const { id } = yield* create({
          ...batch,
          runs: [{ output: 1, finishesAfter: "10 seconds", columns: stale }]
        })
        const fiber = yield* waiting(id)
        yield* TestClock.adjust("20 minutes")
        const [{ pending }, endedAt] = yield* ended(fiber)
        assert.deepStrictEqual(pending, [])
        assert.isAtMost(endedAt, 320)
        assert.strictEqual(yield* count(isRun), 1)
      }).pipe(onSimulator()))
  }

  for (
    const [what, fault] of [
      ["is lost", Fault.lost],
      [
        "asks for a start from the beginning",
        Fault.status(409, { headers: { "electric-handle": "another" }, body: "[]" })
      ]
    ] as const
  ) {
    it.effect(`is found out although every second held request ${what}`, () => {
      let held = 0
      return Effect.gen(function*() {
        const { id } = yield* create({ runs: [{ output: 1, finishesAfter: "10 seconds", columns: stale }] })
        const fiber = yield* waiting(id)
        yield* TestClock.adjust("20 minutes")
        assert.isAtMost((yield* ended(fiber))[1], 320)
      }).pipe(onSimulator({ faults: ({ live }) => live && ++held % 2 === 0 ? fault : undefined }))
    })
  }

  it.effect("is found out although a run that has finished keeps changing", () => {
    let held = 0
    return Effect.gen(function*() {
      const { setFaults } = yield* TriggerSimulator
      const { id, runs: [done = ""] } = yield* create({
        runs: [{ id: "run_1", output: 1 }, { output: 2, finishesAfter: "10 seconds", columns: stale }]
      })
      // every second held request tells of it: its server changes such a row where the run gets another tag
      const touched = (at: number) =>
        Fault.status(200, {
          headers: { "content-type": "application/json", "electric-handle": "log", "electric-offset": `${at}_0` },
          body: JSON.stringify([
            {
              key: `"public"."TaskRun"/"${done}"`,
              value: {
                id: done,
                taskIdentifier: "task",
                friendlyId: done,
                status: "COMPLETED_SUCCESSFULLY",
                createdAt: "1970-01-01T00:00:00.000",
                updatedAt: new Date(at).toISOString().slice(0, -1),
                completedAt: "1970-01-01T00:00:00.000",
                output: "1",
                outputType: "application/json"
              },
              headers: { operation: "insert" }
            },
            { headers: { control: "up-to-date" } }
          ])
        })
      yield* setFaults(({ at, live }) => live && ++held % 2 === 0 ? touched(at) : undefined)
      const fiber = yield* waiting(id)
      yield* TestClock.adjust("20 minutes")
      assert.isAtMost((yield* ended(fiber))[1], 320)
      assert.isAbove(held, 20)
    }).pipe(onSimulator())
  })

  it.effect("is found out beside a run of another batch that never finishes", () =>
    Effect.gen(function*() {
      const other = yield* create({ runs: [{ finishesAfter: "never" }] })
      const { id, runs: [, own = ""] } = yield* create({
        runs: [{ reuses: other.runs[0] ?? "" }, { output: 1, finishesAfter: "10 seconds", columns: stale }]
      })
      const found: Array<string> = []
      const fiber = yield* streamBatchResults(id, { schedule: Schedule.spaced("10 seconds") }).pipe(
        Stream.runForEach(({ id }) => Effect.sync(() => found.push(id))),
        Effect.fork
      )
      yield* TestClock.adjust("330 seconds")
      assert.deepStrictEqual(found, [own])
      assert.strictEqual(yield* count(({ path }) => path.endsWith(own)), 1)
      yield* Fiber.interrupt(fiber)
    }).pipe(onSimulator()))

  it.effect("is asked about without leaving a poll of the other runs out", () =>
    Effect.gen(function*() {
      const other = yield* create({ runs: [{ finishesAfter: "never" }] })
      const { id } = yield* create({ runs: [{ reuses: other.runs[0] ?? "" }, { finishesAfter: "never" }] })
      const fiber = yield* waiting(id)
      yield* TestClock.adjust("330 seconds")
      // the first poll takes two seconds
      assert.deepStrictEqual(yield* secondsOf(isRun), Array.from({ length: 33 }, (_, index) => 2 + 10 * index))
      yield* Fiber.interrupt(fiber)
    }).pipe(onSimulator()))

  for (
    const [how, options] of [
      ["in held requests", {}],
      ["in polled snapshots", { realtime: { connectionLimit: 0 } }],
      ["in snapshots after requests that were lost", {
        faults: ({ live }) => live ? Fault.lost : undefined
      }]
    ] as const satisfies ReadonlyArray<readonly [string, TriggerSimulatorOptions]>
  ) {
    it.effect(`and one that tells of another run now and then, ${how}, are told apart`, () =>
      Effect.gen(function*() {
        const { id } = yield* create({
          failedToStart: [{ index: 1, taskIdentifier: "resize", error: "No such task" }],
          runs: [2, 4, 6, 8, 10].map((minutes) => ({ finishesAfter: `${minutes} minutes` as const }))
        })
        const fiber = yield* waiting(id)
        yield* TestClock.adjust("20 minutes")
        assert.deepStrictEqual((yield* ended(fiber))[0].pending, [])
        assert.deepStrictEqual([yield* count(isBatch), yield* count(isRun)], [1, 0])
      }).pipe(onSimulator(options)))
  }

  it.effect("and a batch that has not completed are told apart by one request every 5 minutes", () =>
    Effect.gen(function*() {
      const { id } = yield* create({ runs: [{ finishesAfter: "never" }] })
      const fiber = yield* waiting(id)
      yield* TestClock.adjust("21 minutes")
      assert.deepStrictEqual(yield* secondsOf(isBatch), [0, 300, 600, 900, 1200])
      assert.strictEqual(yield* count(isRun), 0)
      yield* Fiber.interrupt(fiber)
    }).pipe(onSimulator()))
})

describe("a batch of which an item has neither a run nor an error", () => {
  it.effect("is read at each poll until its status says that no more runs come, although the feed shows all others", () =>
    Effect.gen(function*() {
      const { id } = yield* create({
        runs: [{}, { createdAfter: "25 seconds" }],
        shows: { runCount: 3, processingCompletedAt: undefined }
      })
      const fiber = yield* waiting(id)
      yield* TestClock.adjust("10 minutes")
      const [{ missing }, endedAt] = yield* Fiber.join(fiber)
      assert.deepStrictEqual([missing, endedAt], [1, 30])
    }).pipe(onSimulator()))
})

describe("beside a held request", () => {
  it.effect("runs of another batch are polled on the schedule, and no other run is", () =>
    Effect.gen(function*() {
      const { heldRequests } = yield* TriggerSimulator
      const other = yield* create({ runs: [{ output: 1, finishesAfter: "35 seconds" }] })
      const reused = other.runs[0] ?? ""
      const { id } = yield* create({ runs: [{ output: 2, finishesAfter: "1 minute" }, { reuses: reused }] })
      const fiber = yield* waiting(id)
      yield* TestClock.adjust("25 seconds")
      assert.strictEqual(yield* heldRequests, 1)
      yield* TestClock.adjust("2 minutes")
      const [{ complete, results }] = yield* Fiber.join(fiber)
      assert.isTrue(complete)
      assert.deepStrictEqual(results.map((result) => result.ok && result.output), ["{\"json\":2}", "1"])
      const runReads = (yield* requests).filter(isRun)
      assert.deepStrictEqual([...new Set(runReads.map(({ path }) => path))], [`/api/v3/runs/${reused}`])
      // after the first poll, which waits 2 seconds for the feed to show it
      assert.deepStrictEqual(yield* secondsOf(isRun), [2, 12, 22, 32, 42])
      // it lists nothing, so it is not asked again
      assert.strictEqual(yield* count(isResults), 1)
    }).pipe(onSimulator()))

  it.effect("once the last run of another batch has finished, nothing is polled any more", () =>
    Effect.gen(function*() {
      const other = yield* create({ runs: [{ output: 1, finishesAfter: "15 seconds" }] })
      const { id } = yield* create({ runs: [{ finishesAfter: "4 minutes" }, { reuses: other.runs[0] ?? "" }] })
      const fiber = yield* waiting(id)
      yield* TestClock.adjust("30 seconds")
      const { clearRequests } = yield* TriggerSimulator
      yield* clearRequests
      yield* TestClock.adjust("5 minutes")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual((yield* requests).filter((request) => !isHeld(request)), [])
    }).pipe(onSimulator()))

  it.effect("runs of the old engine that finish while waiting get their outputs from the results route", () =>
    Effect.gen(function*() {
      const { id } = yield* create({
        engine: "v1",
        runs: [{ output: 1, finishesAfter: "5 seconds" }, { output: 2, finishesAfter: "25 seconds" }]
      })
      const fiber = yield* waiting(id)
      yield* TestClock.adjust("2 minutes")
      const [{ complete, results }, endedAt] = yield* Fiber.join(fiber)
      assert.deepStrictEqual([complete, endedAt], [true, 30])
      assert.deepStrictEqual(results.map((result) => result.ok && result.output), ["{\"json\":1}", "{\"json\":2}"])
      // at the first poll after each of them
      assert.deepStrictEqual(yield* secondsOf(isResults), [10, 30])
      assert.strictEqual(yield* count(isRun), 0)
    }).pipe(onSimulator()))

  it.effect("a results route that fails is asked again at the next poll for the outputs that only it has", () => {
    let asked = 0
    return Effect.gen(function*() {
      const { id } = yield* create({ engine: "v1", runs: [{ output: 1, finishesAfter: "5 seconds" }] })
      const fiber = yield* waiting(id, { onError: "report" })
      yield* TestClock.adjust("2 minutes")
      const [{ complete, results }] = yield* ended(fiber)
      assert.deepStrictEqual(results.map((result) => result.ok && result.output), ["{\"json\":1}"])
      assert.isTrue(complete)
    }).pipe(
      // twice a poll, with three retries each
      onSimulator({ faults: (request) => isResults(request) && ++asked <= 8 ? Fault.serverError() : undefined })
    )
  })
})

describe("waiting", () => {
  it.effect("that is interrupted frees the connection and sends nothing more", () =>
    Effect.gen(function*() {
      const { id } = yield* create({ runs: [{ finishesAfter: "never" }] })
      const { heldRequests } = yield* TriggerSimulator
      const fiber = yield* waiting(id)
      yield* TestClock.adjust("25 seconds")
      assert.strictEqual(yield* heldRequests, 1)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(yield* heldRequests, 0)
      const sent = (yield* requests).length
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* requests).length, sent)
    }).pipe(onSimulator()))

  it.effect("ends with a last report that counts every result, also of those that the results route completes", () =>
    Effect.gen(function*() {
      const { id } = yield* create({
        engine: "v1",
        runs: [{ finishesAfter: "5 seconds" }, { finishesAfter: "25 seconds" }]
      })
      const reports: Array<number> = []
      yield* waiting(id, { onProgress: ({ finished }) => Effect.sync(() => reports.push(finished)) })
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(reports, [0, 1, 1, 2])
    }).pipe(onSimulator()))

  for (
    const [name, schedule] of [["without delays", Schedule.forever], [
      "that only looks at the progress",
      Schedule.recurWhile(({ finished, total }: BatchProgress) => finished < total)
    ]] as const
  ) {
    it.effect(`a schedule ${name} leaves time for the feed, and costs no request`, () =>
      Effect.gen(function*() {
        const { id } = yield* create({ runs: [{ finishesAfter: "1 minute" }] })
        const [awaiting, streaming] = yield* Effect.all([
          waiting(id, { schedule }),
          Effect.fork(Stream.runCollect(streamBatchResults(id, { schedule })))
        ])
        yield* TestClock.adjust("2 minutes")
        assert.strictEqual((yield* ended(awaiting))[1], 60)
        assert.lengthOf(yield* ended(streaming), 1)
        assert.strictEqual(yield* count(isBatch), 2)
      }).pipe(onSimulator()))
  }

  it.effect("dies with a defect of the schedule", () =>
    Effect.gen(function*() {
      const { id } = yield* create({ runs: [{ finishesAfter: "never" }] })
      const fiber = yield* waiting(id, {
        schedule: Schedule.tapInput(Schedule.forever, () => Effect.die("a mistake"))
      })
      yield* TestClock.adjust("1 minute")
      const exit = yield* Fiber.await(fiber)
      assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
    }).pipe(onSimulator()))

  it.effect("ends with the last result where the caller cannot be interrupted", () =>
    Effect.gen(function*() {
      const { id } = yield* create({ runs: [{ finishesAfter: "5 seconds" }] })
      const fiber = yield* Effect.uninterruptible(waiting(id, { schedule: Schedule.spaced("10 minutes") }))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(fiber))[1], 5)
    }).pipe(onSimulator()))

  it.effect("reads runs one by one that a new snapshot does not show any more", () =>
    Effect.gen(function*() {
      const { id } = yield* create({
        engine: "v2 over v1",
        runs: Array.from({ length: 1010 }, (_, index) => ({
          createdAfter: index < 1000 ? 0 : 20_000,
          finishesAfter: "40 seconds" as const
        }))
      })
      const fiber = yield* waiting(id)
      yield* TestClock.adjust("3 minutes")
      const [{ complete }] = yield* Fiber.join(fiber)
      assert.isTrue(complete)
    }).pipe(onSimulator({ rateLimit: "off", realtime: { connectionLimit: 0 } })))

  it.effect("for a batch whose feed cannot be decoded leaves the feeds of others alone", () =>
    Effect.gen(function*() {
      const bad = yield* create({ runs: [{ finishesAfter: "never", columns: { createdAt: "infinity" } }] })
      const good = yield* create({ runs: [{ finishesAfter: "9 minutes" }] })
      yield* waiting(bad.id)
      yield* TestClock.adjust("10 seconds")
      yield* waiting(good.id)
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(yield* count(({ path }) => path.endsWith(good.runs[0] ?? "")), 0)
      // and its own feed is tried again, ever more rarely
      assert.isBelow(yield* count((request) => isSnapshot(request) && request.path.endsWith(bad.id)), 8)
      assert.isAbove(yield* count((request) => isSnapshot(request) && request.path.endsWith(bad.id)), 2)
    }).pipe(onSimulator({ rateLimit: "off", realtime: { connectionLimit: 0 } })))

  it.effect("for a batch whose feed cannot be decoded now and then tries it again at the next poll", () => {
    let snapshots = 0
    return Effect.gen(function*() {
      const { id } = yield* create({ runs: [{ finishesAfter: "never" }] })
      yield* waiting(id)
      yield* TestClock.adjust("2 minutes")
      // two fail each time: the first of them is followed by a start from the beginning
      assert.deepStrictEqual(yield* secondsOf(isSnapshot), [
        0,
        10,
        10,
        20,
        30,
        30,
        40,
        50,
        60,
        70,
        80,
        90,
        100,
        110,
        120
      ])
    }).pipe(onSimulator({
      realtime: { connectionLimit: 0 },
      faults: (request) => isSnapshot(request) && [2, 3, 5, 6].includes(++snapshots) ? Fault.garbage : undefined
    }))
  })

  const ownFaults = [
    ["cannot be decoded", Fault.garbage],
    ["refuses the key", Fault.status(401)],
    [
      "does not know the batch any more",
      Fault.status(404, {
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ error: "Not found" })
      })
    ]
  ] as const

  for (const [what, fault] of ownFaults) {
    it.effect(`for a batch whose held request ${what} does not keep others from holding theirs`, () =>
      Effect.gen(function*() {
        const bad = yield* create({ runs: [{ finishesAfter: "never" }] })
        const good = yield* create({ runs: [{ finishesAfter: "never" }] })
        const { heldRequests, setFaults } = yield* TriggerSimulator
        yield* setFaults(({ live, path }) => live && path.endsWith(bad.id) ? fault : undefined)
        const first = yield* waiting(bad.id)
        yield* TestClock.adjust("1 second")
        const second = yield* waiting(good.id)
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* heldRequests, 1)
        yield* TestClock.adjust("5 minutes")
        assert.isAtMost(yield* count((request) => isHeld(request) && request.path.endsWith(bad.id)), 1 + 5 * 4)
        yield* Fiber.interruptAll([first, second])
      }).pipe(onSimulator()))
  }

  it.effect("with a key that is rotated meanwhile goes on over the feed, and reads no run one by one", () => {
    let key = "tr_dev_1"
    const client = TriggerClient.layer.pipe(
      Layer.provide(TriggerAuth.layerEffect(Effect.sync(() => Redacted.make(key)))),
      Layer.provide(TriggerConfig.layer()),
      Layer.provide(TriggerSimulator.layerHttpClient),
      Layer.provideMerge(TriggerSimulator.layer({ keys: [{ key: "tr_dev_1" }, { key: "tr_dev_2" }] }))
    )
    return Effect.gen(function*() {
      const { id } = yield* create({ runs: [{}, { finishesAfter: "5 minutes" }] })
      const batch = yield* BatchHandle.make(id)
      const fiber = yield* awaitBatchResults(batch).pipe(
        Effect.tapErrorTag("Unauthorized", () =>
          Effect.sync(() => {
            key = "tr_dev_2"
          })),
        Effect.retry({ times: 1 }),
        Effect.fork
      )
      yield* TestClock.adjust("1 minute")
      key = "tr_dev_revoked"
      yield* TestClock.adjust("5 minutes")
      assert.isTrue((yield* Fiber.join(fiber)).complete)
      assert.strictEqual(key, "tr_dev_2")
      assert.strictEqual(yield* count(isRun), 0)
    }).pipe(Effect.provide(client))
  })

  const callers = { "can be interrupted": Effect.interruptible, "cannot be interrupted": Effect.uninterruptible }
  for (const [how, caller] of Object.entries(callers)) {
    it.effect(`ends with the schedule, although a request is held, for a caller that ${how}`, () =>
      Effect.gen(function*() {
        const { id, runs } = yield* create({ runs: [{ finishesAfter: "never" }] })
        const { heldRequests } = yield* TriggerSimulator
        const fiber = yield* caller(waiting(id, {
          schedule: Schedule.intersect(Schedule.spaced("10 seconds"), Schedule.recurs(3))
        }))
        yield* TestClock.adjust("2 minutes")
        const [{ pending }, endedAt] = yield* Fiber.join(fiber)
        assert.deepStrictEqual([pending, endedAt], [runs, 30])
        assert.strictEqual(yield* heldRequests, 0)
      }).pipe(onSimulator()))
  }
})
