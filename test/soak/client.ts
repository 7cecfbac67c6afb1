/**
 * The fibers and their calls, in a process of its own. Sends its figures when it is done.
 *
 * Arguments: the HTTP client, the URL of the server, the number of fibers, the seconds. Needs `node --expose-gc`.
 */
import { FetchHttpClient, HttpClient } from "@effect/platform"
import {
  Cause,
  type Context,
  Effect,
  Exit,
  Fiber,
  FiberRef,
  Layer,
  Random,
  Redacted,
  Schedule,
  ScheduleDecision,
  type Scope,
  Supervisor
} from "effect"
import { RetryPolicy, TriggerAuth, TriggerClient, TriggerConfig } from "effect-trigger-dev"
import { TriggerSimulator } from "effect-trigger-dev/testing"
import { inspect, isDeepStrictEqual } from "node:util"
import { type Call, calls, interrupted, Requests } from "./calls.js"
import { type ClientFigures, type Handles, type Histogram, makeHistogram, type Sample } from "./figures.js"
import { settings } from "./world.js"

const [name, apiUrl = "", fibers = "", seconds = ""] = process.argv.slice(2)

const httpClient = async (): Promise<Layer.Layer<HttpClient.HttpClient>> => {
  if (name === "fetch") {
    // with nothing of @effect/platform-node loaded, whose undici would serve `fetch`
    return FetchHttpClient.layer
  }
  const NodeHttpClient = await import("@effect/platform-node/NodeHttpClient")
  return name === "undici" ? NodeHttpClient.layerUndici : NodeHttpClient.layer
}

// ------------------------------------------------------------------------------------------------------- measuring

const alarms: Array<string> = []
const alarm = (kind: string) => (what: unknown) => {
  if (alarms.length < 10) {
    alarms.push(`${kind}: ${inspect(what)}`)
  }
}
process.on("unhandledRejection", alarm("unhandled rejection"))
process.on("uncaughtException", alarm("uncaught exception"))
process.on("warning", alarm("warning"))

const handles = (): Handles => {
  const counts: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) {
    counts[kind] = (counts[kind] ?? 0) + 1
  }
  return counts
}

type Fibers = Supervisor.Supervisor<ReadonlyArray<Fiber.RuntimeFiber<unknown, unknown>>>

/** Finalizers run between collections, so one collection is not enough. */
const sample = (collections: number, supervisor: Fibers): Effect.Effect<Sample> =>
  Effect.sync(() => gc?.()).pipe(
    Effect.delay("20 millis"),
    Effect.repeatN(collections - 1),
    Effect.zipRight(supervisor.value),
    Effect.map((fibers) => {
      const { external, heapUsed, rss } = process.memoryUsage()
      return { heap: heapUsed, external, resident: rss, handles: handles(), fibers: fibers.length }
    })
  )

// ----------------------------------------------------------------------------------------------------------- calling

let requests = 0
let retries = 0
let wrong = 0
const firstWrong: Array<string> = []
let latencies = new Map<string, Histogram>()
let cuts = new Map<string, number>()
const all = "all"

const record = (call: Call, millis: number, exit: Exit.Exit<unknown, unknown>, fiber: number): void => {
  for (const key of [call.name, all]) {
    const histogram = latencies.get(key) ?? makeHistogram()
    latencies.set(key, histogram)
    histogram.add(millis)
  }
  if (Exit.isSuccess(exit) && exit.value === interrupted) {
    cuts.set(call.name, (cuts.get(call.name) ?? 0) + 1)
    return
  }
  if (Exit.isFailure(exit) || !isDeepStrictEqual(exit.value, call.expected(fiber))) {
    wrong++
    if (firstWrong.length < 5) {
      const got = Exit.isFailure(exit) ? Cause.pretty(exit.cause) : inspect(exit.value, { depth: 5 })
      firstWrong.push(`${call.name}, of fiber ${fiber}, gave ${got.slice(0, 2_000)}`)
    }
  }
}

interface Clients {
  readonly ours: Context.Context<TriggerClient>
  readonly stranger: Context.Context<TriggerClient>
}

/** Calls in random order, until it is told to stop. */
const work = (clients: Clients, fiber: number, goesOn: () => boolean): Effect.Effect<void> =>
  Effect.gen(function*() {
    while (goesOn()) {
      for (const call of yield* Random.shuffle(calls)) {
        if (goesOn()) {
          const start = performance.now()
          const exit = yield* call.make(fiber).pipe(
            Effect.provide(call.isStranger === true ? clients.stranger : clients.ours),
            Effect.locally(Requests, { sent: 0 }),
            Effect.exit
          )
          record(call, performance.now() - start, exit, fiber)
        }
      }
    }
  })

/** All fibers, for so long and until their last calls have ended, with a sample of memory now and then until then. */
const load = (clients: Clients, duration: number, supervisor: Fibers): Effect.Effect<ReadonlyArray<Sample>> =>
  Effect.gen(function*() {
    const end = performance.now() + duration
    const goesOn = () => performance.now() < end
    const samples: Array<Sample> = []
    // a collection stops everything for some 100 ms: no more of them than are needed
    const sampling = yield* sample(1, supervisor).pipe(
      Effect.tap((taken) => Effect.sync(() => samples.push(taken))),
      Effect.delay(duration / 32),
      Effect.repeat({ while: goesOn }),
      Effect.fork
    )
    yield* Effect.forEach(
      Array.from({ length: Number(fibers) }, (_, fiber) => fiber),
      (fiber) => work(clients, fiber, goesOn),
      { concurrency: "unbounded", discard: true }
    ).pipe(Effect.supervised(supervisor))
    yield* Fiber.interrupt(sampling)
    return samples
  })

const connect = (http: Layer.Layer<HttpClient.HttpClient>, key: string): Layer.Layer<TriggerClient> =>
  TriggerClient.layer.pipe(
    Layer.provide(TriggerConfig.layer({
      apiUrl,
      concurrency: settings.concurrency,
      requestTimeout: settings.requestTimeout,
      retryPolicy: Schedule.onDecision(
        RetryPolicy.make({ maxRetries: settings.maxRetries, base: settings.base }),
        (_, decision) =>
          Effect.sync(() => {
            retries += ScheduleDecision.isContinue(decision) ? 1 : 0
          })
      )
    })),
    Layer.provide(TriggerAuth.layer(Redacted.make(key))),
    Layer.provide(Layer.effect(
      HttpClient.HttpClient,
      Effect.map(
        HttpClient.HttpClient,
        HttpClient.tapRequest(() =>
          Effect.map(FiberRef.get(Requests), (call) => {
            requests++
            call.sent++
          })
        )
      )
    )),
    Layer.provide(http)
  )

const build = (http: Layer.Layer<HttpClient.HttpClient>): Effect.Effect<Clients, never, Scope.Scope> =>
  Effect.all({
    ours: Layer.build(connect(http, TriggerSimulator.defaultKey)),
    stranger: Layer.build(connect(http, "tr_dev_stranger"))
  })

const soak = (http: Layer.Layer<HttpClient.HttpClient>): Effect.Effect<ClientFigures> =>
  Effect.gen(function*() {
    const supervisor = yield* Supervisor.track
    const duration = Number(seconds) * 1_000
    const first = yield* sample(8, supervisor)
    const open = yield* Effect.scoped(Effect.gen(function*() {
      const clients = yield* build(http)
      yield* load(clients, Math.min(5_000, duration / 4), supervisor)
      const before = yield* sample(8, supervisor)
      latencies = new Map()
      cuts = new Map()
      requests = 0
      retries = 0
      const start = performance.now()
      const samples = yield* load(clients, duration, supervisor)
      const took = (performance.now() - start) / 1_000
      const after = yield* sample(8, supervisor)
      return { before, after, samples, took }
    }))
    const closed = yield* sample(8, supervisor)
    const figuresOf = (key: string) => ({
      count: latencies.get(key)?.count() ?? 0,
      p50: latencies.get(key)?.quantile(0.5) ?? Number.NaN,
      p99: latencies.get(key)?.quantile(0.99) ?? Number.NaN
    })
    return {
      seconds: open.took,
      calls: calls.map(({ name }) => ({ name, interrupted: cuts.get(name) ?? 0, ...figuresOf(name) })),
      all: figuresOf(all),
      requests,
      retries,
      wrong: { count: wrong, first: firstWrong },
      samples: open.samples,
      quiet: { first, before: open.before, after: open.after, closed },
      alarms
    }
  })

const figures = await Effect.runPromise(soak(await httpClient()))
process.on("disconnect", () => process.exit())
process.send?.(figures)
