import { assert, describe, it } from "@effect/vitest"
import { Chunk, Clock, Effect, Fiber, Schedule, Stream, TestClock } from "effect"
import {
  BatchHandle,
  type BatchProgress,
  collectBatchResults,
  RetryPolicy,
  streamBatchResults,
  type UnavailableRun
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

const finished = (count: number) => Array.from({ length: count }, (_, index) => run(index, 0))

const everySecond = Schedule.spaced("1 second")

const later = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

const runReads = (server: { readonly requests: ReadonlyArray<Fake.Request> }) =>
  server.requests.filter(({ path }) => path.includes("/v3/")).length

describe("streamBatchResults", () => {
  it.effect("reads each run once with a concurrency of Infinity, too", () =>
    Effect.gen(function*() {
      const server = Fake.make({ runs: finished(20), latency: 500 })
      const results = yield* later(
        Stream.runCollect(streamBatchResults(batchId)).pipe(
          Effect.provide(Scripted.client(server, { concurrency: Number.POSITIVE_INFINITY }))
        )
      )
      assert.lengthOf(results, 20)
      assert.strictEqual(runReads(server), 20)
    }))

  it.effect("leaves the outputs to a handle", () =>
    Effect.gen(function*() {
      const handle = yield* BatchHandle.make(batchId)
      const emitted = yield* Stream.runCollect(streamBatchResults(handle)).pipe(
        Effect.provide(Scripted.client(Fake.make({ runs: finished(2) })))
      )
      assert.deepStrictEqual(yield* BatchHandle.results(handle), Chunk.toReadonlyArray(emitted))
    }))

  it.effect("emits each run once, as it is seen finished, and ends", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: [run(0, 2500), run(1, 0), run(2, 1500, { status: "FAILED" }), run(3, 500, { output: undefined })]
      })
      const seen = yield* later(
        streamBatchResults(batchId, { schedule: everySecond }).pipe(
          Stream.mapEffect(({ id }) => Effect.map(Clock.currentTimeMillis, (at) => [id, at])),
          Stream.runCollect,
          Effect.provide(Scripted.client(server))
        )
      )
      assert.deepStrictEqual(Chunk.toReadonlyArray(seen), [
        ["run_1", 0],
        ["run_3", 1000],
        ["run_2", 2000],
        ["run_0", 3000]
      ])
      assert.deepStrictEqual([...server.finishedReads.values()], [1, 1, 1, 1])
    }))

  it.effect("take(1) sends no further request", () =>
    Effect.gen(function*() {
      const server = Fake.make({ runs: finished(100), latency: 20 })
      const fiber = yield* streamBatchResults(batchId).pipe(
        Stream.take(1),
        Stream.runCollect,
        Effect.provide(Scripted.client(server)),
        Effect.fork
      )
      // the batch, the endpoint, and the first round of reads
      yield* TestClock.adjust("60 millis")
      assert.strictEqual((yield* Fiber.join(fiber)).length, 1)
      assert.strictEqual(runReads(server), 16)
      assert.strictEqual(server.open(), 0)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(runReads(server), 16)
    }))

  it.effect("take(1) of a batch that the endpoint lists reads no run at all", () =>
    Effect.gen(function*() {
      const server = Fake.make({ runs: [run(0, 0, { engine: "V1" }), run(1, 0)] })
      const taken = yield* streamBatchResults(batchId).pipe(
        Stream.take(1),
        Stream.runCollect,
        Effect.provide(Scripted.client(server))
      )
      assert.deepStrictEqual(Chunk.toReadonlyArray(taken).map(({ id }) => id), ["run_0"])
      assert.strictEqual(runReads(server), 0)
    }))

  it.effect("reads ahead of a slow consumer by no more than is under way at once", () =>
    Effect.gen(function*() {
      const server = Fake.make({ runs: finished(100) })
      let taken = 0
      const fiber = yield* streamBatchResults(batchId).pipe(
        Stream.runForEach(() => Effect.zipRight(Effect.sync(() => taken++), Effect.sleep("1 minute"))),
        Effect.provide(Scripted.client(server, { concurrency: 4 })),
        Effect.fork
      )
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(taken, 11)
      // four that wait to be taken, one between them and the consumer, and two in the stream's own hands
      assert.isAtMost(runReads(server), taken + 4 + 3)
      yield* Fiber.interrupt(fiber)
    }))

  it.effect("fails with an error that names the run, after what came before it", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: finished(3),
        fault: (path) => path.endsWith("run_1") ? { status: 500 } : undefined
      })
      const seen: Array<string> = []
      const error = yield* streamBatchResults(batchId).pipe(
        Stream.runForEach(({ id }) => Effect.sync(() => seen.push(id))),
        Effect.flip,
        RetryPolicy.override(RetryPolicy.none),
        Effect.provide(Scripted.client(server, { concurrency: 1 }))
      )
      assert.deepStrictEqual(seen, ["run_0"])
      assert.include(error.message, "run_1")
    }))

  it.effect("on a handle it starts with what the handle knows", () =>
    Effect.gen(function*() {
      const server = Fake.make({ runs: [run(0, 0), run(1, 500), run(2, 0)] })
      const handle = yield* BatchHandle.make(batchId)
      const seen = yield* later(
        Effect.zipRight(
          collectBatchResults(handle),
          streamBatchResults(handle, { schedule: everySecond }).pipe(Stream.map(({ id }) => id), Stream.runCollect)
        ).pipe(Effect.provide(Scripted.client(server)))
      )
      assert.deepStrictEqual(Chunk.toReadonlyArray(seen), ["run_0", "run_2", "run_1"])
      assert.deepStrictEqual([...server.finishedReads.values()], [1, 1, 1])
    }))

  it.effect("with a schedule that ends it ends", () =>
    Effect.gen(function*() {
      const server = Fake.make({ runs: [run(0, 0), run(1, Number.POSITIVE_INFINITY)] })
      const seen = yield* later(
        streamBatchResults(batchId, { schedule: Schedule.recurs(1) }).pipe(
          Stream.runCollect,
          Effect.provide(Scripted.client(server))
        )
      )
      assert.strictEqual(seen.length, 1)
      assert.strictEqual(runReads(server), 3)
    }))

  it.effect("a batch without runs is an empty stream", () =>
    Effect.gen(function*() {
      const server = Fake.make({ runs: [] })
      const seen = yield* streamBatchResults(batchId).pipe(Stream.runCollect, Effect.provide(Scripted.client(server)))
      assert.strictEqual(seen.length, 0)
      assert.strictEqual(server.requests.length, 1)
    }))
})

const garbage: Scripted.Response = { status: 200, body: "{\"id\": 7}" }

const isRun = (path: string, index: number) => path.endsWith(`/run_${index}`)

/** Writes down what a stream does, in order, and when. */
const recorder = () => {
  const events: Array<readonly [at: number, what: string, id: string]> = []
  const record = (what: string, id: string) =>
    Effect.map(Clock.currentTimeMillis, (at) => {
      events.push([at, what, id])
    })
  return {
    events,
    onUnavailable: ({ error, id }: UnavailableRun) => record(error._tag, id),
    drain: Stream.runForEach(({ id }: { readonly id: string }) => record("emitted", id))
  }
}

describe("streamBatchResults with `onUnavailable`", () => {
  it.effect("hands a run over whose response is garbage, once, asks once for it, and emits the others", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: [run(0, 1500), run(1, 0), run(2, 0)],
        fault: (path) => isRun(path, 1) ? garbage : undefined
      })
      const { drain, events, onUnavailable } = recorder()
      yield* later(
        drain(streamBatchResults(batchId, { schedule: everySecond, onError: "report", onUnavailable })).pipe(
          Effect.provide(Scripted.client(server))
        )
      )
      assert.deepStrictEqual(events, [
        [0, "emitted", "run_2"],
        [0, "InvalidResponse", "run_1"],
        [2000, "emitted", "run_0"]
      ])
      assert.strictEqual(server.requests.filter(({ path }) => isRun(path, 1)).length, 1)
    }))

  it.effect("emits a run whose error passes, and hands it to no one", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: [run(0, 0), run(1, 0)],
        fault: (path, number) => isRun(path, 1) && number <= 2 ? { status: 503 } : undefined
      })
      const { drain, events, onUnavailable } = recorder()
      yield* later(
        drain(streamBatchResults(batchId, { schedule: everySecond, onError: "report", onUnavailable })).pipe(
          RetryPolicy.override(RetryPolicy.none),
          Effect.provide(Scripted.client(server))
        )
      )
      assert.deepStrictEqual(events, [[0, "emitted", "run_0"], [2000, "emitted", "run_1"]])
    }))

  it.effect("hands over what could not be read by the end of the schedule, but no run that is pending", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: [run(0, Number.POSITIVE_INFINITY), run(1, 0), run(2, 0)],
        fault: (path) => isRun(path, 1) ? { status: 503 } : isRun(path, 2) ? garbage : undefined
      })
      const { drain, events, onUnavailable } = recorder()
      const schedule = Schedule.intersect(everySecond, Schedule.recurs(2))
      yield* later(
        drain(streamBatchResults(batchId, { schedule, onError: "report", onUnavailable })).pipe(
          RetryPolicy.override(RetryPolicy.none),
          Effect.provide(Scripted.client(server))
        )
      )
      assert.deepStrictEqual(events, [[0, "InvalidResponse", "run_2"], [2000, "ServerError", "run_1"]])
    }))

  it.effect("after `giveUpAfter` polls hands over a run whose error does not pass, and ends", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: [run(0, 500), run(1, 0)],
        fault: (path) => isRun(path, 1) ? { status: 503 } : undefined
      })
      const { drain, events, onUnavailable } = recorder()
      yield* later(
        drain(streamBatchResults(batchId, {
          schedule: everySecond,
          onError: "report",
          giveUpAfter: 3,
          onUnavailable
        })).pipe(
          RetryPolicy.override(RetryPolicy.none),
          Effect.provide(Scripted.client(server))
        )
      )
      assert.deepStrictEqual(events, [[1000, "emitted", "run_0"], [2000, "ServerError", "run_1"]])
    }))

  it.effect("a failure of it fails the stream", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: [run(0, Number.POSITIVE_INFINITY), run(1, 0)],
        fault: (path) => isRun(path, 1) ? garbage : undefined
      })
      const error = yield* streamBatchResults(batchId, {
        onError: "report",
        onUnavailable: ({ id }) => Effect.fail(`no ${id}`)
      }).pipe(Stream.runDrain, Effect.flip, Effect.provide(Scripted.client(server)))
      assert.strictEqual(error, "no run_1")
    }))

  it.effect("asks for no run after one that refuses the key, and hands over all that are left, in batch order", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: finished(5),
        fault: (path) => isRun(path, 1) ? { status: 401, body: "{\"error\":\"no\"}" } : undefined
      })
      const { drain, events, onUnavailable } = recorder()
      yield* drain(streamBatchResults(batchId, { onError: "report", onUnavailable })).pipe(
        Effect.provide(Scripted.client(server, { concurrency: 1 }))
      )
      assert.deepStrictEqual(events, [
        [0, "emitted", "run_0"],
        [0, "Unauthorized", "run_1"],
        [0, "Unauthorized", "run_2"],
        [0, "Unauthorized", "run_3"],
        [0, "Unauthorized", "run_4"]
      ])
      assert.strictEqual(runReads(server), 2)
    }))

  it.effect("fails where the batch cannot be read", () =>
    Effect.gen(function*() {
      const server = Fake.make({ runs: [], fault: () => garbage })
      const error = yield* streamBatchResults(batchId, { onError: "report", onUnavailable: () => Effect.void }).pipe(
        Stream.runDrain,
        Effect.flip,
        Effect.provide(Scripted.client(server))
      )
      assert.strictEqual(error._tag, "InvalidResponse")
    }))

  it.effect("reads the runs of today's engine although the endpoint is broken", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: [run(0, 0), run(1, 0, { engine: "V1" })],
        fault: (path) => path.endsWith("/results") ? garbage : undefined
      })
      const { drain, events, onUnavailable } = recorder()
      yield* drain(streamBatchResults(batchId, { onError: "report", onUnavailable })).pipe(
        Effect.provide(Scripted.client(server))
      )
      assert.deepStrictEqual(events, [[0, "emitted", "run_0"], [0, "InvalidResponse", "run_1"]])
    }))

  it.effect("does not emit a run that was handed over, although the endpoint lists it later", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: [0, 500, 1500].map((finishesAt, index) => run(index, finishesAt, { engine: "V1" })),
        fault: (path) => isRun(path, 1) ? garbage : undefined
      })
      const { drain, events, onUnavailable } = recorder()
      yield* later(
        drain(streamBatchResults(batchId, { schedule: everySecond, onError: "report", onUnavailable })).pipe(
          Effect.provide(Scripted.client(server))
        )
      )
      assert.deepStrictEqual(events, [
        [0, "emitted", "run_0"],
        [0, "InvalidResponse", "run_1"],
        [2000, "emitted", "run_2"]
      ])
    }))

  it.effect("hands over no run of which another call has found the result meanwhile, but emits it", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: finished(2),
        fault: (path, number) => path.includes("/run_") && number === 1 ? { status: 503 } : undefined
      })
      const batch = yield* BatchHandle.make(batchId)
      const { drain, events, onUnavailable } = recorder()
      const stream = streamBatchResults(batch, {
        schedule: Schedule.stop,
        onError: "report",
        onUnavailable: (run) => Effect.zipRight(onUnavailable(run), Effect.sleep("1 minute"))
      })
      const other = Effect.delay(collectBatchResults(batch), "1 second")
      yield* later(
        Effect.zip(drain(stream), other, { concurrent: true }).pipe(
          RetryPolicy.override(RetryPolicy.none),
          Effect.provide(Scripted.client(server))
        )
      )
      assert.deepStrictEqual(events, [[0, "ServerError", "run_0"], [60_000, "emitted", "run_1"]])
    }))

  it.effect("the schedule sees how many runs cannot be read", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: [run(0, 1500), run(1, 0)],
        fault: (path) => isRun(path, 1) ? { status: 503 } : undefined
      })
      const { drain, events, onUnavailable } = recorder()
      const schedule = everySecond.pipe(
        Schedule.whileInput(({ finished, total, unavailable = 0 }: BatchProgress) => finished + unavailable < total)
      )
      yield* later(
        drain(streamBatchResults(batchId, { schedule, onError: "report", onUnavailable })).pipe(
          RetryPolicy.override(RetryPolicy.none),
          Effect.provide(Scripted.client(server))
        )
      )
      assert.deepStrictEqual(events, [[2000, "emitted", "run_0"], [2000, "ServerError", "run_1"]])
    }))

  it.effect("on a handle, collecting afterwards asks for what was handed over, and for no other run", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: finished(3),
        failedToStart: 1,
        fault: (path, number) => isRun(path, 1) && number === 1 ? garbage : undefined
      })
      const handle = yield* BatchHandle.make(batchId)
      const { failedToStart, results } = yield* streamBatchResults(handle, {
        onError: "report",
        onUnavailable: () => Effect.void
      }).pipe(
        Stream.runDrain,
        Effect.zipRight(collectBatchResults(handle)),
        Effect.provide(Scripted.client(server))
      )
      assert.strictEqual(results.length, 3)
      assert.strictEqual(failedToStart.length, 1)
      assert.deepStrictEqual(server.requests.slice(-2).map(({ path }) => path), [
        `/api/v2/batches/${batchId}`,
        "/api/v3/runs/run_1"
      ])
    }))

  it.effect("interrupted while a run is handed over it sends nothing more", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: [run(0, Number.POSITIVE_INFINITY), run(1, 0)],
        fault: (path) => isRun(path, 1) ? garbage : undefined
      })
      let interrupted = 0
      const fiber = yield* streamBatchResults(batchId, {
        onError: "report",
        onUnavailable: () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => interrupted++))
      }).pipe(Stream.runDrain, Effect.provide(Scripted.client(server)), Effect.fork)
      yield* TestClock.adjust("1 minute")
      yield* Fiber.interrupt(fiber)
      const sent = server.requests.length
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(interrupted, 1)
      assert.strictEqual(server.requests.length, sent)
    }))
})
