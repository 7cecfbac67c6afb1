import { describe, expect, it } from "@effect/vitest"
import { RunNotFound, Unauthorized } from "effect-trigger-dev"
import { exitCodeOf, ofTasks, select } from "../../../src/cli/results/select.js"
import { runView, snapshotOf } from "../support/runs.js"

const good = runView({ id: "run_good", task: "a" })
const bad = runView({ id: "run_bad", task: "b", state: "failed" })
const going = runView({ id: "run_going", task: "a", state: "pending" })
const { id: _, ...notCreated } = runView({ task: "b", state: "failed" })
const missing = runView({
  id: "run_missing",
  state: "unavailable",
  unavailable: new RunNotFound({ endpoint: "GET /", runId: "run_missing" })
})
const refused = runView({
  id: "run_refused",
  state: "unavailable",
  unavailable: new Unauthorized({ endpoint: "GET /" })
})

describe("select", () => {
  const all = [good, bad, going, notCreated]

  it("leaves out a run whose task is not known, where tasks are selected", () => {
    const unread = runView({ id: "run_unread", state: "pending" })
    expect(select(snapshotOf([going, unread]), { task: ["a"] })).toEqual([going])
  })

  it.each(
    [
      [{}, all],
      [{ only: "failed" }, [bad, notCreated]],
      [{ only: "succeeded" }, [good]],
      [{ only: "pending" }, [going]],
      [{ task: ["a"] }, [good, going]],
      [{ task: ["a", "b"] }, all],
      [{ task: ["a"], only: "failed" }, []]
    ] as const
  )("%j", (selection, expected) => {
    expect(select(snapshotOf(all), selection)).toEqual(expected)
  })

  it("looks at tasks alone for the exit code and the counts", () => {
    const batch = { ...snapshotOf(all), toBeCreated: 3 }
    expect(ofTasks(batch, { only: "succeeded", task: ["b"] })).toEqual({
      ...batch,
      runs: [bad, notCreated],
      toBeCreated: 0
    })
    expect(ofTasks(batch, { only: "succeeded" })).toEqual(batch)
  })
})

describe("exitCodeOf", () => {
  it.each([
    ["no runs", [], 0],
    ["runs that succeeded or go on", [good, going], 0],
    ["a run that failed", [good, bad], 1],
    ["an item that could not be created", [notCreated], 1],
    ["a run that could not be read, which weighs more", [bad, missing], 5],
    ["a run that this key may not read", [refused], 3]
  ])("of %s", (_, runs, expected) => {
    expect(exitCodeOf(runs)).toBe(expected)
  })
})
