/**
 * Small parts of the page that several sections show.
 */
import type { JSX } from "preact"
import { isRunning, type RunView, statusOf } from "../runs.js"

/** `dashboard` is where the dashboard is; it finds the project of a run by itself. */
export const runUrl = (dashboard: string, id: string): string =>
  `${dashboard.replace(/\/+$/, "")}/runs/${encodeURIComponent(id)}`

export const RunLink = (
  { dashboard, run: { id } }: { readonly run: RunView; readonly dashboard: string | undefined }
): JSX.Element =>
  id === undefined
    ? <span class="soft">no run</span>
    : dashboard === undefined
    ? <span class="mono">{id}</span>
    : <a class="mono" href={runUrl(dashboard, id)} rel="noreferrer noopener">{id}</a>

const marks = { succeeded: "✓", failed: "✗", pending: "·", unavailable: "?" } as const

export const StateLabel = ({ run }: { readonly run: RunView }): JSX.Element => (
  <span class={`state ${isRunning(run) ? "running" : run.state}`}>
    <span aria-hidden="true">{`${isRunning(run) ? "▸" : marks[run.state]} `}</span>
    {statusOf(run)}
  </span>
)
