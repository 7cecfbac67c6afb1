import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import type { Fault } from "effect-trigger-dev/testing"
import * as Faults from "./faults.js"
import { settings } from "./world.js"

/** What a path meets, request by request. */
const meets = (path: string, seed: number) => {
  const plan = Faults.make(seed, 4)
  return Array.from({ length: 20_000 }, () => plan.faults({ path }))
}

const isLate = (fault: Fault): boolean =>
  fault._tag === "Delay" && Duration.toMillis(fault.duration) > settings.requestTimeout

/** The faults in a row that an attempt fails for each. */
const rows = (path: string, seed: number): ReadonlyArray<ReadonlyArray<Fault>> => {
  let row: Array<Fault> = []
  const rows = [row]
  for (const fault of meets(path, seed)) {
    if (fault !== undefined && (fault._tag !== "Delay" || isLate(fault))) {
      row.push(fault)
    } else {
      row = []
      rows.push(row)
    }
  }
  return rows
}

describe("the plan of a soak's faults", () => {
  it("has as many faults in a row as a call may try again, and never more", () =>
    assert.strictEqual(Math.max(...rows("/api/v1/batches/batch_old1/results", 1).map(({ length }) => length)), 4))

  it("refuses a presigned URL once, and nothing else goes wrong with it then", () => {
    const refused = rows("/packets/proj_simulator/dev/run_1/attempt_1/output.json", 1)
      .filter((row) => row.some((fault) => fault._tag === "Status" && fault.status === 403))
    assert.isNotEmpty(refused)
    assert.deepStrictEqual(new Set(refused.map(({ length }) => length)), new Set([1]))
  })

  it("says of no object for a moment that it is not there, which is final", () =>
    assert.isFalse(
      meets("/packets/proj_simulator/dev/run_1/attempt_1/output.json", 1)
        .some((fault) => fault?._tag === "Status" && fault.status === 404)
    ))

  it("has one time-out in a row of faults, and no second", () =>
    assert.strictEqual(
      Math.max(
        ...rows("/api/v3/runs/run_1", 1).map((row) =>
          row.filter((fault) => fault._tag === "Hang" || isLate(fault)).length
        )
      ),
      1
    ))

  it("leaves alone what is to fail by itself", () =>
    assert.deepStrictEqual(new Set(meets("/api/v3/runs/run_unknown1", 1)), new Set([undefined])))

  it("is the same for the same seed", () => {
    const kinds = (seed: number) => meets("/api/v3/runs/run_1", seed).map((fault) => fault?._tag)
    assert.deepStrictEqual(kinds(7), kinds(7))
    assert.notDeepEqual(kinds(7), kinds(8))
  })
})
