import { assert, describe, it } from "@effect/vitest"
import { build } from "esbuild"

/** The files that a bundle of this application is made of. */
const bundled = async (application: string): Promise<ReadonlyArray<string>> => {
  const { metafile } = await build({
    stdin: { contents: application, resolveDir: import.meta.dirname, loader: "ts" },
    // tsconfig.json points "effect-trigger-dev" to src/index.ts
    tsconfig: "tsconfig.json",
    bundle: true,
    metafile: true,
    write: false,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    external: ["node:*"]
  })
  return Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => bytesInOutput === 0 ? [] : [file])
  )
}

const simulator = (files: ReadonlyArray<string>) => files.filter((file) => file.startsWith("src/testing/"))

const superJson = (files: ReadonlyArray<string>) =>
  files.filter((file) => /^node_modules\/(superjson|copy-anything|is-what)\//.test(file))

describe("the bundle of an application", () => {
  it("holds nothing of the simulator and nothing of superjson where the application has no tests in it", async () => {
    const files = await bundled(`
      import { collectBatchResults, getBatchResults, TriggerClient } from "effect-trigger-dev"
      export { collectBatchResults, getBatchResults, TriggerClient }
    `)
    assert.include(files, "src/collectBatchResults.ts")
    assert.deepStrictEqual(simulator(files), [])
    assert.deepStrictEqual(superJson(files), [])
  })

  it("holds both where it imports the simulator", async () => {
    const files = await bundled(`export { TriggerSimulator } from "effect-trigger-dev/testing"`)
    assert.include(simulator(files), "src/testing/TriggerSimulator.ts")
    assert.include(superJson(files), "node_modules/superjson/dist/index.js")
  })
})
