import { expect, it } from "@effect/vitest"
import { safeJson } from "../../../src/cli/terminal/json.js"

it("escapes the characters that a terminal obeys or that reverse text, and keeps the value", () => {
  const value = { text: "a\u009b31m\u007f\u2028\u202eb\u2066c é 日本 \n" }
  expect(safeJson(value)).toBe(
    `{"text":"a\\u009b31m\\u007f\\u2028\\u202eb\\u2066c é 日本 \\n"}`
  )
  expect(JSON.parse(safeJson(value, 2))).toEqual(value)
})

it("escapes every control of eight bits, separator of lines and mark that changes the direction of text", () => {
  const codes = [...[0x7f, 0x80, 0x9f], ...[0x2028, 0x2029, 0x200e, 0x200f], ...[0x202a, 0x202e, 0x2066, 0x2069]]
  for (const code of codes) {
    expect(safeJson(String.fromCharCode(code))).toBe(`"\\u${code.toString(16).padStart(4, "0")}"`)
  }
})

it("is indented on request", () => {
  expect(safeJson({ a: 1 }, 2)).toBe(`{\n  "a": 1\n}`)
})
