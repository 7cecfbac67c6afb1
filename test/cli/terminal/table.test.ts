import { describe, expect, it } from "@effect/vitest"
import { table } from "../../../src/cli/terminal/table.js"

const rows = [["1", "x".repeat(300)], ["twenty", "y"]]

describe("table", () => {
  it("gives the last column what the others leave of the terminal, and shortens what does not fit", () => {
    const lines = table(["A", "B"], rows, 40).split("\n")
    expect(lines).toEqual(["A       B", `1       ${"x".repeat(29)}…`, "twenty  y", ""])
  })

  it("stays readable on a terminal that is too narrow for it", () => {
    expect(table(["A", "B"], rows, 5).split("\n")[1]).toBe(`1       ${"x".repeat(17)}…`)
  })

  it("is two hundred wide at most where there is no terminal", () => {
    expect(table(["A", "B"], rows, undefined).split("\n")[1]?.length).toBe(8 + 198)
  })

  it("counts what characters take, and not colours", () => {
    expect(table(["A", "B"], [["\u001b[31m日本\u001b[39m", "x"], ["abcd", "y"]], 40).split("\n").slice(1)).toEqual([
      "\u001b[31m日本\u001b[39m  x",
      "abcd  y",
      ""
    ])
  })

  it("has its head alone where there are no rows", () => {
    expect(table(["A", "B"], [], 40)).toBe("A  B\n")
  })
})
