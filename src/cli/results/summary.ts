/**
 * Summarises a batch in one line.
 */
import type { Counts } from "../runs.js"
import type { Colours } from "../terminal/colours.js"

/** States without runs are left out. */
export const countsText = (counts: Counts, colours: Colours): string => {
  const parts = [
    counts.succeeded > 0 ? colours.green(`${counts.succeeded} succeeded`) : "",
    counts.failed > 0 ? colours.red(`${counts.failed} failed`) : "",
    counts.running > 0 ? colours.cyan(`${counts.running} running`) : "",
    counts.queued > 0 ? `${counts.queued} queued` : "",
    counts.unavailable > 0 ? colours.yellow(`${counts.unavailable} could not be read`) : "",
    counts.unread > 0 ? `${counts.unread} not read yet` : ""
  ]
  const runs = `${counts.total} ${counts.total === 1 ? "run" : "runs"}`
  return counts.total === 0 ? runs : `${runs}: ${parts.filter((part) => part !== "").join(", ")}`
}
