import { assert, describe, it } from "@effect/vitest"
import { describeId, isBatchId, isRunId } from "../../../src/internal/settings/id.js"

const kinds = [["batch", isBatchId], ["run", isRunId]] as const

for (const [kind, isId] of kinds) {
  const longest = 128 - `${kind}_`.length

  describe(`an id of a ${kind}`, () => {
    for (const rest of ["1", "abc123", "A-b_C", "a".repeat(longest)]) {
      it(`may be "${kind}_${rest}"`, () => {
        assert.isTrue(isId(`${kind}_${rest}`))
      })
    }

    const others: ReadonlyArray<unknown> = [
      "",
      kind,
      `${kind}_`,
      `${kind}_${"a".repeat(longest + 1)}`,
      `${kind}_a/b`,
      `${kind}_..`,
      `${kind}_%2e`,
      `${kind}_1\n`,
      ` ${kind}_1`,
      `x${kind}_1`,
      `${kind}_é`,
      [`${kind}_1`],
      { toString: () => `${kind}_1` },
      null,
      undefined,
      1,
      Symbol(`${kind}_1`)
    ]
    for (const other of others) {
      it(`may not be ${typeof other === "symbol" ? "a symbol" : JSON.stringify(other)}`, () => {
        assert.isFalse(isId(other))
      })
    }
  })
}

describe("an invalid id in an error", () => {
  const token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJlbnZfMSJ9.c2lnbmF0dXJl"
  const rows: ReadonlyArray<readonly [what: string, id: unknown, text: string]> = [
    ["is quoted", "bátch 1", "bátch 1"],
    ["has at most 200 characters", "x".repeat(201), "x".repeat(200)],
    ["shows no secret key", "tr_dev_abcdefgh1234", "<redacted>"],
    ["shows no restricted key", "tr_prod_sk_abcdefgh1234", "<redacted>"],
    ["shows no personal token", "tr_pat_abcdefgh1234", "<redacted>"],
    ["shows no JWT", token, "<redacted>"],
    ["shows no JWT after its prefix", `run_${token}`, "run_<redacted>"],
    ["shows no half of a JWT where the text is cut", `${"x".repeat(150)} ${token}`, `${"x".repeat(150)} <redacted>`],
    ["shows no half of a key in a very long text", `${"x ".repeat(2040)}tr_dev_${"a".repeat(5000)}`, "x ".repeat(100)],
    ["may be undefined", undefined, "undefined"],
    ["may be a symbol", Symbol("s"), "Symbol(s)"],
    ["may be a symbol that is named after a key", Symbol("tr_dev_1"), "Symbol(<redacted>)"],
    ["may be an object without a text", Object.create(null), "a value of type object"],
    [
      "may be an object whose text throws",
      {
        toString: () => {
          throw new Error("no")
        }
      },
      "a value of type object"
    ]
  ]
  for (const [what, id, text] of rows) {
    it(what, () => {
      assert.strictEqual(describeId(id), text)
    })
  }
})
