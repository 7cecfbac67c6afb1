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

export interface Effort {
  readonly rounds: number
  /** The most bytes that may be under way at once. */
  readonly most: number
  /** How long one sample of calls should take, in milliseconds. */
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

export interface Calls {
  readonly size: BatchSize
  readonly width: number
  readonly perSample: number
  /** Milliseconds a call, by round. */
  readonly samples: Samples<Compared>
}

const callsOf = async (
  callers: ReadonlyMap<Contender, Caller>,
  size: BatchSize,
  width: number,
  effort: Effort
): Promise<Calls> => {
  const take = async (name: Contender, calls: number): Promise<number> =>
    (await callers.get(name)?.take({ id: size.id, items: size.items, calls, width }) ?? missing).nanos / 1e6 / calls
  const warmup = Math.max(width, Math.round(Math.min(1_000, 20_000 / size.items)))
  for (const name of contenders) {
    await callers.get(name)?.take({ id: size.id, items: size.items, calls: 0, width })
    if (size.itemBytes * size.items < 10_000_000) {
      await take(name, warmup)
    }
  }
  const perCall = await take("official", Math.max(1, Math.min(width * 2, warmup)))
  // whole waves, so that no contender waits for the last few
  const perSample = width * Math.max(1, Math.round(effort.sample / perCall / width))
  const samples = await alternate(contenders, effort.rounds, (name) => take(name, perSample))
  return { size, width, perSample, samples }
}

/** Calls over loopback, by size: one at a time, then 50. */
export const allCalls = async (file: string, url: string, effort: Effort, log: (line: string) => void) => {
  const callers = new Map<Contender, Caller>()
  for (const name of contenders) {
    callers.set(name, await startCaller(file, name, url))
  }
  const results: Array<Calls> = []
  for (const width of [1, 50]) {
    for (const size of sizes.filter((size) => size.items * size.itemBytes * width <= effort.most)) {
      log(`${size.label}, ${width} at a time`)
      const heavy = size.items * size.itemBytes * width >= 1e8
      const rounds = heavy ? Math.max(3, Math.round(effort.rounds / 3)) : effort.rounds
      // a wave of calls ends with its slowest: the throughput is that of several waves
      const sample = width === 1 ? effort.sample : effort.sample * 10
      results.push(await callsOf(callers, size, width, { ...effort, rounds, sample }))
    }
  }
  callers.forEach((caller) => caller.stop())
  return results
}

export interface Bodies {
  readonly size: BatchSize
  /** Milliseconds a call, by round. */
  readonly time: Samples<Contender>
  /** Milliseconds of the processor, by round. */
  readonly cpu: Samples<Contender>
}

/** What it costs to read bodies through the platform's `Stream`. */
export const bodies = async (file: string, url: string, rounds: number): Promise<ReadonlyArray<Bodies>> => {
  const names = [...streamed, "ours-fetch", "ours-undici"] as const
  const callers = new Map<Contender, Caller>()
  for (const name of names) {
    callers.set(name, await startCaller(file, name, url))
  }
  const results: Array<Bodies> = []
  for (const size of sizes.filter(({ itemBytes, items }) => itemBytes === 1_000 && items <= 1_000)) {
    const calls = Math.round(2_000 / size.items)
    const take = async (name: Contender): Promise<Taken> => {
      const order = { id: size.id, items: size.items, calls, width: 1 }
      const { cpu, nanos } = await callers.get(name)?.take(order) ?? missing
      return { cpu: cpu / 1e6 / calls, nanos: nanos / 1e6 / calls }
    }
    await alternate(names, 3, take)
    const taken = await alternate(names, rounds, take)
    const each = (of: (taken: Taken) => number) =>
      Object.fromEntries(names.map((name) => [name, taken[name].map(of)])) as unknown as Samples<Contender>
    results.push({ size, time: each(({ nanos }) => nanos), cpu: each(({ cpu }) => cpu) })
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
export const metrics = async (file: string, url: string, rounds: number): Promise<ReadonlyArray<Metrics>> => {
  const callers = new Map<Contender, Caller>()
  for (const name of metered) {
    callers.set(name, await startCaller(file, name, url))
  }
  const results: Array<Metrics> = []
  for (const size of sizes.slice(0, 1)) {
    // many short samples: what else the machine does then hits both alike
    const calls = 50
    const take = async (name: Contender): Promise<number> =>
      (await callers.get(name)?.take({ id: size.id, items: size.items, calls, width: 1 }) ?? missing).nanos / 1e6 /
      calls
    await alternate(metered, 40, take)
    results.push({ size, samples: await alternate(metered, rounds, take) })
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

/** Every result of a batch, by those of one group. */
const collect = async (
  files: { readonly caller: string; readonly memory?: string },
  url: string,
  names: ReadonlyArray<Collector>,
  group: ReadonlyArray<BatchSize>,
  rounds: number,
  log: (line: string) => void
): Promise<ReadonlyArray<Collecting>> => {
  const callers = new Map<Collector, Caller>()
  for (const name of names) {
    callers.set(name, await startCaller(files.caller, name, url))
  }
  const requestsSoFar = async (): Promise<number> => Number(await (await fetch(`${url}/requests`)).text())
  const results: Array<Collecting> = []
  for (const size of group) {
    log(`every result of ${size.label}: ${names.join(", ")}`)
    const isHeavy = size.items * size.itemBytes >= 1e7
    const calls = isHeavy ? 1 : Math.max(1, Math.round(400 / size.items))
    const take = async (name: Collector, calls: number): Promise<Taken> => {
      const { cpu, nanos } = await callers.get(name)?.take({ id: size.id, items: size.items, calls, width: 1 }) ??
        missing
      return { cpu: cpu / 1e6 / calls, nanos: nanos / 1e6 / calls }
    }
    const requests = new Map<Collector, number>()
    for (const name of names) {
      await requestsSoFar()
      await take(name, 1)
      requests.set(name, await requestsSoFar())
    }
    await alternate(names, 1, (name) => take(name, isHeavy ? 1 : Math.max(20, Math.round(8_000 / size.items))))
    const taken = await alternate(
      names,
      isHeavy ? Math.max(3, Math.round(rounds / 3)) : rounds,
      (name) => take(name, calls)
    )
    const { memory } = files
    const peaks = memory === undefined || size.items < 1_000
      ? {}
      : await alternate(
        names,
        Math.max(3, Math.round(rounds / 5)),
        (name) => output<number>(memory, [name, url, size.id])
      )
    const each = (of: (taken: Taken) => number) => Object.fromEntries(names.map((name) => [name, taken[name].map(of)]))
    results.push({
      size,
      requests: Object.fromEntries(requests),
      time: each(({ nanos }) => nanos),
      cpu: each(({ cpu }) => cpu),
      memory: peaks
    })
  }
  callers.forEach((caller) => caller.stop())
  return results
}

export const collecting = async (
  files: { readonly caller: string; readonly memory: string },
  url: string,
  rounds: number,
  most: number,
  log: (line: string) => void
) => {
  const group = collectedSizes.filter(({ itemBytes, items }) => items * itemBytes <= most)
  const small = group.filter(({ itemBytes }) => itemBytes === 1_000)
  return {
    overFeed: await collect(files, url, overFeed, group, rounds, log),
    overFeedWithUndici7: await collect(files, url, overFeedWithUndici7, small, rounds, log),
    runByRun: await collect(files, url, runByRun, runByRunSizes, rounds, log)
  }
}

/** Every result, through `files.link`, a slow network. */
export const collectingOverSlowLink = async (
  files: { readonly caller: string; readonly link: string },
  url: string,
  rounds: number,
  log: (line: string) => void
): Promise<ReadonlyArray<Collecting>> => {
  const link = await startServer(files.link, [new URL(url).port])
  const results = await collect({ caller: files.caller }, link.url, overSlowLink, slowLinkSizes, rounds, log)
  link.stop()
  return results
}

export type Validation = "parse" | "ours" | "zod" | "schema"

/** Nanoseconds, by size. */
export const decoding = async (file: string, rounds: number, most: number) => {
  const results: Array<{ readonly size: BatchSize; readonly samples: Samples<Validation> }> = []
  for (const size of [...sizes.filter((size) => size.items * size.itemBytes <= most), ...unknownKinds]) {
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
  const size = sizes.filter((size) => size.items * size.itemBytes <= most).at(-1)
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
