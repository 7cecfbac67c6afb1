import { describe, expect, it } from "@effect/vitest"
import { statusesOf } from "../../src/cli/runs.js"
import { runView } from "./support/runs.js"

describe("statusesOf", () => {
  it("counts the runs of each status, the most frequent first", () => {
    const runs = ["A", "B", "B"].map((status) => runView({ status }))
    expect(statusesOf(runs)).toEqual([["B", 2], ["A", 1]])
  })
})
