import { assert, describe, it } from "@effect/vitest"
import { Either, ParseResult, Schema } from "effect"
import { Run } from "effect-trigger-dev"
import { formatPath, type Issue, toIssue, toIssues } from "../../../src/internal/describe/issue.js"

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

  it("have reasons of at most 300 characters", () => {
    const reasons = (found: ReadonlyArray<string>) =>
      toIssues(
        Either.getOrThrow(
          Either.flip(ParseResult.decodeUnknownEither(Schema.Array(Schema.Number), { errors: "all" })(found))
        )
      ).map(({ reason }) => reason)
    const whole = "x".repeat(300 - "Expected number, actual \"\"".length)
    assert.deepStrictEqual(reasons([whole, `${whole}x`]), [
      `Expected number, actual "${whole}"`,
      `Expected number, actual "${whole}x…`
    ])
  })
})

describe("an issue of a run", () => {
  const url = "https://store.test/o?X-Amz-Signature=1"
  const shown = { id: "run_1", taskIdentifier: "task", status: "COMPLETED", createdAt: "2026-01-01T00:00:00Z" }
  const rows: ReadonlyArray<readonly [what: string, run: unknown, issue: Issue]> = [
    ["does not show the download URL, whatever its type", { ...shown, outputPresignedUrl: [url] }, {
      path: "outputPresignedUrl",
      reason: "Expected string, actual an array"
    }],
    ["shows what cannot be the URL", { ...shown, taskIdentifier: 1, outputPresignedUrl: url }, {
      path: "taskIdentifier",
      reason: "Expected string, actual 1"
    }]
  ]
  for (const [what, run, issue] of rows) {
    it(what, () => {
      assert.deepStrictEqual(toIssue(Either.getOrThrow(Either.flip(ParseResult.decodeUnknownEither(Run)(run)))), issue)
    })
  }
})
