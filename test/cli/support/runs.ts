/** Runs and batches, of which a test says what it is about. */
import type { RunView, Snapshot } from "../../../src/cli/runs.js"

export const runView = (fields: Partial<RunView> = {}): RunView => ({
  id: "run_1",
  state: "succeeded",
  tags: [],
  ...fields
})

export const snapshotOf = (runs: ReadonlyArray<RunView>, createdAt = new Date(0)): Snapshot => ({
  batch: {
    id: "batch_1",
    status: "PENDING",
    createdAt,
    updatedAt: createdAt,
    runCount: runs.length,
    runs: runs.flatMap(({ id }) => id ?? [])
  },
  runs,
  toBeCreated: 0
})
