/**
 * Checks the package as users get it: what the tarball holds, what its package.json promises, and that a program in an
 * empty project can install it, compile against it and run with it.
 *
 * It builds first, unless it is called with --built.
 */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "..")
const bin = (name: string) => path.join(root, "node_modules", ".bin", name)

const run = (cwd: string, command: string, ...args: Array<string>): void => {
  console.log(`$ ${path.basename(command)} ${args.join(" ")}`)
  execFileSync(command, args, { cwd, stdio: ["ignore", "inherit", "inherit"] })
}

const readJson = (file: string) => JSON.parse(fs.readFileSync(path.join(root, file), "utf8"))

const fail = (problem: string): never => {
  throw new Error(problem)
}

const checkContents = (files: ReadonlyArray<string>): void => {
  const fixed = ["CHANGELOG.md", "LICENSE", "README.md", "package.json"]
  const missing = [
    ...fixed,
    "dist/cli.cjs",
    "dist/index.js",
    "dist/index.d.ts",
    "dist/testing/index.js",
    "dist/testing/index.d.ts"
  ]
    .filter((file) => !files.includes(file))
  if (missing.length > 0) fail(`The tarball lacks ${missing.join(", ")}`)

  const isExpected = (file: string): boolean => {
    if (/^docs\/[\w/-]+\.md$/.test(file)) return true
    if (fixed.includes(file) || /^src\/[\w/.-]+\.ts$/.test(file)) return !/\.(test|spec|bench)\.ts$/.test(file)
    // The command is a bundle of src/cli, which is not published.
    if (file === "dist/cli.cjs") return true
    // Whatever is in dist comes from a file in src that is there too: nothing is left over from an earlier build.
    const built = /^dist\/([\w/.-]+?)\.(?:js|d\.ts)(?:\.map)?$/.exec(file)
    return built !== null && files.includes(`src/${built[1]}.ts`)
  }
  const stray = files.filter((file) => !isExpected(file))
  if (stray.length > 0) fail(`The tarball holds what does not belong there: ${stray.join(", ")}`)
}

const importChecks = (files: ReadonlyArray<string>): string => {
  const modules = files.flatMap((file) => /^dist\/(.+)\.js$/.exec(file)?.[1] ?? [])
  const isClosed = (name: string) => /^(internal|cli|testing)\/|^index$/.test(name)
  const closed = [...modules.filter(isClosed), "internal/x"]
  const open = ["", "/testing", ...modules.filter((name) => !isClosed(name)).map((name) => `/${name}`)]
  return `
for (const path of ${JSON.stringify(open)}) {
  if (Object.keys(await import("effect-trigger-dev" + path)).length === 0) console.log("note: " + path + " holds types only")
}
for (const path of ${JSON.stringify(closed)}) {
  const outcome = await import("effect-trigger-dev/" + path).then(() => "could be imported", (error) => error.code)
  if (outcome !== "ERR_PACKAGE_PATH_NOT_EXPORTED") throw new Error("effect-trigger-dev/" + path + ": " + outcome)
}
console.log("${open.length} entry points are open, ${closed.length} modules are closed")
`
}

const check = (dir: string): void => {
  const packed: ReadonlyArray<{ readonly filename: string; readonly files: ReadonlyArray<{ readonly path: string }> }> =
    JSON.parse(
      execFileSync("npm", ["pack", "--json", "--pack-destination", dir], {
        cwd: root,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "inherit"]
      })
    )
  const tarball = path.join(dir, packed[0]?.filename ?? fail("npm pack made no tarball"))
  const files = packed[0]?.files.map((file) => file.path) ?? []
  checkContents(files)
  console.log(`The tarball holds ${files.length} files, none of them stray`)

  const scripts = Object.keys(readJson("package.json").scripts)
  if (scripts.some((name) => /^(pre|post)?install$|^prepare$/.test(name))) fail("The package has an install script")

  run(root, bin("publint"), "run", tarball, "--strict")
  run(root, bin("attw"), tarball, "--profile", "esm-only", "--format", "ascii", "--no-emoji")

  const project = path.join(dir, "consumer")
  fs.mkdirSync(project)
  fs.writeFileSync(path.join(project, "package.json"), `{ "name": "consumer", "private": true, "type": "module" }\n`)
  const locked = readJson("package-lock.json").packages
  const peers = Object.keys(readJson("package.json").peerDependencies)
    .map((name) => `${name}@${locked[`node_modules/${name}`].version}`)
  const options = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--no-update-notifier"]
  run(project, "npm", "install", ...options, tarball, ...peers)

  fs.copyFileSync(path.join(root, "test/package/consumer.ts"), path.join(project, "consumer.ts"))
  const compilerOptions = {
    target: "ES2022",
    lib: ["ES2022", "DOM", "DOM.Iterable"],
    types: [],
    module: "NodeNext",
    strict: true,
    exactOptionalPropertyTypes: true,
    // Our declarations must hold for those who check their libraries too.
    skipLibCheck: false,
    outDir: "out"
  }
  fs.writeFileSync(path.join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["consumer.ts"] }))
  run(project, bin("tsc"), "-p", ".")
  run(project, process.execPath, "out/consumer.js")
  fs.writeFileSync(path.join(project, "imports.mjs"), importChecks(files))
  run(project, process.execPath, "imports.mjs")
}

const dir = fs.mkdtempSync(path.join(os.tmpdir(), "effect-trigger-dev-"))
try {
  if (!process.argv.includes("--built")) run(root, "npm", "run", "--silent", "build")
  check(dir)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  fs.rmSync(dir, { recursive: true, force: true })
}
