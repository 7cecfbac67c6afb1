import { assert, describe, it } from "@effect/vitest"
import SuperJson from "superjson"
import { stringify, toJson } from "../../../src/testing/internal/superJson.js"

const shared = { a: 1 }

const values: ReadonlyArray<readonly [name: string, value: unknown]> = [
  ["null", null],
  ["a number", 42],
  ["a text", "héllo \u0000 </script>"],
  ["undefined in a list", [undefined, 1]],
  ["nothing special", { a: { b: [1, "x", null, true] } }],
  ["numbers that JSON has not", { a: Number.NaN, b: -Infinity, c: -0, d: [Infinity] }],
  ["a date", { when: new Date(0) }],
  ["a date that is none", { when: new Date(Number.NaN) }],
  ["big integers", [12345678901234567890n]],
  ["maps in maps", new Map<unknown, unknown>([["a", new Map([[new Date(0), 1n]])], [1, undefined]])],
  ["sets", { s: new Set([1, "two", new Date(0)]) }],
  ["URLs and expressions", { url: new URL("https://example.com/x?y=1"), re: /ab+c/gi }],
  ["errors", { e: new RangeError("far") }],
  ["typed arrays", { t: new Uint8Array([1, 2]), f: new Float64Array([0.5, Number.NaN, -0]) }],
  ["keys with dots", { "a.b": { c: new Date(0) }, "d": { "e.f": undefined } }]
]

describe("the simulator's super+json", () => {
  for (const [name, value] of values) {
    it(`is what superjson writes: ${name}`, () => {
      const { json, meta } = JSON.parse(SuperJson.stringify(value))
      // the version came later than what the SDK writes
      delete meta?.v
      assert.deepStrictEqual(JSON.parse(stringify(value)), meta === undefined ? { json } : { json, meta })
      assert.deepStrictEqual(toJson(stringify(value)), json)
    })
  }

  it("writes every copy of a shared object out, as the SDK does", () => {
    const written = JSON.parse(stringify({ one: shared, two: shared }))
    assert.deepStrictEqual(written, { json: { one: { a: 1 }, two: { a: 1 } } })
  })

  it("can be read back where keys hold backslashes", () => {
    const value = { "a\\": { b: new Date(0) }, "c\\.d": new Set([1]) }
    assert.deepStrictEqual(SuperJson.parse(stringify(value)), value)
  })
})
