import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck as fc } from "effect"
import { type BatchResults, Run } from "effect-trigger-dev"
import { make } from "../../../src/internal/api/decode.js"
import { getBatchResults, retrieveRun } from "../../../src/internal/api/operations.js"

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

describe("a null in the results endpoint", () => {
  const results = (body: unknown) =>
    getBatchResults.decode({ status: 200, headers: {}, body: JSON.stringify(body) }, "batch_1")

  const batch = (...items: ReadonlyArray<object>) => ({ id: "batch_1", items })

  const success = { ok: true, id: "run_1" }
  const failure = { ok: false, id: "run_2" }

  const absent: ReadonlyArray<readonly [item: object, decoded: object]> = [
    [{ ...success, taskIdentifier: null, status: null }, success],
    [{ ...success, output: null, outputType: null, usage: null }, success],
    [{ ...success, usage: { durationMs: null, costInCents: null } }, { ...success, usage: { costInCents: null } }],
    [{ ...failure, error: null }, failure],
    [{ ...failure, error: { type: null } }, { ...failure, error: {} }],
    ...[
      { type: "BUILT_IN_ERROR", name: null, message: null, stackTrace: null },
      { type: "INTERNAL_ERROR", code: null },
      { type: "STRING_ERROR", raw: null }
    ].map((error) => [{ ...failure, error }, { ...failure, error: { type: error.type } }] as const)
  ]
  for (const [item, decoded] of absent) {
    it(`is as good as absent in ${JSON.stringify(item)}`, () => {
      const other = { ...failure, error: { type: "NEW", causes: [null] }, output: "" }
      assert.deepStrictEqual(results(batch(other, item)), Either.right(batch(other, decoded) as BatchResults))
    })
  }

  it("stays in a field that no version knows", () => {
    const item = { ...success, output: null, extra: null, more: { output: null } }
    assert.deepStrictEqual<unknown>(
      results({ ...batch(item), next: null }),
      Either.right({ ...batch({ ...success, extra: null, more: { output: null } }), next: null })
    )
  })

  const refused: ReadonlyArray<readonly [path: string, body: unknown]> = [
    ["", null],
    ["items", { items: null }],
    ["items[0]", { items: [null] }],
    ["items[0].id", batch({ ok: true, id: null })],
    ["items[0].ok", batch({ ok: null, id: "run_1" })],
    ["items[1].output", batch({ ...success, output: null }, { ...success, output: 7 })]
  ]
  for (const [path, body] of refused) {
    it(`does not fit in ${JSON.stringify(body)}`, () => {
      const issue = Either.getOrThrow(Either.flip(results(body)))
      assert.strictEqual(issue?.path, path)
    })
  }
})
