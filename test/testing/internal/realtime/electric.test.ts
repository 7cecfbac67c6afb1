import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, TestClock } from "effect"
import { Fault, type SimulatedRealtime, TriggerSimulator } from "effect-trigger-dev/testing"
import * as Feed from "../../../support/feed.js"

const layer = (options: SimulatedRealtime = {}) => Feed.layer({ realtime: { backend: "electric", ...options } })

/** Asks until a response is up to date. */
const readUp = (batchId: string) =>
  Effect.gen(function*() {
    const replies = [yield* Feed.ask(batchId)]
    for (let last = replies[0]; last !== undefined && !last.said.includes("up-to-date"); last = replies.at(-1)) {
      replies.push(yield* Feed.ask(batchId, { query: Feed.next(last, false) }))
    }
    return replies
  })

const lastOf = (replies: ReadonlyArray<Feed.FeedReply>): Feed.FeedReply => replies.at(-1) ?? assert.fail()

describe("Electric", () => {
  it.effect("sends the rows first, and says in the next response that this is all", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ runs: [{ id: "run_1" }, { id: "run_2", finishesAfter: "never" }] })
      const replies = yield* readUp(id)
      assert.deepStrictEqual(replies.map(({ said }) => said), [
        ["insert run_1 COMPLETED_SUCCESSFULLY", "insert run_2 EXECUTING"],
        ["up-to-date"]
      ])
      assert.deepStrictEqual(replies.map(({ headers }) => headers["electric-up-to-date"]), [undefined, ""])
      assert.deepStrictEqual(replies.map(({ headers }) => headers["cache-control"]), [
        "public, max-age=604800, s-maxage=3600, stale-while-revalidate=2629746",
        "public, max-age=60, stale-while-revalidate=300"
      ])
      for (const { headers } of replies) {
        assert.isDefined(headers["electric-schema"])
        assert.isDefined(headers["etag"])
      }
    }).pipe(Effect.provide(layer())))

  it.effect("sends many rows in chunks, the last of which is up to date", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ runs: Array.from({ length: 5 }, (_, index) => ({ id: `run_${index}` })) })
      const inserted = (index: number) => `insert run_${index} COMPLETED_SUCCESSFULLY`
      assert.deepStrictEqual((yield* readUp(id)).map(({ said }) => said), [
        [inserted(0), inserted(1)],
        [inserted(2), inserted(3)],
        [inserted(4), "up-to-date"]
      ])
    }).pipe(Effect.provide(layer({ chunkSize: 2 }))))

  it.effect("knows a batch without runs", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ runs: [] })
      assert.deepStrictEqual((yield* readUp(id)).map(({ said }) => said), [[], ["up-to-date"]])
    }).pipe(Effect.provide(layer())))

  it.effect("has a run as soon as it is created, and more than 1,000 of them", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ runs: Array.from({ length: 1_500 }, () => ({ replicationLag: "never" })) })
      assert.strictEqual((yield* Feed.ask(id)).said.length, 1_500)
    }).pipe(Effect.provide(layer({ replicationLag: "1 hour" }))))

  it.effect("holds a live request until a run is created or changes, and sends the changed columns alone", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({
        runs: [
          { id: "run_1", finishesAfter: "5 seconds", output: { n: 1 } },
          { id: "run_2", createdAfter: "7 seconds", finishesAfter: "never" }
        ]
      })
      const fiber = yield* Effect.fork(Feed.poll(id, lastOf(yield* readUp(id))))
      yield* TestClock.adjust("4999 millis")
      assert.strictEqual((yield* Fiber.poll(fiber))._tag, "None")
      yield* TestClock.adjust("1 millis")
      const changed = yield* Fiber.join(fiber)
      assert.deepStrictEqual(changed.said, ["update run_1 COMPLETED_SUCCESSFULLY", "up-to-date"])
      assert.deepStrictEqual(changed.rows["run_1"], {
        id: "1",
        updatedAt: "1970-01-01 00:00:05",
        completedAt: "1970-01-01 00:00:05",
        status: "COMPLETED_SUCCESSFULLY",
        usageDurationMs: "5000",
        output: "{\"json\":{\"n\":1}}",
        outputType: "application/super+json"
      })
      assert.isUndefined(changed.headers["electric-schema"])
      assert.match(changed.headers["electric-cursor"] ?? "", /^\d+$/)
      assert.strictEqual(changed.headers["cache-control"], "public, max-age=5, stale-while-revalidate=5")
      const later = yield* Effect.fork(Feed.poll(id, changed))
      yield* TestClock.adjust("2 seconds")
      const inserted = yield* Fiber.join(later)
      assert.deepStrictEqual(inserted.said, ["insert run_2 EXECUTING", "up-to-date"])
      assert.strictEqual(Object.keys(inserted.rows["run_2"] ?? {}).length, 26)
    }).pipe(Effect.provide(layer())))

  it.effect("inserts a run that is created and finishes at the same instant once", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({
        runs: [{ id: "run_1", createdAfter: "1 second", finishesAfter: "1 second" }]
      })
      const fiber = yield* Effect.fork(Feed.poll(id, lastOf(yield* readUp(id))))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual((yield* Fiber.join(fiber)).said, ["insert run_1 COMPLETED_SUCCESSFULLY", "up-to-date"])
    }).pipe(Effect.provide(layer())))

  it.effect("sends several changes of a run at the same instant as one", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({
        runs: [{
          id: "run_1",
          changes: [{ after: "1 second", status: "WAITING" }, { after: "1 second", metadata: { progress: 1 } }],
          finishesAfter: "never"
        }]
      })
      const fiber = yield* Effect.fork(Feed.poll(id, lastOf(yield* readUp(id))))
      yield* TestClock.adjust("1 second")
      const reply = yield* Fiber.join(fiber)
      assert.deepStrictEqual(reply.said, ["update run_1 WAITING_TO_RESUME", "up-to-date"])
      assert.strictEqual(reply.rows["run_1"]?.["metadata"], "{\"progress\":1}")
    }).pipe(Effect.provide(layer())))

  it.effect("sends whole rows where the options say so", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ runs: [{ id: "run_1", finishesAfter: "5 seconds" }] })
      const fiber = yield* Effect.fork(Feed.poll(id, lastOf(yield* readUp(id))))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(Object.keys((yield* Fiber.join(fiber)).rows["run_1"] ?? {}).length, 26)
    }).pipe(Effect.provide(layer({ partialUpdates: false }))))

  for (const [unchangedStatus, body] of [[200, "[{\"headers\":{\"control\":\"up-to-date\"}}]"], [204, ""]] as const) {
    it.effect(`ends a hold without a change with a ${unchangedStatus}`, () =>
      Effect.gen(function*() {
        const { createBatch } = yield* TriggerSimulator
        const { id } = yield* createBatch({ runs: [] })
        const before = lastOf(yield* readUp(id))
        const fiber = yield* Effect.fork(Feed.poll(id, before))
        yield* TestClock.adjust("20 seconds")
        const reply = yield* Fiber.join(fiber)
        assert.deepStrictEqual([reply.status, reply.body], [unchangedStatus, body])
        assert.strictEqual(reply.headers["electric-offset"], before.headers["electric-offset"])
        assert.strictEqual(reply.headers["electric-up-to-date"], "")
        assert.isDefined(reply.headers["electric-cursor"])
      }).pipe(Effect.provide(layer({ unchangedStatus }))))
  }

  it.effect("sends a response that was lost again", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { id } = yield* simulator.createBatch({ runs: [{ id: "run_1", finishesAfter: "5 seconds" }] })
      const before = lastOf(yield* readUp(id))
      yield* simulator.setFaults(({ live }) => live ? Fault.lost : undefined)
      const lost = yield* Effect.fork(Effect.flip(Feed.poll(id, before)))
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(lost)
      yield* simulator.setFaults({})
      assert.deepStrictEqual((yield* Feed.poll(id, before)).said, ["update run_1 COMPLETED_SUCCESSFULLY", "up-to-date"])
    }).pipe(Effect.provide(layer())))

  it.effect("sends a client whose shape it has dropped to another one", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { id } = yield* simulator.createBatch({ runs: [{ id: "run_1" }] })
      const before = lastOf(yield* readUp(id))
      yield* simulator.forgetHandles
      const refused = yield* Feed.poll(id, before)
      assert.deepStrictEqual([refused.status, refused.said], [409, ["must-refetch"]])
      assert.strictEqual(refused.headers["cache-control"], "public, max-age=60, must-revalidate")
      assert.isUndefined(refused.headers["electric-offset"])
      const handle = refused.headers["electric-handle"] ?? ""
      assert.notStrictEqual(handle, before.headers["electric-handle"])
      const again = yield* Feed.ask(id, { query: { offset: "-1", handle } })
      assert.deepStrictEqual(again.said, ["insert run_1 COMPLETED_SUCCESSFULLY"])
      assert.strictEqual(again.headers["electric-handle"], handle)
    }).pipe(Effect.provide(layer())))

  it.effect("drops the first shape of a batch after so many responses, and no other", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ runs: [{}] })
      const first = lastOf(yield* readUp(id))
      const refused = yield* Feed.poll(id, first)
      assert.strictEqual(refused.status, 409)
      const query = { offset: "-1", handle: refused.headers["electric-handle"] ?? "" }
      const replies = yield* Effect.replicateEffect(Feed.ask(id, { query }), 5)
      assert.deepStrictEqual(replies.map(({ status }) => status), [200, 200, 200, 200, 200])
    }).pipe(Effect.provide(layer({ mustRefetchAfter: 2 }))))

  it.effect("has a shape for each set of columns", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ runs: [] })
      const handles = yield* Effect.forEach(["payload,output", "output,payload", "output"], (skipColumns) =>
        Effect.map(Feed.ask(id, { query: { skipColumns } }), ({ headers }) => headers["electric-handle"]))
      assert.strictEqual(handles[0], handles[1])
      assert.notStrictEqual(handles[0], handles[2])
    }).pipe(Effect.provide(layer())))

  const invalid: ReadonlyArray<readonly [name: string, query: Record<string, string>, parameter: string]> = [
    ["an offset without a handle", { offset: "0_0" }, "handle"],
    ["a live request from the beginning", { offset: "-1", live: "true" }, "live"]
  ]
  for (const [name, query, parameter] of invalid) {
    it.effect(`refuses ${name}`, () =>
      Effect.gen(function*() {
        const { createBatch } = yield* TriggerSimulator
        const { id } = yield* createBatch({ runs: [] })
        const { body, status } = yield* Feed.ask(id, { query })
        assert.strictEqual(status, 400)
        assert.property(JSON.parse(body).errors, parameter)
      }).pipe(Effect.provide(layer())))
  }

  it.effect("refuses an offset that is none", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ runs: [] })
      const first = yield* Feed.ask(id)
      assert.strictEqual((yield* Feed.ask(id, { query: { ...Feed.next(first, false), offset: "x" } })).status, 400)
    }).pipe(Effect.provide(layer())))

  it.effect("takes an offset beyond the log for its end", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ runs: [{}] })
      const first = yield* Feed.ask(id)
      const beyond = yield* Feed.ask(id, { query: { ...Feed.next(first, false), offset: "99_0" } })
      assert.deepStrictEqual(beyond.said, ["up-to-date"])
    }).pipe(Effect.provide(layer())))
})
