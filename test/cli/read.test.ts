import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, TestClock } from "effect"
import { type TriggerConfigOptions } from "effect-trigger-dev"
import { Fault, type Faults, TriggerSimulator, type TriggerSimulatorOptions } from "effect-trigger-dev/testing"
import { followRuns, readRuns, readRunsAndTimes } from "../../src/cli/read.js"
import { exitCodeOf } from "../../src/cli/results/select.js"
import { patient } from "../../src/cli/retries.js"
import { countsOf, type Snapshot, statusOf } from "../../src/cli/runs.js"

const simulated = (options?: TriggerSimulatorOptions, config?: TriggerConfigOptions) =>
  Effect.provide(TriggerSimulator.layerClient(options, config))

const paths = Effect.flatMap(
  TriggerSimulator,
  ({ requests }) => Effect.map(requests, (all) => all.map(({ path }) => path))
)

const forbidden = Fault.status(403, {
  headers: { "content-type": "application/json" },
  body: "{\"error\":\"Forbidden\"}"
})

const briefly = ({ runs }: Snapshot) => runs.map((run) => [run.id, run.state, statusOf(run), run.durationMs])

describe("readRuns", () => {
  it.effect("knows each run's state, status and times, without a request of its own", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      yield* simulator.createBatch({
        id: "batch_1",
        runs: [
          { id: "run_good", finishesAfter: "2 seconds", output: 1 },
          { id: "run_bad", error: { type: "STRING_ERROR", raw: "no\nway" } },
          { id: "run_late", status: "TIMED_OUT" },
          { id: "run_going", finishesAfter: "never" },
          { id: "run_queued", finishesAfter: "never", unfinishedStatus: "QUEUED" }
        ],
        failedToStart: [{ index: 5, taskIdentifier: "gone", error: "no\n such \u001b[31mtask" }]
      })
      yield* TestClock.adjust("3 seconds")
      const snapshot = yield* readRuns("batch_1")
      expect(briefly(snapshot)).toEqual([
        ["run_good", "succeeded", "COMPLETED", 2000],
        ["run_bad", "failed", "FAILED", 0],
        ["run_late", "failed", "TIMED_OUT", 0],
        ["run_going", "pending", "EXECUTING", undefined],
        ["run_queued", "pending", "QUEUED", undefined],
        [undefined, "failed", "NOT CREATED", undefined]
      ])
      expect(snapshot.runs.map(({ message }) => message)).toEqual([
        undefined,
        "no",
        "MAX_DURATION_EXCEEDED: Run exceeded maximum compute time (maxDuration) of 300 seconds",
        undefined,
        undefined,
        "item 5 could not be created: no such task"
      ])
      expect(countsOf(snapshot)).toEqual({
        total: 6,
        succeeded: 1,
        failed: 3,
        running: 1,
        queued: 1,
        unavailable: 0,
        unread: 0
      })
      expect(yield* paths).toEqual(["/api/v2/batches/batch_1", "/realtime/v1/batches/batch_1"])
    }).pipe(simulated()))

  it.effect("knows the same where there is no feed", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      yield* simulator.createBatch({
        id: "batch_1",
        runs: [{ id: "run_good", finishesAfter: "2 seconds", output: 1 }, { id: "run_going", finishesAfter: "never" }]
      })
      yield* TestClock.adjust("3 seconds")
      expect(briefly(yield* readRuns("batch_1"))).toEqual([
        ["run_good", "succeeded", "COMPLETED", 2000],
        ["run_going", "pending", "EXECUTING", undefined]
      ])
    }).pipe(simulated({}, { realtime: "off" })))

  it.effect("shows the runs of a batch that is still being created", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      yield* simulator.createBatch({
        id: "batch_1",
        runs: [{ id: "run_1", output: 1 }, { id: "run_2", createdAfter: "1 minute" }]
      })
      yield* TestClock.adjust("10 seconds")
      const snapshot = yield* readRuns("batch_1")
      expect(snapshot.batch.runs).toEqual([])
      expect(snapshot.runs.map(({ id }) => id)).toEqual(["run_1"])
      expect(snapshot.toBeCreated).toBe(1)
    }).pipe(simulated()))

  it.effect("goes on where a run cannot be read, and says why", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      yield* simulator.createBatch({ id: "batch_1", runs: [{ id: "run_1" }, { id: "run_2", output: 1 }] })
      const { runs } = yield* readRuns("batch_1")
      expect(runs).toMatchObject([
        { id: "run_1", state: "unavailable", message: expect.stringContaining("the key lacks a permission") },
        { id: "run_2", state: "succeeded" }
      ])
    }).pipe(simulated({ faults: ({ path }) => path.endsWith("run_1") ? forbidden : undefined }, { realtime: "off" })))

  it.effect("takes no time from clocks that differ: a run whose end is before its start took none", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      yield* simulator.createBatch({
        id: "batch_1",
        runs: [{
          id: "run_1",
          columns: { startedAt: "1970-01-01T00:00:05.000", completedAt: "1970-01-01T00:00:02.000" }
        }]
      })
      expect(briefly(yield* readRuns("batch_1"))).toEqual([["run_1", "succeeded", "COMPLETED", 0]])
    }).pipe(simulated()))

  it.effect("counts runs that are still to be created as queued", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      yield* simulator.createBatch({ id: "batch_1", runs: [{ output: 1 }, { createdAfter: "1 minute" }] })
      expect(countsOf(yield* readRuns("batch_1"))).toMatchObject({ total: 2, succeeded: 1, queued: 1 })
    }).pipe(simulated()))
})

describe("items that will never be runs", () => {
  it.effect("of an aborted batch have failed", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      yield* simulator.createBatch({ id: "batch_1", runs: [], shows: { status: "ABORTED", runCount: 3 } })
      const snapshot = yield* readRuns("batch_1")
      expect(countsOf(snapshot)).toMatchObject({ total: 3, failed: 3, queued: 0 })
      expect(exitCodeOf(snapshot.runs)).toBe(1)
    }).pipe(simulated()))

  it.effect("have failed, all that a full queue refused", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      yield* simulator.createBatch({
        id: "batch_1",
        runs: [{ output: 1 }],
        failedToStart: [{
          index: 1,
          taskIdentifier: "greet",
          error: "Queue full (9 items in this batch failed with the same error)",
          errorCode: "QUEUE_SIZE_LIMIT_EXCEEDED"
        }],
        shows: { runCount: 10 }
      })
      expect(countsOf(yield* readRuns("batch_1"))).toMatchObject({ total: 10, succeeded: 1, failed: 9, queued: 0 })
    }).pipe(simulated()))
})

describe("readRunsAndTimes", () => {
  it.effect("asks for the times of the runs that the results endpoint knew", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      yield* simulator.createBatch({
        id: "batch_1",
        engine: "v1",
        runs: [{ id: "run_1", finishesAfter: "2 seconds", output: 1 }]
      })
      yield* TestClock.adjust("3 seconds")
      expect((yield* readRuns("batch_1")).runs[0]?.createdAt).toBeUndefined()
      const { runs: [run] } = yield* readRunsAndTimes("batch_1")
      expect(run).toMatchObject({
        createdAt: new Date(0),
        startedAt: new Date(0),
        finishedAt: new Date(2000),
        durationMs: 2000
      })
    }).pipe(simulated({}, { realtime: "off" })))

  const garbage: Faults = ({ path }) => path.endsWith("run_1") ? Fault.garbage : undefined

  it.effect("has no times of a run where they cannot be read, and its result all the same", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      yield* simulator.createBatch({ id: "batch_1", engine: "v1", runs: [{ id: "run_1", output: 1 }] })
      const { runs } = yield* readRunsAndTimes("batch_1")
      expect(runs).toMatchObject([{ id: "run_1", state: "succeeded" }])
      expect(runs[0]).not.toHaveProperty("createdAt")
    }).pipe(simulated({ faults: garbage }, { realtime: "off" })))

  it.effect("does not ask once more for a run that could not be read", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      yield* simulator.createBatch({ id: "batch_1", runs: [{ id: "run_1" }, { id: "run_2", output: 1 }] })
      const { runs } = yield* readRunsAndTimes("batch_1")
      expect(runs.map(({ state }) => state)).toEqual(["unavailable", "succeeded"])
      expect((yield* paths).filter((path) => path.endsWith("run_1"))).toHaveLength(1)
    }).pipe(simulated({ faults: garbage }, { realtime: "off" })))
})

describe("followRuns", () => {
  it.effect("knows more with every poll, and ends with the last run", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      yield* simulator.createBatch({
        id: "batch_1",
        runs: [{ output: 1 }, { finishesAfter: "5 seconds", error: { type: "STRING_ERROR", raw: "late" } }]
      })
      const followed = followRuns("batch_1", 2000)
      expect(followed.now()).toBeUndefined()
      const end = yield* Effect.fork(followed.end)
      const counts = () => {
        const snapshot = followed.now()
        return snapshot === undefined ? undefined : countsOf(snapshot)
      }
      yield* TestClock.adjust("1 second")
      expect(counts()).toMatchObject({ total: 2, succeeded: 1, running: 1, failed: 0 })
      yield* TestClock.adjust("6 seconds")
      expect(counts()).toMatchObject({ total: 2, succeeded: 1, running: 0, failed: 1 })
      expect(yield* Fiber.join(end)).toEqual(followed.now())
      const polls = (yield* paths).filter((path) => path === "/api/v2/batches/batch_1")
      expect(polls).toHaveLength(4)
    }).pipe(simulated({}, { realtime: "off" })))

  it.effect("knows why the last attempt failed, before the batch has been read", () =>
    Effect.gen(function*() {
      const followed = followRuns("batch_1")
      expect(followed.failure()).toBeUndefined()
      yield* Effect.fork(followed.end)
      yield* TestClock.adjust("100 millis")
      expect(followed.failure()).toMatchObject({ _tag: "ServerError", status: 500 })
    }).pipe(simulated({ faults: () => Fault.serverError("no") })))

  it.effect("outlives an outage of a minute, once the batch has been read", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      yield* simulator.createBatch({ id: "batch_1", runs: [{ finishesAfter: "30 seconds" }] })
      const end = yield* Effect.fork(followRuns("batch_1", 2000).end)
      yield* TestClock.adjust("5 seconds")
      yield* simulator.setFaults(() => Fault.serverError())
      yield* TestClock.adjust("1 minute")
      yield* simulator.setFaults({})
      yield* TestClock.adjust("5 minutes")
      expect((yield* Fiber.join(end)).runs).toMatchObject([{ state: "succeeded" }])
    }).pipe(simulated({}, { realtime: "off", retryPolicy: patient })))

  it.effect("gives up within seconds where the batch has never been read", () =>
    Effect.gen(function*() {
      const end = yield* Effect.fork(Effect.flip(followRuns("batch_1").end))
      yield* TestClock.adjust("5 seconds")
      expect(yield* Fiber.poll(end)).toMatchObject({ value: { value: { _tag: "ServerError" } } })
    }).pipe(simulated({ faults: () => Fault.serverError() }, { retryPolicy: patient })))

  it.effect("knows of a change as soon as the feed does", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      yield* simulator.createBatch({
        id: "batch_1",
        runs: [{
          finishesAfter: "1 minute",
          unfinishedStatus: "QUEUED",
          changes: [{ after: "30 seconds", status: "EXECUTING" }]
        }]
      })
      const followed = followRuns("batch_1", 3_600_000)
      const end = yield* Effect.fork(followed.end)
      const status = () => followed.now()?.runs[0]?.status
      yield* TestClock.adjust("10 seconds")
      expect(status()).toBe("QUEUED")
      yield* TestClock.adjust("25 seconds")
      expect(status()).toBe("EXECUTING")
      yield* TestClock.adjust("30 seconds")
      expect(status()).toBe("COMPLETED")
      yield* Fiber.join(end)
    }).pipe(simulated()))
})

describe("the batch that followRuns ends with", () => {
  const followed = (faultsLater: Faults) =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      yield* simulator.createBatch({ id: "batch_1", runs: [{ finishesAfter: "10 seconds" }] })
      const end = yield* Effect.fork(followRuns("batch_1", 3_600_000).end)
      yield* TestClock.adjust("5 seconds")
      yield* simulator.setFaults(faultsLater)
      yield* TestClock.adjust("1 minute")
      return yield* Fiber.join(end)
    })

  it.effect("has its last status, although the feed showed the end of the runs", () =>
    Effect.gen(function*() {
      expect((yield* followed({})).batch.status).toBe("COMPLETED")
    }).pipe(simulated()))

  it.effect("has the status before where it cannot be read again", () =>
    Effect.gen(function*() {
      const { batch, runs } = yield* followed(({ path }) => path.startsWith("/api/v2/batches") ? Fault.hang : undefined)
      expect([batch.status, runs[0]?.state]).toEqual(["PENDING", "succeeded"])
    }).pipe(simulated()))
})
