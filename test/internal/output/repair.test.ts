import { assert, describe, it } from "@effect/vitest"
import { Either, ParseResult, Schema } from "effect"
import { repair } from "../../../src/internal/output/repair.js"

/** What becomes of a value that does not fit: undefined where nothing can be put right. */
const repaired = <A, I>(schema: Schema.Schema<A, I>, json: string): unknown => {
  const value: unknown = JSON.parse(json)
  return Either.match(Schema.decodeUnknownEither(schema, { errors: "all", onExcessProperty: "error" })(value), {
    onLeft: ({ issue }) => repair(value, issue)?.value,
    onRight: () => "it fits as it is"
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
    ["all that is lost, at once", Other, "{\"a\":\"NaN\",\"c\":\"-0\"}", { a: NaN, c: -0 }],
    ["a field that may be missing", Schema.Struct({ a: Schema.optional(Schema.String) }), "{\"a\":null}", {}],
    ["a field that is undefined", Schema.Struct({ a: Schema.Undefined }), "{\"a\":null}", {}],
    ["what the member of a union takes that then fits", Schema.Union(One, Other), "{\"a\":\"NaN\",\"c\":\"-0\"}", {
      a: NaN,
      c: -0
    }]
  ]
  for (const [what, schema, json, value] of rows) {
    it(what, () => {
      assert.deepStrictEqual(repaired(schema, json), value)
    })
  }

  it("an undefined item in its place, and no hole", () => {
    const list = repaired(Schema.Array(Schema.Undefined), "[null]")
    assert.deepStrictEqual(list, [undefined])
    assert.deepStrictEqual(Object.keys(list as object), ["0"])
  })
})

describe("a value of the run route stays as it is", () => {
  const misleading = Schema.Unknown.pipe(Schema.filter(() => new ParseResult.Type(Schema.Number.ast, "NaN")))

  const late = Schema.transform(Schema.String, Schema.Number, { strict: false, decode: (text) => text, encode: String })

  const rows: ReadonlyArray<readonly [what: string, Schema.Schema.AnyNoContext, json: string]> = [
    ["where a text that is a number stands for no number", Schema.Boolean, "\"NaN\""],
    ["where a text is none of the numbers", Schema.Number, "\"1\""],
    ["where another number is due", Schema.Literal(1), "\"Infinity\""],
    [
      "where a required field is null",
      Schema.Struct({ a: Schema.optional(Schema.String), b: Schema.String }),
      "{\"b\":null}"
    ],
    ["where an optional field is wrong", Schema.Struct({ a: Schema.optional(Schema.String) }), "{\"a\":1}"],
    ["where undefined is due and something is there", Schema.Struct({ a: Schema.Undefined }), "{\"a\":1}"],
    ["where a field is missing", Schema.Struct({ a: Schema.Undefined, b: Schema.String }), "{}"],
    ["where a field is one too many", Schema.Struct({ b: Schema.optional(Schema.String) }), "{\"a\":null}"],
    ["where no member of a union would fit", Schema.Union(One, Schema.String), "{\"a\":\"NaN\"}"],
    ["where a filter refuses it", misleading, "\"NaN\""],
    ["where a transformation goes wrong", late, "\"NaN\""]
  ]
  for (const [what, schema, json] of rows) {
    it(what, () => {
      assert.isUndefined(repaired(schema, json))
    })
  }
})
