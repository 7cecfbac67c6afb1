/**
 * Writes what a run of all runtimes has shown into docs/runtimes.md, if every test has passed.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import type { Reporter, TestModule, TestRunEndReason } from "vitest/node"
import { root } from "./paths.js"
import type { Cell } from "./verify.js"

const page = path.join(root, "docs", "runtimes.md")

const begin = "<!-- written by `npm run runtimes` -->"

const end = "<!-- until here -->"

/** The columns of the table, in order, as the names of runtimes begin. */
const order = ["Node", "Bun", "Deno", "workerd", "Chromium"]

const columnOf = (runtime: string): number => order.findIndex((name) => runtime.startsWith(name))

const unique = (texts: ReadonlyArray<string>): ReadonlyArray<string> => [...new Set(texts)]

const row = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n")

const render = (cells: ReadonlyArray<Cell>): string => {
  const runtimes = [...unique(cells.map(({ runtime }) => runtime))].sort((one, other) =>
    columnOf(one) - columnOf(other) || one.localeCompare(other, "en", { numeric: true })
  )
  const tested = runtimes.map((runtime) => [
    runtime,
    unique(cells.filter((cell) => cell.runtime === runtime).map(({ client }) => `\`${client}\``)).join(", ")
  ])
  const withFetch = cells.filter(({ client }) => client === "FetchHttpClient.layer")
  const failures = unique(withFetch.filter(({ error }) => error !== undefined).map(({ check }) => check))
  const ends = failures.map((check) => [
    check,
    ...runtimes.map((runtime) => {
      const cell = withFetch.find((cell) => cell.runtime === runtime && cell.check === check)
      return cell?.error ?? "no error"
    })
  ])
  return [
    `Run on ${
      new Date().toISOString().slice(0, 10)
    }, on Linux x64 (in brackets, the \`compatibility_date\` of a Worker):`,
    table(["runtime", "HTTP clients"], tested),
    "How a call over `FetchHttpClient.layer` ends. It is the `reason` of a `TransportError`, or the tag of another error:",
    table(["", ...runtimes], ends)
  ].join("\n\n")
}

const cellsOf = (modules: ReadonlyArray<TestModule>): ReadonlyArray<Cell> =>
  modules.flatMap((module) => [...module.children.allTests()].flatMap((test) => test.meta().cell ?? []))

export default class implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, _errors: ReadonlyArray<unknown>, reason: TestRunEndReason): void {
    const cells = cellsOf(modules)
    if (reason === "passed" && order.every((name) => cells.some(({ runtime }) => runtime.startsWith(name)))) {
      const [before = "", rest = ""] = fs.readFileSync(page, "utf8").split(begin)
      const [, after = ""] = rest.split(end)
      fs.writeFileSync(page, [before, begin, "\n\n", render(cells), "\n\n", end, after].join(""))
      console.log(`The tables in ${path.relative(root, page)} are of this run`)
    }
  }
}
