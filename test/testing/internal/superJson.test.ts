import { assert, describe, it } from "@effect/vitest"
import { stringifyIO } from "@trigger.dev/core/v3/utils/ioSerialization"
import SuperJson from "superjson"
import { stringify, toJson } from "../../../src/testing/internal/superJson.js"

const shared = { a: 1 }
const circle: Record<string, unknown> = { n: 1 }
circle["self"] = circle

const values: ReadonlyArray<readonly [name: string, value: unknown]> = [
  ["null", null],
  ["a number", 42],
  ["text in an object", { text: "héllo \u0000 </script>" }],
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
  ["a Buffer", { b: Buffer.from("text") }],
  ["functions and symbols", { f: () => 1, s: Symbol("s") }],
  [
    "a class of the program",
    new (class Point {
      readonly x = 1
    })()
  ],
  ["keys with dots", { "a.b": { c: new Date(0) } }],
  ["shared objects", { one: shared, two: shared }],
  ["an object in itself", circle]
]

describe("the simulator's super+json", () => {
  for (const [name, value] of values) {
    it(`is what the SDK writes: ${name}`, async () => {
      const { data, dataType } = await stringifyIO(value)
      assert.strictEqual(dataType, "application/super+json")
      assert.strictEqual(stringify(value), data)
      assert.deepStrictEqual(toJson(stringify(value)), JSON.parse(data ?? "").json)
    })
  }

  it("writes every copy of a shared object out", () => {
    assert.deepStrictEqual(toJson(stringify({ one: shared, two: shared })), { one: { a: 1 }, two: { a: 1 } })
  })

  it("can be read back where keys hold backslashes, or end in dots", () => {
    const value = { "a\\": { b: new Date(0) }, "c\\.d": new Set([1]), d: { "e.f": undefined } }
    assert.deepStrictEqual(SuperJson.parse(stringify(value)), value)
  })
})
