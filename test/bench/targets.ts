/**
 * What was promised, and whether it is kept.
 */
import type { BatchSize } from "./batches.js"
import type { Collector } from "./collectors.js"
import type { Growth } from "./growth.js"
import type { App, Calls, Collecting, Command, Memory, Metrics, Samples, Validation } from "./measure.js"
import { ratios, summarise, type Summary } from "./stats.js"

export interface Measured {
  readonly calls: ReadonlyArray<Calls>
  readonly decoding: ReadonlyArray<{ readonly size: BatchSize; readonly samples: Samples<Validation> }>
  readonly memory: ReadonlyArray<Memory>
  readonly starts: { readonly done: Samples<App>; readonly imported: Samples<App> }
  readonly commands: Samples<Command>
  readonly growth: Growth
  readonly metrics: ReadonlyArray<Metrics>
  readonly bundles: { readonly [app in App]: number }
  readonly collecting: {
    readonly overFeed: ReadonlyArray<Collecting>
    readonly overFeedWithUndici7: ReadonlyArray<Collecting>
    readonly runByRun: ReadonlyArray<Collecting>
    readonly overSlowLink: ReadonlyArray<Collecting>
  }
}

export interface Target {
  readonly what: string
  readonly at: string
  readonly limit: number
  /** `most`: the limit is the most that is allowed; `least`: the least. */
  readonly bound: "most" | "least"
  readonly unit: "ratio" | "KB" | "requests"
  readonly measured: Summary
}

export const isMet = ({ bound, limit, measured }: Target): boolean =>
  bound === "most" ? measured.median <= limit : measured.median >= limit

const compare = <Name extends string>(samples: Samples<Name>, ours: Name, base: Name): Summary =>
  summarise(ratios(samples[ours], samples[base]))

const target = (
  what: string,
  size: BatchSize,
  bound: Target["bound"],
  limit: number,
  measured: Summary
): Target => ({ what, at: size.label, bound, limit, unit: "ratio", measured })

const ofCalls = ({ samples, size, width }: Calls): ReadonlyArray<Target> => {
  const small = size.items <= 10
  // a throughput is the inverse of a time
  return width === 1
    ? [
      target(
        "one call, undici: time, of the official client's",
        size,
        "most",
        0.8,
        compare(samples, "ours-undici", "official")
      ),
      target(
        "one call, undici: time, of bare `fetch`'s",
        size,
        "most",
        small ? 1.25 : 1.1,
        compare(samples, "ours-undici", "fetch")
      ),
      target(
        "one call, fetch: time, of the official client's",
        size,
        "most",
        small ? 1.1 : 1,
        compare(samples, "ours-fetch", "official")
      ),
      ...(["fetch", "undici"] as const).map((over) =>
        target(
          `one call, ${over}: time, of the platform's bare client`,
          size,
          "most",
          1.15,
          compare(samples, `ours-${over}`, `platform-${over}`)
        )
      )
    ]
    : [
      target(
        `${width} at a time, undici: throughput, of the official client's`,
        size,
        "least",
        1.5,
        compare(samples, "official", "ours-undici")
      ),
      target(
        `${width} at a time, fetch: throughput, of the official client's`,
        size,
        "least",
        1,
        compare(samples, "official", "ours-fetch")
      ),
      ...(["fetch", "undici"] as const).map((over) =>
        target(
          `${width} at a time, ${over}: time, of the platform's bare client`,
          size,
          "most",
          1.15,
          compare(samples, `ours-${over}`, `platform-${over}`)
        )
      )
    ]
}

const exactly = (value: number): Summary => ({ median: value, lower: value, upper: value })

/** Of every result of a batch: ours against the official client over the same feed. */
const ofCollecting =
  (setting: string, prefix: "" | "undici7/") =>
  ({ cpu, memory, requests, size, time }: Collecting): ReadonlyArray<Target> => {
    const ours: Collector = `${prefix}feed-ours`
    const decoded: Collector = `${prefix}feed-ours-decoded`
    const official: Collector = `${prefix}feed-official`
    const ratio = (samples: Collecting["time"], name: Collector): Summary =>
      summarise(ratios(samples[name] ?? [], samples[official] ?? []))
    const isSmall = size.items <= 10
    return [
      target(
        `every result${setting}: time, of the official client's`,
        size,
        "most",
        isSmall ? 0.9 : 0.4,
        ratio(time, ours)
      ),
      target(
        `every result${setting}: processor, of the official client's`,
        size,
        "most",
        isSmall ? 0.9 : 0.4,
        ratio(cpu, ours)
      ),
      ...(isSmall ? [] : [
        target(
          `every result${setting}, decoded: time, of the official client's`,
          size,
          "most",
          0.7,
          ratio(time, decoded)
        ),
        target(
          `every result${setting}, decoded: processor, of the official client's`,
          size,
          "most",
          0.7,
          ratio(cpu, decoded)
        )
      ]),
      ...(memory[ours] === undefined ? [] : [
        target(`every result${setting}: peak memory, of the official client's`, size, "most", 0.8, ratio(memory, ours))
      ]),
      {
        what: `every result${setting}: requests`,
        at: size.label,
        bound: "most" as const,
        limit: 3,
        unit: "requests" as const,
        measured: exactly(requests[ours] ?? Number.NaN)
      }
    ]
  }

/** Of run by run: ours against the official client, 16 at once. */
const ofRunByRun = ({ size, time }: Collecting): ReadonlyArray<Target> =>
  (["fetch", "undici"] as const).map((over) =>
    target(
      `run by run, 16 at once, ${over}: throughput, of the official client's`,
      size,
      "least",
      1.3,
      // a throughput is the inverse of a time
      summarise(ratios(time["runs-official"] ?? [], time[`runs-ours-${over}`] ?? []))
    )
  )

const ofSlowLink = ({ size, time }: Collecting): ReadonlyArray<Target> =>
  (["fetch", "undici"] as const).map((over) =>
    target(
      `every result over a slow link, ${over}: time, of its round trips'`,
      size,
      "most",
      1.3,
      summarise(ratios(time[`link-${over}`] ?? [], time["link-empty"] ?? []))
    )
  )

/** Of what should not grow: by the number of runs, of batches, and of hours. */
const ofGrowth = ({ day, feed, runByRun, together }: Growth): ReadonlyArray<Target> => {
  const flat = (what: string, few: string, many: string, growth: number): Target => ({
    what,
    at: `${many}, of ${few}`,
    bound: "most",
    limit: 1.2,
    unit: "ratio",
    measured: exactly(growth)
  })
  const micros = (runs: Growth["feed"], at: number): number => runs[at]?.micros ?? Number.NaN
  const bytes = (runs: Growth["feed"], at: number): number => runs[at]?.bytes ?? Number.NaN
  return [
    flat("growth: time per run, over the feed", "100 runs", "1,000", micros(feed, 1) / micros(feed, 0)),
    flat("growth: time per run, run by run", "1,000 runs", "10,000", micros(runByRun, 2) / micros(runByRun, 1)),
    flat("growth: memory per run, run by run", "1,000 runs", "10,000", bytes(runByRun, 2) / bytes(runByRun, 1)),
    flat(
      "growth: time per batch that is awaited",
      "1 batch",
      "100 at once",
      (together[1]?.millis ?? Number.NaN) / (together[0]?.millis ?? Number.NaN)
    ),
    flat("growth: heap while a batch is awaited", "1 hour", "24 hours", day.after / day.before)
  ]
}

export const targets = (
  { bundles, calls, collecting, commands, decoding, growth, memory, metrics, starts }: Measured
): ReadonlyArray<Target> => {
  return [
    ...calls.flatMap(ofCalls),
    ...collecting.overFeed.flatMap(ofCollecting("", "")),
    ...collecting.overFeedWithUndici7.flatMap(ofCollecting(" (`fetch` of undici 7)", "undici7/")),
    ...collecting.runByRun.flatMap(ofRunByRun),
    ...collecting.overSlowLink.flatMap(ofSlowLink),
    ...metrics.map(({ samples, size }) =>
      target(
        "metrics that nobody reads: time of a call, of the same without metrics",
        size,
        "most",
        1.05,
        compare(samples, "ours-bundled", "ours-without-metrics")
      )
    ),
    ...decoding.filter(({ size }) => size.items >= 100).map(({ samples, size }) =>
      target("validation: time, of `JSON.parse`'s", size, "most", 0.1, compare(samples, "ours", "parse"))
    ),
    ...memory.flatMap(({ samples, size }) =>
      (["fetch", "undici"] as const).map((over) =>
        target(
          `peak memory, ${over}: of the platform's bare client`,
          size,
          "most",
          1.1,
          compare(samples, `ours-${over}`, `platform-${over}`)
        )
      )
    ),
    ...ofGrowth(growth),
    {
      what: "process start to first result: time, of the official client's",
      at: "10 × 1 KB",
      bound: "most",
      limit: 0.95,
      unit: "ratio",
      measured: compare(starts.done, "ours", "official")
    },
    {
      what: "`effect-trigger-dev --help`: time, of an empty program's",
      at: "",
      bound: "most",
      limit: 2.2,
      unit: "ratio",
      measured: compare(commands, "help", "node")
    },
    {
      what: "application that calls `getBatchResults`: minified and gzipped, over bare `FetchHttpClient`",
      at: "",
      bound: "most",
      limit: 12,
      unit: "KB",
      measured: exactly((bundles["ours"] - bundles["platform"]) / 1024)
    }
  ]
}
