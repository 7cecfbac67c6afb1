/**
 * What somebody reads who has installed this package beside Effect 4: docs/effect-4.md.
 */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { buildModules } from "../.ci/build-modules.js"
import { installEffect4 } from "./support/effect4.js"

const root = path.resolve(import.meta.dirname, "..")

const sources = fs.readdirSync(path.join(root, "src")).filter((file) => file.endsWith(".ts"))

const entryPoints = [
  "",
  "/testing",
  "/workflow",
  ...sources.filter((file) => file !== "index.ts").map((file) => `/${file.replace(".ts", "")}`)
]

let project = ""

beforeAll(async () => {
  project = fs.mkdtempSync(path.join(os.tmpdir(), "effect-4-"))
  const installed = path.join(project, "node_modules", "effect-trigger-dev")
  await buildModules(path.join(installed, "dist"))
  fs.copyFileSync(path.join(root, "package.json"), path.join(installed, "package.json"))
  installEffect4(project)
})

afterAll(() => fs.rmSync(project, { recursive: true, force: true }))

/** What a program prints when it ends with an error. */
const printed = (program: string): string =>
  spawnSync(process.execPath, ["--input-type=module", "--eval", program], { cwd: project, encoding: "utf8" }).stderr

describe("beside Effect 4, the error of the first import says what to install", () => {
  it.each(entryPoints)("effect-trigger-dev%s", (entryPoint) => {
    assert.match(
      printed(`import "effect-trigger-dev${entryPoint}"`),
      /effect-trigger-dev\/dist\/requires-effect@3-and-@effect\/platform\//
    )
  })
})

it("no path in the tarball is longer than the 100 bytes that every reader of tar files understands", () => {
  const files = fs.readdirSync(path.join(project, "node_modules", "effect-trigger-dev"), {
    recursive: true,
    encoding: "utf8"
  })
  assert.deepStrictEqual(files.filter((file) => `package/${file}`.length > 100), [])
})
