import { expect, it } from "@effect/vitest"
import { analyse } from "../../../src/cli/report/analysis.js"
import { toText } from "../../../src/cli/report/text.js"
import { coloursFor } from "../../../src/cli/terminal/colours.js"
import { runView, snapshotOf } from "../support/runs.js"

const textOf = (...runs: Parameters<typeof snapshotOf>[0]): string =>
  toText(analyse(snapshotOf(runs), 5000), { colours: coloursFor({}, {}), width: 100 })

it("says how long a batch took, or has taken so far", () => {
  expect(textOf(runView({ finishedAt: new Date(2000) }))).toContain(", 2s in all\n")
  expect(textOf(runView({ state: "pending", status: "EXECUTING" }))).toContain(", 5s so far\n")
})
