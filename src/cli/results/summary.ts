/**
 * Summarises a batch in one line.
 */
import * as Effect from "effect/Effect"
import type { Counts } from "../runs.js"
import { type Colours, coloursFor } from "../terminal/colours.js"
import { toStderr } from "../terminal/output.js"

export const runsText = (count: number): string => `${count} ${count === 1 ? "run" : "runs"}`

/** States without runs are left out. If the counts are of selected runs, `all` is the number of runs in the batch. */
export const countsText = (counts: Counts, colours: Colours, all?: number): string => {
  const parts = [
    counts.succeeded > 0 ? colours.green(`${counts.succeeded} succeeded`) : "",
    counts.failed > 0 ? colours.red(`${counts.failed} failed`) : "",
    counts.running > 0 ? colours.cyan(`${counts.running} running`) : "",
    counts.queued > 0 ? `${counts.queued} queued` : "",
    counts.unavailable > 0 ? colours.yellow(`${counts.unavailable} could not be read`) : "",
    counts.unread > 0 ? `${counts.unread} not read yet` : ""
  ]
  const runs = all === undefined ? runsText(counts.total) : `${counts.total} of ${runsText(all)} selected`
  return counts.total === 0 ? runs : `${runs}: ${parts.filter((part) => part !== "").join(", ")}`
}

let printed = ""

/** Prints the counts to stderr, unless they are what it printed last: the progress of `wait` may have said the same. */
export const printCounts = (counts: Counts, all?: number): Effect.Effect<void> =>
  Effect.suspend(() => {
    const text = countsText(counts, coloursFor(process.stderr), all)
    if (text === printed) {
      return Effect.void
    }
    printed = text
    return toStderr(`${text}\n`)
  })
