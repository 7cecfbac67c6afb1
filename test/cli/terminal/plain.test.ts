import { expect, it } from "@effect/vitest"
import { lines, oneLine } from "../../../src/cli/terminal/plain.js"

it.each([
  ["colours", "\u001b[31mred\u001b[0m", "red"],
  ["the title of the terminal", "\u001b]0;title\u0007text", "text"],
  ["cursor movements", "a\u001b[2J\u001b[1;1Hb", "ab"],
  ["eight-bit controls", "a\u009b31mb", "ab"],
  ["a carriage return, which would write over the line", "good\rbad", "good bad"],
  ["backspaces", "good\b\b\b\bbad", "goodbad"],
  ["an order of characters that is turned round", "a\u202eb\u2066c", "abc"],
  ["several lines and tabs", "a\n\tb\r\n c", "a b c"]
])("one line is without %s", (_, text, plain) => {
  expect(oneLine(text)).toBe(plain)
})

it.each([0x200e, 0x200f, 0x202a, 0x202e, 0x2066, 0x2069])(
  "no text has the mark U+%i, which changes its direction",
  (code) => {
    const text = `a${String.fromCharCode(code)}b`
    expect([oneLine(text), lines(text)]).toEqual(["ab", "ab"])
  }
)

it("several lines keep their line feeds and tabs, and nothing else that moves the cursor", () => {
  expect(lines("a\r\n\tb\u001b[31m\u0000c\u202e\r")).toBe("a\n\tbc\n")
})
