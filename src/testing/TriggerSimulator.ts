/**
 * A Trigger.dev in memory: batches whose runs finish on the Effect `Clock`, keys, a rate limit, the realtime feed, and
 * faults. It responds as recordings of a genuine server do, without a socket or on a real one.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpServer from "@effect/platform/HttpServer"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { TriggerAuth } from "../TriggerAuth.js"
import { TriggerClient } from "../TriggerClient.js"
import { TriggerConfig, type TriggerConfigOptions } from "../TriggerConfig.js"
import type { Fault } from "./Fault.js"
import { inMemory } from "./internal/inMemory.js"
import { onServer } from "./internal/onServer.js"
import type { Outcome } from "./internal/outcome.js"
import type { SimulatedRateLimit } from "./internal/rateLimit.js"
import { makeFeed } from "./internal/realtime/feed.js"
import type { SimulatedRealtime } from "./internal/realtime/options.js"
import { type ApiResponse, failed, serverError } from "./internal/response.js"
import { isFeedPath, type Request, respond } from "./internal/routes.js"
import type { SimulatedBatch } from "./internal/simulatedBatch.js"
import { makeState, type SimulatedKey } from "./internal/state.js"
import { isStorePath } from "./internal/store.js"

/**
 * A request that the simulator received. It has only the kind of the key, not the key.
 *
 * @since 0.1.0
 * @category models
 */
export interface ReceivedRequest {
  /** Counts all requests since the start, from 1. */
  readonly number: number
  readonly method: string
  /** Without the query string. */
  readonly path: string
  /** The parameters of the query string. Empty for the object store, whose query is a signature. */
  readonly query: { readonly [parameter: string]: string }
  /** Whether it asks the realtime feed to hold it until something changes. */
  readonly live: boolean
  /** The beginning of the bearer, such as `tr_dev_…`; undefined where there was none. */
  readonly key: string | undefined
  /** The value of `x-trigger-branch`. */
  readonly branch: string | undefined
  /** When it came, in milliseconds on the `Clock`. */
  readonly at: number
}

/**
 * Faults by the number of the request, counted from 1 over all requests, or by a look at the request.
 *
 * @since 0.1.0
 * @category models
 */
export type Faults =
  | { readonly [number: number]: Fault }
  | ((request: ReceivedRequest) => Fault | undefined)

/**
 * The options of a simulator.
 *
 * @since 0.1.0
 * @category models
 */
export interface TriggerSimulatorOptions {
  /** The valid keys. Default: `TriggerSimulator.defaultKey`, of the environment `dev`. */
  readonly keys?: ReadonlyArray<SimulatedKey>
  /** The rate limit of each environment. Default: that of the hosted service, 750 requests of which 250 come back every 10 seconds. */
  readonly rateLimit?: SimulatedRateLimit | "redis down" | "off"
  /** How the realtime feed of batches is served. */
  readonly realtime?: SimulatedRealtime
  /**
   * How far the server's clock is from the client's `Clock`. It moves all times that the server sends, also `date` and the reset
   * of the rate limit. Default: zero.
   */
  readonly clockSkew?: { readonly ahead: Duration.DurationInput } | { readonly behind: Duration.DurationInput }
  /** What goes wrong with which request. Default: nothing. */
  readonly faults?: Faults
}

/**
 * The ids of a batch that the simulator has created.
 *
 * @since 0.1.0
 * @category models
 */
export interface CreatedBatch {
  readonly id: string
  /** The ids of the runs, in batch order. */
  readonly runs: ReadonlyArray<string>
}

/**
 * A simulator, as tests use it.
 *
 * @since 0.1.0
 * @category models
 */
export interface TriggerSimulatorService {
  /**
   * Creates a batch now. Its runs finish with the time of the `Clock`.
   *
   * Dies if an id is invalid, if the batch exists already, if a run belongs to another batch, if there is no run to reuse, or if
   * an output or a payload cannot be serialised: that is a mistake in the test. A run may be in its batch twice, and in another
   * batch that `reuses` it.
   */
  readonly createBatch: (batch: SimulatedBatch) => Effect.Effect<CreatedBatch>
  /** All requests so far, in the order in which they came. */
  readonly requests: Effect.Effect<ReadonlyArray<ReceivedRequest>>
  /** Empties `requests`. The next request has the next number. */
  readonly clearRequests: Effect.Effect<void>
  /** Replaces the faults. */
  readonly setFaults: (faults: Faults) => Effect.Effect<void>
  /** Replaces how the realtime feed is served. Requests that are held stay as they are. */
  readonly setRealtime: (realtime: SimulatedRealtime) => Effect.Effect<void>
  /**
   * The realtime feed forgets its handles: the native backend as a server that was restarted, Electric as one that has
   * dropped its shapes.
   */
  readonly forgetHandles: Effect.Effect<void>
  /** How many requests the realtime feed holds now. */
  readonly heldRequests: Effect.Effect<number>
  /** @internal */
  readonly handle: (request: Request) => Effect.Effect<Outcome>
}

const defaultKey = "tr_dev_simulator"

const masked = (authorization: string | undefined): string | undefined =>
  authorization === undefined ? undefined : `${/^\S+ ((?:tr|pk)_(?:[a-z]+_)?)/.exec(authorization)?.[1] ?? ""}…`

const garbage: ApiResponse = {
  status: 200,
  headers: { "content-type": "application/json; charset=utf-8" },
  body: "\u0000\u0001{]garbage"
}

/** Without keys, should a client put one there. */
const queryOf = (url: URL, keys: ReadonlyArray<SimulatedKey>): { readonly [parameter: string]: string } =>
  isStorePath(url.pathname)
    ? {}
    : Object.fromEntries(
      [...url.searchParams].map(([name, value]) => [name, keys.some(({ key }) => value.includes(key)) ? "…" : value])
    )

/** Milliseconds; a duration of Effect is never negative. */
const skewOf = (skew: TriggerSimulatorOptions["clockSkew"]): number =>
  skew === undefined ? 0 : "ahead" in skew ? Duration.toMillis(skew.ahead) : -Duration.toMillis(skew.behind)

const make = (options: TriggerSimulatorOptions = {}): TriggerSimulatorService => {
  const skew = skewOf(options.clockSkew)
  // a server has whole milliseconds, and a `TestClock` fractions of them after a retry with jitter
  const currentTime = Effect.map(Clock.currentTimeMillis, (now) => Math.floor(now + skew))
  const keys = options.keys ?? [{ key: defaultKey }]
  const state = makeState({ keys, rateLimit: options.rateLimit ?? {} })
  const feed = makeFeed(options.realtime, currentTime)
  let faults: Faults = options.faults ?? {}
  let requests: Array<ReceivedRequest> = []
  let received = 0

  const dated = (response: ApiResponse): Effect.Effect<ApiResponse> =>
    Effect.map(currentTime, (now) => ({
      ...response,
      headers: { date: new Date(now).toUTCString(), ...response.headers }
    }))

  const outcome = (request: Request, fault: Fault | undefined): Effect.Effect<Outcome> => {
    const right = Effect.flatMap(
      Effect.flatMap(currentTime, (now) => respond(state, feed, request, now)),
      dated
    )
    switch (fault?._tag) {
      case undefined:
        return Effect.map(right, (response) => ({ _tag: "Response", response }))
      case "Status":
        return Effect.map(dated(fault), (response) => ({ _tag: "Response", response }))
      case "ServerError":
        // at once, also where the right response would be held
        return Effect.map(
          isFeedPath(request.url.pathname)
            ? dated(serverError(fault.message))
            : Effect.map(right, (response) => failed(response, fault.message)),
          (response) => ({ _tag: "Response", response })
        )
      case "Garbage":
        return Effect.map(dated(garbage), (response) => ({ _tag: "Response", response }))
      case "CutOff":
        return Effect.map(right, (response) => ({ _tag: "CutOff", response, bytes: fault.bytes }))
      case "Lost":
        return Effect.as(right, { _tag: "Reset" })
      case "Delay":
        return Effect.zipRight(Effect.sleep(fault.duration), outcome(request, undefined))
      case "Reset":
        return Effect.succeed({ _tag: "Reset" })
      case "Hang":
        return Effect.never
    }
  }

  return {
    createBatch: (batch) =>
      Effect.flatMap(currentTime, (now) =>
        Either.match(state.create(batch, now), {
          onLeft: (objection) => Effect.dieMessage(`TriggerSimulator.createBatch: ${objection}`),
          onRight: ({ id, runs }) => Effect.succeed({ id, runs: runs.map((run) => run.id) })
        })),
    requests: Effect.sync(() => [...requests]),
    clearRequests: Effect.sync(() => {
      requests = []
    }),
    setFaults: (next) =>
      Effect.sync(() => {
        faults = next
      }),
    setRealtime: (realtime) => Effect.sync(() => feed.set(realtime)),
    forgetHandles: feed.forgetHandles,
    heldRequests: Effect.sync(feed.held),
    handle: (request) =>
      Effect.flatMap(Clock.currentTimeMillis, (at) => {
        const query = queryOf(request.url, keys)
        const record: ReceivedRequest = {
          number: ++received,
          method: request.method,
          path: request.url.pathname,
          query,
          live: isFeedPath(request.url.pathname) && query["live"] === "true",
          key: masked(request.headers["authorization"]),
          branch: request.headers["x-trigger-branch"],
          at
        }
        requests.push(record)
        return outcome(request, typeof faults === "function" ? faults(record) : faults[record.number])
      })
  }
}

/**
 * A Trigger.dev in memory, as a service.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { getBatchResults } from "effect-trigger-dev"
 * import { TriggerSimulator } from "effect-trigger-dev/testing"
 *
 * const program = Effect.gen(function*() {
 *   const simulator = yield* TriggerSimulator
 *   const batch = yield* simulator.createBatch({ engine: "v1", runs: [{ output: { total: 1 } }] })
 *   return yield* getBatchResults(batch.id)
 * })
 *
 * Effect.runPromise(Effect.provide(program, TriggerSimulator.layerClient()))
 * ```
 *
 * @since 0.1.0
 * @category services
 */
export class TriggerSimulator extends Context.Tag("effect-trigger-dev/testing/TriggerSimulator")<
  TriggerSimulator,
  TriggerSimulatorService
>() {
  /**
   * The default key of a simulator.
   *
   * @since 0.1.0
   */
  static readonly defaultKey = defaultKey

  /**
   * A simulator without batches.
   *
   * @since 0.1.0
   */
  static readonly layer = (options?: TriggerSimulatorOptions): Layer.Layer<TriggerSimulator> =>
    Layer.sync(TriggerSimulator, () => make(options))

  /**
   * An `HttpClient` whose every request goes to the simulator, whatever its host. No socket.
   *
   * @since 0.1.0
   */
  static get layerHttpClient(): Layer.Layer<HttpClient.HttpClient, never, TriggerSimulator> {
    // a new layer each time: a layer is built once per program, so a second simulator would get no request
    return Layer.effect(
      HttpClient.HttpClient,
      Effect.map(TriggerSimulator, (simulator) => inMemory(simulator.handle))
    )
  }

  /**
   * The simulator on a real HTTP server, such as `NodeHttpServer.layer` of `@effect/platform-node`. Resets and cut-off
   * bodies need a server whose requests have a Node socket; others respond with an empty 500. When the layer is released,
   * requests without a response are reset.
   *
   * @since 0.1.0
   */
  static get layerServer(): Layer.Layer<never, never, TriggerSimulator | HttpServer.HttpServer> {
    // a new layer each time, for a second simulator on a second server
    return Layer.unwrapScoped(Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      // an HTTP server ends when it has responded to all requests: it would wait for those that are held, or hang
      const stopped = yield* Deferred.make<Outcome>()
      yield* Effect.addFinalizer(() => Deferred.succeed(stopped, { _tag: "Reset" }))
      const handle = (request: Request) => Effect.raceFirst(simulator.handle(request), Deferred.await(stopped))
      return HttpServer.serve(onServer(handle))
    }))
  }

  /**
   * A client over a simulator, in memory: everything that a test needs. Both are provided.
   *
   * @since 0.1.0
   */
  static readonly layerClient = (
    options?: TriggerSimulatorOptions,
    config?: TriggerConfigOptions
  ): Layer.Layer<TriggerClient | TriggerSimulator> =>
    TriggerClient.layer.pipe(
      Layer.provide(TriggerConfig.layer({ apiUrl: "http://trigger.simulator", ...config })),
      Layer.provide(TriggerAuth.layer(Redacted.make(options?.keys?.[0]?.key ?? defaultKey))),
      Layer.provide(TriggerSimulator.layerHttpClient),
      Layer.provideMerge(TriggerSimulator.layer(options))
    )
}
