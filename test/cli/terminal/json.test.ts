import { expect, it } from "@effect/vitest"
import { safeJson } from "../../../src/cli/terminal/json.js"

it("escapes the characters that a terminal obeys or that reverse text, and keeps the value", () => {
  const value = { text: "a\u009b31m\u007f\u2028\u202eb\u2066c é 日本 \n" }
  expect(safeJson(value)).toBe(
    `{"text":"a\\u009b31m\\u007f\\u2028\\u202eb\\u2066c é 日本 \\n"}`
  )
  expect(JSON.parse(safeJson(value, 2))).toEqual(value)
})

it("is indented on request", () => {
  expect(safeJson({ a: 1 }, 2)).toBe(`{\n  "a": 1\n}`)
})
