import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck } from "effect"
import { BatchResults } from "effect-trigger-dev"
import * as Decode from "../../../src/internal/api/decode.js"
import { isBatchResults } from "../../../src/internal/api/isBatchResults.js"
import * as Recording from "../../support/recording.js"

const decode = Decode.make(BatchResults)

const text = FastCheck.string({ maxLength: 8 })

const optional = <T>(value: FastCheck.Arbitrary<T>) => FastCheck.option(value, { nil: undefined })

const withoutUndefined = (value: object) =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined))

const runError = FastCheck.record({
  type: FastCheck.constantFrom("BUILT_IN_ERROR", "CUSTOM_ERROR", "STRING_ERROR", "INTERNAL_ERROR"),
  name: optional(text),
  message: optional(text),
  stackTrace: optional(text),
  raw: optional(text),
  code: optional(text),
  causes: optional(FastCheck.array(FastCheck.jsonValue()))
}).map(withoutUndefined)

const item = FastCheck.oneof(
  FastCheck.record({
    ok: FastCheck.constant(true),
    id: text,
    taskIdentifier: optional(text),
    output: optional(text),
    outputType: optional(text),
    status: optional(text),
    extra: optional(FastCheck.jsonValue())
  }).map(withoutUndefined),
  FastCheck.record({
    ok: FastCheck.constant(false),
    id: text,
    taskIdentifier: optional(text),
    status: optional(text),
    error: optional(runError)
  }).map(withoutUndefined)
)

/** Bodies as servers send them, with fields that nobody knows yet. */
const valid = FastCheck.record({ id: text, items: FastCheck.array(item, { maxLength: 5 }) })

/** Everywhere in a value: the way to each of its parts. */
const places = (value: unknown, path: ReadonlyArray<string> = []): ReadonlyArray<ReadonlyArray<string>> =>
  typeof value === "object" && value !== null
    ? [path, ...Object.entries(value).flatMap(([key, field]) => places(field, [...path, key]))]
    : [path]

const replace = (value: unknown, [key, ...rest]: ReadonlyArray<string>, by: unknown): unknown => {
  if (key === undefined) {
    return by
  }
  const copy: Record<string, unknown> = Array.isArray(value) ? [...value] as never : { ...value as object }
  if (rest.length === 0 && by === undefined) {
    delete copy[key]
  } else {
    copy[key] = replace(copy[key], rest, by)
  }
  return copy
}

/** A valid body with one part that is another thing, or missing. */
const mutated = FastCheck.tuple(
  valid,
  FastCheck.nat(),
  FastCheck.oneof(
    FastCheck.jsonValue(),
    FastCheck.constantFrom<unknown>(undefined, null, true, false, "", "NEW_ERROR", "BUILT_IN_ERROR", 0, {}, [])
  )
).map(([body, place, by]) => {
  const all = places(body)
  return replace(body, all[place % all.length] ?? [], by)
})

describe("the guard that answers for the schema", () => {
  it("accepts every body that servers send, and the schema gives the same", () => {
    FastCheck.assert(
      FastCheck.property(valid, (body) => {
        assert.isTrue(isBatchResults(body))
        assert.deepStrictEqual<unknown>(decode(body), Either.right(body))
      }),
      { numRuns: 2000 }
    )
  })

  it("accepts nothing that the schema refuses or changes", () => {
    let accepted = 0
    let refused = 0
    FastCheck.assert(
      FastCheck.property(mutated, (body) => {
        const decoded = decode(body)
        if (isBatchResults(body)) {
          accepted++
          assert.deepStrictEqual<unknown>(decoded, Either.right(body))
        } else if (Either.isLeft(decoded)) {
          refused++
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

  it("leaves rare but valid bodies to the schema", () => {
    for (const item of [{ ok: false, error: { type: "NEW" } }, { ok: true, usage: { durationMs: 1 } }]) {
      const rare = { id: "batch_1", items: [{ id: "run_1", ...item }] }
      assert.isFalse(isBatchResults(rare))
      assert.deepStrictEqual<unknown>(decode(rare), Either.right(rare))
    }
  })
})
