import { assert, describe, it } from "@effect/vitest"
import { stringifyIO } from "@trigger.dev/core/v3"
import { Either } from "effect"
import SuperJSON from "superjson"
import { toPlainJson } from "../../../src/internal/output/superJson.js"

const read = (text: string): unknown =>
  Either.getOrThrowWith(toPlainJson(JSON.parse(text)), (reason) => new Error(reason))

const wrong = (wrapper: unknown): string =>
  Either.match(toPlainJson(wrapper), { onLeft: (reason) => reason, onRight: (json) => `read: ${JSON.stringify(json)}` })

class Money {
  constructor(readonly cents: number, readonly note: string | undefined) {}
}

class Decimal {
  constructor(readonly text: string) {}
}

const own = new SuperJSON()
own.registerClass(Money)
own.registerSymbol(Symbol.for("colour"), "colour")
own.registerCustom<Decimal, string>({
  isApplicable: (value): value is Decimal => value instanceof Decimal,
  serialize: ({ text }) => text,
  deserialize: (text) => new Decimal(text)
}, "decimal")

/** Each value, and its plain JSON form. */
const values: ReadonlyArray<readonly [name: string, value: unknown, plain: unknown]> = [
  ["undefined on its own", undefined, undefined],
  ["an odd number on its own", -0, -0],
  ["a date on its own", new Date(0), "1970-01-01T00:00:00.000Z"],
  ["undefined in an object", { a: undefined, b: 1 }, { b: 1 }],
  ["undefined in a list", [undefined, 1], [undefined, 1]],
  ["all odd numbers", [NaN, Infinity, -Infinity, -0], [NaN, Infinity, -Infinity, -0]],
  ["texts that look like odd numbers", ["NaN", "-0"], ["NaN", "-0"]],
  ["an odd number far down a list", [...Array<number>(11).fill(1), NaN], [...Array<number>(11).fill(1), NaN]],
  ["a map with odd keys and values", new Map<unknown, unknown>([[NaN, undefined], [undefined, -0]]), [
    [NaN, undefined],
    [undefined, -0]
  ]],
  ["a set with odd items", new Set([undefined, NaN]), [undefined, NaN]],
  ["maps in sets in maps", new Map([["k", new Set([new Map([[1n, undefined]])])]]), [["k", [[["1", undefined]]]]]],
  ["an error with a cause", new Error("outer", { cause: { at: undefined, n: NaN } }), {
    name: "Error",
    message: "outer",
    cause: { n: NaN }
  }],
  ["a regular expression", /a.b/gi, "/a.b/gi"],
  ["typed arrays", new Float32Array([0.5, 1]), [0.5, 1]],
  ["a registered class", { price: new Money(1, undefined) }, { price: { cents: 1 } }],
  ["a registered symbol", [Symbol.for("colour")], ["colour"]],
  ["a value with a custom tag", [new Decimal("1.50")], ["1.50"]],
  ["keys with dots and backslashes", { "a.b": { "c\\": { "\\.": undefined, x: NaN } }, "": { "": -0 } }, {
    "a.b": { "c\\": { x: NaN } },
    "": { "": -0 }
  }],
  ["keys that look like positions", { 0: { 1: undefined }, "00": NaN }, { 0: {}, "00": NaN }]
]

describe("super+json in its plain form", () => {
  for (const [name, value, plain] of values) {
    it(`has ${name}`, () => {
      assert.deepStrictEqual(read(own.stringify(value)), plain)
    })
  }

  /** The SDK writes an older form, and its own library loses what is undefined here. */
  const older: ReadonlyArray<readonly [name: string, value: unknown, plain: unknown]> = [
    ["a dot in the last key", { "a.b": undefined }, {}],
    ["dots in all keys", { "a.b": { "c.d": NaN } }, { "a.b": { "c.d": NaN } }],
    ["dots in the key of a map's value", new Map([["k", { "a.b": -0 }]]), [["k", { "a.b": -0 }]]],
    ["a key that ends in a backslash", { "a\\": { b: undefined, c: 1 } }, { "a\\": { c: 1 } }],
    ["a key with an escaped dot in it", { "a\\.b": { c: NaN } }, { "a\\.b": { c: NaN } }],
    ["a map under a key with dots", { "a.b": new Map([[NaN, 1]]) }, { "a.b": [[NaN, 1]] }],
    ["all odd numbers under keys with dots", { "a.a": NaN, "a.b": Infinity, "a.c": -Infinity, "a.d": -0 }, {
      "a.a": NaN,
      "a.b": Infinity,
      "a.c": -Infinity,
      "a.d": -0
    }],
    ["a list under keys of nothing but dots", { ".": { "..": [NaN] } }, { ".": { "..": [NaN] } }]
  ]
  for (const [name, value, plain] of older) {
    it(`has, as the SDK writes it, ${name}`, async () => {
      assert.deepStrictEqual(read((await stringifyIO(value)).data ?? ""), plain)
    })
  }

  it("uses the nested place if a path of the older form is ambiguous, as the library does", () => {
    const two = { "a.b": "NaN", a: { b: "NaN" } }
    assert.deepStrictEqual(
      read(JSON.stringify({ json: two, meta: { values: { "a.b": ["number"] } } })),
      { "a.b": "NaN", a: { b: NaN } }
    )
  })

  it("uses the place that fits if a path of the older form is ambiguous", () => {
    const two = { "a.b": "NaN", a: { b: 1 } }
    assert.deepStrictEqual(
      read(JSON.stringify({ json: two, meta: { values: { "a.b": ["number"] } } })),
      { "a.b": NaN, a: { b: 1 } }
    )
  })

  it("uses the place that is null for a value that was undefined", () => {
    const two = { "a.b": null, a: { b: 1 } }
    assert.deepStrictEqual(
      read(JSON.stringify({ json: two, meta: { values: { "a.b": ["undefined"] } } })),
      { a: { b: 1 } }
    )
  })

  it("ends the first key of a path of the older form at a dot that is not escaped", () => {
    const json = { "a.b": { c: "NaN" }, abc: 1 }
    assert.deepStrictEqual(read(JSON.stringify({ json, meta: { values: { "a.b.c": ["number"] } } })), json)
  })

  it("ignores a version that is not a number", () => {
    assert.deepStrictEqual(
      read(JSON.stringify({ json: { "a.b": "NaN" }, meta: { v: "1", values: { "a.b": ["number"] } } })),
      { "a.b": NaN }
    )
  })

  it("has no hole in an array with an undefined item", () => {
    assert.deepStrictEqual(Object.keys(read(SuperJSON.stringify([undefined, 1])) as object), ["0", "1"])
  })

  it("keeps a value that is marked as a number and is not a string", () => {
    const json = { a: null, b: true, c: [] }
    const values = { a: ["number"], b: ["number"], c: ["number"] }
    assert.deepStrictEqual(read(JSON.stringify({ json, meta: { v: 1, values } })), json)
  })

  it("ignores paths into a string, a number or null", () => {
    const json = { a: "xyz", b: 1, c: null }
    for (const v of [0, 1]) {
      const values = { "a.0": ["undefined"], "a.length": ["undefined"], "b.x": ["undefined"], "c.x": ["undefined"] }
      assert.deepStrictEqual(read(JSON.stringify({ json, meta: { v, values } })), json)
    }
    assert.strictEqual(read(JSON.stringify({ json: "xyz", meta: { v: 1, values: { 0: ["undefined"] } } })), "xyz")
  })

  it("ignores paths to places that do not exist", () => {
    for (const v of [0, 1]) {
      const values = {
        x: ["undefined"],
        "a.2": ["undefined"],
        "a.5": ["undefined"],
        "a.0.x": ["undefined"],
        "a.-1": ["number"],
        "a.length": ["undefined"],
        "a.00": ["undefined"],
        "a.": ["undefined"],
        "a. 0": ["undefined"]
      }
      assert.deepStrictEqual(read(JSON.stringify({ json: { a: ["1", "2"] }, meta: { v, values } })), { a: ["1", "2"] })
    }
  })

  it("ignores unknown types", () => {
    const values = { a: ["something"], b: [["else", 1]], c: [7], d: [["set"], { 0: ["undefined"] }] }
    assert.deepStrictEqual(
      read(JSON.stringify({ json: { a: 1, b: 2, c: null, d: [null] }, meta: { v: 1, values } })),
      { a: 1, b: 2, c: null, d: [undefined] }
    )
  })

  it("keeps null for a circular reference, and copies of a shared object", () => {
    const shared = { n: NaN }
    const cycle: { self?: unknown; list: ReadonlyArray<unknown> } = { list: [shared, shared] }
    cycle.self = cycle
    assert.deepStrictEqual(read(SuperJSON.stringify(cycle)), { list: [{ n: NaN }, { n: NaN }], self: null })
  })

  it("is undefined for an empty wrapper", () => {
    assert.isUndefined(read(SuperJSON.stringify(() => 1)))
  })

  const broken: ReadonlyArray<readonly [wrapper: unknown, reason: string]> = [
    [1, "expected the {\"json\": …} object of super+json"],
    [[], "expected the {\"json\": …} object of super+json"],
    [{ meta: {} }, "expected the {\"json\": …} object of super+json"],
    [{ json: { a: 1 }, meta: { v: 1, values: 1 } }, "its \"meta\" is not valid super+json"],
    [{ json: { a: 1 }, meta: { v: 1, values: { a: ["map", 1] } } }, "its \"meta\" is not valid super+json"],
    [
      { json: { a: 1 }, meta: { v: 1, values: { "a\\b": ["number"] } } },
      "its \"meta\" has a path with an invalid escape"
    ],
    [
      { json: { a: 1 }, meta: { v: 1, values: { "a\\": ["number"] } } },
      "its \"meta\" has a path with an invalid escape"
    ]
  ]
  for (const [wrapper, reason] of broken) {
    it(`is not ${JSON.stringify(wrapper)}`, () => {
      assert.strictEqual(wrong(wrapper), reason)
    })
  }

  it("ignores a meta without values", () => {
    for (const meta of [undefined, null, 1, [], {}, { values: undefined }, { referentialEqualities: { a: ["b"] } }]) {
      assert.deepStrictEqual(toPlainJson({ json: { a: "1" }, meta }), Either.right({ a: "1" }))
    }
  })
})

describe("a path with a hundred thousand dots", () => {
  // tried at each dot, one of these takes minutes
  it("to a key that there is", async () => {
    const key = "a.".repeat(100_000)
    const { data = "" } = await stringifyIO({ [key]: { odd: NaN } })
    assert.deepStrictEqual(read(data), { [key]: { odd: NaN } })
  })

  it("to nothing", () => {
    const path = "\\.".repeat(100_000)
    assert.deepStrictEqual(read(JSON.stringify({ json: { a: 1 }, meta: { values: { [path]: ["undefined"] } } })), {
      a: 1
    })
  })
})
