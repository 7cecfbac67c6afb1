import { expect, it } from "@effect/vitest"
import { countsText } from "../../../src/cli/results/summary.js"
import { countsOf } from "../../../src/cli/runs.js"
import { coloursFor } from "../../../src/cli/terminal/colours.js"
import { runView, snapshotOf } from "../support/runs.js"

it("the summary of selected runs says of how many they are", () => {
  const [selected, none] = [countsOf(snapshotOf([runView()])), countsOf(snapshotOf([]))]
  expect(countsText(selected, coloursFor({}, {}), 7)).toBe("1 of 7 runs selected: 1 succeeded")
  expect(countsText(none, coloursFor({}, {}), 1)).toBe("0 of 1 run selected")
})

it.each([
  ["0 runs", []],
  ["1 run: 1 succeeded", [runView()]],
  ["2 runs: 1 failed, 1 queued", [runView({ state: "failed" }), runView({ state: "pending", status: "QUEUED" })]]
])("a batch is %s", (text, runs) => {
  expect(countsText(countsOf(snapshotOf(runs)), coloursFor({}, {}))).toBe(text)
})
