import { assert, describe, it } from "@effect/vitest"
import type { Batch } from "effect-trigger-dev"
import { attributesOf, isOver, make, makeKnown, progressOf, summarize } from "../../../src/internal/batch/state.js"

const failure = { index: 0, taskIdentifier: "missing", error: "Task not found" }

const batch = (fields: Partial<Batch>): Batch => ({
  id: "batch_1",
  status: "COMPLETED",
  createdAt: new Date(0),
  updatedAt: new Date(0),
  runCount: 0,
  runs: [],
  ...fields
})

const state = (fields: Partial<Batch>) => {
  const state = make(makeKnown("batch_1"))
  state.batch = batch(fields)
  return state
}

const summaryOf = (fields: Partial<Batch>) => summarize(state(fields), batch(fields))

describe("a batch without a pending run", () => {
  const rows: ReadonlyArray<
    readonly [status: string, runCount: number, failed: number, missing: number, toCome: number]
  > = [
    ["PENDING", 3, 0, 3, 3],
    ["PROCESSING", 3, 1, 2, 2],
    ["PROCESSING", 3, 3, 0, 0],
    ["PENDING", 1, 2, 0, 0],
    ["COMPLETED", 3, 0, 3, 0],
    ["PARTIAL_FAILED", 3, 1, 2, 0],
    ["ABORTED", 5, 0, 5, 0],
    ["NEW", 3, 0, 3, 3]
  ]
  for (const [status, runCount, failed, missing, toCome] of rows) {
    it(`that is ${status}, of ${runCount} items of which ${failed} failed to start, misses ${missing} and gets ${toCome}`, () => {
      const summary = summaryOf({
        status,
        runCount,
        processing: { errors: Array<typeof failure>(failed).fill(failure) }
      })
      assert.deepStrictEqual([summary.missing, summary.complete], [missing, missing === 0])
      assert.strictEqual(isOver(summary), toCome === 0)
      assert.strictEqual(summary.failedToStart.length, failed)
      assert.deepStrictEqual(progressOf(state({}), summary), {
        finished: 0,
        total: toCome,
        failed: 0,
        unavailable: 0,
        failedToStart: failed,
        statuses: {}
      })
    })
  }

  it("has no item that failed to start, where the server says nothing of them", () => {
    assert.deepStrictEqual(summaryOf({ runCount: 3 }).failedToStart, [])
  })
})

describe("what spans tell of a batch", () => {
  it("counts the runs that are pending among the runs", () => {
    const summary = {
      ...summaryOf({ runs: ["run_1", "run_2"], processing: { errors: [failure] } }),
      results: [{ ok: true, id: "run_3" } as const]
    }
    assert.deepStrictEqual(attributesOf(summary), {
      "trigger.batch.runs": 3,
      "trigger.batch.finished": 1,
      "trigger.batch.pending": 2,
      "trigger.batch.failed_to_start": 1,
      "trigger.batch.unavailable": 0
    })
  })
})
