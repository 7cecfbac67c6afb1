/**
 * Writes the files that package.json's `exports` lead to: one for each public module, which imports a module that only
 * Effect 3 has, and then re-exports the public module. Beside Effect 4 that import fails before any other, and the runtime
 * prints the path of the file, which says what to install (docs/decisions/0013-the-entry-files-say-effect-3.md).
 */
import * as fs from "node:fs"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "..")

const { exports } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"))

/** What package.json's `exports` have for the root of the package, as `./dist/<the sentence>/index.js`. */
const entry: string = exports["."].default

/** The folder of the entry files: its path is the sentence that the user reads. */
export const entryFolder = path.posix.dirname(entry.replace(/^\.\/dist\//, ""))

const publicModules = (dist: string): ReadonlyArray<string> => [
  ...fs.readdirSync(dist).filter((file) => file.endsWith(".js")),
  "testing/index.js",
  "workflow/index.js"
]

export const writeEntries = (dist: string): void => {
  for (const file of publicModules(dist)) {
    const written = path.join(dist, entryFolder, file)
    const target = path.posix.join(
      path.posix.relative(path.posix.join(entryFolder, path.posix.dirname(file)), "."),
      file
    )
    fs.mkdirSync(path.dirname(written), { recursive: true })
    // bundlers print the line of an import that they cannot resolve
    fs.writeFileSync(written, `import "effect/Either" // ${entryFolder}\nexport * from "${target}"\n`)
  }
}

if (process.argv[1] === import.meta.filename) {
  writeEntries(path.join(root, "dist"))
}
