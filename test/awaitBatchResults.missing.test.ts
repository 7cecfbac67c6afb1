import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Schedule, Stream, TestClock } from "effect"
import { awaitBatchResults, collectBatchResults, retrieveBatch, streamBatchResults } from "effect-trigger-dev"
import { type SimulatedBatch, TriggerSimulator } from "effect-trigger-dev/testing"

/** A batch that says that it has more items than it has runs, and not when the server had worked through them. */
const batchOf = (status: string, runCount: number, runs: SimulatedBatch["runs"] = []): SimulatedBatch => ({
  runs,
  shows: { status, runCount, processingCompletedAt: undefined }
})

/** Waits for a batch with a schedule that ends after a minute, and says when the waiting ended. */
const awaited = (batch: SimulatedBatch) =>
  Effect.gen(function*() {
    const { createBatch } = yield* TriggerSimulator
    const { id } = yield* createBatch(batch)
    const schedule = Schedule.intersect(Schedule.spaced("10 seconds"), Schedule.recurs(6))
    const fiber = yield* Effect.fork(
      Effect.all({ found: awaitBatchResults(id, { schedule }), endedAt: Clock.currentTimeMillis })
    )
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  }).pipe(Effect.provide(TriggerSimulator.layerClient()))

describe("waiting for a batch of 5 items without runs", () => {
  const rows: ReadonlyArray<readonly [status: string, seconds: number]> = [
    ["ABORTED", 0],
    ["PARTIAL_FAILED", 0],
    ["COMPLETED", 0],
    ["PENDING", 60],
    ["PROCESSING", 60],
    ["A_STATUS_OF_TOMORROW", 60]
  ]
  for (const [status, seconds] of rows) {
    it.effect(`that is ${status} ends ${seconds === 0 ? "at once" : "with the schedule"}, and is not complete`, () =>
      Effect.gen(function*() {
        const { endedAt, found } = yield* awaited(batchOf(status, 5))
        assert.strictEqual(endedAt, seconds * 1000)
        assert.deepStrictEqual([found.missing, found.complete, found.pending], [5, false, []])
      }))
  }

  it.effect("is over when the runs are there", () =>
    Effect.gen(function*() {
      const { endedAt, found } = yield* awaited({
        runs: Array.from({ length: 5 }, (_, output) => ({ output, createdAfter: "15 seconds" }))
      })
      assert.isBelow(endedAt, 25_000)
      assert.deepStrictEqual([found.missing, found.complete, found.results.length], [0, true, 5])
    }))
})

describe("a batch that lost some of its items", () => {
  it.effect("is waited for until the runs that it has are finished", () =>
    Effect.gen(function*() {
      const { endedAt, found } = yield* awaited(batchOf("ABORTED", 5, [{ finishesAfter: "20 seconds" }]))
      assert.strictEqual(endedAt, 20_000)
      assert.deepStrictEqual([found.missing, found.complete, found.results.length], [4, false, 1])
    }))

  it.effect("counts as missing those for which a full queue reports one error", () =>
    Effect.gen(function*() {
      const { found } = yield* awaited({
        runs: [{ output: 1 }],
        failedToStart: [{
          index: 1,
          taskIdentifier: "greet",
          error: "Queue full (4 items in this batch failed with the same error)",
          errorCode: "QUEUE_SIZE_LIMIT_EXCEEDED"
        }],
        shows: { runCount: 5 }
      })
      assert.deepStrictEqual([found.missing, found.failedToStart.length, found.complete], [3, 1, false])
    }))

  it.effect("says so when it is collected, and its stream ends", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch(batchOf("ABORTED", 5, [{ output: 1 }]))
      const { complete, missing } = yield* collectBatchResults(id)
      assert.deepStrictEqual([missing, complete], [4, false])
      assert.strictEqual(yield* Stream.runCount(streamBatchResults(id)), 1)
    }).pipe(Effect.provide(TriggerSimulator.layerClient())))
})

describe("a batch in which two items have the same idempotency key", () => {
  const shared: SimulatedBatch = {
    runs: [
      { id: "run_shared", output: 1, finishesAfter: "2 seconds" },
      { id: "run_other", output: 2, finishesAfter: "1 second" },
      { id: "run_shared" }
    ]
  }

  it.effect("is PENDING for ever on today's engine, which lists their run once; its wait and its stream end", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch(shared)
      const fiber = yield* Effect.fork(
        Effect.zip(awaitBatchResults(id), Stream.runCount(streamBatchResults(id)), { concurrent: true })
      )
      yield* TestClock.adjust("10 seconds")
      const [{ batch, complete, missing, results }, count] = yield* Fiber.join(fiber)
      assert.deepStrictEqual(results.map((run) => run.id), ["run_other", "run_shared"])
      assert.deepStrictEqual([count, missing, complete], [2, 0, true])
      assert.deepStrictEqual([batch.status, batch.runCount], ["PENDING", 3])
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* retrieveBatch(id)).status, "PENDING")
    }).pipe(Effect.provide(TriggerSimulator.layerClient())))

  it.effect("is waited for on the engine that lists their run twice, too", () =>
    Effect.gen(function*() {
      const { found } = yield* awaited({ ...shared, engine: "v2 over v1" })
      assert.deepStrictEqual(found.batch.runs, ["run_shared", "run_other", "run_shared"])
      assert.deepStrictEqual([found.results.length, found.missing, found.complete], [2, 0, true])
    }))

  it.effect("counts no item as missing where another one failed to start", () =>
    Effect.gen(function*() {
      const { found } = yield* awaited({
        ...shared,
        failedToStart: [{ index: 3, taskIdentifier: "missing", error: "Task not found" }]
      })
      assert.deepStrictEqual([found.batch.status, found.missing, found.complete], ["PARTIAL_FAILED", 0, true])
    }))
})
