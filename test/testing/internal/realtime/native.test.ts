import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, TestClock } from "effect"
import { Fault, TriggerSimulator } from "effect-trigger-dev/testing"
import * as Feed from "../../../support/feed.js"

/** What a live request says after so long; undefined while it is held. */
const saidAfter = <A extends { readonly said: ReadonlyArray<string> }, E>(
  fiber: Fiber.Fiber<A, E>,
  time: Parameters<typeof TestClock.adjust>[0]
) =>
  Effect.gen(function*() {
    yield* TestClock.adjust(time)
    const exit = yield* Fiber.poll(fiber)
    return exit._tag === "None" ? undefined : (yield* Fiber.join(fiber)).said
  })

const upToDate = ["up-to-date"]

describe("a snapshot", () => {
  it.effect("inserts every run, and is up to date", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ runs: [{ id: "run_1" }, { id: "run_2", finishesAfter: "never" }] })
      const { headers, said, status } = yield* Feed.ask(id)
      assert.strictEqual(status, 200)
      assert.deepStrictEqual(said, [
        "insert run_2 EXECUTING",
        "insert run_1 COMPLETED_SUCCESSFULLY",
        "up-to-date"
      ])
      assert.strictEqual(headers["cache-control"], "no-store")
      assert.isUndefined(headers["electric-cursor"])
    }).pipe(Effect.provide(Feed.layer())))

  it.effect("is in batch order where the batch is listed so", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ listed: "in batch order", runs: [{ id: "run_1" }, { id: "run_2" }] })
      assert.deepStrictEqual(Object.keys((yield* Feed.ask(id)).rows), ["run_1", "run_2"])
    }).pipe(Effect.provide(Feed.layer())))

  it.effect("lags behind the creation of runs, and never has some", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({
        runs: [
          { id: "run_1" },
          { id: "run_2", replicationLag: "5 seconds" },
          { id: "run_3", replicationLag: "never" },
          { id: "run_4", replicationLag: 0 }
        ]
      })
      const shown = Effect.map(Feed.ask(id), ({ rows }) => Object.keys(rows).sort())
      assert.deepStrictEqual(yield* shown, ["run_4"])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* shown, ["run_1", "run_4"])
      yield* TestClock.adjust("4 seconds")
      assert.deepStrictEqual(yield* shown, ["run_1", "run_2", "run_4"])
    }).pipe(Effect.provide(Feed.layer({ realtime: { replicationLag: "1 second" } }))))

  it.effect("has no run before it is created", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ runs: [{ createdAfter: "1 second" }] })
      assert.deepStrictEqual((yield* Feed.ask(id)).said, upToDate)
    }).pipe(Effect.provide(Feed.layer())))

  it.effect("has at most 1,000 runs: the newest 500 and the oldest 500", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({
        listed: "in batch order",
        runs: Array.from({ length: 1_500 }, (_, index) => ({ id: `run_${index}`, createdAfter: index }))
      })
      yield* TestClock.adjust("2 seconds")
      const shown = Object.keys((yield* Feed.ask(id)).rows)
      assert.strictEqual(shown.length, 1_000)
      assert.deepStrictEqual([shown[0], shown[499], shown[500], shown[999]], [
        "run_0",
        "run_499",
        "run_1000",
        "run_1499"
      ])
    }).pipe(Effect.provide(Feed.layer())))

  it.effect("has none of the runs that the batch reuses", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const first = yield* createBatch({ runs: [{ id: "run_1" }] })
      const second = yield* createBatch({ runs: [{ reuses: "run_1" }, { id: "run_2" }] })
      assert.deepStrictEqual(Object.keys((yield* Feed.ask(first.id)).rows), ["run_1"])
      assert.deepStrictEqual(Object.keys((yield* Feed.ask(second.id)).rows), ["run_2"])
    }).pipe(Effect.provide(Feed.layer())))

  it.effect("has no usage of the old engine's runs, as the run route has none", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ engine: "v1", runs: [{ id: "run_1", finishesAfter: "1 second" }] })
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Feed.ask(id)).rows["run_1"]?.["usageDurationMs"], "0")
    }).pipe(Effect.provide(Feed.layer())))

  it.effect("has neither output nor error of the old engine's runs", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({
        engine: "v1",
        runs: [{ id: "run_1", output: 1 }, { id: "run_2", error: { type: "STRING_ERROR", raw: "no" } }]
      })
      const { rows } = yield* Feed.ask(id)
      for (const [run, status] of [["run_1", "COMPLETED_SUCCESSFULLY"], ["run_2", "COMPLETED_WITH_ERRORS"]] as const) {
        assert.deepInclude(rows[run], { status, output: null, outputType: "application/json", error: null })
      }
    }).pipe(Effect.provide(Feed.layer())))

  it.effect("has the outputs and errors of runs that came over the old routes and were executed by today's engine", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ engine: "v2 over v1", runs: [{ id: "run_1", output: 1 }] })
      assert.strictEqual((yield* Feed.ask(id)).rows["run_1"]?.["output"], "{\"json\":1}")
    }).pipe(Effect.provide(Feed.layer())))

  it.effect("is made afresh for a handle that asks without live", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ runs: [{ id: "run_1" }] })
      const first = yield* Feed.ask(id)
      const again = yield* Feed.ask(id, { query: Feed.next(first, false) })
      assert.deepStrictEqual(again.said, first.said)
      assert.strictEqual(again.headers["electric-handle"], first.headers["electric-handle"])
      assert.isDefined(again.headers["electric-schema"])
    }).pipe(Effect.provide(Feed.layer())))

  it.effect("has a new handle for each client", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ runs: [] })
      const [first, second] = yield* Effect.all([Feed.ask(id), Feed.ask(id)])
      assert.notStrictEqual(first.headers["electric-handle"], second.headers["electric-handle"])
    }).pipe(Effect.provide(Feed.layer())))
})

describe("a live request", () => {
  it.effect("is held until a run changes", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ runs: [{ id: "run_1", finishesAfter: "5 seconds" }] })
      const fiber = yield* Effect.fork(Feed.poll(id, yield* Feed.ask(id)))
      assert.isUndefined(yield* saidAfter(fiber, "4999 millis"))
      assert.deepStrictEqual(yield* saidAfter(fiber, "1 millis"), ["update run_1 COMPLETED_SUCCESSFULLY", "up-to-date"])
      const { headers } = yield* Fiber.join(fiber)
      assert.match(headers["electric-cursor"] ?? "", /^\d+$/)
      assert.isUndefined(headers["electric-schema"])
      assert.match(headers["electric-offset"] ?? "", /^5000_\d+$/)
    }).pipe(Effect.provide(Feed.layer())))

  it.effect("gets the changes that follow within 250 ms together, after the first", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({
        runs: [1_000, 1_000, 1_010, 1_240, 1_600].map((finishesAfter, index) => ({ id: `run_${index}`, finishesAfter }))
      })
      const done = (run: string) => `update ${run} COMPLETED_SUCCESSFULLY`
      const fiber = yield* Effect.fork(Feed.poll(id, yield* Feed.ask(id)))
      assert.deepStrictEqual(yield* saidAfter(fiber, "1 second"), [done("run_0"), done("run_1"), "up-to-date"])
      const later = yield* Effect.fork(Feed.poll(id, yield* Fiber.join(fiber)))
      assert.isUndefined(yield* saidAfter(later, "249 millis"))
      assert.deepStrictEqual(yield* saidAfter(later, "1 millis"), [done("run_2"), done("run_3"), "up-to-date"])
      const last = yield* Effect.fork(Feed.poll(id, yield* Fiber.join(later)))
      assert.deepStrictEqual(yield* saidAfter(last, "350 millis"), [done("run_4"), "up-to-date"])
    }).pipe(Effect.provide(Feed.layer())))

  it.effect("ends after the hold with nothing but a new cursor", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ runs: [{ finishesAfter: "never" }] })
      const snapshot = yield* Feed.ask(id)
      const fiber = yield* Effect.fork(Feed.poll(id, snapshot))
      assert.isUndefined(yield* saidAfter(fiber, "19999 millis"))
      assert.deepStrictEqual(yield* saidAfter(fiber, "1 millis"), upToDate)
      const first = yield* Fiber.join(fiber)
      const again = yield* Effect.fork(Feed.poll(id, first))
      yield* saidAfter(again, "20 seconds")
      const second = yield* Fiber.join(again)
      assert.notStrictEqual(second.headers["electric-cursor"], first.headers["electric-cursor"])
      assert.isUndefined(second.headers["electric-schema"])
    }).pipe(Effect.provide(Feed.layer())))

  it.effect("is held for as long as the options say", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ runs: [] })
      const fiber = yield* Effect.fork(Feed.poll(id, yield* Feed.ask(id)))
      assert.isUndefined(yield* saidAfter(fiber, "999 millis"))
      assert.deepStrictEqual(yield* saidAfter(fiber, "1 millis"), upToDate)
    }).pipe(Effect.provide(Feed.layer({ realtime: { hold: "1 second" } }))))

  it.effect("inserts a run that the list does not have yet when the run changes", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({
        runs: [{ id: "run_1", createdAfter: "1 second", finishesAfter: "3 seconds" }]
      })
      const fiber = yield* Effect.fork(Feed.poll(id, yield* Feed.ask(id)))
      assert.deepStrictEqual(yield* saidAfter(fiber, "1 second"), ["insert run_1 EXECUTING", "up-to-date"])
      const later = yield* Effect.fork(Feed.poll(id, yield* Fiber.join(fiber)))
      assert.deepStrictEqual(yield* saidAfter(later, "2 seconds"), [
        "update run_1 COMPLETED_SUCCESSFULLY",
        "up-to-date"
      ])
    }).pipe(Effect.provide(Feed.layer({ realtime: { replicationLag: "1 hour" } }))))

  it.effect("inserts a run that does not change at the end of the hold, when the list has it", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({
        runs: [{ id: "run_1", unfinishedStatus: "QUEUED", finishesAfter: "never" }]
      })
      const fiber = yield* Effect.fork(Feed.poll(id, yield* Feed.ask(id)))
      assert.isUndefined(yield* saidAfter(fiber, "19 seconds"))
      assert.deepStrictEqual(yield* saidAfter(fiber, "1 second"), ["insert run_1 PENDING", "up-to-date"])
    }).pipe(Effect.provide(Feed.layer({ realtime: { replicationLag: "2 seconds" } }))))

  it.effect("gets every change, that of the metadata too", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({
        runs: [{
          id: "run_1",
          changes: [{ after: "1 second", metadata: { progress: 1 } }, { after: "2 seconds", status: "WAITING" }],
          finishesAfter: "1 minute"
        }]
      })
      const first = yield* Effect.fork(Feed.poll(id, yield* Feed.ask(id)))
      yield* saidAfter(first, "1 second")
      const { rows } = yield* Fiber.join(first)
      assert.deepInclude(rows["run_1"], { status: "EXECUTING", metadata: "{\"progress\":1}" })
      const second = yield* Effect.fork(Feed.poll(id, yield* Fiber.join(first)))
      assert.deepStrictEqual(yield* saidAfter(second, "1 second"), ["update run_1 WAITING_TO_RESUME", "up-to-date"])
    }).pipe(Effect.provide(Feed.layer())))

  for (const gap of ["1 second", "1 minute"] as const) {
    it.effect(`gets at once what changed in the ${gap} since the last response`, () =>
      Effect.gen(function*() {
        const { createBatch } = yield* TriggerSimulator
        const { id } = yield* createBatch({ runs: [{ id: "run_1", finishesAfter: "20500 millis" }] })
        const first = yield* Effect.fork(Feed.poll(id, yield* Feed.ask(id)))
        yield* saidAfter(first, "20 seconds")
        yield* TestClock.adjust(gap)
        const second = yield* Effect.fork(Feed.poll(id, yield* Fiber.join(first)))
        assert.deepStrictEqual(yield* saidAfter(second, 0), ["update run_1 COMPLETED_SUCCESSFULLY", "up-to-date"])
      }).pipe(Effect.provide(Feed.layer())))
  }

  it.effect("that comes seconds after the last response gets at once what has come into the list meanwhile", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({
        runs: [
          { id: "run_1", finishesAfter: "1 second" },
          { id: "run_2", unfinishedStatus: "QUEUED", replicationLag: "3 seconds", finishesAfter: "never" }
        ]
      })
      const first = yield* Effect.fork(Feed.poll(id, yield* Feed.ask(id)))
      yield* TestClock.adjust("1 second")
      const reply = yield* Fiber.join(first)
      yield* TestClock.adjust("3 seconds")
      const second = yield* Effect.fork(Feed.poll(id, reply))
      assert.deepStrictEqual(yield* saidAfter(second, 0), ["insert run_2 PENDING", "up-to-date"])
    }).pipe(Effect.provide(Feed.layer())))

  it.effect("keeps what each handle was sent apart", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ runs: [{ id: "run_1", finishesAfter: "5 seconds" }] })
      const [one, two] = yield* Effect.all([Feed.ask(id), Feed.ask(id)])
      const fibers = yield* Effect.all([Effect.fork(Feed.poll(id, one)), Effect.fork(Feed.poll(id, two))])
      yield* TestClock.adjust("5 seconds")
      const replies = yield* Effect.forEach(fibers, (fiber) => Fiber.join(fiber))
      assert.deepStrictEqual(replies.map(({ said }) => said[0]), [
        "update run_1 COMPLETED_SUCCESSFULLY",
        "update run_1 COMPLETED_SUCCESSFULLY"
      ])
    }).pipe(Effect.provide(Feed.layer())))

  it.effect("whose response was lost is not sent it again, until its handle asks for a snapshot", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { id } = yield* simulator.createBatch({ runs: [{ id: "run_1", finishesAfter: "5 seconds" }] })
      const snapshot = yield* Feed.ask(id)
      yield* simulator.setFaults(({ live }) => live ? Fault.lost : undefined)
      const lost = yield* Effect.fork(Effect.flip(Feed.poll(id, snapshot)))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* Fiber.join(lost))._tag, "RequestError")
      yield* simulator.setFaults({})
      const again = yield* Effect.fork(Feed.poll(id, snapshot))
      assert.deepStrictEqual(yield* saidAfter(again, "20 seconds"), upToDate)
      const afresh = yield* Feed.ask(id, { query: Feed.next(snapshot, false) })
      assert.deepStrictEqual(afresh.said, ["insert run_1 COMPLETED_SUCCESSFULLY", "up-to-date"])
    }).pipe(Effect.provide(Feed.layer())))

  it.effect("that was cut off is not sent its changes again either", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { id } = yield* simulator.createBatch({ runs: [{ id: "run_1", finishesAfter: "5 seconds" }] })
      const snapshot = yield* Feed.ask(id)
      yield* simulator.setFaults(({ live }) => live ? Fault.cutOff(20) : undefined)
      const lost = yield* Effect.fork(Effect.flip(Feed.poll(id, snapshot)))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* Fiber.join(lost))._tag, "ResponseError")
      yield* simulator.setFaults({})
      const again = yield* Effect.fork(Feed.poll(id, snapshot))
      assert.deepStrictEqual(yield* saidAfter(again, "20 seconds"), upToDate)
    }).pipe(Effect.provide(Feed.layer())))

  it.effect("that was interrupted has lost nothing", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { id } = yield* simulator.createBatch({ runs: [{ id: "run_1", finishesAfter: "5 seconds" }] })
      const snapshot = yield* Feed.ask(id)
      const fiber = yield* Effect.fork(Feed.poll(id, snapshot))
      yield* TestClock.adjust("4 seconds")
      yield* Fiber.interrupt(fiber)
      const again = yield* Effect.fork(Feed.poll(id, snapshot))
      assert.deepStrictEqual(yield* saidAfter(again, "1 second"), ["update run_1 COMPLETED_SUCCESSFULLY", "up-to-date"])
    }).pipe(Effect.provide(Feed.layer())))

  it.effect("of a handle that the server has forgotten gets at once what is newer than its offset", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      yield* TestClock.adjust("1 minute")
      const { id } = yield* simulator.createBatch({
        runs: [{ id: "run_1" }, { id: "run_2", finishesAfter: "30 seconds" }]
      })
      const snapshot = yield* Feed.ask(id)
      const held = yield* Effect.fork(Feed.poll(id, snapshot))
      yield* saidAfter(held, "20 seconds")
      yield* simulator.forgetHandles
      yield* TestClock.adjust("10 seconds")
      const again = yield* Effect.fork(Feed.poll(id, yield* Fiber.join(held)))
      assert.deepStrictEqual(yield* saidAfter(again, 0), ["update run_2 COMPLETED_SUCCESSFULLY", "up-to-date"])
    }).pipe(Effect.provide(Feed.layer())))

  const before1970: ReadonlyArray<readonly [name: string, replicationLag: number, said: ReadonlyArray<string>]> = [
    ["what is newer than its offset", 0, ["update run_1 COMPLETED_SUCCESSFULLY", "up-to-date"]],
    ["everything where it was sent nothing", 1_000, [
      "update run_2 COMPLETED_SUCCESSFULLY",
      "update run_1 COMPLETED_SUCCESSFULLY",
      "up-to-date"
    ]]
  ]
  for (const [name, replicationLag, said] of before1970) {
    it.effect(`of a forgotten handle, on a server whose clock is before 1970, gets ${name}`, () =>
      Effect.gen(function*() {
        const simulator = yield* TriggerSimulator
        const { id } = yield* simulator.createBatch({
          runs: [{ id: "run_1", replicationLag, finishesAfter: "30 seconds" }, { id: "run_2", replicationLag }]
        })
        const snapshot = yield* Feed.ask(id)
        yield* simulator.forgetHandles
        yield* TestClock.adjust("30 seconds")
        const fiber = yield* Effect.fork(Feed.poll(id, snapshot))
        assert.deepStrictEqual(yield* saidAfter(fiber, 0), said)
      }).pipe(Effect.provide(Feed.layer({ clockSkew: { behind: "5 minutes" } }))))
  }

  it.effect("of a handle that was idle for five minutes is one that the server has forgotten", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      yield* TestClock.adjust("1 minute")
      const { id } = yield* simulator.createBatch({ runs: [{ id: "run_1", finishesAfter: "1 second" }] })
      const snapshot = yield* Feed.ask(id)
      const idle = { ...Feed.next(snapshot, true), offset: "0_0" }
      yield* TestClock.adjust("300 seconds")
      const known = yield* Effect.fork(Feed.ask(id, { query: idle }))
      assert.deepStrictEqual(yield* saidAfter(known, 0), ["update run_1 COMPLETED_SUCCESSFULLY", "up-to-date"])
      const repeated = yield* Effect.fork(Feed.ask(id, { query: idle }))
      assert.deepStrictEqual(yield* saidAfter(repeated, "20 seconds"), upToDate)
      yield* TestClock.adjust("300001 millis")
      const forgotten = yield* Effect.fork(Feed.ask(id, { query: idle }))
      assert.deepStrictEqual(yield* saidAfter(forgotten, 0), ["update run_1 COMPLETED_SUCCESSFULLY", "up-to-date"])
    }).pipe(Effect.provide(Feed.layer())))
})
