import { expect, it } from "@effect/vitest"
import { coloursFor, hasColours } from "../../../src/cli/terminal/colours.js"

it.each([
  ["a terminal", { isTTY: true }, {}, true],
  ["a pipe", {}, {}, false],
  ["a terminal with NO_COLOR", { isTTY: true }, { NO_COLOR: "1" }, false],
  ["a terminal with an empty NO_COLOR", { isTTY: true }, { NO_COLOR: "" }, true],
  ["a dumb terminal", { isTTY: true }, { TERM: "dumb" }, false],
  ["a pipe with FORCE_COLOR", {}, { FORCE_COLOR: "1" }, true],
  ["a pipe with an empty FORCE_COLOR", {}, { FORCE_COLOR: "" }, true],
  ["a terminal with FORCE_COLOR=0", { isTTY: true }, { FORCE_COLOR: "0" }, false],
  ["a terminal with FORCE_COLOR=false", { isTTY: true }, { FORCE_COLOR: "false" }, false],
  ["a pipe with both", {}, { FORCE_COLOR: "1", NO_COLOR: "1" }, true],
  ["a pipe of a CI job", {}, { CI: "true" }, false]
])("%s has colours: %s %s %s", (_, target, environment, expected) => {
  expect(hasColours(target, environment)).toBe(expected)
  expect(coloursFor(target, environment).red("x")).toBe(expected ? "\u001b[31mx\u001b[39m" : "x")
})
