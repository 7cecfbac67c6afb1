/**
 * Run where the package is installed: every public module can be imported, no other can, and no script runs at
 * installation.
 */
import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import console from "node:console"
import fs from "node:fs"
import process from "node:process"

const root = "node_modules/effect-trigger-dev"
const { bin = {}, exports, name, scripts = {} } = JSON.parse(fs.readFileSync(`${root}/package.json`, "utf8"))

const commands = Object.values(bin).map((file) => file.replace(/^\.\//, ""))
const entries = Object.keys(exports).filter((path) =>
  exports[path] !== null && !path.includes("*") && path !== "./package.json"
)
/** The folder of the files that `exports` leads to. */
const folder = exports["."].default.replace(/^\.\/|index\.js$/g, "")
const modules = fs.readdirSync(`${root}/${folder}`, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".js"))
  .map((file) => `./${file.slice(0, -".js".length)}`)
/** The sources, public and internal: each has its declarations, though many share a module. */
const declared = fs.readdirSync(`${root}/dist`, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".d.ts"))
  .map((file) => `./${file.slice(0, -".d.ts".length)}`)

/** A module at the top is public, and so is each entry of its own; all else is internal. */
const isPublic = (path) => /^\.\/\w+$/.test(path) && path !== "./index"
const open = [...entries, ...modules.filter(isPublic)]
const closed = [
  ...[...modules, ...declared].filter((path) => !isPublic(path)),
  ...commands.map((file) => file.replace(/^dist/, ".").replace(/\.js$/, ""))
]

assert.deepEqual(modules.filter(isPublic), declared.filter(isPublic))
for (const path of open) {
  await import(name + path.slice(1))
}
for (const path of closed) {
  await assert.rejects(import(name + path.slice(1)), { code: "ERR_PACKAGE_PATH_NOT_EXPORTED" }, path)
}
for (const file of commands) {
  execFileSync(process.execPath, [`${root}/${file}`, "--help"], { stdio: "ignore" })
}
for (const script of ["preinstall", "install", "postinstall", "prepare"]) {
  assert.equal(scripts[script], undefined)
}
console.log(`${open.length} modules are open, ${closed.length} are closed, ${commands.length} commands run`)
