/**
 * What is measured, and how often. Each function alternates between the contenders, round by round.
 */
import { type BatchSize, sizes } from "./batches.js"
import { type Contender, contenders } from "./contenders.js"
import { type Caller, output, startCaller } from "./processes.js"
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
const alternate = async <Name extends string>(
  names: ReadonlyArray<Name>,
  rounds: number,
  take: (name: Name) => Promise<number>
): Promise<Samples<Name>> => {
  const samples = new Map(names.map((name) => [name, new Array<number>()]))
  for (let round = 0; round < rounds; round++) {
    for (const name of rotate(names, round)) {
      samples.get(name)?.push(await take(name))
    }
  }
  return Object.fromEntries(samples) as unknown as Samples<Name>
}

export interface Calls {
  readonly size: BatchSize
  readonly width: number
  readonly perSample: number
  /** Milliseconds a call, by round. */
  readonly samples: Samples<Contender>
}

const callsOf = async (
  callers: ReadonlyMap<Contender, Caller>,
  size: BatchSize,
  width: number,
  effort: Effort
): Promise<Calls> => {
  const take = async (name: Contender, calls: number): Promise<number> =>
    (await callers.get(name)?.take({ id: size.id, items: size.items, calls, width }) ?? Number.NaN) / 1e6 / calls
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
      results.push(await callsOf(callers, size, width, { ...effort, rounds }))
    }
  }
  callers.forEach((caller) => caller.stop())
  return results
}

export type Validation = "parse" | "ours" | "zod" | "schema"

/** Nanoseconds, by size. */
export const decoding = async (file: string, rounds: number, most: number) => {
  const results: Array<{ readonly size: BatchSize; readonly samples: Samples<Validation> }> = []
  for (const size of sizes.filter((size) => size.items * size.itemBytes <= most)) {
    results.push({ size, samples: await output<Samples<Validation>>(file, [size.id, String(rounds)]) })
  }
  return results
}

export interface Memory {
  readonly size: BatchSize
  readonly samples: Samples<Contender>
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
