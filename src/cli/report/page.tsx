/**
 * Renders the report as a self-contained page. It sends no request, and runs nothing that a task returned or threw.
 */
import { createHash } from "node:crypto"
import type { JSX } from "preact"
import { renderToString } from "preact-render-to-string"
import type { Counts } from "../runs.js"
import { oneLine } from "../terminal/plain.js"
import { durationText, timeText } from "../terminal/time.js"
import type { Analysis } from "./analysis.js"
import { Durations } from "./durations.js"
import { Failures } from "./failures.js"
import { type ReportRun, RunTable } from "./runTable.js"
import { script } from "./script.js"
import { style } from "./style.js"
import { Timeline } from "./timeline.js"

export interface PageOptions {
  readonly analysis: Analysis
  readonly runs: ReadonlyArray<ReportRun>
  /** The URL of the dashboard, such as `https://cloud.trigger.dev`. */
  readonly dashboard: string | undefined
}

const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`

/** Second line of defence after escaping: only the script and the style of the page run, and nothing is loaded. */
const contentSecurityPolicy = [
  "default-src 'none'",
  `script-src ${hash(script)}`,
  `style-src ${hash(style)}`,
  "base-uri 'none'",
  "form-action 'none'"
].join("; ")

const Total = ({ name, state, value }: {
  readonly name: string
  readonly value: number | string
  readonly state?: string
}): JSX.Element => (
  <div>
    <dt>{name}</dt>
    <dd class={value === 0 ? undefined : state}>{value}</dd>
  </div>
)

const Share = ({ counts }: { readonly counts: Counts }): JSX.Element => {
  const parts = (["succeeded", "failed", "unavailable", "running", "queued"] as const)
    .filter((state) => counts[state] > 0)
  let start = 0
  return (
    <svg class="share" aria-hidden="true">
      {parts.map((state) => {
        const width = 100 * counts[state] / Math.max(1, counts.total)
        const x = start
        start += width
        return <rect key={state} class={state} x={`${x}%`} width={`${width}%`} height="100%" />
      })}
    </svg>
  )
}

const Totals = ({ analysis: { counts, elapsedMs, isOver } }: { readonly analysis: Analysis }): JSX.Element => (
  <section aria-label="Totals">
    <dl class="totals">
      <Total name="Runs" value={counts.total} />
      <Total name="Succeeded" value={counts.succeeded} state="succeeded" />
      <Total name="Failed" value={counts.failed} state="failed" />
      {counts.running === 0 ? null : <Total name="Running" value={counts.running} state="running" />}
      {counts.queued === 0 ? null : <Total name="Queued" value={counts.queued} state="queued" />}
      {counts.unavailable === 0 ? null : <Total name="Unreadable" value={counts.unavailable} state="unavailable" />}
      <Total name={isOver ? "Took" : "So far"} value={durationText(elapsedMs)} />
    </dl>
    <Share counts={counts} />
  </section>
)

const titleOf = ({ counts, snapshot: { batch } }: Analysis): string =>
  `${oneLine(batch.id)}: ${counts.succeeded} succeeded, ${counts.failed} failed`

const Page = ({ analysis, dashboard, runs }: PageOptions): JSX.Element => {
  const { batch } = analysis.snapshot
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={contentSecurityPolicy} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>{titleOf(analysis)}</title>
        <style dangerouslySetInnerHTML={{ __html: style }} />
      </head>
      <body>
        <main>
          <header>
            <a class="skip" href="#runs">Skip to the runs</a>
            <h1>{oneLine(batch.id)}</h1>
            <p class="soft">
              {`Status ${oneLine(batch.status)}, created ${timeText(batch.createdAt)}, read ${
                timeText(new Date(analysis.now))
              }`}
            </p>
          </header>
          <Totals analysis={analysis} />
          <Failures failures={analysis.failures} dashboard={dashboard} />
          <Timeline {...analysis} />
          <Durations analysis={analysis} dashboard={dashboard} />
          <RunTable
            runs={runs}
            tasks={analysis.tasks.map(({ task }) => task)}
            failures={analysis.failures}
            dashboard={dashboard}
          />
        </main>
        <script dangerouslySetInnerHTML={{ __html: script }} />
      </body>
    </html>
  )
}

export const toHtml = (options: PageOptions): string => `<!doctype html>\n${renderToString(<Page {...options} />)}\n`
