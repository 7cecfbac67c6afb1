/**
 * A stand-in for the package `effect` of version 4, as far as an import of this package gets: its `exports`, and the modules
 * that both versions have, each of them empty.
 */
import * as fs from "node:fs"
import * as path from "node:path"

/** Of 4.1.0; what is left out here leads to other folders of it. */
const manifest = {
  name: "effect",
  version: "4.1.0",
  type: "module",
  exports: {
    "./package.json": "./package.json",
    ".": "./dist/index.js",
    "./*": "./dist/*.js",
    "./internal/*": null,
    "./index": null,
    "./*/index": null
  }
}

const modules =
  "Cause Chunk Clock Config Context Data Deferred Duration Effect Equivalence Exit Fiber Function Inspectable Layer LogLevel Logger Metric Option Predicate Random Redacted Runtime Schedule Schema SchemaAST Scope Stream Tracer Types index"

/** Installs it in a project, in the place of any other version. */
export const installEffect4 = (project: string): void => {
  const folder = path.join(project, "node_modules", "effect")
  fs.rmSync(folder, { recursive: true, force: true })
  fs.mkdirSync(path.join(folder, "dist"), { recursive: true })
  fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify(manifest))
  for (const module of modules.split(" ")) {
    fs.writeFileSync(path.join(folder, "dist", `${module}.js`), "export {}\n")
  }
}
