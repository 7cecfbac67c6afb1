import { expect, it } from "@effect/vitest"
import { countsText } from "../../../src/cli/results/summary.js"
import { countsOf } from "../../../src/cli/runs.js"
import { coloursFor } from "../../../src/cli/terminal/colours.js"
import { runView, snapshotOf } from "../support/runs.js"

it.each([
  ["0 runs", []],
  ["1 run: 1 succeeded", [runView()]],
  ["2 runs: 1 failed, 1 queued", [runView({ state: "failed" }), runView({ state: "pending", status: "QUEUED" })]]
])("a batch is %s", (text, runs) => {
  expect(countsText(countsOf(snapshotOf(runs)), coloursFor({}, {}))).toBe(text)
})
