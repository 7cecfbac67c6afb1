/**
 * Groups failures by their message. Messages that differ only in numbers, ids and e-mail addresses are one group.
 */
import { type RunView, statusOf } from "../runs.js"
import { oneLine } from "../terminal/plain.js"

/** The parts of a message that differ from run to run. Longer forms come first: a UUID contains numbers. */
const variable = new RegExp(
  [
    String.raw`\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`,
    String.raw`\b(?:run|batch|item|attempt)_\w+`,
    String.raw`[\w.+-]+@[\w-]+(?:\.[\w-]+)+`,
    String.raw`\b0x[0-9a-f]+\b`,
    String.raw`\b(?=[a-f]*\d)[0-9a-f]{8,}\b`,
    String.raw`\d+(?:[.,:]\d+)*`
  ].join("|"),
  "gi"
)

/** How many characters of a message are compared. */
const longest = 300

export const pattern = (message: string): string =>
  // first, because an escape sequence holds numbers
  oneLine(message).slice(0, longest).replace(variable, "…").trim()

export interface FailureGroup {
  /** The message, with `…` for what differs. */
  readonly pattern: string
  readonly status: string
  readonly runs: ReadonlyArray<RunView>
  readonly tasks: ReadonlyArray<string>
}

/** The largest group first. Runs without a message are grouped by their status. */
export const groupFailures = (runs: ReadonlyArray<RunView>): ReadonlyArray<FailureGroup> => {
  const groups = new Map<string, { readonly pattern: string; readonly status: string; readonly runs: Array<RunView> }>()
  for (const run of runs) {
    if (run.state !== "failed") {
      continue
    }
    const said = pattern(run.message ?? "")
    const status = statusOf(run)
    const key = `${status}\n${said}`
    const group = groups.get(key)
    if (group === undefined) {
      groups.set(key, { pattern: said === "" ? "no reason given" : said, status, runs: [run] })
    } else {
      group.runs.push(run)
    }
  }
  return [...groups.values()]
    .sort((a, b) => b.runs.length - a.runs.length)
    .map((group) => ({
      ...group,
      tasks: [...new Set(group.runs.flatMap(({ task }) => task === undefined ? [] : [task]))]
    }))
}
