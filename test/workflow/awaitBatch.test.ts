import { assert, describe, it } from "@effect/vitest"
import { Activity, DurableClock, WorkflowEngine } from "@effect/workflow"
import { Cause, Clock, Duration, Effect, Exit, HashMap, Logger, LogLevel, Option, TestClock } from "effect"
import { type CollectedResults, type RunResult, TriggerClient } from "effect-trigger-dev"
import {
  Fault,
  type ReceivedRequest,
  type SimulatedBatch,
  type SimulatedRun,
  TriggerSimulator,
  type TriggerSimulatorOptions
} from "effect-trigger-dev/testing"
import { TriggerWorkflow } from "effect-trigger-dev/workflow"
import { traced } from "../support/spans.js"
import { engine, execute, execution, outcome, simulator, start, tampered, Waiting } from "./inMemory.js"

const { awaitBatch } = TriggerWorkflow

const everyMinute = { pause: () => "1 minute" as const }

const batchOf = (...runs: ReadonlyArray<SimulatedRun>) =>
  Effect.flatMap(TriggerSimulator, (trigger) => trigger.createBatch({ id: "batch_1", runs }))

const requests = Effect.flatMap(TriggerSimulator, (trigger) => trigger.requests)

const isBatch = ({ path }: ReceivedRequest) => path.startsWith("/api/v2/batches/")

const isRun = ({ path }: ReceivedRequest) => path.startsWith("/api/v3/runs/")

/** When the batch was asked for, which each page does once, in seconds. */
const pageTimes = Effect.map(requests, (all) => all.filter(isBatch).map(({ at }) => at / 1000))

/** When each run was asked for, in seconds. */
const runTimes = Effect.map(requests, (all) => {
  const times: Record<string, Array<number>> = {}
  for (const { at, path } of all.filter(isRun)) {
    const id = path.split("/").pop() ?? ""
    times[id] = [...times[id] ?? [], at / 1000]
  }
  return times
})

/** Fails the first request of the second minute. */
const failsOnce = (() => {
  let hasFailed = false
  return (request: ReceivedRequest): Fault | undefined => {
    if (hasFailed || request.at < 60_000) {
      return undefined
    }
    hasFailed = true
    return Fault.serverError()
  }
})()

type Outcome = CollectedResults | TriggerWorkflow.BatchSummary

/** Where all runs of the batch are, by id. */
const places = (outcome: Outcome): Record<string, unknown> => ({
  ..."results" in outcome
    ? { results: outcome.results.map(({ id }) => id) }
    : { succeeded: outcome.succeeded, failed: outcome.failed },
  pending: outcome.pending,
  unavailable: outcome.unavailable.map(({ error, id }) => [id, error._tag]),
  complete: outcome.complete
})

describe("awaitBatch", () => {
  it.effect("waits for the slowest run, and gives every result in batch order", () =>
    Effect.gen(function*() {
      const trigger = yield* TriggerSimulator
      yield* trigger.createBatch({
        id: "batch_1",
        runs: [
          { id: "run_slow", output: { total: 1 }, finishesAfter: "40 minutes" },
          { id: "run_broken", error: { type: "STRING_ERROR", raw: "declined" }, finishesAfter: "1 minute" },
          { id: "run_fast", output: "text" }
        ],
        failedToStart: [{ index: 3, taskIdentifier: "task", error: "no such task" }]
      })
      const outcome = yield* execute("batch_1", (id) => awaitBatch(id))
      assert.deepStrictEqual(places(outcome), {
        results: ["run_slow", "run_broken", "run_fast"],
        pending: [],
        unavailable: [],
        complete: true
      })
      assert.isTrue("batch" in outcome && outcome.batch.id === "batch_1")
      assert.deepStrictEqual(outcome.failedToStart.map(({ index }) => index), [3])
    }).pipe(Effect.provide(simulator())))

  it.effect("reads no finished run again, although the body is replayed after each pause", () =>
    Effect.gen(function*() {
      yield* batchOf(
        { id: "run_0" },
        { id: "run_1", finishesAfter: "90 seconds" },
        { id: "run_2", finishesAfter: "150 seconds" }
      )
      yield* execute("batch_1", (id) => awaitBatch(id, everyMinute))
      assert.deepStrictEqual(yield* runTimes, { run_0: [0], run_1: [0, 60, 120], run_2: [0, 60, 120, 180] })
    }).pipe(Effect.provide(simulator())))

  it.effect("does not take a batch for complete whose runs are still being created", () =>
    Effect.gen(function*() {
      yield* batchOf({ id: "run_0" }, { id: "run_1", createdAfter: "2 minutes" })
      const outcome = yield* execute("batch_1", (id) => awaitBatch(id, everyMinute))
      assert.deepStrictEqual(places(outcome)["results"], ["run_0", "run_1"])
    }).pipe(Effect.provide(simulator())))

  it.effect("does not wait for the items of a batch that was aborted", () =>
    Effect.gen(function*() {
      const trigger = yield* TriggerSimulator
      yield* trigger.createBatch({
        id: "batch_1",
        runs: [{ id: "run_0" }],
        shows: { status: "ABORTED", runCount: 3 }
      })
      const outcome = yield* execute("batch_1", (id) => awaitBatch(id, { onResults: () => Effect.void }))
      assert.isTrue("missing" in outcome && outcome.missing === 2)
      assert.deepStrictEqual(yield* pageTimes, [0])
    }).pipe(Effect.provide(simulator())))

  it.effect("waits for several batches at once", () =>
    Effect.gen(function*() {
      const trigger = yield* TriggerSimulator
      yield* batchOf({ id: "run_0", finishesAfter: "150 seconds" })
      yield* trigger.createBatch({ id: "batch_2", runs: [{ id: "run_1", finishesAfter: "5 minutes" }] })
      const outcome = yield* execute("batch_1", (id) =>
        Effect.zipLeft(
          awaitBatch(id, everyMinute),
          awaitBatch("batch_2", { pause: () => "2 minutes" }),
          {
            concurrent: true
          }
        ))
      assert.isTrue(outcome.complete)
      assert.deepStrictEqual(yield* runTimes, { run_0: [0, 60, 120, 180], run_1: [0, 120, 240, 360] })
    }).pipe(Effect.provide(simulator())))

  it.effect("goes on where a pause ends while the page of another batch is being read", () =>
    Effect.gen(function*() {
      const trigger = yield* TriggerSimulator
      yield* batchOf({ id: "run_0", finishesAfter: "30 seconds" })
      yield* trigger.createBatch({ id: "batch_2", runs: [{ id: "run_1" }] })
      const outcome = yield* execute("batch_1", (id) =>
        Effect.zipLeft(awaitBatch(id, { pause: () => "20 seconds" }), awaitBatch("batch_2"), { concurrent: true }))
      assert.isTrue(outcome.complete)
    }).pipe(Effect.provide(simulator(({ path }) =>
      path.endsWith("run_1") ? Fault.delay("25 seconds") : undefined
    ))))

  const taking = (taken: Record<string, ReadonlyArray<string>>, name: string) => (id: string) =>
    awaitBatch(id, {
      ...everyMinute,
      onResults: (results) =>
        Effect.sync(() => {
          taken[name] = [...taken[name] ?? [], ...results.map(({ id }) => id)]
        })
    })

  it.effect("two waits for one batch, one after the other, do not share their pages", () =>
    Effect.gen(function*() {
      yield* batchOf({ id: "run_0" }, { id: "run_1", finishesAfter: "2 minutes" })
      const taken = {}
      yield* execute("batch_1", (id) => Effect.zipLeft(taking(taken, "first")(id), taking(taken, "second")(id)))
      assert.deepStrictEqual(taken, { first: ["run_0", "run_1"], second: ["run_0", "run_1"] })
    }).pipe(Effect.provide(simulator())))

  it.effect("two waits for one batch in two fibers end the workflow, and not with results that one has not seen", () =>
    Effect.gen(function*() {
      const trigger = yield* TriggerSimulator
      yield* batchOf({ id: "run_0" }, { id: "run_1", finishesAfter: "10 minutes" })
      yield* trigger.createBatch({ id: "batch_2", runs: [{ finishesAfter: "3 minutes" }] })
      const taken = {}
      const slowLater = Effect.flatMap(
        Clock.currentTimeMillis,
        (now) => now < 180_000 ? Effect.void : Effect.repeatN(Effect.yieldNow(), 200)
      )
      const exit = yield* Effect.exit(execute("batch_1", (id) =>
        Effect.zipLeft(
          // it begins first when the workflow continues, although the other one began before it
          Effect.zipRight(awaitBatch("batch_2", everyMinute), taking(taken, "first")(id)),
          Effect.zipRight(slowLater, taking(taken, "second")(id)),
          { concurrent: true }
        )))
      assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
      assert.include(String(exit), "Two fibers of a workflow wait for the same batch")
    }).pipe(Effect.provide(simulator())))

  it.effect("invalid ids in two fibers are the error of the first, and no defect", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        execute("x", (id) => Effect.zipLeft(awaitBatch(id), awaitBatch("y"), { concurrent: true }))
      )
      assert.strictEqual(error._tag, "InvalidBatchId")
    }).pipe(Effect.provide(simulator())))

  it.effect("a retry reads the batch again", () =>
    Effect.gen(function*() {
      yield* batchOf({}).pipe(Effect.delay("3 minutes"), Effect.fork)
      const outcome = yield* execute(
        "batch_1",
        (id) => Effect.retry(awaitBatch(id, { grace: "1 minute" }), { times: 5 })
      )
      assert.isTrue(outcome.complete)
    }).pipe(Effect.provide(simulator())))

  it.effect("can be interrupted during a pause, and sends nothing after it", () =>
    Effect.gen(function*() {
      yield* batchOf({ finishesAfter: "never" })
      yield* start("batch_1", "10 minutes")
      yield* Waiting.interrupt("batch_1")
      yield* TestClock.adjust("10 minutes")
      assert.isTrue(Exit.isInterrupted(yield* Effect.exit(outcome("batch_1"))))
      yield* TestClock.adjust("2 hours")
      assert.deepStrictEqual(yield* pageTimes, [0])
    }).pipe(Effect.provide(engine((id) => awaitBatch(id, { pause: () => "1 hour" }))), Effect.provide(simulator())))
})

describe("onResults", () => {
  it.effect("gets each result once where nothing goes wrong, and the outcome has the ids", () =>
    Effect.gen(function*() {
      yield* batchOf(
        { id: "run_0", finishesAfter: "150 seconds" },
        { id: "run_1", status: "CANCELED" },
        { id: "run_2" },
        { id: "run_3", finishesAfter: "150 seconds" }
      )
      const pages: Array<ReadonlyArray<string>> = []
      const outcome = yield* execute("batch_1", (id) =>
        awaitBatch(id, {
          ...everyMinute,
          onResults: (results) => Effect.sync(() => pages.push(results.map(({ id }) => id)))
        }))
      assert.deepStrictEqual(pages, [["run_1", "run_2"], ["run_0", "run_3"]])
      assert.deepStrictEqual(places(outcome), {
        succeeded: ["run_0", "run_2", "run_3"],
        failed: ["run_1"],
        pending: [],
        unavailable: [],
        complete: true
      })
    }).pipe(Effect.provide(simulator())))

  it.effect("the engine then stores neither output nor error", () =>
    Effect.gen(function*() {
      yield* batchOf({ output: "large" }, { error: { type: "STRING_ERROR", raw: "large" } })
      const stored: Array<unknown> = []
      const taken: Array<ReadonlyArray<RunResult>> = []
      const outcome = yield* execute("batch_1", (id) =>
        awaitBatch(id, {
          onResults: (results) => Effect.sync(() => taken.push(results))
        }).pipe(
          tampered((_, value) => {
            stored.push(value)
            return value
          })
        ))
      assert.lengthOf(JSON.stringify(taken).match(/large/g) ?? [], 2)
      assert.lengthOf(stored, 1)
      assert.notInclude(JSON.stringify([stored, outcome]), "large")
    }).pipe(Effect.provide(simulator())))

  it.effect("gets the results of a page again if it failed", () =>
    Effect.gen(function*() {
      yield* batchOf({ id: "run_0" }, { id: "run_1" })
      const pages: Array<number> = []
      const progress: Array<readonly [finished: number, notTaken: number]> = []
      const outcome = yield* execute("batch_1", (id) =>
        awaitBatch(id, {
          ...everyMinute,
          onProgress: ({ finished, notTaken }) => Effect.sync(() => progress.push([finished, notTaken])),
          onResults: (results) =>
            Effect.suspend(() => {
              pages.push(results.length)
              return pages.length < 3 ? Effect.fail("the database is down") : Effect.void
            })
        }))
      assert.deepStrictEqual(pages, [2, 2, 2])
      assert.deepStrictEqual(progress, [[0, 2], [0, 2], [2, 0]])
      assert.isTrue(outcome.complete)
    }).pipe(Effect.provide(simulator())))

  it.effect("is logged at Debug, as a line of this package, if it failed", () =>
    Effect.gen(function*() {
      yield* batchOf({ id: "run_0" })
      const lines: Array<string> = []
      const logger = Logger.make(({ annotations, logLevel, message }) => {
        if (String(message).includes("onResults")) {
          lines.push(
            `${Option.getOrElse(HashMap.get(annotations, "package"), () => "")} ${logLevel.label}: ${String(message)}`
          )
        }
      })
      yield* execute("batch_1", (id) =>
        awaitBatch(id, { pause: () => undefined, onResults: () => Effect.fail("the database is down") })).pipe(
          Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
          Logger.withMinimumLogLevel(LogLevel.Debug)
        )
      assert.deepStrictEqual(lines, ["effect-trigger-dev DEBUG: onResults failed, so its results will come again"])
    }).pipe(Effect.provide(simulator())))

  it.effect("what it did not take is pending where the wait ends, in batch order", () =>
    Effect.gen(function*() {
      yield* batchOf({ id: "run_0" }, { id: "run_1", finishesAfter: "never" }, { id: "run_2" })
      const outcome = yield* execute("batch_1", (id) =>
        awaitBatch(id, {
          pause: ({ pages }) => pages === 2 ? undefined : "1 minute",
          onResults: () => Effect.fail("the database is down")
        }))
      assert.deepStrictEqual(places(outcome), {
        succeeded: [],
        failed: [],
        pending: ["run_0", "run_1", "run_2"],
        unavailable: [],
        complete: false
      })
    }).pipe(Effect.provide(simulator())))

  it.effect("what it took before a failure stays taken where the wait ends", () =>
    Effect.gen(function*() {
      yield* batchOf({ id: "run_0" }, { id: "run_1", finishesAfter: "90 seconds" })
      const outcome = yield* execute("batch_1", (id) =>
        awaitBatch(id, {
          pause: ({ pages }) => pages === 3 ? undefined : "1 minute",
          onResults: ([result]) => result?.id === "run_0" ? Effect.void : Effect.fail("the database is down")
        }))
      assert.deepStrictEqual(places(outcome), {
        succeeded: ["run_0"],
        failed: [],
        pending: ["run_1"],
        unavailable: [],
        complete: false
      })
    }).pipe(Effect.provide(simulator())))
})

describe("while something fails", () => {
  const json = { headers: { "content-type": "application/json" } }

  const faults: Record<string, Fault> = {
    "the key is refused": Fault.status(401, { ...json, body: "{\"error\":\"Invalid or Missing API Key\"}" }),
    "the key is not allowed to": Fault.status(403, { ...json, body: "{\"error\":\"Forbidden\"}" }),
    "the server is down": Fault.serverError(),
    "the connection is lost": Fault.reset,
    "the response makes no sense": Fault.garbage,
    "the API URL is wrong": Fault.status(404, { headers: { "content-type": "text/html" }, body: "<html>" })
  }

  for (const [what, fault] of Object.entries(faults)) {
    it.effect(`${what}: the wait goes on until the batch can be read`, () =>
      Effect.gen(function*() {
        yield* batchOf({})
        assert.isTrue((yield* execute("batch_1", (id) => awaitBatch(id, { pause: () => "10 minutes" }))).complete)
        assert.deepStrictEqual(yield* pageTimes, [0, 600, 1200, 1800])
      }).pipe(Effect.provide(simulator((request) => isBatch(request) && request.at < 1_800_000 ? fault : undefined))))
  }

  it.effect("a corrected key lets the wait go on", () =>
    Effect.gen(function*() {
      yield* batchOf({})
      const keys = ["tr_dev_revoked", "tr_dev_revoked"]
      const outcome = yield* Effect.provide(
        execution("batch_1"),
        engine((id) => awaitBatch(id, everyMinute), () => keys.shift() ?? TriggerSimulator.defaultKey)
      )
      assert.isTrue(outcome.complete)
      assert.deepStrictEqual(yield* pageTimes, [0, 60, 120])
    }).pipe(Effect.provide(simulator())))

  it.effect("what was read before a failure is not read again after it", () =>
    Effect.gen(function*() {
      yield* batchOf({ id: "run_0" }, { id: "run_1" })
      assert.isTrue((yield* execute("batch_1", (id) => awaitBatch(id, everyMinute))).complete)
      assert.deepStrictEqual(yield* runTimes, { run_0: [0], run_1: [0, 60] })
    }).pipe(
      Effect.provide(
        simulator(({ at, path }) => at < 60_000 && path.endsWith("run_1") ? Fault.serverError() : undefined)
      )
    ))

  it.effect("a batch that is not visible yet is waited for", () =>
    Effect.gen(function*() {
      const trigger = yield* TriggerSimulator
      yield* trigger.createBatch({ id: "batch_1", runs: [{}], visibleAfter: "4 minutes" })
      assert.isTrue((yield* execute("batch_1", (id) => awaitBatch(id, everyMinute))).complete)
    }).pipe(Effect.provide(simulator())))

  it.effect("a batch that is not found fails the wait after the grace", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        execute("batch_1", (id) => awaitBatch(id, { ...everyMinute, grace: "3 minutes" }))
      )
      assert.strictEqual(error._tag, "BatchNotFound")
      assert.deepStrictEqual(yield* pageTimes, [0, 60, 120, 180])
    }).pipe(Effect.provide(simulator())))

  it.effect("the grace begins anew where the batch was found in between", () =>
    Effect.gen(function*() {
      yield* batchOf({ finishesAfter: "10 minutes" })
      const outcome = yield* execute("batch_1", (id) => awaitBatch(id, { ...everyMinute, grace: "2 minutes" }))
      assert.isTrue(outcome.complete)
    }).pipe(
      Effect.provide(simulator((request) =>
        isBatch(request) && request.at % 180_000 !== 0
          ? Fault.status(404, { ...json, body: "{\"error\":\"Not found\"}" })
          : undefined
      ))
    ))

  it.effect("an invalid batch id fails the wait at once, without a request and without a trace of the id", () =>
    Effect.gen(function*() {
      const names: Array<string> = []
      const key = "tr_dev_a_key_in_the_wrong_place"
      const { exit, spans } = yield* traced(execute("batch_1", () =>
        awaitBatch(key).pipe(tampered((name, value) => {
          names.push(name)
          return value
        }))))
      assert.strictEqual((yield* Effect.flip(exit))._tag, "InvalidBatchId")
      assert.deepStrictEqual(yield* requests, [])
      assert.deepStrictEqual(names, ["effect-trigger-dev/awaitBatch/invalid/page-1"])
      assert.deepStrictEqual(
        spans.filter(({ name }) => name === "TriggerWorkflow.awaitBatch").map(({ attributes }) => [...attributes]),
        [[["trigger.batch.id", "invalid"]]]
      )
      for (const { attributes } of spans) {
        assert.notInclude(JSON.stringify([...attributes]), key)
      }
    }).pipe(Effect.provide(simulator())))

  const lasting: Record<string, Fault> = {
    RunNotFound: Fault.status(404, { ...json, body: "{\"error\":\"Not found\"}" }),
    InvalidResponse: Fault.garbage,
    UnexpectedResponse: Fault.status(302, { headers: { location: "/login" } })
  }

  for (const [tag, fault] of Object.entries(lasting)) {
    it.effect(`a run that is all that is left is given up after the grace for ${tag}`, () =>
      Effect.gen(function*() {
        yield* batchOf({ id: "run_0" }, { id: "run_1" }, { id: "run_2", finishesAfter: "10 minutes" })
        const outcome = yield* execute("batch_1", (id) => awaitBatch(id, everyMinute))
        assert.deepStrictEqual(places(outcome), {
          results: ["run_0", "run_2"],
          pending: [],
          unavailable: [["run_1", tag]],
          complete: false
        })
        assert.strictEqual((yield* runTimes)["run_1"]?.at(-1), 15 * 60)
      }).pipe(Effect.provide(simulator(({ path }) => path.endsWith("run_1") ? fault : undefined))))
  }

  it.effect("a run whose output only the results route has is given up after the grace, where that does not find the batch", () =>
    Effect.gen(function*() {
      const trigger = yield* TriggerSimulator
      yield* trigger.createBatch({ id: "batch_1", engine: "v1", runs: [{ id: "run_0" }] })
      const outcome = yield* execute("batch_1", (id) => awaitBatch(id, everyMinute))
      assert.deepStrictEqual(places(outcome)["unavailable"], [["run_0", "BatchNotFound"]])
    }).pipe(Effect.provide(simulator(({ path }) => path.endsWith("/results") ? lasting["RunNotFound"] : undefined))))

  it.effect("a run that may be read later is waited for beside one that can never be read", () =>
    Effect.gen(function*() {
      yield* batchOf({ id: "run_0" }, { id: "run_1" })
      const outcome = yield* execute("batch_1", (id) => awaitBatch(id, { ...everyMinute, grace: "1 minute" }))
      assert.deepStrictEqual(places(outcome)["results"], ["run_0"])
    }).pipe(
      Effect.provide(
        simulator(({ at, path }) =>
          path.endsWith("run_1")
            ? Fault.garbage
            : path.endsWith("run_0") && at < 600_000
            ? Fault.serverError()
            : undefined
        )
      )
    ))

  for (const what of ["the server is down", "the key is refused", "the key is not allowed to"]) {
    it.effect(`a run is waited for, however short the grace, while ${what}`, () =>
      Effect.gen(function*() {
        yield* batchOf({})
        assert.isTrue((yield* execute("batch_1", (id) => awaitBatch(id, { ...everyMinute, grace: 0 }))).complete)
      }).pipe(
        Effect.provide(simulator((request) => isRun(request) && request.at < 600_000 ? faults[what] : undefined))
      ))
  }
})

describe("pause", () => {
  const unfinished = batchOf({ id: "run_0" }, { id: "run_1", finishesAfter: "never" })

  it.effect("undefined ends the wait with what there is", () =>
    Effect.gen(function*() {
      yield* unfinished
      const outcome = yield* execute("batch_1", (id) =>
        awaitBatch(id, {
          pause: ({ elapsed }) => Duration.greaterThanOrEqualTo(elapsed, "2 minutes") ? undefined : "1 minute"
        }))
      assert.deepStrictEqual(places(outcome), {
        results: ["run_0"],
        pending: ["run_1"],
        unavailable: [],
        complete: false
      })
      assert.deepStrictEqual(yield* pageTimes, [0, 60, 120])
    }).pipe(Effect.provide(simulator())))

  it.effect("undefined ends the wait with the error of the page", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        execute(
          "batch_1",
          (id) => awaitBatch(id, { pause: ({ error }) => error === undefined ? "1 minute" : undefined })
        )
      )
      assert.strictEqual(error._tag, "ServerError")
    }).pipe(Effect.provide(simulator(() => Fault.serverError()))))

  it.effect("is not shorter than the hint of the server", () =>
    Effect.gen(function*() {
      yield* unfinished
      yield* execute("batch_1", (id) => awaitBatch(id, { pause: ({ pages }) => pages === 3 ? undefined : "1 minute" }))
      assert.deepStrictEqual(yield* pageTimes, [0, 90, 150])
    }).pipe(Effect.provide(simulator(({ at }) =>
      at === 0 ? Fault.status(429, { headers: { "retry-after": "90" } }) : undefined
    ))))

  it.effect("is not shorter than the hint of the server about a run", () =>
    Effect.gen(function*() {
      yield* unfinished
      yield* execute("batch_1", (id) => awaitBatch(id, { pause: ({ pages }) => pages === 3 ? undefined : "1 minute" }))
      assert.deepStrictEqual(yield* pageTimes, [0, 90, 150])
    }).pipe(Effect.provide(simulator(({ at, path }) =>
      at === 0 && path.endsWith("run_0") ? Fault.status(429, { headers: { "retry-after": "90" } }) : undefined
    ))))

  const lengths = [
    [0, 1],
    [Number.NaN, 1],
    ["100 millis", 1],
    ["2 seconds", 2],
    ["2000.25 millis", 2.001],
    ["2 days", 24 * 60 * 60],
    [Duration.infinity, 24 * 60 * 60]
  ] as const

  for (const [given, seconds] of lengths) {
    it.effect(`of ${String(given)} takes ${seconds} seconds`, () =>
      Effect.gen(function*() {
        yield* unfinished
        yield* execute("batch_1", (id) =>
          awaitBatch(id, { pause: ({ pages }) => pages === 2 ? undefined : given }), "1 day")
        assert.deepStrictEqual(yield* pageTimes, [0, seconds])
      }).pipe(Effect.provide(simulator())))
  }

  it.effect("and onProgress see how far the batch has come, and since when nothing was new", () =>
    Effect.gen(function*() {
      yield* batchOf({}, { status: "FAILED", finishesAfter: "90 seconds" }, { finishesAfter: "never" })
      const seen: Array<TriggerWorkflow.AwaitBatchProgress> = []
      const paused: Array<TriggerWorkflow.AwaitBatchProgress> = []
      yield* execute("batch_1", (id) =>
        awaitBatch(id, {
          onProgress: (progress) => Effect.sync(() => seen.push(progress)),
          pause: (progress) => {
            paused.push(progress)
            return progress.pages === 4 ? undefined : "1 minute"
          }
        }))
      assert.deepStrictEqual(paused, seen)
      assert.deepStrictEqual(
        seen.map(({ elapsed, error, idle, notTaken: _, ...counts }) => ({
          ...counts,
          elapsed: Duration.toSeconds(elapsed),
          idle: Duration.toSeconds(idle),
          error: error?._tag
        })),
        [
          { pages: 1, finished: 1, failed: 0, total: 3, unavailable: 0, elapsed: 0, idle: 0, error: undefined },
          { pages: 2, finished: 1, failed: 0, total: 3, unavailable: 0, elapsed: 60, idle: 60, error: "ServerError" },
          { pages: 3, finished: 2, failed: 1, total: 3, unavailable: 0, elapsed: 120, idle: 0, error: undefined },
          { pages: 4, finished: 2, failed: 1, total: 3, unavailable: 0, elapsed: 180, idle: 60, error: undefined }
        ]
      )
    }).pipe(Effect.provide(simulator(({ at }) => at === 60_000 ? Fault.serverError() : undefined))))
})

describe("the elapsed time of the progress", () => {
  it.effect("is that since the first page began", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust("5 minutes")
      yield* batchOf({ finishesAfter: "30 seconds" })
      const elapsed: Array<number> = []
      yield* execute("batch_1", (id) =>
        awaitBatch(id, {
          ...everyMinute,
          onProgress: (progress) => Effect.sync(() => elapsed.push(Duration.toSeconds(progress.elapsed)))
        }))
      assert.deepStrictEqual(elapsed, [0, 60])
    }).pipe(Effect.provide(simulator())))
})

describe("the total of the progress", () => {
  /** The total and the number of runs that could not be read, at each page. */
  const totals = (...runs: ReadonlyArray<SimulatedRun>) =>
    Effect.gen(function*() {
      yield* batchOf(...runs)
      const totals: Array<readonly [total: number, unavailable: number]> = []
      yield* execute("batch_1", (id) =>
        awaitBatch(id, {
          ...everyMinute,
          onProgress: ({ total, unavailable }) => Effect.sync(() => totals.push([total, unavailable]))
        }))
      return totals
    })

  it.effect("counts runs that are still to be created", () =>
    Effect.gen(function*() {
      const found = yield* totals(
        { finishesAfter: "150 seconds" },
        { createdAfter: "90 seconds", finishesAfter: "150 seconds" }
      )
      assert.deepStrictEqual(found, [[2, 0], [2, 0], [2, 0], [2, 0]])
    }).pipe(Effect.provide(simulator())))

  it.effect("counts runs that could not be read", () =>
    Effect.gen(function*() {
      const found = yield* totals({ id: "run_0" }, { id: "run_1" }, { id: "run_2", finishesAfter: "90 seconds" })
      assert.deepStrictEqual(found, [[3, 1], [3, 0], [3, 0]])
    }).pipe(
      Effect.provide(
        simulator(({ at, path }) => at < 60_000 && path.endsWith("run_1") ? Fault.serverError() : undefined)
      )
    ))
})

describe("hold", () => {
  /** When each page ended, and how many runs had finished by then. */
  const pages = (hold: Duration.DurationInput) =>
    Effect.gen(function*() {
      yield* batchOf({ finishesAfter: "40 seconds" }, { finishesAfter: "90 seconds" })
      const pages: Array<readonly [seconds: number, finished: number]> = []
      yield* execute("batch_1", (id) =>
        awaitBatch(id, {
          hold,
          pause: () => "10 minutes",
          onProgress: ({ elapsed, finished }) => Effect.sync(() => pages.push([Duration.toSeconds(elapsed), finished]))
        }))
      return pages
    }).pipe(Effect.provide(simulator()))

  it.effect("zero: a page takes what there is", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* pages(0), [[0, 0], [600, 2]])
    }))

  it.effect("a page waits for the batch", () =>
    Effect.gen(function*() {
      const [first, ...others] = yield* pages("2 minutes")
      assert.isAtLeast(first?.[0] ?? 0, 90)
      assert.isBelow(first?.[0] ?? 0, 110)
      assert.deepStrictEqual(others, [])
    }))

  it.effect("a page waits no longer than that, and takes what there is then", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* pages("1 minute"), [[60, 1], [660, 2]])
    }))

  it.effect("the time without a new result begins where the page that had one ended", () =>
    Effect.gen(function*() {
      yield* batchOf({ finishesAfter: "40 seconds" }, { finishesAfter: "never" })
      const idle: Array<number> = []
      yield* execute("batch_1", (id) =>
        awaitBatch(id, {
          hold: "1 minute",
          pause: ({ pages }) => pages === 2 ? undefined : "1 minute",
          onProgress: (progress) => Effect.sync(() => idle.push(Duration.toSeconds(progress.idle)))
        }))
      // the first page ends after a minute; a pause and the second page take one each
      assert.deepStrictEqual(idle, [0, 120])
    }).pipe(Effect.provide(simulator())))

  it.effect("a run that cannot be read keeps no other result back", () =>
    Effect.gen(function*() {
      yield* batchOf({ id: "run_0" }, { id: "run_1" })
      const outcome = yield* execute("batch_1", (id) => awaitBatch(id, { hold: "1 minute", pause: () => undefined }))
      assert.deepStrictEqual(places(outcome), {
        results: ["run_0"],
        pending: [],
        unavailable: [["run_1", "InvalidResponse"]],
        complete: false
      })
    }).pipe(Effect.provide(simulator(({ path }) => path.endsWith("run_1") ? Fault.garbage : undefined))))
})

describe("a realtime feed that falls behind", () => {
  /** A run that the feed shows as it was before its end, for ever. */
  const stale: SimulatedRun = {
    id: "run_1",
    output: 1,
    finishesAfter: "10 minutes",
    columns: { status: "EXECUTING", completedAt: null, output: null }
  }

  /** Where the runs are after two hours, and which requests were sent, by page. */
  const waiting = (
    batch: SimulatedBatch,
    options?: TriggerWorkflow.AwaitBatchOptions,
    simulator?: TriggerSimulatorOptions
  ) =>
    Effect.gen(function*() {
      const trigger = yield* TriggerSimulator
      yield* trigger.createBatch({ id: "batch_1", ...batch })
      const outcome = yield* execute("batch_1", (id) =>
        awaitBatch(id, { pause: () => "4 minutes", ...options }), "2 hours")
      return { places: places(outcome), runTimes: yield* runTimes, pageTimes: yield* pageTimes }
    }).pipe(Effect.provide(TriggerSimulator.layer(simulator)))

  const batches: Record<string, SimulatedBatch> = {
    "that has completed": { runs: [{ id: "run_0" }, stale] },
    "of the old engine": { engine: "v1", runs: [{ id: "run_0" }, stale] },
    "that came over the old routes": { engine: "v2 over v1", runs: [{ id: "run_0" }, stale] },
    "with an item that failed to start": {
      runs: [{ id: "run_0" }, stale],
      failedToStart: [{ index: 2, taskIdentifier: "resize", error: "No such task" }]
    },
    "with a status that is not known": { runs: [{ id: "run_0" }, stale], shows: { status: "ARCHIVED" } }
  }

  for (const [what, batch] of Object.entries(batches)) {
    for (const hold of [0, "1 minute"] as const) {
      it.effect(`does not keep the wait from ending for a batch ${what}, with a hold of ${hold}`, () =>
        Effect.gen(function*() {
          const { pageTimes, places } = yield* waiting(batch, { hold })
          assert.deepStrictEqual(places["results"], ["run_0", "run_1"])
          assert.isTrue(places["complete"])
          assert.isAtMost(pageTimes.at(-1) ?? 0, 15 * 60)
        }))
    }
  }

  it.effect("is relied on for 5 minutes after the last new result", () =>
    Effect.gen(function*() {
      const { pageTimes, runTimes } = yield* waiting({
        runs: [{ finishesAfter: "3 minutes" }, { ...stale, finishesAfter: 0 }]
      })
      // the second page has a new result, and 4 minutes after it are not enough
      assert.deepStrictEqual(pageTimes, [0, 240, 480, 720])
      assert.deepStrictEqual(runTimes, { run_1: [720] })
    }))

  it.effect("is not relied on after exactly 5 minutes", () =>
    Effect.gen(function*() {
      const { runTimes } = yield* waiting({ runs: [{ ...stale, finishesAfter: 0 }] }, { pause: () => "5 minutes" })
      assert.deepStrictEqual(runTimes, { run_1: [300] })
    }))

  it.effect("is relied on after 5 minutes without a result, where the page brings one", () =>
    Effect.gen(function*() {
      const { runTimes } = yield* waiting({
        runs: [{ finishesAfter: "7 minutes" }, { ...stale, finishesAfter: 0 }]
      })
      assert.deepStrictEqual(runTimes, { run_1: [960] })
    }))

  it.effect("is relied on where the batch says that runs are still to finish", () =>
    Effect.gen(function*() {
      const { pageTimes, runTimes } = yield* waiting({ runs: [{ id: "run_0", finishesAfter: "30 minutes" }] })
      assert.deepStrictEqual(pageTimes, [0, 4, 8, 12, 16, 20, 24, 28, 32].map((minutes) => minutes * 60))
      assert.deepStrictEqual(runTimes, {})
    }))

  it.effect("is not relied on for runs that the batch does not list yet", () =>
    Effect.gen(function*() {
      const { places, runTimes } = yield* waiting(
        { runs: [{ ...stale, finishesAfter: 0 }, { createdAfter: "1 day" }] },
        { pause: ({ pages }) => pages === 5 ? undefined : "4 minutes" }
      )
      assert.deepStrictEqual(places["results"], ["run_1"])
      assert.deepStrictEqual(runTimes, { run_1: [480] })
    }))

  it.effect("is not relied on for a run that the batch does not list, where it lists others", () =>
    Effect.gen(function*() {
      const { places, runTimes } = yield* waiting(
        {
          runs: [{ ...stale, finishesAfter: 0 }, { ...stale, id: "run_2", finishesAfter: 0 }],
          shows: { runs: ["run_1"] }
        },
        { pause: ({ pages }) => pages === 5 ? undefined : "4 minutes" }
      )
      assert.deepStrictEqual(places["results"], ["run_1", "run_2"])
      assert.deepStrictEqual(runTimes, { run_1: [480], run_2: [480] })
    }))

  it.effect("is relied on where no run is pending, but one could not be read", () =>
    Effect.gen(function*() {
      const { runTimes } = yield* waiting(
        { runs: [{ id: "run_0" }, { ...stale, replicationLag: "never", finishesAfter: 0 }] },
        {},
        { faults: (request) => isRun(request) && request.at < 720_000 ? Fault.serverError() : undefined }
      )
      // a young batch is given 2 seconds to appear in the feed
      assert.deepStrictEqual(runTimes, { run_1: [2, 242, 482, 722] })
    }))

  it.effect("that is switched off: each page reads a run once", () =>
    Effect.gen(function*() {
      const trigger = yield* TriggerSimulator
      yield* trigger.createBatch({ id: "batch_1", engine: "v1", runs: [{ id: "run_1", finishesAfter: "never" }] })
      yield* execute("batch_1", (id) =>
        Effect.updateService(
          awaitBatch(id, { pause: ({ pages }) => pages === 4 ? undefined : "4 minutes" }),
          TriggerClient,
          (client) => ({ ...client, feed: undefined })
        ))
      assert.deepStrictEqual(yield* runTimes, { run_1: [0, 240, 480, 720] })
    }).pipe(Effect.provide(TriggerSimulator.layer())))

  it.effect("that cannot be read: each page reads a run once", () =>
    Effect.gen(function*() {
      const { runTimes } = yield* waiting(
        { engine: "v1", runs: [{ id: "run_0", finishesAfter: "11 minutes" }] },
        {},
        { realtime: { backend: "no route" } }
      )
      // the last page has it from the results route
      assert.deepStrictEqual(runTimes, { run_0: [0, 240, 480] })
    }))
})

describe("what the engine stores", () => {
  const batch = batchOf(
    { id: "run_0", output: 0 },
    { id: "run_1", output: 1, finishesAfter: "30 seconds" },
    { id: "run_2", output: 2, finishesAfter: "90 seconds" }
  )

  it.effect("is JSON", () =>
    Effect.gen(function*() {
      yield* batch
      const outcome = yield* execute("batch_1", (id) =>
        awaitBatch(id, everyMinute).pipe(tampered((_, value) => JSON.parse(JSON.stringify(value)))))
      assert.isTrue(outcome.complete)
    }).pipe(Effect.provide(simulator())))

  // another release would read from the beginning what it does not find under the same name
  it.effect("has the names that earlier releases have given", () =>
    Effect.gen(function*() {
      yield* batch
      const names = new Set<string>()
      const seen = tampered((name, value) => {
        names.add(name)
        return value
      })
      yield* execute("batch_1", (id) =>
        seen(Effect.zipRight(
          awaitBatch(id, { pause: ({ pages }) => pages === 2 ? undefined : "10 seconds" }),
          Effect.zipRight(
            awaitBatch(id, { pause: () => undefined }),
            awaitBatch(id, { pause: () => undefined, onResults: () => Effect.void })
          )
        )))
      assert.deepStrictEqual([...names], [
        "effect-trigger-dev/awaitBatch/batch_1/page-1",
        "effect-trigger-dev/awaitBatch/batch_1/page-2",
        "effect-trigger-dev/awaitBatch/batch_1/wait-2/page-1",
        "effect-trigger-dev/awaitBatch/batch_1/taken/page-1"
      ])
    }).pipe(Effect.provide(simulator())))

  const unknown: Record<string, unknown> = { "another version": { version: 2 }, "anything else": "{" }

  for (const [what, value] of Object.entries(unknown)) {
    it.effect(`a page of ${what} counts as not read, and its runs are read again`, () =>
      Effect.gen(function*() {
        yield* batch
        const outcome = yield* execute("batch_1", (id) =>
          awaitBatch(id, everyMinute).pipe(tampered((name, stored) => name.endsWith("page-1") ? value : stored)))
        assert.deepStrictEqual(places(outcome)["results"], ["run_0", "run_1", "run_2"])
      }).pipe(Effect.provide(simulator())))
  }

  // as the engine in memory does where another wait suspends the workflow just when the page begins
  it.effect("the interruption of a page counts as not read, and its runs are read again", () =>
    Effect.gen(function*() {
      yield* batchOf({ id: "run_0" })
      const outcome = yield* execute("batch_1", (id) =>
        Effect.updateService(awaitBatch(id), WorkflowEngine.WorkflowEngine, (engine) => ({
          ...engine,
          activityExecute: (activity, attempt) =>
            activity.name.endsWith("/page-1") ? Effect.interrupt : engine.activityExecute(activity, attempt)
        })))
      assert.isTrue(outcome.complete)
      assert.deepStrictEqual(yield* runTimes, { run_0: [10] })
    }).pipe(Effect.provide(simulator())))

  it.effect("a page that counts as not read has its number", () =>
    Effect.gen(function*() {
      yield* batch
      const numbers: Array<number> = []
      yield* execute("batch_1", (id) =>
        awaitBatch(id, {
          ...everyMinute,
          onProgress: ({ pages }) => Effect.sync(() => numbers.push(pages))
        }).pipe(
          tampered((name, stored) => name.endsWith("page-1") ? "{" : stored)
        ))
      assert.deepStrictEqual(numbers, [1, 2, 3, 4])
    }).pipe(Effect.provide(simulator())))

  it.effect("a page that no longer decodes after the end is read again, and nothing is missing", () =>
    Effect.gen(function*() {
      yield* batch
      let isDeployed = false
      const outcome = yield* execute("batch_1", (id) =>
        Effect.gen(function*() {
          const outcome = yield* awaitBatch(id, everyMinute).pipe(
            tampered((name, stored) => isDeployed && name.endsWith("page-1") ? { version: 0 } : stored)
          )
          isDeployed = true
          // the body is replayed after it
          yield* DurableClock.sleep({ name: "deployment", duration: "2 minutes" })
          return outcome
        }))
      assert.deepStrictEqual(places(outcome)["results"], ["run_0", "run_1", "run_2"])
    }).pipe(Effect.provide(simulator())))

  it.effect("without onResults is not used by a wait that has it: onResults gets every result", () =>
    Effect.gen(function*() {
      yield* batch
      let taken: ReadonlyArray<string> = []
      let isDeployed = false
      yield* execute("batch_1", (id) =>
        isDeployed
          ? awaitBatch(id, {
            ...everyMinute,
            onResults: (results) =>
              Effect.sync(() => {
                taken = [...taken, ...results.map(({ id }) => id)]
              })
          })
          : awaitBatch(id, {
            ...everyMinute,
            onProgress: () =>
              Effect.sync(() => {
                isDeployed = true
              })
          }))
      assert.deepStrictEqual(taken, ["run_0", "run_1", "run_2"])
    }).pipe(Effect.provide(simulator())))

  it.effect("belongs to an attempt: a retry by Activity.retry starts over", () =>
    Effect.gen(function*() {
      yield* batch
      const outcome = yield* execute("batch_1", (id) =>
        awaitBatch(id, {
          pause: ({ error }) => error === undefined ? "1 minute" : undefined
        }).pipe(
          Activity.retry({ times: 1 })
        ))
      assert.isTrue(outcome.complete)
      // at 60 s the page of the first attempt fails, and the second attempt reads its first page
      assert.deepStrictEqual(yield* pageTimes, [0, 60, 60, 120])
      assert.deepStrictEqual((yield* runTimes)["run_0"], [0, 60])
    }).pipe(Effect.provide(simulator(failsOnce))))
})
