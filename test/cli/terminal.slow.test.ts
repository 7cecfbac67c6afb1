import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import { Fault } from "effect-trigger-dev/testing"
import * as fs from "node:fs"
import { stripVTControlCharacters } from "node:util"
import { build, runInTerminal, stopAll, type TerminalOptions } from "./support/command.js"
import { type Server, start } from "./support/server.js"

let file: string
let server: Server

beforeAll(async () => {
  file = await build()
  server = await start()
  await server.createBatch({
    id: "batch_endless",
    runs: [
      { id: "run_fine", task: "greet", output: `${"a long output ".repeat(20)}` },
      { id: "run_broken", task: "count", error: { type: "STRING_ERROR", raw: "no \u001b]0;title\u0007total" } },
      { id: "run_endless", task: "greet", finishesAfter: "never" }
    ]
  })
})

afterAll(async () => {
  stopAll()
  await server.close()
  fs.rmSync(file)
})

const inTerminal = (
  args: ReadonlyArray<string>,
  options: TerminalOptions = {}
) => runInTerminal(file, args, { ...options, env: { ...server.env, ...options.env } })

const linesOf = (screen: string): ReadonlyArray<string> => stripVTControlCharacters(screen).split(/\r?\n/)

const red = "\u001b[31m"

describe("results in a terminal", () => {
  it("fits the width of the terminal and has colours", async () => {
    const { exitCode, screen } = await inTerminal(["results", "batch_endless"], { columns: 70 }).finished
    expect(screen).toContain(`${red}✗ FAILED`)
    // what a task threw cannot set the title of the terminal
    expect(screen).not.toContain("\u001b]0;")
    const lines = linesOf(screen)
    expect(lines.filter((line) => line.length > 70)).toEqual([])
    expect(lines[1]).toMatch(/^✓ COMPLETED +greet +\S+ +run_fine +a long output .*…$/)
    expect(exitCode).toBe(1)
  })

  it("shortens nothing for a terminal that does not know its width", async () => {
    const { screen } = await inTerminal(["results", "batch_endless"], { columns: 0 }).finished
    expect(linesOf(screen)[1]).toContain("a long output ".repeat(10))
  })

  it("shows a raw response without the controls in its texts", async () => {
    await server.createBatch({ id: "batch_raw", engine: "v1", runs: [{ id: "run_raw", output: "a\u009b31m\u202eb" }] })
    const { exitCode, screen } = await inTerminal(["results", "batch_raw", "--raw"]).finished
    expect(screen).toMatch(/^\{"id":"batch_raw".*"output":"a\\u009b31m\\u202eb".*\}\r?\n$/)
    expect(exitCode).toBe(0)
  })

  it("has no colours where NO_COLOR says so", async () => {
    const { screen } = await inTerminal(["results", "batch_endless"], { env: { NO_COLOR: "1" } }).finished
    expect(screen).not.toContain("\u001b[")
  })

  it("has colours in a pipe where FORCE_COLOR says so", async () => {
    const { screen } = await inTerminal(["results", "batch_endless"], { env: { FORCE_COLOR: "1" }, redirect: "| cat" })
      .finished
    expect(screen).toContain(`${red}✗ FAILED`)
  })
})

describe("wait in a terminal", () => {
  it("shows a bar, what there is of each state, and each failure once", async () => {
    await server.createBatch({
      id: "batch_live",
      runs: [
        { id: "run_a", task: "greet", output: 1 },
        { id: "run_b", task: "count", error: { type: "STRING_ERROR", raw: "early" } },
        { id: "run_c", task: "count", finishesAfter: "3 seconds", error: { type: "STRING_ERROR", raw: "late" } },
        { id: "run_d", task: "greet", finishesAfter: "2 seconds", output: 2 }
      ]
    })
    const terminal = inTerminal(["wait", "batch_live", "--interval", "300ms", "--only", "pending"], {
      redirect: "2>&1"
    })
    await terminal.shows(/██/)
    await terminal.shows(/75 %/)
    const { exitCode, screen } = await terminal.finished
    const text = stripVTControlCharacters(screen)
    expect(text).toContain("4 runs: 1 succeeded, 1 failed, 2 running")
    expect(text.match(/✗ FAILED {2}count {2}run_b {2}early/g)).toHaveLength(1)
    expect(text.match(/✗ FAILED {2}count {2}run_c {2}late/g)).toHaveLength(1)
    // the cursor is shown again, and lines wrap
    expect(screen.lastIndexOf("\u001b[?25h")).toBeGreaterThan(screen.lastIndexOf("\u001b[?25l"))
    expect(screen.lastIndexOf("\u001b[?7h")).toBeGreaterThan(screen.lastIndexOf("\u001b[?7l"))
    expect(exitCode).toBe(0)
  })

  it("shows nothing in the bar that a terminal obeys", async () => {
    await server.createBatch({ id: "batch_odd", shows: { id: "batch_odd\u001b]0;title\u0007" }, runs: [{}] })
    const { screen } = await inTerminal(["wait", "batch_odd"]).finished
    expect(screen).toContain("batch_odd")
    expect(screen).not.toContain("\u001b]0;")
  })

  it("shows every failure that happens while it waits, however many", async () => {
    await server.createBatch({
      id: "batch_failing",
      runs: Array.from({ length: 8 }, (_, index) => ({
        id: `run_${index}`,
        task: "count",
        finishesAfter: "2 seconds",
        error: { type: "STRING_ERROR" as const, raw: "late" }
      }))
    })
    const { screen } = await inTerminal(["wait", "batch_failing", "--only", "succeeded"]).finished
    const text = stripVTControlCharacters(screen)
    expect(text).not.toContain("earlier failures")
    expect(text.match(/✗ FAILED {2}count {2}run_\d {2}late/g)).toHaveLength(8)
  })

  it("draws nothing over on a dumb terminal", async () => {
    const { exitCode, screen } = await inTerminal(["wait", "batch_failing"], { env: { TERM: "dumb" } }).finished
    expect(screen).toContain("8 runs: 8 failed")
    expect(screen).not.toContain("\u001b")
    expect(exitCode).toBe(0)
  })

  it("stops at once on Ctrl-C, prints what is known and exits with 130", async () => {
    const terminal = inTerminal(["wait", "batch_endless", "--interval", "1h"])
    await terminal.shows(/1 running/)
    const pressed = Date.now()
    terminal.type("\u0003")
    const { exitCode, screen } = await terminal.finished
    expect(Date.now() - pressed).toBeLessThan(2000)
    const shown = linesOf(screen.slice(screen.lastIndexOf("STATUS")))
    expect(shown[1]).toMatch(/✓ COMPLETED +greet/)
    expect(shown[2]).toMatch(/✗ FAILED +count .* run_broken +no total$/)
    expect(shown[3]).toMatch(/▸ EXECUTING +greet/)
    // the bar is gone before the results are printed: its last sequences would erase their last line
    expect(screen.lastIndexOf("\u001b[?25h")).toBeLessThan(screen.lastIndexOf("STATUS"))
    expect(screen.lastIndexOf("\u001b[?25h")).toBeGreaterThan(screen.lastIndexOf("\u001b[?25l"))
    expect(exitCode).toBe(130)
  })

  it("is what --demo alone shows", async () => {
    const terminal = inTerminal(["--demo"])
    await terminal.shows(/60 runs: \S+ succeeded/)
    terminal.type("\u0003")
    const { exitCode, screen } = await terminal.finished
    expect(screen).toMatch(/earlier failures[^]*CrmError: The CRM answered 503/)
    expect(exitCode).toBe(130)
  })

  it("stops at once on Ctrl-C while the server does not respond", async () => {
    let received = (): void => undefined
    const requested = new Promise<void>((resolve) => {
      received = resolve
    })
    const other = await start({
      faults: () => {
        received()
        return Fault.hang
      }
    })
    const terminal = inTerminal(["wait", "batch_endless"], { env: other.env })
    await requested
    terminal.type("\u0003")
    expect((await terminal.finished).exitCode).toBe(130)
    await other.close()
  })
})
