import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber, Stream, TestClock } from "effect"
import { subscribeToBatch } from "effect-trigger-dev"
import {
  Fault,
  type ReceivedRequest,
  type SimulatedBatch,
  TriggerSimulator,
  type TriggerSimulatorOptions
} from "effect-trigger-dev/testing"
import * as Scripted from "../../support/scriptedHttp.js"

const onSimulator = (options?: TriggerSimulatorOptions) => Effect.provide(TriggerSimulator.layerClient(options))

/** Subscribes in the background, and writes down each update: when it came, of which run, and its status. */
const subscribed = (batchId: string) =>
  Effect.gen(function*() {
    const updates: Array<readonly [seconds: number, id: string, status: string]> = []
    const startedAt = yield* Clock.currentTimeMillis
    const fiber = yield* subscribeToBatch(batchId).pipe(
      Stream.runForEach(({ id, status }) =>
        Effect.map(Clock.currentTimeMillis, (now) => updates.push([(now - startedAt) / 1000, id, status]))
      ),
      Effect.fork
    )
    return { updates, fiber }
  })

const create = (batch: SimulatedBatch) => Effect.flatMap(TriggerSimulator, ({ createBatch }) => createBatch(batch))

const requests = Effect.flatMap(TriggerSimulator, (simulator) => simulator.requests)

/** What was asked, in order. */
const kinds = Effect.map(requests, (all) => all.map(({ live }) => live ? "held" : "snapshot"))

/** One run that changes its status twice. */
const changing: SimulatedBatch = {
  runs: [{
    id: "run_1",
    unfinishedStatus: "QUEUED",
    changes: [{ after: "5 seconds", status: "EXECUTING" }],
    finishesAfter: "30 seconds"
  }]
}

describe("subscribeToBatch", () => {
  for (const backend of ["native", "electric"] as const) {
    it.effect(`(${backend}) brings each run as it is now, and then each change as it happens, once`, () =>
      Effect.gen(function*() {
        const { id } = yield* create(changing)
        const { updates } = yield* subscribed(id)
        yield* TestClock.adjust("2 minutes")
        assert.deepStrictEqual(updates, [[0, "run_1", "QUEUED"], [5, "run_1", "EXECUTING"], [30, "run_1", "COMPLETED"]])
      }).pipe(onSimulator({ realtime: { backend } })))
  }

  for (const backend of ["native", "electric"] as const) {
    it.effect(`(${backend}) the clock may stand a fraction of a nanosecond before a change`, () =>
      Effect.gen(function*() {
        const { id } = yield* create({ runs: [{ id: "run_1", finishesAfter: "3720 seconds" }] })
        yield* TestClock.setTime(3_719_999.999_999_999_5)
        const { updates } = yield* subscribed(id)
        yield* TestClock.adjust("1 second")
        assert.strictEqual(updates.at(-1)?.[2], "COMPLETED")
      }).pipe(onSimulator({ realtime: { backend } })))
  }

  it.effect("an update of changed columns only has the other fields from before", () =>
    Effect.gen(function*() {
      const { id } = yield* create({
        runs: [{ task: "invoice", tags: ["a"], output: 1, finishesAfter: "5 seconds" }]
      })
      const fiber = yield* Effect.fork(subscribeToBatch(id).pipe(Stream.take(2), Stream.runCollect))
      yield* TestClock.adjust("10 seconds")
      const [, last] = [...yield* Fiber.join(fiber)]
      assert.deepStrictEqual(
        [last?.taskIdentifier, last?.tags, last?.status, last?.output],
        ["invoice", ["a"], "COMPLETED", "{\"json\":1}"]
      )
    }).pipe(onSimulator({ realtime: { backend: "electric", partialUpdates: true } })))

  it.effect("a changed run is not brought again by a new snapshot", () =>
    Effect.gen(function*() {
      const { id } = yield* create(changing)
      const { forgetHandles } = yield* TriggerSimulator
      const { updates } = yield* subscribed(id)
      yield* TestClock.adjust("10 seconds")
      yield* forgetHandles
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(updates.map(([, , status]) => status), ["QUEUED", "EXECUTING", "COMPLETED"])
    }).pipe(onSimulator({ realtime: { backend: "electric" } })))

  it.effect("waits for a snapshot as long as the time limit of a request", () =>
    Effect.gen(function*() {
      const { id } = yield* create(changing)
      const { updates } = yield* subscribed(id)
      yield* TestClock.adjust("29 seconds")
      assert.deepStrictEqual(updates, [[29, "run_1", "EXECUTING"]])
    }).pipe(onSimulator({ faults: { 1: Fault.delay("29 seconds") } })))

  it.effect("counts as silent while nothing changes, for Stream.timeout and its like", () =>
    Effect.gen(function*() {
      const { id } = yield* create(changing)
      const fiber = yield* subscribeToBatch(id).pipe(
        Stream.timeoutFail(() => "nothing has changed", "5 minutes"),
        Stream.runDrain,
        Effect.flip,
        Effect.zip(Clock.currentTimeMillis),
        Effect.fork
      )
      yield* TestClock.adjust("10 minutes")
      assert.deepStrictEqual(yield* Effect.flatten(Effect.flatten(Fiber.poll(fiber))), ["nothing has changed", 330_000])
    }).pipe(onSimulator()))

  it.effect("reads a snapshot after a held request that was lost, and so misses no change", () =>
    Effect.gen(function*() {
      const { id } = yield* create(changing)
      const { updates } = yield* subscribed(id)
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(updates, [[0, "run_1", "QUEUED"], [5, "run_1", "EXECUTING"]])
      assert.deepStrictEqual(yield* kinds, ["snapshot", "held", "snapshot", "held"])
    }).pipe(onSimulator({ faults: { 2: Fault.lost } })))
})

describe("a subscription whose place the server does not know any more", () => {
  const hasPlace = ({ path, query }: ReceivedRequest) => path.startsWith("/realtime/") && query["handle"] !== undefined

  it.effect("reads the feed from the beginning, and reports nothing twice", () => {
    let refused = 0
    return Effect.gen(function*() {
      const { id } = yield* create(changing)
      const { updates } = yield* subscribed(id)
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(updates.map(([, , status]) => status), ["QUEUED", "EXECUTING", "COMPLETED"])
      assert.isAbove(refused, 2)
    }).pipe(onSimulator({
      // the held request, and the one that goes on from its place
      faults: (request) => hasPlace(request) && ++refused <= 2 ? Fault.status(400) : undefined
    }))
  })

  for (const [name, fault] of [["a refusal", Fault.status(400)], ["garbage", Fault.garbage]] as const) {
    it.effect(`ends with ${name} that stays`, () =>
      Effect.gen(function*() {
        const { id } = yield* create(changing)
        const { fiber } = yield* subscribed(id)
        yield* TestClock.adjust("1 minute")
        const exit = yield* Effect.flatten(Fiber.poll(fiber))
        assert.isTrue(Exit.isFailure(exit))
        assert.isAtMost((yield* requests).length, 6)
      }).pipe(onSimulator({ faults: (request) => hasPlace(request) ? fault : undefined })))
  }
})

describe("a subscription asks", () => {
  it.effect("nothing until it is pulled, and then for no more than is pulled", () =>
    Effect.scoped(Effect.gen(function*() {
      const { id } = yield* create({
        runs: [{
          unfinishedStatus: "QUEUED",
          changes: [{ after: "90 seconds", status: "EXECUTING" }],
          finishesAfter: "never"
        }]
      })
      const { heldRequests } = yield* TriggerSimulator
      const pull = yield* Stream.toPull(subscribeToBatch(id))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* kinds, [])
      yield* pull
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* kinds, ["snapshot"])
      yield* pull
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* kinds, ["snapshot", "held"])
      assert.strictEqual(yield* heldRequests, 0)
    })).pipe(onSimulator()))

  it.effect("for one thing at a time", () =>
    Effect.gen(function*() {
      const { id } = yield* create({ runs: Array.from({ length: 5 }, (_, at) => ({ finishesAfter: at * 7000 })) })
      const { heldRequests } = yield* TriggerSimulator
      yield* subscribed(id)
      for (let second = 0; second < 40; second++) {
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* heldRequests, 1)
      }
    }).pipe(onSimulator()))

  it.effect("nothing more when it is interrupted, and frees its connection", () =>
    Effect.gen(function*() {
      const { id } = yield* create({ runs: [{ finishesAfter: "never" }] })
      const { heldRequests } = yield* TriggerSimulator
      const { fiber } = yield* subscribed(id)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* heldRequests, 1)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(yield* heldRequests, 0)
      const sent = (yield* requests).length
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* requests).length, sent)
    }).pipe(onSimulator()))

  it.effect("nothing more when the consumer has enough", () =>
    Effect.gen(function*() {
      const { id } = yield* create({ runs: [{ finishesAfter: "never" }] })
      const { heldRequests } = yield* TriggerSimulator
      yield* subscribeToBatch(id).pipe(Stream.take(1), Stream.runDrain)
      assert.deepStrictEqual(yield* kinds, ["snapshot"])
      assert.strictEqual(yield* heldRequests, 0)
    }).pipe(onSimulator()))
})

/** The pauses between the requests of a kind, in seconds. */
const pauses = (all: ReadonlyArray<ReceivedRequest>) => {
  const times = all.filter(({ live }) => live).map(({ at }) => at)
  return times.slice(1).map((at, index) => (at - (times[index] ?? 0)) / 1000)
}

const backOff = [0, 1, 2, 4, 8, 15, 15, 15]

describe("a subscription backs off, 15 seconds at most,", () => {
  it.effect("while the server has no free connection, and brings changes by snapshots", () =>
    Effect.gen(function*() {
      const { id } = yield* create(changing)
      const { updates } = yield* subscribed(id)
      yield* TestClock.adjust("70 seconds")
      assert.deepStrictEqual(pauses(yield* requests), backOff)
      assert.deepStrictEqual(updates.map(([, , status]) => status), ["QUEUED", "EXECUTING", "COMPLETED"])
    }).pipe(onSimulator({ realtime: { connectionLimit: 0 } })))

  for (const backend of ["native", "electric"] as const) {
    it.effect(`(${backend}) while the server does not hold requests`, () =>
      Effect.gen(function*() {
        const { id } = yield* create({ runs: [{ finishesAfter: "never" }] })
        yield* subscribed(id)
        yield* TestClock.adjust("70 seconds")
        assert.deepStrictEqual(pauses(yield* requests), backOff)
      }).pipe(onSimulator({ realtime: { backend, hold: 0 } })))
  }

  it.effect("while held requests are lost", () =>
    Effect.gen(function*() {
      const { id } = yield* create({ runs: [{ finishesAfter: "never" }] })
      yield* subscribed(id)
      yield* TestClock.adjust("70 seconds")
      assert.deepStrictEqual(pauses(yield* requests), backOff)
    }).pipe(onSimulator({ faults: ({ live }) => live ? Fault.reset : undefined })))

  for (const status of [429, 503]) {
    it.effect(`and not before the hint of a ${status} has passed`, () =>
      Effect.gen(function*() {
        const { id } = yield* create({ runs: [{ finishesAfter: "never" }] })
        yield* subscribed(id)
        yield* TestClock.adjust("70 seconds")
        assert.deepStrictEqual(pauses(yield* requests), [30, 30])
      }).pipe(onSimulator({
        faults: ({ live }) => live ? Fault.status(status, { headers: { "retry-after": "30" } }) : undefined
      })))
  }

  it.effect("while the server has more to read and does not send it", () =>
    Effect.gen(function*() {
      const http = Scripted.make((_, number) => ({
        // not without an end, so that this test has one
        status: number > 100 ? 401 : 200,
        headers: {
          "content-type": "application/json",
          "electric-handle": "log",
          "electric-offset": `${number}_0`
        },
        body: "[{\"headers\":{\"control\":\"snapshot-end\"}}]"
      }))
      const fiber = yield* Effect.fork(
        Stream.runDrain(subscribeToBatch("batch_1")).pipe(Effect.provide(Scripted.client(http)))
      )
      yield* TestClock.adjust("70 seconds")
      assert.lengthOf(http.requests, 1 + backOff.length)
      yield* Fiber.interrupt(fiber)
    }))

  it.effect("while the server asks to start again, however often", () =>
    Effect.gen(function*() {
      const http = Scripted.make((_, number) => ({
        status: 409,
        headers: { "content-type": "application/json", "electric-handle": `handle-${number}` },
        body: "[{\"headers\":{\"control\":\"must-refetch\"}}]"
      }))
      const fiber = yield* Effect.fork(
        Stream.runDrain(subscribeToBatch("batch_1")).pipe(Effect.provide(Scripted.client(http)))
      )
      yield* TestClock.adjust("70 seconds")
      const times = http.requests.map(({ at }) => at)
      assert.deepStrictEqual(times.slice(1).map((at, index) => (at - (times[index] ?? 0)) / 1000), backOff)
      yield* Fiber.interrupt(fiber)
    }))

  for (const backend of ["native", "electric"] as const) {
    it.effect(`(${backend}) and not while changes follow one another within a second`, () =>
      Effect.gen(function*() {
        const { id } = yield* create({ runs: [1, 2, 3, 4, 5].map((at) => ({ finishesAfter: at * 300 })) })
        const { updates } = yield* subscribed(id)
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(updates.slice(5).map(([at]) => at), [0.3, 0.6, 0.9, 1.2, 1.5])
      }).pipe(onSimulator({ realtime: { backend } })))
  }

  it.effect("and not any more once a request is held", () =>
    Effect.gen(function*() {
      const { id } = yield* create({ runs: [{ finishesAfter: "never" }] })
      const { setRealtime } = yield* TriggerSimulator
      yield* subscribed(id)
      yield* TestClock.adjust("10 seconds")
      yield* setRealtime({ hold: "20 seconds" })
      yield* TestClock.adjust("1 minute")
      yield* setRealtime({ hold: 0 })
      const before = (yield* requests).length
      yield* TestClock.adjust("31 seconds")
      // the one that was held, and then as at the beginning
      assert.deepStrictEqual(pauses((yield* requests).slice(before)).slice(0, 4), [0, 1, 2, 4])
    }).pipe(onSimulator({ realtime: { hold: 0 } })))
})

describe("a subscription fails", () => {
  it.effect("with Unauthorized where the key is refused", () =>
    Effect.gen(function*() {
      const { id } = yield* create(changing)
      const error = yield* Effect.flip(Stream.runDrain(subscribeToBatch(id)))
      assert.strictEqual(error._tag, "Unauthorized")
      assert.strictEqual((yield* requests).length, 1)
    }).pipe(onSimulator({ faults: () => Fault.status(401, { body: "{\"error\":\"Invalid API key\"}" }) })))

  it.effect("with Unauthorized where the key is refused in the middle", () =>
    Effect.gen(function*() {
      const { id } = yield* create(changing)
      const { setFaults } = yield* TriggerSimulator
      const { fiber, updates } = yield* subscribed(id)
      yield* TestClock.adjust("1 second")
      yield* setFaults(() => Fault.status(401, { body: "{\"error\":\"Invalid API key\"}" }))
      yield* TestClock.adjust("1 minute")
      const error = yield* Effect.flip(Fiber.join(fiber))
      assert.strictEqual(error._tag, "Unauthorized")
      assert.deepStrictEqual(updates.map(([, , status]) => status), ["QUEUED", "EXECUTING"])
    }).pipe(onSimulator()))

  it.effect("with BatchNotFound where there is no such batch, after the retries that the server asks for", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.fork(Effect.flip(Stream.runDrain(subscribeToBatch("batch_none"))))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "BatchNotFound")
      assert.strictEqual((yield* requests).length, 3)
    }).pipe(onSimulator()))

  it.effect("not where the batch appears within the retries", () =>
    Effect.gen(function*() {
      const { id } = yield* create({ ...changing, visibleAfter: "300 millis" })
      const { updates } = yield* subscribed(id)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(updates.at(-1)?.[2], "COMPLETED")
    }).pipe(onSimulator()))

  it.effect("with InvalidResponse where the feed is not JSON", () =>
    Effect.gen(function*() {
      const { id } = yield* create(changing)
      const error = yield* Effect.flip(Stream.runDrain(subscribeToBatch(id)))
      assert.strictEqual(error._tag, "InvalidResponse")
      assert.strictEqual((yield* requests).length, 1)
    }).pipe(onSimulator({ faults: () => Fault.garbage })))

  it.effect("with InvalidBatchId before it asks anything", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Stream.runDrain(subscribeToBatch("..")))
      assert.strictEqual(error._tag, "InvalidBatchId")
      assert.deepStrictEqual(yield* requests, [])
    }).pipe(onSimulator()))
})
