import { assert, describe, it } from "@effect/vitest"
import {
  Clock,
  type Context,
  Duration,
  Effect,
  Exit,
  identity,
  Layer,
  Option,
  Redacted,
  Stream,
  Supervisor
} from "effect"
import {
  collectBatchResults,
  RetryPolicy,
  type RunUpdate,
  subscribeToBatch,
  TriggerAuth,
  TriggerClient,
  TriggerConfig
} from "effect-trigger-dev"
import { expectNoSecret, recording } from "../support/leaks.js"
import { type ClientName, clientNames, layers } from "./clients.js"
import { finished, heldFaults, type Kind, snapshotFaults, snapshotOutcomeOf, unfinished } from "./feed.js"
import { response, send } from "./responses.js"
import { type Exchange, listen } from "./server.js"
import { maxAttempts } from "./table.js"

const key = "tr_dev_kq3Vx9TzLw7Rn2Yd5Bp8"

const retryPolicy = RetryPolicy.make({ maxRetries: maxAttempts - 1, base: 0, jitter: "none" })

const pathOf = ({ request }: Exchange): string => request.split(" ")[1] ?? ""

const createdAt = "2026-01-01T00:00:00Z"

/** The routes other than the feed, which work. */
const serveApi = (exchange: Exchange): void => {
  const path = pathOf(exchange)
  const body = path.endsWith("/results")
    ? { id: "batch_1", items: [] }
    : path.startsWith("/api/v2/batches/")
    ? { id: "batch_1", status: "COMPLETED", createdAt, updatedAt: createdAt, runCount: 2, runs: ["run_1", "run_2"] }
    : { id: path.split("/").at(-1), taskIdentifier: "task", status: "COMPLETED", createdAt, output: "1 € 🙂" }
  send(response(JSON.stringify(body)))(exchange)
}

/** A server whose feed has a fault. `number` counts the requests of the feed. */
const makeServer = (serveFeed: (exchange: Exchange, kind: Kind) => void) =>
  Effect.gen(function*() {
    const kinds: Array<Kind> = []
    let others = 0
    const server = yield* listen((exchange) => {
      if (!pathOf(exchange).startsWith("/realtime/")) {
        others++
        return serveApi(exchange)
      }
      const kind = /[?&]live=true/.test(pathOf(exchange)) ? "held" : "snapshot"
      kinds.push(kind)
      serveFeed({ ...exchange, number: kinds.length - 1 }, kind)
    })
    return { ...server, kinds, others: () => others }
  })

const makeClient = (
  client: ClientName,
  port: number,
  { maxResponseSize, timeout }: { readonly maxResponseSize?: number; readonly timeout: Duration.DurationInput }
) =>
  Layer.build(TriggerClient.layer.pipe(
    Layer.provide(TriggerConfig.layer({
      apiUrl: `http://127.0.0.1:${port}`,
      retryPolicy,
      requestTimeout: timeout,
      ...(maxResponseSize === undefined ? {} : { maxResponseSize })
    })),
    Layer.provide(TriggerAuth.layer(Redacted.make(key))),
    Layer.provide(layers[client])
  ))

/** Runs an effect to its end, and checks that it leaves no fiber and no socket, and tells nobody the key. */
const cleanly = <A, E>(
  effect: Effect.Effect<A, E, TriggerClient>,
  services: Context.Context<TriggerClient>,
  server: { readonly closed: Effect.Effect<void>; readonly open: () => number }
) =>
  Effect.gen(function*() {
    const supervisor = yield* Supervisor.track
    const { exit, texts } = yield* effect.pipe(
      Effect.supervised(supervisor),
      recording,
      Effect.provide(services)
    )
    expectNoSecret(texts, [key])
    assert.deepStrictEqual(yield* supervisor.value, [], "fibers that are left")
    yield* Effect.timeoutFail(server.closed, {
      duration: "2 seconds",
      onTimeout: () => new Error(`${server.open()} sockets are left`)
    })
    return exit
  })

const said = ({ id, status }: RunUpdate): string => `${id} ${status}`

/** What a subscription has said after so many updates, or else by its end. */
const follow = (updates?: number) => {
  const heard: Array<string> = []
  const stream = subscribeToBatch("batch_1").pipe(
    Stream.tap((update) => Effect.sync(() => heard.push(said(update)))),
    updates === undefined ? identity : Stream.take(updates),
    Stream.runDrain
  )
  return { heard, stream }
}

/** Sees ten seconds pass for each second: requests are held for 20 seconds, and pauses grow to 15. */
const fastClock: Effect.Effect<Clock.Clock> = Effect.map(Effect.clock, (clock) => {
  const speed = 10
  const startedAt = clock.unsafeCurrentTimeMillis()
  const startedAtNanos = clock.unsafeCurrentTimeNanos()
  const millis = () => startedAt + (clock.unsafeCurrentTimeMillis() - startedAt) * speed
  const nanos = () => startedAtNanos + (clock.unsafeCurrentTimeNanos() - startedAtNanos) * BigInt(speed)
  return {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: millis,
    unsafeCurrentTimeNanos: nanos,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanos: Effect.sync(nanos),
    sleep: (duration) => clock.sleep(Duration.times(duration, 1 / speed))
  }
})

for (const client of clientNames) {
  describe(`A snapshot of the feed, under ${client}`, () => {
    for (const fault of snapshotFaults) {
      const { collected, subscribed } = snapshotOutcomeOf(fault, client)
      const settings = {
        timeout: fault.timeout ?? 5000,
        ...(fault.maxResponseSize === undefined ? {} : { maxResponseSize: fault.maxResponseSize })
      }

      it.scopedLive(`collectBatchResults: ${fault.name}`, () =>
        Effect.gen(function*() {
          const server = yield* makeServer(fault.serve)
          const services = yield* makeClient(client, server.port, settings)
          const exit = yield* cleanly(collectBatchResults("batch_1"), services, server)
          assert.deepStrictEqual(
            Exit.map(exit, ({ complete, results }) => [complete, results.map(({ id, ok }) => [id, ok])]),
            Exit.succeed([true, [["run_1", true], ["run_2", true]]])
          )
          assert.deepStrictEqual({ feed: server.kinds.length, others: server.others() }, collected)
        }))

      if (subscribed === undefined) {
        continue
      }
      it.scopedLive(`subscribeToBatch: ${fault.name}`, () =>
        Effect.gen(function*() {
          const server = yield* makeServer(fault.serve)
          const services = yield* makeClient(client, server.port, settings)
          const { heard, stream } = follow(subscribed.error === undefined ? subscribed.updates.length : undefined)
          const exit = yield* cleanly(stream, services, server)
          assert.deepStrictEqual(heard, subscribed.updates)
          if (subscribed.error === undefined) {
            assert.deepStrictEqual(exit, Exit.void)
          } else {
            const error = yield* Effect.flip(exit)
            const fields = Object.keys(subscribed.error.fields).map((name) => [name, Reflect.get(error, name)])
            assert.deepStrictEqual({ error: error._tag, fields: Object.fromEntries(fields) }, subscribed.error)
          }
          assert.strictEqual(server.kinds.length, subscribed.requests)
          assert.strictEqual(server.others(), 0)
        }))
    }
  })

  describe(`A held request of the feed, under ${client}`, () => {
    for (const fault of heldFaults) {
      it.scopedLive(fault.name, () =>
        Effect.gen(function*() {
          let held = 0
          const later = fault.later ?? send(finished)
          const server = yield* makeServer((exchange, kind) =>
            kind === "held"
              ? fault.serve(exchange, held++)
              : exchange.number === 0
              ? send(unfinished)(exchange)
              : later(exchange)
          )
          const services = yield* makeClient(client, server.port, { timeout: "10 seconds" })
          const { heard, stream } = follow(fault.forEver === true ? undefined : fault.updates.length)
          const clock = yield* fastClock
          const exit = yield* cleanly(
            fault.forEver === true
              ? Effect.withClock(Effect.timeoutOption(stream, "10 seconds"), clock)
              : Effect.withClock(Effect.asSome(stream), clock),
            services,
            server
          )
          assert.deepStrictEqual(
            exit,
            Exit.succeed(fault.forEver === true ? Option.none() : Option.some(undefined))
          )
          assert.deepStrictEqual(heard, fault.updates)
          assert.deepStrictEqual(server.kinds, fault.requests)
          assert.strictEqual(server.others(), 0)
        }))
    }
  })
}
