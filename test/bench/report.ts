/**
 * Writes what was measured as a page, and as a summary for the terminal.
 */
import { contenders, labels } from "./contenders.js"
import { type App, apps, type Calls, type Heap, type Memory, type Profiled } from "./measure.js"
import { shares } from "./shares.js"
import { ratios, summarise, type Summary } from "./stats.js"
import { isMet, type Measured, type Target, targets } from "./targets.js"

export interface Setting {
  readonly date: string
  readonly machine: string
  readonly versions: ReadonlyArray<readonly [name: string, version: string]>
  /** The mean over the last 15 minutes, at the end of the run. */
  readonly load: number
  readonly quick: boolean
}

export interface Result extends Measured {
  readonly setting: Setting
  readonly heaps: ReadonlyArray<Heap>
  readonly profiles: ReadonlyArray<Profiled>
}

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n")

const digits = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)

const spread = ({ lower, median, upper }: Summary): string => `${digits(median)} (${digits(lower)}–${digits(upper)})`

const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(bytes > 2 ** 27 ? 0 : 2)

const targetRow = (target: Target): ReadonlyArray<string> => [
  target.what,
  target.at,
  `${target.bound === "most" ? "≤" : "≥"} ${target.limit}${target.unit === "KB" ? " KB" : ""}`,
  target.unit === "KB" ? `${target.measured.median.toFixed(1)} KB` : spread(target.measured),
  isMet(target) ? "yes" : "**no**"
]

const callsTable = (calls: ReadonlyArray<Calls>): string =>
  table(
    ["", ...calls.map(({ size }) => size.label)],
    contenders.map((name) => [
      labels[name],
      ...calls.map(({ samples }) => {
        const time = summarise(samples[name]).median
        const ratio = summarise(ratios(samples[name], samples.official)).median
        return `${digits(time)} ms, ${ratio.toFixed(2)}`
      })
    ])
  )

const micros = (nanos: number): string => `${digits(nanos / 1e3)} µs`

const appLabels: { readonly [app in App]: string } = {
  "ours": "ours, deep imports",
  "ours-root": "ours, everything from the package roots",
  "platform": "bare `FetchHttpClient`, nothing of ours",
  "official": "official"
}

const appRows = ({ bundles, starts }: Measured): ReadonlyArray<ReadonlyArray<string>> =>
  apps.map((app) => [
    appLabels[app],
    `${(bundles[app] / 1024).toFixed(1)} KB`,
    `${spread(summarise(starts.imported[app]))} ms`,
    `${spread(summarise(starts.done[app]))} ms`,
    spread(summarise(ratios(starts.done[app], starts.done.official)))
  ])

/** A row for what the time goes to, a column for who spends it. */
const profileTable = (profiles: ReadonlyArray<Profiled>): string => {
  const row = (label: string, time: (profiled: Profiled) => number) => [
    label,
    ...profiles.map((profiled) => `${(time(profiled) * 1_000).toFixed(0)} µs`)
  ]
  return table(["", ...profiles.map(({ contender }) => labels[contender])], [
    ...shares.map((share) => row(share, ({ profile }) => profile[share] ?? 0)),
    row("all", ({ profile }) => shares.reduce((sum, share) => sum + (profile[share] ?? 0), 0))
  ])
}

const memoryTable = ({ samples, size }: Memory): string =>
  `The peak of the resident set of a process that reads a batch of ${size.label} once, and the ratio to bare \`fetch\`.

${
    table(
      ["", "peak", "ratio"],
      contenders.map((name) => [
        labels[name],
        `${megabytes(summarise(samples[name]).median)} MB`,
        spread(summarise(ratios(samples[name], samples.fetch)))
      ])
    )
  }`

/** The page, without what was found out by hand. */
export const page = (result: Result): string => {
  const all = targets(result)
  const { decoding, heaps, memory, setting } = result
  return `# Benchmarks

Written by \`npm run bench\`; do not edit. ${setting.date}, ${setting.machine}.${
    setting.quick ? " **A quick run: too few rounds to rely on.**" : ""
  }

The load average of the machine over the 15 minutes to the end of the run was ${
    setting.load.toFixed(1)
  }. The run and its
server keep two cores busy at most: with more, others took part, and the spread grows.

${table(["package", "version"], setting.versions.map(([name, version]) => [name, version]))}

A server in its own process answers over loopback (plain \`node:http\`, keep-alive, bodies made in advance, no
compression). Every contender has a process of its own and runs the compiled package; they take turns, round by round.
A number such as \`0.72 (0.70–0.75)\` is the median and the quartiles of the paired ratios: each round's sample over
the same round's sample of the other contender. Every tenth run of a batch has failed.

## Targets

${all.filter(isMet).length} of ${all.length} are met.

${table(["what", "batch", "target", "measured", "met"], all.map(targetRow))}

## One call after the other

Milliseconds a call, and the ratio to the official client.

${callsTable(result.calls.filter(({ width }) => width === 1))}

## 50 calls at a time

Milliseconds a call (the time of all, divided by their number), and the ratio to the official client.

${callsTable(result.calls.filter(({ width }) => width > 1))}

## Where the time goes

Microseconds a call of 10 × 1 KB, 50 at a time, by a sampling profiler, which slows all of them down; waiting left out.
The columns of the bare clients are what the platform costs without us.

${profileTable(result.profiles)}

## Validation alone

Microseconds to validate a body that is parsed already, and the ratio to \`JSON.parse\` of its text. Ours answers by a
guard for valid bodies; the schema alone is what an invalid body costs.

${
    table(
      ["", ...decoding.map(({ size }) => size.label)],
      ([["`JSON.parse`", "parse"], ["ours", "ours"], ["`zod`, the official schema", "zod"], [
        "our schema, without the guard",
        "schema"
      ]] as const).map((
        [label, name]
      ) => [
        label,
        ...decoding.map(({ samples }) =>
          `${micros(summarise(samples[name]).median)}, ${spread(summarise(ratios(samples[name], samples.parse)))}`
        )
      ])
    )
  }

## Memory

${memory.map(memoryTable).join("\n\n")}

The heap after garbage collection, before and after many calls of 10 items, one after the other.

${
    table(
      ["", "calls", "before", "after", "growth a call"],
      heaps.map(({ after, before, calls, contender }) => [
        labels[contender],
        String(calls),
        `${megabytes(before)} MB`,
        `${megabytes(after)} MB`,
        `${((after - before) / calls).toFixed(1)} bytes`
      ])
    )
  }

## Start and size

An application that makes one call: its size as a bundle, minified and gzipped, with all that it imports; and, not
bundled, the time from the start of its process until its imports are done and until it has the result.

${table(["", "size", "imports done", "first result", "ratio to the official client"], appRows(result))}

## What stands in the way

Each row has the platform's own client beside ours, without schema, retries, time limit or spans: that is the floor for
anything that is built on it.

- **50 at a time.** Most of the distance to \`undici\` itself is the platform's: see its bare client. Of ours, little is our
  code (the table of where the time goes), more the fibers that run it (\`effect\`: one for the call, one for the attempt,
  which a time limit must be able to interrupt) and what the garbage collector does after them, spans included. Over
  \`fetch\` the platform alone needs as long as the official client.
- **Start.** The bare client loads 504 modules, 223 of them of \`fast-check\`, which \`effect/Schema\` imports. Ours adds 38,
  36 of them its own, and the schemas of results and errors are built as they load.
- **Size.** The bare client takes up all but 6 KB of what the target allows. Ours adds 32 KB of minified code for all operations of
  \`TriggerClient\`, since an application gets the service whole, and 9 KB of \`effect\` that the bare client does not need.
- **Memory.** The bytes of a body are gathered and then decoded, as it may come without a length; the bare clients do the same.
`
}

/** The targets, for the terminal. */
export const summary = (result: Result): string =>
  targets(result).map((target) => {
    const [what, at, limit, measured] = targetRow(target)
    return `${isMet(target) ? "met " : "MISS"}  ${what}, ${at}: ${measured}, target ${limit}`
  }).join("\n")
