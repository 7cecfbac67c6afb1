import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck, ParseResult, Schema } from "effect"
import { BatchResults } from "effect-trigger-dev"

const decode = Schema.decodeUnknownEither(BatchResults, { onExcessProperty: "preserve" })

const batch = (...items: ReadonlyArray<unknown>) => ({ id: "batch_1", items })

const failed = (error: unknown) => batch({ ok: false, id: "run_1", error })

describe("BatchResults", () => {
  const accepted: ReadonlyArray<readonly [name: string, body: unknown]> = [
    ["no items", batch()],
    ["an item with only ok and id", batch({ ok: true, id: "run_1" }, { ok: false, id: "run_2" })],
    ["an id of any form", batch({ ok: true, id: "whatever the server says" })],
    ["all that the contract names", {
      id: "batch_1",
      items: [{
        ok: true,
        id: "run_1",
        output: "1",
        outputType: "application/json",
        error: {},
        usage: { durationMs: 1.5 },
        taskIdentifier: "a"
      }]
    }],
    ["empty usage", batch({ ok: true, id: "run_1", usage: {} })],
    ["extra fields", { ...batch({ ok: true, id: "run_1", more: { than: ["known"] } }), more: null }],
    ["a built-in error", failed({ type: "BUILT_IN_ERROR", name: "E", message: "m", stackTrace: "s", causes: [] })],
    ["a custom error", failed({ type: "CUSTOM_ERROR", raw: "{}" })],
    ["a string error", failed({ type: "STRING_ERROR", raw: "s" })],
    ["an internal error with a code that does not exist yet", failed({ type: "INTERNAL_ERROR", code: "NEW_CODE" })],
    ["an error of a known type without its fields", failed({ type: "BUILT_IN_ERROR" })],
    ["an error of a type that does not exist yet", failed({ type: "QUANTUM_ERROR", code: 42, message: { a: 1 } })],
    ["an error without a type", failed({ anything: true })],
    ["an empty error", failed({})]
  ]

  for (const [name, body] of accepted) {
    it(`accepts ${name}, and keeps it as it is`, () => {
      assert.deepStrictEqual(decode(body), Either.right(body as BatchResults))
    })
  }

  const refused: ReadonlyArray<readonly [name: string, body: unknown, path: ReadonlyArray<PropertyKey>]> = [
    ["a body without items", { id: "batch_1" }, ["items"]],
    ["items that are not a list", { id: "batch_1", items: {} }, ["items"]],
    ["a list", [], []],
    ["null", null, []],
    ["a text", "batch", []],
    ["an id that is not a text", { id: 1, items: [] }, ["id"]],
    ["an item that is not an object", batch("run_1"), ["items", 0]],
    ["an item without ok", batch({ id: "run_1" }), ["items", 0, "ok"]],
    ["an item whose ok is a text", batch({ ok: true, id: "run_1" }, { ok: "true", id: "run_2" }), ["items", 1, "ok"]],
    ["an item without id", batch({ ok: true }), ["items", 0, "id"]],
    ["an output that is not a text", batch({ ok: true, id: "run_1", output: {} }), ["items", 0, "output"]],
    ["an output that is null", batch({ ok: true, id: "run_1", output: null }), ["items", 0, "output"]],
    ["a usage that is not a number", batch({ ok: true, id: "run_1", usage: { durationMs: "1" } }), [
      "items",
      0,
      "usage",
      "durationMs"
    ]],
    ["an error that is null", failed(null), ["items", 0, "error"]],
    ["an error of a known type with a wrong field", failed({ type: "BUILT_IN_ERROR", message: 1 }), [
      "items",
      0,
      "error",
      "message"
    ]]
  ]

  for (const [name, body, path] of refused) {
    it(`refuses ${name}, and tells where`, () => {
      const result = decode(body)
      assert.isTrue(Either.isLeft(result))
      if (Either.isLeft(result)) {
        assert.deepStrictEqual(ParseResult.ArrayFormatter.formatErrorSync(result.left)[0]?.path, path)
      }
    })
  }

  it("never throws, whatever the value", () => {
    FastCheck.assert(FastCheck.property(FastCheck.anything(), (value) => {
      assert.isTrue(Either.isEither(decode(value)))
    }))
  })

  it("encodes to what it was decoded from", () => {
    const body = batch({ ok: true, id: "run_1", output: "1" }, { ok: false, id: "run_2", error: { type: "NEW" } })
    assert.deepStrictEqual<unknown>(Schema.encodeSync(BatchResults)(Schema.decodeUnknownSync(BatchResults)(body)), body)
  })
})

describe("a value that is not a BatchResults", () => {
  it(`is refused in words that begin with ${JSON.stringify("Expected BatchResults, actual 1")}`, () => {
    const error = Either.getOrThrow(Either.flip(Schema.decodeUnknownEither(BatchResults)(1)))
    assert.isTrue(error.message.startsWith("Expected BatchResults, actual 1"), error.message)
  })
})
