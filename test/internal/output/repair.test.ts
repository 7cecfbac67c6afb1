import { assert, describe, it } from "@effect/vitest"
import { Either, ParseResult, Schema } from "effect"
import { repair } from "../../../src/internal/output/repair.js"

/** The repaired value of one that does not match; undefined if there is no repair. */
const repaired = <A, I>(schema: Schema.Schema<A, I>, json: string): unknown => {
  const value: unknown = JSON.parse(json)
  return Either.match(Schema.decodeUnknownEither(schema, { errors: "all", onExcessProperty: "error" })(value), {
    onLeft: ({ issue }) => repair(value, issue)?.value,
    onRight: () => "it matches as it is"
  })
}

const One = Schema.Struct({ a: Schema.Number, b: Schema.Boolean })

const Other = Schema.Struct({ a: Schema.Number, c: Schema.Number })

describe("a value of the run route gets back", () => {
  const rows: ReadonlyArray<readonly [what: string, Schema.Schema.AnyNoContext, json: string, value: unknown]> = [
    ["NaN", Schema.Struct({ n: Schema.Number }), "{\"n\":\"NaN\"}", { n: NaN }],
    ["Infinity", Schema.Struct({ n: Schema.Number }), "{\"n\":\"Infinity\"}", { n: Infinity }],
    ["-Infinity", Schema.Struct({ n: Schema.Number }), "{\"n\":\"-Infinity\"}", { n: -Infinity }],
    ["-0", Schema.Struct({ n: Schema.Number }), "{\"n\":\"-0\"}", { n: -0 }],
    ["a number on its own", Schema.Number, "\"-0\"", -0],
    ["a number that is a literal", Schema.Struct({ n: Schema.Literal(Infinity) }), "{\"n\":\"Infinity\"}", {
      n: Infinity
    }],
    ["a number below a refinement", Schema.Struct({ n: Schema.Positive }), "{\"n\":\"Infinity\"}", { n: Infinity }],
    ["a number below a transformation", Schema.Tuple(Schema.Set(Schema.Number)), "[[\"NaN\"]]", [[NaN]]],
    ["several values at once", Other, "{\"a\":\"NaN\",\"c\":\"-0\"}", { a: NaN, c: -0 }],
    ["a field that may be missing", Schema.Struct({ a: Schema.optional(Schema.String) }), "{\"a\":null}", {}],
    ["a field that is undefined", Schema.Struct({ a: Schema.Undefined }), "{\"a\":null}", {}],
    ["the values of the union member that then matches", Schema.Union(One, Other), "{\"a\":\"NaN\",\"c\":\"-0\"}", {
      a: NaN,
      c: -0
    }]
  ]
  for (const [what, schema, json, value] of rows) {
    it(what, () => {
      assert.deepStrictEqual(repaired(schema, json), value)
    })
  }

  it("an undefined item, not a hole in the array", () => {
    const list = repaired(Schema.Array(Schema.Undefined), "[null]")
    assert.deepStrictEqual(list, [undefined])
    assert.deepStrictEqual(Object.keys(list as object), ["0"])
  })
})

describe("a value of the run route stays as it is", () => {
  const misleading = Schema.Unknown.pipe(Schema.filter(() => new ParseResult.Type(Schema.Number.ast, "NaN")))

  const late = Schema.transform(Schema.String, Schema.Number, { strict: false, decode: (text) => text, encode: String })

  const rows: ReadonlyArray<readonly [what: string, Schema.Schema.AnyNoContext, json: string]> = [
    ["if a string that looks like a number is not expected to be one", Schema.Boolean, "\"NaN\""],
    ["if a string is not one of the lost numbers", Schema.Number, "\"1\""],
    ["if another number is expected", Schema.Literal(1), "\"Infinity\""],
    [
      "if a required field is null",
      Schema.Struct({ a: Schema.optional(Schema.String), b: Schema.String }),
      "{\"b\":null}"
    ],
    ["if an optional field has the wrong type", Schema.Struct({ a: Schema.optional(Schema.String) }), "{\"a\":1}"],
    ["if undefined is expected and another value is there", Schema.Struct({ a: Schema.Undefined }), "{\"a\":1}"],
    ["if a field is missing", Schema.Struct({ a: Schema.Undefined, b: Schema.String }), "{}"],
    ["if there is an unexpected field", Schema.Struct({ b: Schema.optional(Schema.String) }), "{\"a\":null}"],
    ["if no member of a union would match", Schema.Union(One, Schema.String), "{\"a\":\"NaN\"}"],
    ["if a filter rejects it", misleading, "\"NaN\""],
    ["if a transformation fails", late, "\"NaN\""]
  ]
  for (const [what, schema, json] of rows) {
    it(what, () => {
      assert.isUndefined(repaired(schema, json))
    })
  }
})
