import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { jsonText } from "../../../src/internal/batch/jsonText.js"

describe("JSON text", () => {
  const numbers: ReadonlyArray<readonly [parsed: string, text: string]> = [
    ["1e400", "1e999"],
    ["-1e400", "-1e999"],
    ["-0", "-0"],
    ["-1e-400", "-0"],
    ["1e-400", "0"],
    ["9007199254740993", "9007199254740992"],
    ["[1,{\"a\":-0}]", "[1,{\"a\":-0}]"],
    ["{\"__proto__\":-0,\"b\":[]}", "{\"__proto__\":-0,\"b\":[]}"],
    ["{\"toJSON\":1,\"b\":-0}", "{\"toJSON\":1,\"b\":-0}"],
    ["[-0,null,true,\"\\u2028\\\"\",{},[[]]]", "[-0,null,true,\"\u2028\\\"\",{},[[]]]"]
  ]
  for (const [parsed, text] of numbers) {
    it(`of what is parsed from ${parsed} is ${text}`, () => {
      assert.strictEqual(jsonText(JSON.parse(parsed)), text)
    })
  }

  it("is parsed as the same value, whatever the numbers in it", () => {
    const number = fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(-0, Infinity, -Infinity))
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        number,
        fc.string(),
        fc.array(tie("value")),
        fc.dictionary(fc.string(), tie("value"))
      )
    }))
    fc.assert(fc.property(value, (value) => {
      assert.deepStrictEqual(JSON.parse(jsonText(value) ?? ""), value)
    }))
  })

  const others: ReadonlyArray<readonly [what: string, value: unknown]> = [
    ["undefined", undefined],
    ["a function", () => 1],
    ["a date", new Date(0)],
    ["fields that are undefined", { a: undefined, b: 1 }],
    ["items that are undefined", [undefined, 1]],
    ["an own toJSON", { toJSON: () => 1 }],
    ["a field named toJSON", { toJSON: 1 }]
  ]
  for (const [what, value] of others) {
    it(`of ${what} is that of JSON.stringify`, () => {
      assert.strictEqual(jsonText(value), JSON.stringify(value))
      assert.strictEqual(jsonText([value, -0]), JSON.stringify([value, "marker"]).replace("\"marker\"", "-0"))
    })
  }

  it("keeps holes of an array as null", () => {
    // eslint-disable-next-line no-sparse-arrays
    assert.strictEqual(jsonText([, -0]), "[null,-0]")
  })
})
