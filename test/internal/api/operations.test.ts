import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck as fc } from "effect"
import { Run } from "effect-trigger-dev"
import { make } from "../../../src/internal/api/decode.js"
import { retrieveRun } from "../../../src/internal/api/operations.js"

const decodeRun = make(Run)

const decode = (run: unknown) => retrieveRun.decode({ status: 200, headers: {}, body: JSON.stringify(run) }, "run_1")

/** Values that fit some fields of a run, and values that fit none. */
const value = fc.oneof(
  fc.constantFrom(null, "COMPLETED", "2026-11-25T12:45:38.424Z", 12, true, [], {}, ["a"], { message: "m", more: null }),
  fc.jsonValue({ maxDepth: 2 })
)

const name = fc.oneof(fc.constantFrom(...Object.keys(Run.fields)), fc.string())

const valid = { id: "run_1", taskIdentifier: "task", status: "COMPLETED", createdAt: "2026-11-25T12:45:38.424Z" }

describe("the schema that decodes the run route", () => {
  it("gives what the schema of a run gives, unknown fields and issues included", () => {
    let accepted = 0
    fc.assert(
      fc.property(fc.dictionary(name, value, { maxKeys: 6 }), (fields) => {
        const run: unknown = JSON.parse(JSON.stringify({ ...valid, ...fields }))
        const expected = decodeRun(run)
        accepted += Either.isRight(expected) ? 1 : 0
        assert.deepStrictEqual<unknown>(decode(run), expected)
      }),
      { numRuns: 2000 }
    )
    assert.isAbove(accepted, 200)
    assert.isBelow(accepted, 1800)
  })
})
