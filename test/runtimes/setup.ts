/**
 * Before the tests: installs the runtimes, builds and packs the package, installs the tarball in an empty project and
 * compiles the program into it.
 */
import { build } from "esbuild"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { app, binaries, root } from "./paths.js"

const here = import.meta.dirname

const npm = (cwd: string, ...args: ReadonlyArray<string>): string =>
  execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] })

const quietly = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--no-update-notifier"]

const read = (file: string): string => fs.existsSync(file) ? fs.readFileSync(file, "utf8") : ""

/** 700 MB: only where those of an earlier run are not the ones in the lock file. */
const installBinaries = (): void => {
  const files = ["package.json", "package-lock.json"]
  const installed = path.join(binaries, "installed")
  const wanted = files.map((file) => read(path.join(here, "binaries", file))).join("")
  if (read(installed) !== wanted) {
    fs.rmSync(binaries, { recursive: true, force: true })
    fs.mkdirSync(binaries, { recursive: true })
    files.forEach((file) => fs.copyFileSync(path.join(here, "binaries", file), path.join(binaries, file)))
    npm(binaries, "ci", ...quietly)
    fs.writeFileSync(installed, wanted)
  }
}

const installPackage = (): void => {
  fs.rmSync(app, { recursive: true, force: true })
  fs.mkdirSync(app, { recursive: true })
  npm(root, "run", "--silent", "build")
  const [packed] = JSON.parse(npm(root, "pack", "--json", "--pack-destination", app))
  fs.writeFileSync(path.join(app, "package.json"), "{ \"name\": \"app\", \"private\": true, \"type\": \"module\" }\n")
  // Bun would follow the `paths` of this repository's tsconfig.json, which lead to the sources
  fs.writeFileSync(path.join(app, "tsconfig.json"), "{}\n")
  const locked = JSON.parse(read(path.join(root, "package-lock.json"))).packages
  const others = ["effect", "@effect/platform", "@effect/platform-node"]
    .map((name) => `${name}@${locked[`node_modules/${name}`].version}`)
  npm(app, "install", ...quietly, path.join(app, packed.filename), ...others)
}

const compileProgram = async (): Promise<void> => {
  const program = path.join(here, "program")
  await build({
    entryPoints: [
      ...fs.readdirSync(program).map((file) => path.join(program, file)),
      path.join(root, "docs/examples/edge.ts")
    ].map((file) => ({ in: file, out: path.basename(file, ".ts") })),
    outdir: app,
    format: "esm",
    target: "es2022",
    // without the paths of tsconfig.json, which lead to the sources
    tsconfigRaw: "{}",
    logLevel: "error"
  })
}

export default async (): Promise<void> => {
  installBinaries()
  installPackage()
  await compileProgram()
}
