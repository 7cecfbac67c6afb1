import { assert, describe, it } from "@effect/vitest"
import { RunStatus } from "effect-trigger-dev"

describe("RunStatus", () => {
  it("every status is finished, unfinished, or not known", () => {
    const finished = "COMPLETED CANCELED FAILED CRASHED SYSTEM_FAILURE EXPIRED TIMED_OUT INTERRUPTED".split(" ")
    const unfinished = ("PENDING_VERSION QUEUED DEQUEUED EXECUTING WAITING DELAYED " +
      "WAITING_FOR_DEPLOY REATTEMPTING FROZEN").split(" ")
    for (const status of finished) {
      assert.deepStrictEqual([RunStatus.isFinished(status), RunStatus.isUnfinished(status)], [true, false], status)
    }
    for (const status of unfinished) {
      assert.deepStrictEqual([RunStatus.isFinished(status), RunStatus.isUnfinished(status)], [false, true], status)
    }
    assert.deepStrictEqual([RunStatus.isFinished("NEW"), RunStatus.isUnfinished("NEW")], [false, false])
  })
})
