import { assert, describe, it } from "@effect/vitest"
import { build } from "esbuild"
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const source = (path: string) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url))

/** Bundles an entry with all that it imports, and gives the packages that are in it. */
const bundle = async (entry: string, outfile: string): Promise<ReadonlyArray<string>> => {
  const { metafile } = await build({
    entryPoints: [source(entry)],
    outfile,
    bundle: true,
    metafile: true,
    treeShaking: false,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "error"
  })
  const names = Object.keys(metafile.inputs).flatMap((path) =>
    /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []
  )
  return [...new Set(names)].sort()
}

describe("a bundle", () => {
  const ofWorkflow = /^@effect\/(workflow|cluster|rpc|sql|experimental)/

  for (const entry of ["index.ts", "testing/index.ts"]) {
    it(`of ${entry} has nothing of @effect/workflow, and runs where it is not installed`, async () => {
      const folder = mkdtempSync(join(tmpdir(), "effect-trigger-dev-"))
      try {
        const file = join(folder, "bundle.mjs")
        const packages = await bundle(entry, file)
        assert.include(packages, "effect")
        assert.deepStrictEqual(packages.filter((name) => ofWorkflow.test(name)), [])
        execFileSync(process.execPath, [file], { cwd: folder })
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    })
  }

  it("of workflow/index.ts has nothing of an engine", async () => {
    const folder = mkdtempSync(join(tmpdir(), "effect-trigger-dev-"))
    try {
      const packages = await bundle("workflow/index.ts", join(folder, "bundle.mjs"))
      assert.deepStrictEqual(packages.filter((name) => ofWorkflow.test(name)), ["@effect/workflow"])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
