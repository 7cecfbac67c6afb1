/**
 * Components that several sections of the page use.
 */
import type { JSX } from "preact"
import { isRunId } from "../../internal/settings/id.js"
import { isRunning, type RunView, statusOf } from "../runs.js"
import { oneLine } from "../terminal/plain.js"

/** The dashboard redirects from here to the project of the run. */
export const runUrl = (dashboard: string, id: string): string =>
  `${dashboard.replace(/\/+$/, "")}/runs/${encodeURIComponent(id)}`

export const RunLink = (
  { dashboard, run: { id } }: { readonly run: RunView; readonly dashboard: string | undefined }
): JSX.Element =>
  id === undefined
    ? <span class="soft">no run</span>
    : dashboard === undefined || !isRunId(id)
    ? <span class="mono">{oneLine(id)}</span>
    : <a class="mono" href={runUrl(dashboard, id)} rel="noreferrer noopener">{oneLine(id)}</a>

const marks = { succeeded: "✓", failed: "✗", pending: "·", unavailable: "?" } as const

export const StateLabel = ({ run }: { readonly run: RunView }): JSX.Element => (
  <span class={`state ${isRunning(run) ? "running" : run.state}`}>
    <span aria-hidden="true">{`${isRunning(run) ? "▸" : marks[run.state]} `}</span>
    {oneLine(statusOf(run))}
  </span>
)
