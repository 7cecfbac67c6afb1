import { assert, describe, it } from "@effect/vitest"
import type { Batch } from "effect-trigger-dev"
import { attributesOf, make, progressOf, summarize } from "../../../src/internal/batch/reader.js"

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

const summaryOf = (fields: Partial<Batch>) => summarize(make("batch_1"), batch(fields))

describe("a batch without a pending run", () => {
  const rows: ReadonlyArray<readonly [status: string, runCount: number, failed: number, toCome: number]> = [
    ["PENDING", 3, 0, 3],
    ["PROCESSING", 3, 1, 2],
    ["PROCESSING", 3, 3, 0],
    ["PENDING", 1, 2, 0],
    ["COMPLETED", 3, 0, 0],
    ["PARTIAL_FAILED", 3, 1, 0],
    ["NEW", 3, 0, 0]
  ]
  for (const [status, runCount, failed, toCome] of rows) {
    it(`that is ${status}, of ${runCount} and with ${failed} that failed to start, gets ${toCome} more`, () => {
      const summary = summaryOf({
        status,
        runCount,
        processing: { errors: Array<typeof failure>(failed).fill(failure) }
      })
      assert.strictEqual(summary.complete, toCome === 0)
      assert.strictEqual(summary.failedToStart.length, failed)
      assert.deepStrictEqual(progressOf(summary), { finished: 0, total: toCome, failed: 0, unavailable: 0 })
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
