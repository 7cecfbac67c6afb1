import { expect, it } from "@effect/vitest"
import { jsonText } from "../../src/cli/jsonText.js"

it("escapes the characters that a terminal obeys or that reverse text, and keeps the value", () => {
  const value = { text: "a\u009b31m\u007f\u2028\u202eb\u2066c é 日本 \n" }
  expect(jsonText(value)).toBe(
    `{"text":"a\\u009b31m\\u007f\\u2028\\u202eb\\u2066c é 日本 \\n"}`
  )
  expect(JSON.parse(jsonText(value, 2))).toEqual(value)
})

it("is indented on request", () => {
  expect(jsonText({ a: 1 }, 2)).toBe(`{\n  "a": 1\n}`)
})
