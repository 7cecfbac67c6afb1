/**
 * Compiles what is measured, so that no transpiler stands in the way: the package as it is published, the programs of
 * this folder one by one, and the applications as bundles.
 */
import { build, type Plugin } from "esbuild"
import { execFileSync } from "node:child_process"
import { rm } from "node:fs/promises"
import * as path from "node:path"
import { gzipSync } from "node:zlib"
import { type App, apps } from "./measure.js"

const withoutMetrics: Plugin = {
  name: "without-metrics",
  setup: ({ onResolve }) => {
    onResolve({ filter: /\/metrics\.js$/ }, () => ({ path: path.resolve("test/bench/noMetrics.ts") }))
  }
}

export const compile = async (folder: string): Promise<void> => {
  execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" })
  await rm(folder, { recursive: true, force: true })
  await build({
    entryPoints: ["test/bench/*.ts", "test/bench/apps/*.ts"],
    outdir: folder,
    outbase: "test/bench",
    format: "esm",
    target: "node20"
  })
  // these bundle the sources: the package closes its internal modules, and its metrics cannot be left out of it
  for (
    const [name, entryPoint, plugins] of [
      ["bundled", "src/index.ts", []],
      ["withoutMetrics", "src/index.ts", [withoutMetrics]],
      ["decode", "test/bench/decode.ts", []]
    ] as const
  ) {
    await build({
      entryPoints: [entryPoint],
      outfile: `${folder}/${name}.js`,
      bundle: true,
      packages: "external",
      format: "esm",
      target: "node20",
      plugins: [...plugins]
    })
  }
}

/** Bytes of each application with all that it imports, minified, then gzipped. */
export const bundleSizes = async (): Promise<{ readonly [app in App]: number }> => {
  const sizes = new Map<App, number>()
  for (const app of apps) {
    const bundle = await build({
      entryPoints: [`test/bench/apps/${app}.ts`],
      bundle: true,
      minify: true,
      write: false,
      format: "esm",
      platform: "node",
      target: "node20",
      // the published package, not the sources that tsconfig.json points to
      tsconfigRaw: "{}"
    })
    sizes.set(app, gzipSync(bundle.outputFiles[0]?.contents ?? "", { level: 9 }).length)
  }
  return Object.fromEntries(sizes) as unknown as { readonly [app in App]: number }
}
