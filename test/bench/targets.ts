/**
 * What was promised, and whether it is kept.
 */
import type { BatchSize } from "./batches.js"
import type { App, Calls, Memory, Samples, Validation } from "./measure.js"
import { ratios, summarise, type Summary } from "./stats.js"

export interface Measured {
  readonly calls: ReadonlyArray<Calls>
  readonly decoding: ReadonlyArray<{ readonly size: BatchSize; readonly samples: Samples<Validation> }>
  readonly memory: ReadonlyArray<Memory>
  readonly starts: { readonly done: Samples<App>; readonly imported: Samples<App> }
  readonly bundles: { readonly [app in App]: number }
}

export interface Target {
  readonly what: string
  readonly at: string
  readonly limit: number
  /** `most`: the limit is the most that is allowed; `least`: the least. */
  readonly bound: "most" | "least"
  readonly unit: "ratio" | "KB"
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
      )
    ]
}

export const targets = ({ bundles, calls, decoding, memory, starts }: Measured): ReadonlyArray<Target> => {
  const kilobytes = bundles["ours"] / 1024
  return [
    ...calls.flatMap(ofCalls),
    ...decoding.filter(({ size }) => size.items >= 100).map(({ samples, size }) =>
      target("validation: time, of `JSON.parse`'s", size, "most", 0.1, compare(samples, "ours", "parse"))
    ),
    ...memory.flatMap(({ samples, size }) => [
      target("peak memory, fetch: of bare `fetch`'s", size, "most", 1.15, compare(samples, "ours-fetch", "fetch")),
      target("peak memory, undici: of bare undici's", size, "most", 1.15, compare(samples, "ours-undici", "undici"))
    ]),
    {
      what: "process start to first result: time, of the official client's",
      at: "10 × 1 KB",
      bound: "most",
      limit: 0.9,
      unit: "ratio",
      measured: compare(starts.done, "ours", "official")
    },
    {
      what: "application, minified and gzipped, `effect` included",
      at: "",
      bound: "most",
      limit: 85,
      unit: "KB",
      measured: { median: kilobytes, lower: kilobytes, upper: kilobytes }
    }
  ]
}
