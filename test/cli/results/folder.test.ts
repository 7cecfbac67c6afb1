import { afterEach, beforeEach, describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { type RunSuccess, TriggerClient } from "effect-trigger-dev"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { writeOutputs } from "../../../src/cli/results/folder.js"
import { runView } from "../support/runs.js"

let folder: string

beforeEach(() => {
  folder = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "effect-trigger-dev-folder-")), "out")
})

afterEach(() => {
  fs.rmSync(path.dirname(folder), { recursive: true, force: true })
})

const finished = (id: string, fields: Partial<RunSuccess> = {}) =>
  runView({ id, result: { ok: true, id, outputType: "application/json", output: "1", ...fields } })

const write = (...runs: ReadonlyArray<ReturnType<typeof runView>>) =>
  Effect.runPromise(
    Effect.provide(Effect.either(writeOutputs(runs, folder, { force: false })), TriggerClient.layerTest({}))
  )

describe("writeOutputs", () => {
  it("writes the outputs that can be read, and says which cannot", async () => {
    const broken = finished("run_2", { output: "{" })
    expect(await write(finished("run_1"), broken, runView({ id: "run_3", state: "pending" }))).toMatchObject({
      right: { files: 1, problems: [expect.stringMatching(/run_2.*not valid JSON|run_2.*JSON/)] }
    })
    expect(fs.readdirSync(folder)).toEqual(["run_1.json"])
  })

  it.each(["../run_1", "run_1/../../x", "run_", "/etc/run_1"])(
    "writes nothing for a run whose id is %j, and says so",
    async (id) => {
      expect(await write(finished(id), finished("run_2"))).toMatchObject({
        right: { files: 1, problems: [`${JSON.stringify(id)} is not a run id, so its output was not written`] }
      })
      expect(fs.readdirSync(folder)).toEqual(["run_2.json"])
      expect(fs.readdirSync(path.dirname(folder))).toEqual(["out"])
    }
  )

  it.each(["run_2.json", "run_2.txt"])("writes no file at all where %s exists", async (name) => {
    fs.mkdirSync(folder)
    fs.writeFileSync(path.join(folder, name), "mine")
    expect(await write(finished("run_1"), finished("run_2"))).toMatchObject({
      left: { _tag: "FileExists", files: [path.join(folder, name)] }
    })
    expect(fs.readdirSync(folder)).toEqual([name])
  })
})
