/**
 * The page about the mutation tests, from the reports of one or more runs of Stryker.
 */
import * as fs from "node:fs"
import { explanations } from "./mutation-survivors.js"

interface Mutant {
  readonly mutatorName: string
  readonly replacement?: string
  readonly status: string
  readonly testsCompleted?: number
  readonly location: {
    readonly start: { readonly line: number; readonly column: number }
    readonly end: { readonly line: number; readonly column: number }
  }
}

/** What Stryker's reporter "json" writes. */
export interface Report {
  readonly files: { readonly [file: string]: { readonly source: string; readonly mutants: ReadonlyArray<Mutant> } }
  /** When it ran. */
  readonly date: string
}

interface Survivor {
  readonly module: string
  readonly line: number
  /** The code as it is, and as it was changed. */
  readonly code: string
  readonly replacement: string
}

interface Row {
  readonly module: string
  readonly date: string
  readonly isCurrent: boolean
  readonly counts: { readonly [status: string]: number }
  readonly survivors: ReadonlyArray<Survivor>
}

/** Where a module does not load, Stryker finds no test that failed, and calls it survived; but nothing of it can be used. */
const statusOf = ({ status, testsCompleted }: Mutant): string =>
  status === "Survived" && testsCompleted === 0 ? "Unloadable" : status

const cut = (source: string, { end, start }: Mutant["location"]): string => {
  const lines = source.split("\n").slice(start.line - 1, end.line)
  const last = lines.length - 1
  return lines
    .map((line, index) => line.slice(index === 0 ? start.column - 1 : 0, index === last ? end.column - 1 : undefined))
    .join("\n")
}

const moduleOf = (file: string): string => file.replace(/^src\//, "").replace(/\.ts$/, "")

const rowsOf = ({ date, files }: Report): Array<Row> =>
  Object.entries(files).map(([file, { mutants, source }]) => {
    const module = moduleOf(file)
    const counts: Record<string, number> = {}
    for (const mutant of mutants) {
      const status = statusOf(mutant)
      counts[status] = (counts[status] ?? 0) + 1
    }
    return {
      module,
      date,
      isCurrent: fs.existsSync(file) && fs.readFileSync(file, "utf8") === source,
      counts,
      survivors: mutants
        .filter((mutant) => ["Survived", "NoCoverage"].includes(statusOf(mutant)))
        .map(({ location, replacement = "" }) => ({
          module,
          line: location.start.line,
          code: cut(source, location),
          replacement
        }))
    }
  })

const score = (rows: ReadonlyArray<Row>): string => {
  const sum = (...statuses: ReadonlyArray<string>): number =>
    rows.flatMap(({ counts }) => statuses.map((status) => counts[status] ?? 0)).reduce((a, b) => a + b, 0)
  const noticed = sum("Killed", "Timeout", "Unloadable")
  const all = noticed + sum("Survived", "NoCoverage")
  const share = all === 0 ? "–" : `${((100 * noticed) / all).toFixed(1)} %`
  return [all, sum("Killed"), sum("Timeout"), sum("Unloadable"), sum("Survived"), sum("NoCoverage"), share].join(" | ")
}

const oneLine = (code: string): string => {
  const line = code.replace(/\s+/g, " ").trim()
  return line.length > 90 ? `${line.slice(0, 89)}…` : line
}

const quoted = (code: string): string =>
  code.includes("`") ? `\`\` ${oneLine(code)} \`\`` : code === "" ? "nothing" : `\`${oneLine(code)}\``

const shown = ({ code, line, module, replacement }: Survivor): string =>
  `- \`${module}\`, line ${line}: ${quoted(code)} → ${quoted(replacement)}`

const explains = (survivor: Survivor) => ({ mutants }: (typeof explanations)[number]): boolean =>
  mutants.some(([module, code, replacement]) =>
    module === survivor.module && code === oneLine(survivor.code) &&
    (replacement === undefined || replacement === oneLine(survivor.replacement))
  )

const intro = `# Mutation tests

Written by \`npm run mutation\`; do not edit. Stryker changes the library's code in one place at a time, and the tests must
fail. What is below is how often they did, and why not where they did not.

- \`npm run mutation\` runs all areas, one after the other; \`npm run mutation -- values pace\` runs those (\`.ci/mutation-areas.ts\`
  has them). \`npm run mutation -- --page\` writes this page from the reports in \`.tmp/mutation\`.
- Each area is judged by the tests that are about it, and not by the whole suite. Tests on real sockets, of the simulator,
  and with thousands of random cases are left out (\`vitest.mutation.config.ts\`): they may kill more than is counted here.
- Code that runs once, when a module is loaded, is mutated as well: most of the schemas is such code. Where
  a module then does not even load, no test fails, and Stryker itself counts the mutant as survived; here it is not.
- The simulator (\`src/testing\`) and the command are not mutated.`

/** `mutated` are the files that there are to mutate. */
export const page = (reports: ReadonlyArray<Report>, mutated: ReadonlyArray<string>): string => {
  const rows = reports.flatMap(rowsOf).sort((a, b) => a.module < b.module ? -1 : 1)
  const missing = mutated.map(moduleOf).filter((module) => !rows.some((row) => row.module === module))
  const outdated = rows.filter(({ isCurrent }) => !isCurrent).map(({ module }) => module)
  const dates = rows.map(({ date }) => date).sort()
  const survivors = rows.flatMap((row) => row.survivors)
  const unexplained = survivors.filter((survivor) => !explanations.some(explains(survivor)))
  const names = (modules: ReadonlyArray<string>): string => modules.map((module) => `\`${module}\``).join(", ")
  return `${
    [
      intro,
      `Run from ${dates[0] ?? "never"} to ${dates[dates.length - 1] ?? "never"}.` +
      (missing.length === 0 ? "" : ` Not run: ${names(missing)}.`) +
      (outdated.length === 0 ? "" : ` Run on code that has changed since: ${names(outdated)}.`),
      [
        "| module | mutants | killed | timed out | does not load | survived | not reached | score |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        ...rows.map((row) => `| \`${row.module}\` | ${score([row])} |`),
        `| all | ${score(rows)} |`
      ].join("\n"),
      "## Survivors",
      ...explanations.flatMap((explanation) => {
        const its = survivors.filter((survivor) => explains(survivor)(explanation))
        return its.length === 0 ? [] : [`### ${explanation.title}`, explanation.reason, its.map(shown).join("\n")]
      }),
      ...(unexplained.length === 0 ? [] : ["### Not explained", unexplained.map(shown).join("\n")])
    ].join("\n\n")
  }\n`
}
