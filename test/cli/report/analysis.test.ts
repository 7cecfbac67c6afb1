import { describe, expect, it } from "@effect/vitest"
import { analyse } from "../../../src/cli/report/analysis.js"
import { runView, snapshotOf } from "../support/runs.js"

const finished = (id: string, task: string, durationMs: number) =>
  runView({ id, task, durationMs, startedAt: new Date(1000), finishedAt: new Date(1000 + durationMs) })

describe("analyse", () => {
  it("tells how long the runs of each task took, those first that take longest", () => {
    const runs = [
      ...[10, 20, 30].map((durationMs, index) => finished(`run_a${index}`, "quick", durationMs)),
      ...[500, 700].map((durationMs, index) => finished(`run_b${index}`, "slow", durationMs)),
      runView({ id: "run_c", task: "slow", state: "failed" }),
      runView({ id: "run_d", task: "new", state: "pending" })
    ]
    expect(analyse(snapshotOf(runs), 5000).tasks).toEqual([
      { task: "slow", runs: 3, failed: 1, durations: [500, 700], median: 600, p95: 690, longest: 700 },
      { task: "quick", runs: 3, failed: 0, durations: [10, 20, 30], median: 20, p95: 29, longest: 30 },
      { task: "new", runs: 1, failed: 0, durations: [], median: undefined, p95: undefined, longest: undefined }
    ])
  })

  it("lists the ten slowest runs", () => {
    const runs = Array.from({ length: 12 }, (_, index) => finished(`run_${index}`, "a", index))
    expect(analyse(snapshotOf(runs), 5000).slowest.map(({ id }) => id)).toEqual(
      [11, 10, 9, 8, 7, 6, 5, 4, 3, 2].map((index) => `run_${index}`)
    )
  })

  it("counts the time up to the end of the last run, and up to now while one goes on", () => {
    const over = [finished("run_1", "a", 500), finished("run_2", "a", 2000)]
    expect(analyse(snapshotOf(over), 60_000)).toMatchObject({ elapsedMs: 3000, isOver: true })
    const going = [...over, runView({ id: "run_3", state: "pending", status: "EXECUTING" })]
    expect(analyse(snapshotOf(going), 60_000)).toMatchObject({ elapsedMs: 60_000, isOver: false })
  })

  it("is not over while a run is queued", () => {
    const runs = [finished("run_1", "a", 500), runView({ id: "run_2", state: "pending", status: "QUEUED" })]
    expect(analyse(snapshotOf(runs), 60_000)).toMatchObject({ elapsedMs: 60_000, isOver: false })
  })

  it("says that no time has passed if this machine's clock is behind the server's", () => {
    const runs = [runView({ state: "pending", status: "EXECUTING" })]
    expect(analyse(snapshotOf(runs, new Date(5000)), 1000).elapsedMs).toBe(0)
  })

  it("holds for a batch without runs", () => {
    expect(analyse(snapshotOf([]), 7000)).toMatchObject({ elapsedMs: 7000, tasks: [], slowest: [], failures: [] })
  })

  it("ends a batch without runs with its last change, once it is complete", () => {
    const snapshot = snapshotOf([])
    const batch = { ...snapshot.batch, status: "COMPLETED", updatedAt: new Date(400) }
    expect(analyse({ ...snapshot, batch }, 60_000)).toMatchObject({ elapsedMs: 400, isOver: true })
  })
})
