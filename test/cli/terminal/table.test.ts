import { describe, expect, it } from "@effect/vitest"
import { table } from "../../../src/cli/terminal/table.js"

const rows = [["1", "x".repeat(300)], ["twenty", "y"]]

describe("table", () => {
  it("gives the last column what the others leave of the terminal, and shortens what does not fit", () => {
    const lines = table(["A", "B"], rows, 40).split("\n")
    expect(lines).toEqual(["A       B", `1       ${"x".repeat(29)}…`, "twenty  y", ""])
  })

  it("stays readable on a terminal that is too narrow for it", () => {
    expect(table(["A", "B"], rows, 5).split("\n")[1]).toBe(`1       ${"x".repeat(7)}…`)
  })

  it("shortens another column where the last has no room, as the ids of runs are long", () => {
    const id = `run_${"a".repeat(25)}`
    const body = [["✗ SYSTEM_FAILURE", "generate-monthly-statements", "1m 12s", id, "x".repeat(90)]]
    for (const width of [80, 90, 100, 120]) {
      const lines = table(["STATUS", "TASK", "DURATION", "RUN", "OUTPUT OR ERROR"], body, width, 1).split("\n")
      expect(lines.filter((line) => line.length > width)).toEqual([])
      expect(lines[1]).toMatch(/ generat\S* +1m 12s {4}run_a{25} {2}x{7,}…$/)
    }
  })

  it("shortens no column where there is room", () => {
    expect(table(["A", "B"], [["a long first column", "y"]], 40, 0).split("\n")[1]).toBe("a long first column  y")
  })

  it("takes as long for a row of twenty thousand as for one of a hundred, and all have the same columns", () => {
    const many = Array.from({ length: 20_000 }, (_, index) => [`run_${index}`, index === 19_999 ? "longer" : "x"])
    const parts = Array.from({ length: 200 }, (_, part) => many.slice(part * 100, part * 100 + 100))
    const draw = (tables: ReadonlyArray<typeof many>) => {
      const start = process.cpuUsage()
      const texts = tables.map((rows) => table(["A", "B"], rows, 80))
      return { texts, time: process.cpuUsage(start).user }
    }
    draw(parts)
    const whole = draw([many])
    // one table of cli-table3 takes four times as long or more
    expect(whole.time / draw(parts).time).toBeLessThan(2.5)
    const lines = whole.texts.join("").split("\n")
    expect(lines).toHaveLength(20_002)
    expect(new Set(lines.slice(0, -1).map((line) => line.search(/\S+$/)))).toEqual(new Set([11]))
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
