import { describe, expect, it } from "@effect/vitest"
import { createHash } from "node:crypto"
import { analyse } from "../../../src/cli/report/analysis.js"
import { failureText } from "../../../src/cli/report/failures.js"
import { toHtml } from "../../../src/cli/report/page.js"
import type { RunView } from "../../../src/cli/runs.js"
import { runView, snapshotOf } from "../support/runs.js"

const page = (runs: Parameters<typeof snapshotOf>[0], now = 10_000, dashboard?: string): string => {
  const snapshot = snapshotOf(runs)
  return toHtml({
    analysis: analyse(snapshot, now),
    runs: snapshot.runs.map((run) => ({ run, text: failureText(run) })),
    dashboard
  })
}

/** A run that ran from `started` to `finished`, in milliseconds after the creation of the batch. */
const timed = (id: string, started: number, finished: number): RunView =>
  runView({
    id,
    createdAt: new Date(0),
    startedAt: new Date(started),
    finishedAt: new Date(finished),
    durationMs: finished - started
  })

const queued = runView({ id: "run_queued", state: "pending", status: "QUEUED", createdAt: new Date(0) })

const lanesOf = (html: string): string => /<svg class="plot lanes".*?<\/svg>/s.exec(html)?.[0] ?? ""

const textOf = (html: string): string => html.replace(/<(script|style)>.*?<\/\1>/gs, "").replace(/<[^>]*>/g, " ")

describe("the page", () => {
  it("has a policy that names its own script and style, and lets nothing else in", () => {
    const html = page([runView()])
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? ""
    const hashOf = (tag: string): string => {
      const content = new RegExp(`<${tag}>(.*?)</${tag}>`, "s").exec(html)?.[1] ?? ""
      return `'sha256-${createHash("sha256").update(content).digest("base64")}'`
    }
    expect(policy.split("; ")).toEqual([
      "default-src 'none'",
      `script-src ${hashOf("script")}`,
      `style-src ${hashOf("style")}`,
      "base-uri 'none'",
      "form-action 'none'"
    ])
  })

  it("links no id to the dashboard that is none, such as one with half a character", () => {
    const html = page([runView({ id: "run_1" }), runView({ id: "run_\ud800" })], 10_000, "https://cloud.trigger.dev")
    expect(html.match(/href="http[^"]*"/g)).toEqual(["href=\"https://cloud.trigger.dev/runs/run_1\""])
  })

  it("draws a bar for each run that has times, and says how many have none", () => {
    const html = page([timed("run_1", 1000, 2000), timed("run_2", 2000, 5000), runView({ id: "run_3" })])
    const bars = [...lanesOf(html).matchAll(/<rect class="succeeded" x="([\d.]+)%" width="([\d.]+)%"/g)]
    expect(bars.map(([, x, width]) => [x, width])).toEqual([["20", "20"], ["40", "60"]])
    expect(textOf(html)).toContain("1 without times are not shown.")
  })

  it("draws a run that goes on up to now, and one that never started as waiting", () => {
    const html = page([
      runView({
        id: "run_1",
        state: "pending",
        status: "EXECUTING",
        createdAt: new Date(0),
        startedAt: new Date(2000)
      }),
      queued
    ])
    const lanes = lanesOf(html)
    expect(lanes).toMatch(/<rect class="running" x="20%" width="80%"/)
    expect(lanes).toMatch(/<rect class="wait" x="0%" width="99.85%"/)
    expect(lanes).not.toContain(`class="queued"`)
  })

  it("draws the bars in the order in which the runs started, those that are queued last", () => {
    const html = page([queued, timed("run_2", 2000, 2500), timed("run_1", 1000, 3000)])
    expect([...lanesOf(html).matchAll(/<title>(\w+):/g)].map(([, id]) => id)).toEqual(["run_1", "run_2", "run_queued"])
  })

  it("counts a run that expired in the queue as failed, and no longer as queued", () => {
    const expired = runView({ state: "failed", createdAt: new Date(0), finishedAt: new Date(1000) })
    // the most runs that were counted at one moment
    expect(page([expired])).toContain(`<text x="4" y="14">1</text>`)
  })

  it.each([
    ["seconds for a batch of minutes", 60_000, "00:00:15"],
    ["minutes for a batch of hours", 5 * 3_600_000, "01:00"],
    ["dates for a batch of days", 48 * 3_600_000, "Jan  1, 12:00"]
  ])("has an axis with %s", (_, finished, tick) => {
    expect(page([timed("run_1", 0, finished)])).toContain(`text-anchor="middle">${tick}</text>`)
  })

  it("draws the shares of the states one after the other", () => {
    const html = page([runView(), runView({ state: "failed" }), queued, queued])
    const share = /<svg class="share".*?<\/svg>/s.exec(html)?.[0] ?? ""
    expect([...share.matchAll(/class="(\w+)" x="([\d.]+%)" width="([\d.]+%)"/g)].map((match) => match.slice(1)))
      .toEqual([["succeeded", "0%", "25%"], ["failed", "25%", "25%"], ["queued", "50%", "50%"]])
  })

  it("says how long the batch took, or has taken so far", () => {
    expect(textOf(page([timed("run_1", 1000, 2000)]))).toMatch(/Took\s+2s/)
    expect(textOf(page([queued]))).toMatch(/So far\s+10s/)
  })

  it("has the first 4000 characters of a stack trace", () => {
    expect(failureText(runView({ state: "failed", message: "x".repeat(4001) }))).toBe("x".repeat(4000))
  })

  it("has no control character and no mark that reverses text, whatever a server sends", () => {
    const evil = "\u0000\u001b[31m\u009b\u202e\u2066x"
    const html = page([
      runView({
        id: "run_1",
        task: `task${evil}`,
        state: "failed",
        status: `FAILED${evil}`,
        message: `no${evil}`,
        createdAt: new Date(0),
        startedAt: new Date(0),
        finishedAt: new Date(500),
        durationMs: 500
      })
    ])
    expect(html).not.toMatch(/[^\n\P{Cc}]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/u)
    // the filter by task compares these two
    expect(html).toContain(`data-task="taskx"`)
    expect(html).toContain(`<option value="taskx">`)
  })

  it("stands without runs, and without times", () => {
    expect(textOf(page([]))).toContain("0 runs")
    expect(page([runView()])).not.toContain("id=\"timeline\"")
  })
})
