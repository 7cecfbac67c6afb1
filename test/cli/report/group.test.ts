import { describe, expect, it } from "@effect/vitest"
import { groupFailures, pattern } from "../../../src/cli/report/group.js"
import { runView } from "../support/runs.js"

it.each([
  ["numbers", "answered 503 for account 48213", "answered … for account …"],
  ["fractions and times", "took 1.5 s, since 10:04:33", "took … s, since …"],
  ["UUIDs", "no user 3f2b1c1e-8a5d-4c1b-9c56-0a1b2c3d4e5f", "no user …"],
  ["ids of runs", "run_cm9x8y7z failed", "… failed"],
  ["addresses of people", "no mailbox jane.doe+x@example.co.uk", "no mailbox …"],
  ["hashes and pointers", "commit 9fceb02d0ae598e9 at 0xdeadbeef", "commit … at …"],
  ["numbers in colour", "\u001b[31manswered 503\u001b[39m again", "answered … again"],
  ["many colours", `${"\u001b[31m".repeat(100)}answered 503`, "answered …"],
  ["white space", "a\n   b", "a b"]
])("messages that differ in %s say the same", (_, message, expected) => {
  expect(pattern(message)).toBe(expected)
})

it.each([
  "Cannot read properties of undefined (reading 'total')",
  "connect ECONNREFUSED",
  "a decade of facade"
])("%j is kept as it is", (message) => {
  expect(pattern(message)).toBe(message)
})

describe("groupFailures", () => {
  it("puts the most frequent first, with their tasks and runs", () => {
    const runs = [
      runView({ id: "run_1", state: "failed", status: "FAILED", task: "a", message: "no account 1" }),
      runView({ id: "run_2", state: "succeeded" }),
      runView({ id: "run_3", state: "failed", status: "TIMED_OUT", task: "a", message: "no account 1" }),
      runView({ id: "run_4", state: "failed", status: "FAILED", task: "b", message: "no account 22" })
    ]
    expect(
      groupFailures(runs).map(({ pattern, runs, status, tasks }) => [pattern, status, tasks, runs.map(({ id }) => id)])
    )
      .toEqual([
        ["no account …", "FAILED", ["a", "b"], ["run_1", "run_4"]],
        ["no account …", "TIMED_OUT", ["a"], ["run_3"]]
      ])
  })

  it("names a task of several runs once", () => {
    const runs = ["run_1", "run_2"].map((id) => runView({ id, state: "failed", task: "a", message: "no account" }))
    expect(groupFailures(runs)).toMatchObject([{ tasks: ["a"] }])
  })

  it("compares the first 300 characters of the messages", () => {
    const groupsOf = (same: number) =>
      groupFailures(["x", "y"].map((end) => runView({ state: "failed", message: `${"a".repeat(same)}${end}` }))).length
    expect(groupsOf(300)).toBe(1)
    expect(groupsOf(299)).toBe(2)
  })

  it("says so of failures that give no reason", () => {
    expect(groupFailures([runView({ state: "failed" })])).toMatchObject([{
      pattern: "no reason given",
      status: "FAILED"
    }])
  })
})
