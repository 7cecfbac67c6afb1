import { assert, describe, it } from "@effect/vitest"
import { Either, Option, Schema } from "effect"
import { BatchResults, Run } from "effect-trigger-dev"
import { make, parseJson } from "../../../src/internal/api/decode.js"

describe("a decoder", () => {
  const schema = Schema.Struct({ a: Schema.Struct({ n: Schema.NumberFromString }), text: Schema.String })

  it("keeps fields that the schema does not know", () => {
    assert.deepStrictEqual(
      make(schema)({ a: { n: "1", more: true }, text: "x", other: null }),
      Either.right({ a: { n: 1, more: true }, text: "x", other: null } as never)
    )
  })

  it("tells the first issue", () => {
    assert.deepStrictEqual(
      make(schema)({ a: { n: 1 } }),
      Either.left({ path: "a.n", reason: "Expected string, actual 1" })
    )
  })

  it("refuses what the schema cannot even print", () => {
    const union = Schema.Union(
      Schema.Struct({ ok: Schema.Literal(true) }),
      Schema.Struct({ ok: Schema.Literal(false) })
    )
    assert.deepStrictEqual(
      make(union)({ ok: { toString: 0 } }),
      Either.left({ path: "", reason: "it does not fit, and holds something that cannot be shown" })
    )
  })

  it("tells the whole of what it found, because a cut could leave half a secret", () => {
    const found = "x".repeat(1000)
    const issue = Either.flip(make(Schema.Number)(found))
    assert.strictEqual(Either.getOrThrow(issue).reason, `Expected number, actual "${found}"`)
  })

  it("does not show what is nested too deeply to be written out", () => {
    let deep: unknown = []
    for (let level = 0; level < 100_000; level++) {
      deep = [deep]
    }
    assert.deepStrictEqual(
      make(schema)({ a: { n: "1" }, text: deep }),
      Either.left({ path: "", reason: "it does not match, and is too large or too deeply nested to show" })
    )
  })

  const outputs: ReadonlyArray<readonly [what: string, decode: ReturnType<typeof make>, value: unknown]> = [
    ["the output", make(BatchResults), { id: "batch_1", items: [{ ok: true, id: "run_1", output: 4111 }] }],
    ["a result", make(BatchResults), { id: "batch_1", items: ["4111"] }],
    ["the list of results", make(BatchResults), { id: "batch_1", items: { run_1: { ok: true, output: "4111" } } }],
    ["the results as a whole", make(BatchResults), [{ ok: true, id: "run_1", output: "4111" }]],
    ["the run as a whole", make(Run), [{ id: "run_1", output: 4111, payload: 4111 }]]
  ]
  for (const [what, decode, value] of outputs) {
    it(`shows no output where ${what} is of another type`, () => {
      const { reason } = Either.getOrThrow(Either.flip(decode(value)))
      assert.notInclude(reason, "4111")
      assert.match(reason, /^Expected .+, actual an? \w+$/)
    })
  }

  it("asks the schema only about what could not be decoded quickly", () => {
    const quick = { a: { n: 7 }, text: "quick" }
    const decode = make(schema, (value) => value === "known" ? quick : undefined)
    assert.strictEqual(Either.getOrThrow(decode("known")), quick)
    assert.deepStrictEqual(decode({ a: { n: "1" }, text: "x" }), Either.right({ a: { n: 1 }, text: "x" }))
  })
})

describe("JSON", () => {
  it("is read, or is none", () => {
    assert.deepStrictEqual(parseJson("[1]"), Option.some([1]))
    assert.deepStrictEqual(parseJson("null"), Option.some(null))
    assert.deepStrictEqual(parseJson("[1"), Option.none())
    assert.deepStrictEqual(parseJson(""), Option.none())
  })
})
