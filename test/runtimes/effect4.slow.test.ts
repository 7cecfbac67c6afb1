/**
 * What each runtime prints when the packed package is imported beside Effect 4: docs/effect-4.md.
 */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { beforeAll, expect, it } from "vitest"
import { installEffect4 } from "../support/effect4.js"
import { app, binary } from "./paths.js"
import { versionOf } from "./verify.js"

const project = path.join(app, "../effect-4")

beforeAll(() => {
  fs.rmSync(project, { recursive: true, force: true })
  const installed = "node_modules/effect-trigger-dev"
  fs.cpSync(path.join(app, installed), path.join(project, installed), { recursive: true })
  fs.writeFileSync(path.join(project, "package.json"), "{ \"private\": true, \"type\": \"module\" }\n")
  fs.copyFileSync(path.join(app, "tsconfig.json"), path.join(project, "tsconfig.json"))
  installEffect4(project)
})

const sentence = "requires-effect@3-and-@effect/platform"

const runtimes = [
  { name: "node20", command: ["node20/bin/node"], says: sentence },
  { name: "node22", command: ["node22/bin/node"], says: sentence },
  { name: "node24", command: ["node24/bin/node"], says: sentence },
  { name: "bun13", command: ["bun13/bin/bun"], says: sentence },
  { name: "bun14", command: ["bun14/bin/bun"], says: sentence },
  {
    name: "deno",
    command: ["deno/deno", "run", "--allow-all", "--no-remote", "--node-modules-dir=manual"],
    // Deno prints URLs
    says: encodeURI(sentence)
  }
] as const

for (const { command: [file, ...args], name, says } of runtimes) {
  for (const entryPoint of ["effect-trigger-dev", "effect-trigger-dev/testing", "effect-trigger-dev/RunOutput"]) {
    it(`beside Effect 4, ${name} ${versionOf(name)} says at the import of ${entryPoint} what to install`, () => {
      fs.writeFileSync(path.join(project, "main.js"), `import "${entryPoint}"\n`)
      const { stderr } = spawnSync(binary(file), [...args, "main.js"], { cwd: project, encoding: "utf8" })
      expect(stderr).toContain(`effect-trigger-dev/dist/${says}/`)
    })
  }
}
