import { assert, describe, it } from "@effect/vitest"
import { Either, Schema } from "effect"
import { RunFailure, RunResult, RunSuccess } from "effect-trigger-dev"
import { optionalFields } from "./support/optionalFields.js"

const known = { taskIdentifier: "a", usage: { durationMs: 1 }, status: "COMPLETED" }

describe("RunResult", () => {
  const success: RunResult = { ok: true, id: "run_1", output: "1" }
  const failure: RunResult = { ok: false, id: "run_2", error: { type: "STRING_ERROR", raw: "no" } }
  const cases = { onSuccess: (run: RunResult) => `+${run.id}`, onFailure: (run: RunResult) => `-${run.id}` }

  it("match folds either, data-first and data-last", () => {
    assert.deepStrictEqual([success, failure].map((result) => RunResult.match(result, cases)), ["+run_1", "-run_2"])
    assert.deepStrictEqual([success, failure].map(RunResult.match(cases)), ["+run_1", "-run_2"])
  })

  it("the guards tell them apart", () => {
    assert.deepStrictEqual([success, failure].filter(RunResult.isSuccess), [success])
    assert.deepStrictEqual([success, failure].filter(RunResult.isFailure), [failure])
  })

  it("partition keeps the order of either", () => {
    const again: RunResult = { ok: true, id: "run_3" }
    assert.deepStrictEqual(RunResult.partition([success, failure, again]), {
      successes: [success, again],
      failures: [failure]
    })
  })

  it("counts are of all and of either", () => {
    assert.deepStrictEqual(RunResult.counts([success, failure, success]), { total: 3, succeeded: 2, failed: 1 })
    assert.deepStrictEqual(RunResult.counts([]), { total: 0, succeeded: 0, failed: 0 })
  })
})

optionalFields("RunSuccess", () => RunSuccess, { ok: true, id: "run_1" }, {
  ...known,
  output: "1",
  outputType: "text/plain"
})
optionalFields("RunFailure", () => RunFailure, { ok: false, id: "run_1" }, { ...known, error: { type: "NEW" } })
optionalFields("the usage of a run", () => RunSuccess.fields.usage.from, {}, { durationMs: 1 })

describe("a value that is not a RunSuccess", () => {
  it(`is refused in words that begin with ${JSON.stringify("Expected RunSuccess, actual 1")}`, () => {
    const error = Either.getOrThrow(Either.flip(Schema.decodeUnknownEither(RunSuccess)(1)))
    assert.isTrue(error.message.startsWith("Expected RunSuccess, actual 1"), error.message)
  })
})

describe("a value that is not a RunFailure", () => {
  it(`is refused in words that begin with ${JSON.stringify("Expected RunFailure, actual 1")}`, () => {
    const error = Either.getOrThrow(Either.flip(Schema.decodeUnknownEither(RunFailure)(1)))
    assert.isTrue(error.message.startsWith("Expected RunFailure, actual 1"), error.message)
  })
})
