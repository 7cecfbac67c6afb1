import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck } from "effect"
import { BatchResults } from "effect-trigger-dev"
import * as Decode from "../../../src/internal/api/decode.js"
import { isBatchResults } from "../../../src/internal/api/isBatchResults.js"
import { json, withOnePartChanged } from "../../support/mutation.js"
import * as Recording from "../../support/recording.js"

const decode = Decode.make(BatchResults)

const text = FastCheck.string({ maxLength: 8 })

const optional = <T>(value: FastCheck.Arbitrary<T>) => FastCheck.option(value, { nil: undefined })

const withoutUndefined = (value: object) =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined))

const runError = FastCheck.record({
  type: FastCheck.constantFrom(
    "BUILT_IN_ERROR",
    "CUSTOM_ERROR",
    "STRING_ERROR",
    "INTERNAL_ERROR",
    "NEW_ERROR",
    undefined
  ),
  name: optional(text),
  message: optional(text),
  stackTrace: optional(text),
  raw: optional(text),
  code: optional(text),
  causes: optional(FastCheck.array(json))
}).map(withoutUndefined)

const usage = FastCheck.record({
  durationMs: optional(FastCheck.double({ noNaN: true, noDefaultInfinity: true })),
  extra: optional(json)
}).map(withoutUndefined)

const item = FastCheck.oneof(
  FastCheck.record({
    ok: FastCheck.constant(true),
    id: text,
    taskIdentifier: optional(text),
    output: optional(text),
    outputType: optional(text),
    status: optional(text),
    usage: optional(usage),
    extra: optional(json)
  }).map(withoutUndefined),
  FastCheck.record({
    ok: FastCheck.constant(false),
    id: text,
    taskIdentifier: optional(text),
    status: optional(text),
    usage: optional(usage),
    error: optional(runError)
  }).map(withoutUndefined)
)

/** Bodies as servers send them, with fields that nobody knows yet. */
const valid = FastCheck.record({ id: text, items: FastCheck.array(item, { maxLength: 5 }) })

const mutated = withOnePartChanged(valid)

describe("the guard that stands for the schema", () => {
  it("refuses a number that JSON can write and not hold, as the schema does", () => {
    const body: unknown = JSON.parse(`{"id":"b","items":[{"ok":true,"id":"run_1","usage":{"durationMs":1e999}}]}`)
    assert.isFalse(isBatchResults(body))
    assert.isTrue(Either.isLeft(decode(body)))
  })

  it("accepts every body that servers send, and the schema gives the same", () => {
    FastCheck.assert(
      FastCheck.property(valid, (body) => {
        assert.isTrue(isBatchResults(body))
        assert.deepStrictEqual<unknown>(decode(body), Either.right(body))
      }),
      { numRuns: 2000 }
    )
  })

  it("accepts exactly what the schema accepts, and the schema changes nothing of it", () => {
    let accepted = 0
    let refused = 0
    FastCheck.assert(
      FastCheck.property(mutated, (body) => {
        const decoded = decode(body)
        if (isBatchResults(body)) {
          accepted++
          assert.deepStrictEqual<unknown>(decoded, Either.right(body))
        } else {
          refused++
          assert.isTrue(Either.isLeft(decoded))
        }
      }),
      { numRuns: 5000 }
    )
    // both happen, often
    assert.isAbove(accepted, 500)
    assert.isAbove(refused, 500)
  })

  it("accepts every genuine body", () => {
    const bodies = Recording.names
      .map(Recording.read)
      .filter(({ status, text }) => status === 200 && text.includes("\"items\""))
      .map(({ text }): unknown => JSON.parse(text))
    assert.isAbove(bodies.length, 5)
    assert.isTrue(bodies.every(isBatchResults))
  })

  const items: ReadonlyArray<readonly [what: string, item: object]> = [
    ["an error of a new type", { ok: false, error: { type: "NEW_ERROR", code: 42 } }],
    ["an error without a type", { ok: false, error: {} }],
    ["the usage of the contract", { ok: true, usage: { durationMs: 1.5 } }],
    ["a usage without a duration", { ok: false, usage: { costInCents: 1 } }],
    ["a new status", { ok: true, status: "NEW_STATUS" }]
  ]
  for (const [what, item] of items) {
    it(`accepts ${what}`, () => {
      assert.isTrue(isBatchResults({ id: "batch_1", items: [{ id: "run_1", ...item }] }))
    })
  }

  it("accepts a field named __proto__ as it is, where the schema would make it a prototype", () => {
    const body: unknown = JSON.parse(
      "{\"id\":\"batch_1\",\"items\":[{\"id\":\"run_1\",\"ok\":true,\"__proto__\":{\"ok\":false}}]}"
    )
    assert.isTrue(isBatchResults(body))
    assert.deepStrictEqual(Object.getPrototypeOf(Either.getOrThrow(decode(body)).items[0]), { ok: false })
  })

  const refused: ReadonlyArray<readonly [path: string, item: object]> = [
    ["items[17].ok", { id: "run_1", ok: "yes" }],
    ["items[17].id", { ok: true }],
    ["items[17].status", { id: "run_1", ok: true, status: null }],
    ["items[17].usage", { id: "run_1", ok: true, usage: [] }],
    ["items[17].usage.durationMs", { id: "run_1", ok: false, usage: { durationMs: "1" } }],
    ["items[17].output", { id: "run_1", ok: true, output: {} }],
    ["items[17].error.type", { id: "run_1", ok: false, error: { type: 7 } }],
    ["items[17].error.message", { id: "run_1", ok: false, error: { type: "BUILT_IN_ERROR", message: 7 } }]
  ]
  for (const [path, item] of refused) {
    it(`refuses ${JSON.stringify(item)}, and the schema names ${path}`, () => {
      const body = { id: "batch_1", items: [...Array.from({ length: 17 }, () => ({ id: "run_0", ok: true })), item] }
      assert.isFalse(isBatchResults(body))
      assert.strictEqual(Either.getOrThrow(Either.flip(decode(body))).path, path)
    })
  }
})
