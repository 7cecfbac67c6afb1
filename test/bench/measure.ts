/**
 * What is measured, and how often. Each function alternates between the contenders, round by round.
 */
import { type BatchSize, collectedSizes, runByRunSizes, sizes, slowLinkSizes, unknownKinds } from "./batches.js"
import { type Collector, overFeed, overFeedWithUndici7, overSlowLink, runByRun } from "./collectors.js"
import { type Compared, type Contender, contenders, metered, streamed } from "./contenders.js"
import { type Caller, lifetime, output, startCaller, startServer, type Taken } from "./processes.js"
import type { Profile } from "./shares.js"
import { rotate } from "./stats.js"

/** One sample a round. */
export type Samples<Name extends string> = { readonly [name in Name]: ReadonlyArray<number> }

/** How long something is measured. */
export interface Effort {
  /** How many samples there are of each contender. */
  readonly rounds: number
  /** How long each contender warms up, in milliseconds: V8 goes on compiling for more than 1,000 calls. */
  readonly warmup: number
  /** How long a sample of the fastest contender takes, in milliseconds. All others make as many calls in theirs. */
  readonly sample: number
}

/** A sample of each, in every round, each round begun by another. */
const alternate = async <Name extends string, A>(
  names: ReadonlyArray<Name>,
  rounds: number,
  take: (name: Name) => Promise<A>
): Promise<{ readonly [name in Name]: ReadonlyArray<A> }> => {
  const samples = new Map(names.map((name) => [name, new Array<A>()]))
  for (let round = 0; round < rounds; round++) {
    for (const name of rotate(names, round)) {
      samples.get(name)?.push(await take(name))
    }
  }
  return Object.fromEntries(samples) as unknown as { readonly [name in Name]: ReadonlyArray<A> }
}

const missing: Taken = { nanos: Number.NaN, cpu: Number.NaN }

const startCallers = async <Name extends string>(
  file: string,
  names: ReadonlyArray<Name>,
  url: string
): Promise<ReadonlyMap<Name, Caller>> => {
  const callers = new Map<Name, Caller>()
  for (const name of names) {
    callers.set(name, await startCaller(file, name, url))
  }
  return callers
}

const bytesOf = ({ itemBytes, items }: BatchSize): number => items * itemBytes

/** What the calls of each contender took: milliseconds a call, by round. */
interface Timed<Name extends string> {
  readonly time: Samples<Name>
  /** Of the processor. */
  readonly cpu: Samples<Name>
}

/** Calls for a batch, `width` at a time: each contender is warmed up, and then they alternate. */
const timeCalls = async <Name extends string>(
  callers: ReadonlyMap<Name, Caller>,
  size: BatchSize,
  width: number,
  { rounds, sample, warmup }: Effort
): Promise<Timed<Name>> => {
  const names = [...callers.keys()]
  const order = (name: Name, calls: number): Promise<Taken> =>
    callers.get(name)?.take({ id: size.id, items: size.items, calls, width }) ?? Promise.resolve(missing)
  const take = async (name: Name, calls: number) => {
    const { cpu, nanos } = await order(name, calls)
    return { time: nanos / 1e6 / calls, cpu: cpu / 1e6 / calls }
  }
  /** How many calls take so long: whole waves, so that no contender waits for the last few. */
  const callsIn = (millis: number, perCall: number): number => width * Math.max(1, Math.round(millis / perCall / width))
  const warmUp = async (name: Name): Promise<number> => {
    await order(name, 0)
    let { time } = await take(name, width)
    for (let spent = 0; spent < warmup;) {
      const calls = callsIn(warmup / 10, time)
      ;({ time } = await take(name, calls))
      spent += calls * time
    }
    return time
  }
  let fastest = Number.POSITIVE_INFINITY
  for (const name of names) {
    fastest = Math.min(fastest, await warmUp(name))
  }
  const isHeavy = bytesOf(size) * width >= 1e8
  const taken = await alternate(
    names,
    isHeavy ? Math.max(3, Math.round(rounds / 3)) : rounds,
    (name) => take(name, callsIn(sample, fastest))
  )
  const each = (of: "time" | "cpu") =>
    Object.fromEntries(names.map((name) => [name, taken[name].map((one) => one[of])])) as unknown as Samples<Name>
  return { time: each("time"), cpu: each("cpu") }
}

export interface Calls {
  readonly size: BatchSize
  readonly width: number
  /** Milliseconds a call, by round. */
  readonly samples: Samples<Compared>
}

/** Calls over loopback, by size: one at a time, then 50. `most` is how many bytes may be under way at once. */
export const allCalls = async (
  file: string,
  url: string,
  effort: Effort,
  most: number,
  log: (line: string) => void
): Promise<ReadonlyArray<Calls>> => {
  const callers = await startCallers(file, contenders, url)
  const results: Array<Calls> = []
  for (const width of [1, 50]) {
    for (const size of sizes.filter((size) => bytesOf(size) * width <= most)) {
      log(`${size.label}, ${width} at a time`)
      // a wave of calls ends with its slowest: the throughput is that of several waves
      const sample = width === 1 ? effort.sample : effort.sample * 5
      const { time } = await timeCalls(callers, size, width, { ...effort, sample })
      results.push({ size, width, samples: time })
    }
  }
  callers.forEach((caller) => caller.stop())
  return results
}

export interface Bodies extends Timed<Contender> {
  readonly size: BatchSize
}

/** What it costs to read bodies through the platform's `Stream`. */
export const bodies = async (file: string, url: string, effort: Effort): Promise<ReadonlyArray<Bodies>> => {
  const names: ReadonlyArray<Contender> = [...streamed, "ours-fetch", "ours-undici"]
  const callers = await startCallers(file, names, url)
  const results: Array<Bodies> = []
  for (const size of sizes.filter(({ itemBytes, items }) => itemBytes === 1_000 && items <= 1_000)) {
    results.push({ size, ...await timeCalls(callers, size, 1, effort) })
  }
  callers.forEach((caller) => caller.stop())
  return results
}

export interface Metrics {
  readonly size: BatchSize
  /** Milliseconds a call, by round. */
  readonly samples: Samples<(typeof metered)[number]>
}

/** What metrics cost that nobody reads, of calls for the smallest batch. */
export const metrics = async (file: string, url: string, effort: Effort): Promise<ReadonlyArray<Metrics>> => {
  const callers = await startCallers(file, metered, url)
  const results: Array<Metrics> = []
  for (const size of sizes.slice(0, 1)) {
    results.push({ size, samples: (await timeCalls(callers, size, 1, effort)).time })
  }
  callers.forEach((caller) => caller.stop())
  return results
}

export interface Collecting {
  readonly size: BatchSize
  /** Of one call. */
  readonly requests: { readonly [collector in Collector]?: number }
  /** Milliseconds until the last result, by round. */
  readonly time: { readonly [collector in Collector]?: ReadonlyArray<number> }
  /** Milliseconds of the processor, by round. */
  readonly cpu: { readonly [collector in Collector]?: ReadonlyArray<number> }
  /** The peak of the resident set of a process that collects once, in bytes. */
  readonly memory: { readonly [collector in Collector]?: ReadonlyArray<number> }
}

/** Every result of the batches of a group, by each of `names`. */
const collect = async (
  files: { readonly caller: string; readonly memory?: string },
  url: string,
  names: ReadonlyArray<Collector>,
  group: ReadonlyArray<BatchSize>,
  effort: Effort,
  log: (line: string) => void
): Promise<ReadonlyArray<Collecting>> => {
  const callers = await startCallers(files.caller, names, url)
  const requestsSoFar = async (): Promise<number> => Number(await (await fetch(`${url}/requests`)).text())
  const results: Array<Collecting> = []
  for (const size of group) {
    log(`every result of ${size.label}: ${names.join(", ")}`)
    const requests: { [collector in Collector]?: number } = {}
    for (const [name, caller] of callers) {
      await requestsSoFar()
      await caller.take({ id: size.id, items: size.items, calls: 1, width: 1 })
      requests[name] = await requestsSoFar()
    }
    const timed = await timeCalls(callers, size, 1, effort)
    const { memory } = files
    const peaks = memory === undefined || size.items < 1_000
      ? {}
      : await alternate(
        names,
        Math.max(3, Math.round(effort.rounds / 10)),
        (name) => output<number>(memory, [name, url, size.id])
      )
    results.push({ size, requests, ...timed, memory: peaks })
  }
  callers.forEach((caller) => caller.stop())
  return results
}

export const collecting = async (
  files: { readonly caller: string; readonly memory: string },
  url: string,
  effort: Effort,
  most: number,
  log: (line: string) => void
) => {
  const group = collectedSizes.filter((size) => bytesOf(size) <= most)
  const small = group.filter(({ itemBytes }) => itemBytes === 1_000)
  return {
    overFeed: await collect(files, url, overFeed, group, effort, log),
    overFeedWithUndici7: await collect(files, url, overFeedWithUndici7, small, effort, log),
    runByRun: await collect(files, url, runByRun, runByRunSizes, effort, log)
  }
}

/** Every result, through `files.link`, a slow network. */
export const collectingOverSlowLink = async (
  files: { readonly caller: string; readonly link: string },
  url: string,
  effort: Effort,
  log: (line: string) => void
): Promise<ReadonlyArray<Collecting>> => {
  const link = await startServer(files.link, [new URL(url).port])
  const results = await collect({ caller: files.caller }, link.url, overSlowLink, slowLinkSizes, effort, log)
  link.stop()
  return results
}

export type Validation = "parse" | "ours" | "zod" | "schema"

/** Nanoseconds, by size. */
export const decoding = async (file: string, rounds: number, most: number) => {
  const results: Array<{ readonly size: BatchSize; readonly samples: Samples<Validation> }> = []
  for (const size of [...sizes.filter((size) => bytesOf(size) <= most), ...unknownKinds]) {
    results.push({ size, samples: await output<Samples<Validation>>(file, [size.id, String(rounds)]) })
  }
  return results
}

export interface Memory {
  readonly size: BatchSize
  readonly samples: Samples<Compared>
}

/** The peak of the resident set for the largest batch, in bytes. */
export const memory = async (
  file: string,
  url: string,
  rounds: number,
  most: number
): Promise<ReadonlyArray<Memory>> => {
  const size = sizes.filter((size) => bytesOf(size) <= most).at(-1)
  return size === undefined
    ? []
    : [{ size, samples: await alternate(contenders, rounds, (name) => output<number>(file, [name, url, size.id])) }]
}

export type App = "ours" | "ours-root" | "platform" | "official"

export const apps: ReadonlyArray<App> = ["ours", "ours-root", "platform", "official"]

/** From the start of the process until the imports are done, and until the result is there: milliseconds. */
export const starts = async (fileOf: (app: App) => string, url: string, rounds: number) => {
  const imported = new Map<App, Array<number>>(apps.map((app) => [app, []]))
  const done = await alternate(apps, rounds, async (app) => {
    const times = await output<{ readonly imported: number; readonly done: number }>(fileOf(app), [], {
      env: { TRIGGER_API_URL: url, TRIGGER_SECRET_KEY: "tr_dev_benchmark" }
    })
    imported.get(app)?.push(times.imported)
    return times.done
  })
  return { done, imported: Object.fromEntries(imported) as unknown as Samples<App> }
}

export type Command = "node" | "help"

/** What a shell waits for: an empty program, and the help of the command. Milliseconds. */
export const commands = (file: string, rounds: number): Promise<Samples<Command>> => {
  const args: { readonly [command in Command]: ReadonlyArray<string> } = { node: ["-e", "0"], help: [file, "--help"] }
  return alternate(["node", "help"], rounds, (command) => lifetime(args[command]))
}

export interface Heap {
  readonly contender: Contender
  readonly calls: number
  readonly before: number
  readonly after: number
}

/** The heap before and after many calls, in bytes. */
export const heaps = async (file: string, url: string, calls: number): Promise<ReadonlyArray<Heap>> => {
  const results: Array<Heap> = []
  for (const contender of ["official", "ours-fetch", "ours-undici"] as const) {
    const args = [contender, url, "batch_10x1k", String(calls)]
    const heap = await output<{ readonly before: number; readonly after: number }>(file, args, {
      node: ["--expose-gc"]
    })
    results.push({ contender, calls, ...heap })
  }
  return results
}

export interface Profiled {
  readonly contender: Contender
  readonly profile: Profile
}

/** Where the time goes, of calls for the smallest batch, 50 at a time. */
export const profiles = async (file: string, url: string, calls: number): Promise<ReadonlyArray<Profiled>> => {
  const results: Array<Profiled> = []
  for (const contender of ["official", "platform-fetch", "ours-fetch", "platform-undici", "ours-undici"] as const) {
    const args = [contender, url, "batch_10x1k", String(calls), "50"]
    results.push({ contender, profile: await output<Profile>(file, args) })
  }
  return results
}
