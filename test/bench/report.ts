/**
 * Writes what was measured as a page, and as a summary for the terminal.
 */
import { slowLink } from "./batches.js"
import { type Collector, collectorLabels, nameOf } from "./collectors.js"
import { contenders, labels } from "./contenders.js"
import {
  type App,
  apps,
  type Bodies,
  type Calls,
  type Collecting,
  type Heap,
  type Memory,
  type Metrics,
  type Profiled
} from "./measure.js"
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
  readonly bodies: ReadonlyArray<Bodies>
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
  target.unit === "KB"
    ? `${target.measured.median.toFixed(1)} KB`
    : target.unit === "requests"
    ? String(target.measured.median)
    : spread(target.measured),
  isMet(target) ? "yes" : "**no**"
]

/** Everyone of a group, and the ratios to `base`. */
const collectingTable = (base: Collector, { cpu, memory, requests, size, time }: Collecting): string => {
  const cell = (samples: Collecting["time"], name: Collector, of: (value: number) => string): string => {
    const own = samples[name]
    return own === undefined
      ? ""
      : `${of(summarise(own).median)}, ${spread(summarise(ratios(own, samples[base] ?? [])))}`
  }
  const millis = (value: number) => `${digits(value)} ms`
  const hasMemory = memory[base] !== undefined
  return table(
    [size.label, "requests", "last result", "processor", ...(hasMemory ? ["peak memory"] : [])],
    (Object.keys(time) as ReadonlyArray<Collector>).map((name) => [
      collectorLabels[nameOf(name) ?? "snapshot"],
      String(requests[name] ?? ""),
      cell(time, name, millis),
      cell(cpu, name, millis),
      ...(hasMemory ? [cell(memory, name, (bytes) => `${megabytes(bytes)} MB`)] : [])
    ])
  )
}

const bodiesTable = (bodies: ReadonlyArray<Bodies>): string =>
  table(
    ["", ...bodies.map(({ size }) => size.label)],
    (["fetch", "undici"] as const).flatMap((over) =>
      ([["time", "time"], ["processor", "cpu"]] as const).map(([label, of]) => [
        `${labels[`stream-${over}`]}: ${label}`,
        ...bodies.map(({ [of]: samples }) =>
          spread(summarise(ratios(samples[`stream-${over}`], samples[`ours-${over}`])))
        )
      ])
    )
  )

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

const metricsRows = ({ samples, size }: Metrics): ReadonlyArray<ReadonlyArray<string>> =>
  (["ours-bundled", "ours-without-metrics"] as const).map((name) => [
    `${labels[name]}, ${size.label}`,
    `${digits(summarise(samples[name]).median)} ms`,
    spread(summarise(ratios(samples[name], samples["ours-without-metrics"])))
  ])

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

Generated by \`npm run bench\`; do not edit. ${setting.date}, ${setting.machine}.${
    setting.quick ? " **A quick run: too few rounds to rely on.**" : ""
  }

The load average of the machine over the last 15 minutes of the run was ${setting.load.toFixed(1)}. The run and its
server use at most two cores: a higher load means that other processes took part, and that the spread is wider.

${table(["package", "version"], setting.versions.map(([name, version]) => [name, version]))}

A server in its own process responds over loopback (plain \`node:http\`, keep-alive, prepared bodies, compressed only for the slow
link). Each contender is a process of its own that runs the compiled package. It first makes calls for 6 seconds for each batch, because
V8 goes on compiling for more than 1,000 calls; then the contenders alternate in rounds. A number such as
\`0.72 (0.70–0.75)\` is the median and the quartiles of the paired ratios: a sample divided by the other contender's sample of the
same round. Every tenth run of a batch has failed.

## Targets

${all.filter(isMet).length} of ${all.length} are met.

${table(["what", "batch", "target", "measured", "met"], all.map(targetRow))}

## One call after the other

Milliseconds per call, and the ratio to the official client.

${callsTable(result.calls.filter(({ width }) => width === 1))}

## 50 calls at a time

Milliseconds per call (the time of all calls, divided by their number), and the ratio to the official client.

${callsTable(result.calls.filter(({ width }) => width > 1))}

## Every result of a batch

Until the last result is there, over the realtime feed: time, time of the processor, and the peak of the resident set of a
process that does it once; each with the ratio to the official client. The server sends all clients the same rows, without the
columns that this package asks to leave out. Requests are those of one call; the official client holds one more, which ends
with it.

${result.collecting.overFeed.map((each) => collectingTable("feed-official", each)).join("\n\n")}

With \`@effect/platform-node\` loaded, undici 7 serves the global \`fetch\` of everybody:

${result.collecting.overFeedWithUndici7.map((each) => collectingTable("undici7/feed-official", each)).join("\n\n")}

Run by run, from a server without a rate limit, whose results route lists nothing:

${result.collecting.runByRun.map((each) => collectingTable("runs-official", each)).join("\n\n")}

Over a slow link: ${slowLink.megabits} Mbit/s and ${slowLink.roundTrip} ms there and back, by a proxy on loopback. The
server compresses what it sends to a client that accepts gzip, and the rows of the outputs differ from each other. The ratios are to
the round trips alone, over connections that are open: TCP's slow start is not part of it.

${result.collecting.overSlowLink.map((each) => collectingTable("link-empty", each)).join("\n\n")}

## Where the time goes

Microseconds per call of 10 × 1 KB, 50 at a time, measured by a sampling profiler, without the time spent waiting. The profiler
slows down all contenders. The columns of the bare clients are the cost of the platform without this package.

${profileTable(result.profiles)}

## Bodies through \`Stream\`

One call after the other. What a call takes when bodies are read through the platform's \`Stream\`, divided by what it takes when
they are read from the object that the HTTP client wraps, as this package does. The
[decision](decisions/0007-native-bodies.md) says when that goes.

${bodiesTable(result.bodies)}

## Metrics that nobody reads

One call after the other. The package as it is, and with functions that do nothing in the place of its metrics, both bundled.

${table(["", "time", "ratio"], result.metrics.flatMap(metricsRows))}

## Validation alone

Microseconds to validate a parsed body, and the ratio to \`JSON.parse\` of its text. This package validates with a guard, and
runs the schema only if the guard fails, to say why. Items of a new kind have failed with an error of a type that no client
knows: the guard accepts them, and the official schema refuses the whole batch.

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

The heap after garbage collection, before and after many sequential calls of 10 items.

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

An application that makes one call. Size: its bundle with all imports, minified and gzipped. Times: from the start of its
process, not bundled, until its imports are loaded, and until it has the result.

${table(["", "size", "imports done", "first result", "ratio to the official client"], appRows(result))}

The command: from the start of a process to its end.

${
    table(
      ["", "time", "ratio"],
      ([["an empty program, `node -e 0`", "node"], ["`effect-trigger-dev --help`", "help"]] as const).map((
        [label, name]
      ) => [
        label,
        `${spread(summarise(result.commands[name]))} ms`,
        spread(summarise(ratios(result.commands[name], result.commands.node)))
      ])
    )
  }

## What the figures are made of

The bare clients are \`@effect/platform\` without schema, retries, time limit and spans. They are the lower bound for anything
built on the platform.

- **One call and 50 at a time.** Most of the difference from \`undici\` is the platform's own cost: see its bare client. Of some 95 µs a call
  that this package adds where the HTTP client takes no time, 40 are the fiber of an attempt, so that a time limit can interrupt it,
  30 the two spans and 10 the metrics. Beside a real HTTP client it was 180 µs over undici and 300 over \`fetch\`, in 40 rounds of 100
  calls. The garbage collector has less to do after it than after a call of the bare client
  ([decision 0015](decisions/0015-handover.md)). Over \`fetch\`, the platform alone takes as long as the official client. The platform
  aborts a request when its response is collected as garbage, unless the platform itself read the body; this package reads the body.
  Without that abort, one call was 4 % faster over \`fetch\`, and not at all over undici. \`HttpClient.withScope\` would avoid it, and lose
  the user's options for \`fetch\`.
- **Run by run.** A service is held to 25 runs a second by the rate limit. On a server without one, the bare platform client over
  \`fetch\` had 1.1 to 1.7 times the official client's throughput in three runs of this benchmark. This package takes 0.1 to 0.3 ms
  more for a run than the bare client: what it adds to any call, the pace, and the text of the output. A run is decoded by a table of
  its fields in 4 µs, where its schema takes 40.
- **Every result.** The requests for the batch and the snapshot, sent at the same time, take about half of the time at 100 runs. A first
  snapshot takes about twice the time of its \`JSON.parse\` at 1 KB a row, and as long as it at 10 KB: half of the rest is the dates of the
  updates. To decode an output of 100 KB takes a fifth longer than its \`JSON.parse\`: it is checked for nesting and for
  \`__proto__\`. The checks copy nothing: with copies of the fields they took longer than \`JSON.parse\` itself. A tenth of the time at
  100 runs is the garbage collector's: the rows of the feed outlive minor collections
  ([decision 0015](decisions/0015-handover.md)). The spread between days is wide: at 100 runs four runs of this benchmark had 0.41,
  0.59, 0.46 and 0.42. A large part of it is \`fetch\`: with undici 7, the last two had 0.54 and 0.35 over \`fetch\`, and 0.33 and
  0.31 over \`layerUndici\`.
- **Over a slow link.** A client whose feed has worked before asks for the batch and the snapshot at once, and so needs one round trip.
  \`fetch\` on Node asks for uncompressed responses ([security](SECURITY.md#the-undici-hazard)).
- **Growth.** A hash table has up to twice the places that it needs, so memory per run varies by a third with the number of runs.
- **Start.** More than 200 modules of the bare client are those of \`fast-check\`, which \`effect/Schema\` imports. The 18 files of
  this package that such an application reads take some 60 ms where the platform takes 850: a third is compiling them, a third finding
  what they import, and a sixth building schemas and errors ([decision 0014](decisions/0014-chunks.md)).
- **Size.** An application gets all operations of \`TriggerClient\`, because they are the members of one service: of 62 KB
  (minified) over the floor, 15 KB are the feed and the download, 10 KB the errors with their messages and 10 KB parts of \`effect\`.
  Bundled without the feed and the download, it was still 19 KB (gzipped) over the floor: another API would not reach the target. To
  load the feed with \`import()\` would split it off, and was dropped: a module that loads in the middle of a test with a \`TestClock\`
  takes real time, for which such a test does not wait.
- **Memory.** The bytes of a body are collected first and then decoded, because a body may have no length. The bare clients do the
  same. A list of chunks that is joined once took 15 % more, and decoding block by block 30 %.
`
}

/** The targets, for the terminal. */
export const summary = (result: Result): string =>
  targets(result).map((target) => {
    const [what, at, limit, measured] = targetRow(target)
    return `${isMet(target) ? "met " : "MISS"}  ${what}, ${at}: ${measured}, target ${limit}`
  }).join("\n")
