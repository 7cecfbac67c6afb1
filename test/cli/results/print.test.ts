import { afterEach, beforeEach, describe, expect, it, vi } from "@effect/vitest"
import { Effect } from "effect"
import { TriggerClient } from "effect-trigger-dev"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { printResults, type ResultsOptions } from "../../../src/cli/results/print.js"
import type { RunView } from "../../../src/cli/runs.js"
import { runView, snapshotOf } from "../support/runs.js"

let folder: string

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "effect-trigger-dev-print-"))
})

afterEach(() => {
  vi.restoreAllMocks()
  fs.rmSync(folder, { recursive: true, force: true })
})

/** The exit code, and what came to stderr. */
const printed = async (runs: ReadonlyArray<RunView>, options: Partial<ResultsOptions>) => {
  let stderr = ""
  const taking = (take: (text: string) => void) =>
    ((text: string, done: () => void) => {
      take(text)
      done()
      return true
    }) as never
  vi.spyOn(process.stdout, "write").mockImplementation(taking(() => {}))
  vi.spyOn(process.stderr, "write").mockImplementation(taking((text) => {
    stderr += text
  }))
  const exitCode = await Effect.runPromise(
    Effect.provide(printResults(snapshotOf(runs), { format: "ndjson", ...options }), TriggerClient.layerTest({}))
  )
  return { exitCode, stderr }
}

const failed = runView({ id: "run_1", task: "a", state: "failed" })

describe("printResults", () => {
  it("has the exit code of an output that could not be written, although a run failed", async () => {
    const broken = runView({
      id: "run_2",
      task: "a",
      result: { ok: true, id: "run_2", output: "{", outputType: "application/json" }
    })
    const { exitCode, stderr } = await printed([failed, broken], { outputDir: path.join(folder, "out") })
    expect(stderr).toMatch(/^0 outputs written to .*out\n.*error:.* run_2/)
    expect(exitCode).toBe(5)
  })

  it("has the exit code of the runs where all outputs were written", async () => {
    const good = runView({
      id: "run_2",
      task: "a",
      result: { ok: true, id: "run_2", output: "1", outputType: "application/json" }
    })
    const { exitCode, stderr } = await printed([failed, good], { outputDir: path.join(folder, "out") })
    expect(stderr).toMatch(/^1 output written to .*out\n/)
    expect(exitCode).toBe(1)
  })

  it("does not say that no run has a task while there is a run whose task is not known", async () => {
    const unread = runView({ id: "run_2", state: "pending" })
    expect((await printed([failed, unread], { task: ["b"] })).stderr).not.toContain("notice")
    expect((await printed([failed], { task: ["b"] })).stderr).toContain("notice: no run of task \"b\"")
  })
})
