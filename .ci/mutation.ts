/**
 * Mutation tests, an area after the other, and the page about them: `npm run mutation`, or `npm run mutation -- values
 * pace` for some areas. Each area is tested by the tests that are about it, and takes some minutes.
 *
 * The report of an area is kept in .tmp/mutation until it is run again; docs/mutation.md is written from all that there
 * are. `npm run mutation -- --page` writes the page alone.
 */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { type Area, areas } from "./mutation-areas.js"
import { page, type Report } from "./mutation-page.js"

const root = path.resolve(import.meta.dirname, "..")
const kept = path.join(root, ".tmp", "mutation")

/** What is not mutated: types, re-exports, the simulator and the command. */
const left = /^src\/(?:testing\/.*|cli\/.*|index|StandardSchema|StoredOutput)(?:\.ts)?$/

const sourcesOf = ({ modules }: Area): Array<string> => modules.map((module) => `src/${module}.ts`)

const run = (name: string, area: Area): void => {
  const report = path.join(root, ".tmp", "mutation.json")
  fs.rmSync(report, { force: true })
  // a score below the threshold of the configuration is an exit code too, and the page says it
  spawnSync(
    process.execPath,
    [
      path.join(root, "node_modules/@stryker-mutator/core/bin/stryker.js"),
      "run",
      "--mutate",
      sourcesOf(area).join(",")
    ],
    {
      cwd: root,
      env: { ...process.env, MUTATION_TESTS: area.tests.map((test) => `test/${test}.test.ts`).join(",") },
      stdio: "inherit"
    }
  )
  if (!fs.existsSync(report)) {
    console.error(`The mutation tests of "${name}" left no report`)
    process.exitCode = 1
    return
  }
  fs.mkdirSync(kept, { recursive: true })
  fs.renameSync(report, path.join(kept, `${name}.json`))
}

const reports = (): Array<Report> =>
  Object.keys(areas).flatMap((name) => {
    const file = path.join(kept, `${name}.json`)
    return fs.existsSync(file)
      ? [{ ...JSON.parse(fs.readFileSync(file, "utf8")), date: fs.statSync(file).mtime.toISOString().slice(0, 10) }]
      : []
  })

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => name !== "--page" && areas[name] === undefined)
const mutated = Object.values(areas).flatMap(sourcesOf)
const forgotten = fs.readdirSync(path.join(root, "src"), { recursive: true, encoding: "utf8" })
  .map((file) => `src/${file.replaceAll(path.sep, "/")}`)
  .filter((file) => file.endsWith(".ts") && !left.test(file) && !mutated.includes(file))

if (unknown.length > 0) {
  console.error(`There is no area ${unknown.join(", ")}, only: ${Object.keys(areas).join(", ")}`)
  process.exitCode = 1
} else if (forgotten.length > 0) {
  console.error(`No area of .ci/mutation-areas.ts has ${forgotten.join(", ")}`)
  process.exitCode = 1
} else {
  for (const [name, area] of Object.entries(areas)) {
    if (asked.length === 0 || asked.includes(name)) {
      run(name, area)
    }
  }
  fs.writeFileSync(path.join(root, "docs", "mutation.md"), page(reports(), mutated))
}
