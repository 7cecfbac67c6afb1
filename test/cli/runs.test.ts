import { describe, expect, it } from "@effect/vitest"
import { countsOf, statusesOf, statusOf } from "../../src/cli/runs.js"
import { runView, snapshotOf } from "./support/runs.js"

describe("statusesOf", () => {
  it("counts the runs of each status, the most frequent first", () => {
    const runs = ["A", "B", "B"].map((status) => runView({ status }))
    expect(statusesOf(runs)).toEqual([["B", 2], ["A", 1]])
  })
})

describe("countsOf", () => {
  it.each([
    ["running", ["DEQUEUED", "EXECUTING", "WAITING", "REATTEMPTING", "FROZEN"]],
    ["queued", ["QUEUED", "DELAYED", "PENDING_VERSION", "WAITING_FOR_DEPLOY", "NEW_STATUS"]]
  ])("counts a run that has not finished as %s where its status is one of %j", (count, statuses) => {
    for (const status of statuses) {
      const counts = countsOf(snapshotOf([runView({ state: "pending", status })]))
      expect([status, counts]).toEqual([status, { ...countsOf(snapshotOf([])), total: 1, [count]: 1 }])
    }
  })

  it("counts a run that has not been read as neither", () => {
    expect(countsOf(snapshotOf([runView({ state: "pending" })]))).toMatchObject({ running: 0, queued: 0, unread: 1 })
  })
})

describe("statusOf", () => {
  const { id: _, ...notCreated } = runView({ state: "failed" })

  it.each([
    ["TIMED_OUT", runView({ state: "failed", status: "TIMED_OUT" })],
    ["COMPLETED", runView()],
    ["FAILED", runView({ state: "failed" })],
    ["NOT CREATED", notCreated],
    ["PENDING", runView({ state: "pending" })],
    ["UNREADABLE", runView({ state: "unavailable" })]
  ])("is %s", (status, run) => {
    expect(statusOf(run)).toBe(status)
  })
})
