/**
 * Bundles src into the files that package.json's `exports` lead to: one for each public module, and what several of them
 * share in `internal`: an application then loads fewer files (docs/decisions/0014-chunks.md).
 *
 * Each file first imports a module that only Effect 3 has. Beside Effect 4 that import fails before any other, and the
 * runtime prints the path of the file, which says what to install (docs/decisions/0013-the-entry-files-say-effect-3.md).
 */
import { build } from "esbuild"
import * as fs from "node:fs"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "..")

const { exports } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"))

/** What package.json's `exports` have for the root of the package, as `./dist/<the sentence>/index.js`. */
const entry: string = exports["."].default

/** The folder of the files: its path is the sentence that the user reads. */
const folder = path.posix.dirname(entry.replace(/^\.\/dist\//, ""))

/** Writes the files into a folder such as dist. */
export const buildModules = (dist: string) =>
  build({
    absWorkingDir: root,
    entryPoints: ["src/*.ts", "src/testing/index.ts", "src/workflow/index.ts"],
    outbase: "src",
    outdir: path.join(dist, folder),
    bundle: true,
    splitting: true,
    // `exports` closes internal/* to users
    chunkNames: "internal/[hash]",
    packages: "external",
    format: "esm",
    platform: "neutral",
    target: "es2022",
    // the sources are in the package
    sourcemap: true,
    sourcesContent: false,
    // bundlers print the line of an import that they cannot resolve
    banner: { js: `import "effect/Either" // ${folder}` },
    logLevel: "warning"
  })

if (process.argv[1] === import.meta.filename) {
  await buildModules(path.join(root, "dist"))
}
