import { assert, describe, it } from "@effect/vitest"
import { Either, ParseResult, Schema } from "effect"
import { formatPath, toIssues } from "../../../src/internal/describe/issue.js"

describe("a path", () => {
  const rows: ReadonlyArray<readonly [path: ReadonlyArray<PropertyKey>, text: string]> = [
    [[], ""],
    [["items"], "items"],
    [["items", 17, "ok"], "items[17].ok"],
    [[0], "[0]"],
    [["a-b", "$c", "_d1", "1e", ""], "[\"a-b\"].$c._d1[\"1e\"][\"\"]"],
    [[Symbol("s"), "x\"y"], "[\"Symbol(s)\"][\"x\\\"y\"]"]
  ]
  for (const [path, text] of rows) {
    it(`is written as in code: ${text}`, () => {
      assert.strictEqual(formatPath(path), text)
    })
  }
})

describe("issues", () => {
  it("keep their order, at most 100 of them", () => {
    const decode = ParseResult.decodeUnknownEither(Schema.Array(Schema.String), { errors: "all" })
    const issues = (values: ReadonlyArray<unknown>) => toIssues(Either.getOrThrow(Either.flip(decode(values))))
    assert.deepStrictEqual(issues(["a", 1, "b", 2]), [
      { path: "[1]", reason: "Expected string, actual 1" },
      { path: "[3]", reason: "Expected string, actual 2" }
    ])
    assert.lengthOf(issues(Array.from({ length: 200 }, (_, index) => index)), 100)
  })
})
