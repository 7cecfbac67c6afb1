/**
 * What is checked in every runtime. The program is the same everywhere: it uses the package, its peers and web globals only.
 * `expected.ts` says how each check has to end.
 */
import type { HttpClient } from "@effect/platform"
import { Cause, Effect, Fiber, Layer, Redacted, Schedule, Schema } from "effect"
import {
  awaitBatchResults,
  collectBatchResults,
  downloadOutput,
  getBatchResults,
  RetryPolicy,
  RunOutput,
  type RunResult,
  type RunSuccess,
  TriggerAuth,
  TriggerClient,
  TriggerConfig,
  type TriggerConfigOptions
} from "effect-trigger-dev"
import type { Report, Seen, World } from "./world.js"

type Http = Layer.Layer<HttpClient.HttpClient>

type Check = (world: World, http: Http) => Effect.Effect<unknown, unknown>

const client = (world: World, http: Http, options: TriggerConfigOptions): Layer.Layer<TriggerClient, unknown> =>
  TriggerClient.layer.pipe(
    Layer.provide(TriggerConfig.layer({ retryPolicy: RetryPolicy.none, requestTimeout: "5 seconds", ...options })),
    Layer.provide(TriggerAuth.layer(Redacted.make(world.key))),
    Layer.provide(http)
  )

const control = <A>({ control }: World, path: string): Effect.Effect<A, unknown> =>
  Effect.tryPromise(async () => {
    const response = await fetch(`${control}/${path}`)
    return await response.json() as A
  })

const seen = (world: World): Effect.Effect<Seen, unknown> => control(world, "seen")

export const createBatch = (world: World, kind: string): Effect.Effect<string, unknown> =>
  Effect.map(control<{ readonly id: string }>(world, kind), ({ id }) => id)

const Invoice = Schema.Struct({ number: Schema.String, sentAt: Schema.Date, total: Schema.BigInt })

/** The outputs of results, as text. */
export const decoded = (results: ReadonlyArray<RunResult>) =>
  Effect.forEach(results, (result) =>
    Effect.map(
      RunOutput.decode(Invoice)(result),
      ({ number, sentAt, total }) => `${number.slice(0, 4)} ${sentAt.toISOString()} ${total}`
    ), { concurrency: "unbounded" })

const property = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined

/** All that a program could print of an error, so that the test can look for secrets in it. */
const printed = (error: unknown): string =>
  [JSON.stringify(error), String(error), error instanceof Error ? error.stack : "", Cause.pretty(Cause.fail(error))]
    .join("\n")

const fieldsOf = (error: unknown) => ({
  error: property(error, "_tag"),
  reason: property(error, "reason"),
  code: property(error, "code"),
  detail: property(error, "detail"),
  printed: printed(error)
})

/** A call that must fail. */
const call = (world: World, http: Http, options: TriggerConfigOptions): Effect.Effect<unknown, unknown> =>
  getBatchResults("batch_1").pipe(
    Effect.provide(client(world, http, options)),
    Effect.match({
      onFailure: fieldsOf,
      onSuccess: ({ items }) => `${items.length} results`
    })
  )

const fault = (path: string, options: TriggerConfigOptions = {}): Check => (world, http) =>
  call(world, http, { ...options, apiUrl: `${world.faults}/${path}` })

const stored: RunSuccess = {
  ok: true,
  id: "run_1",
  taskIdentifier: "task",
  output: "run_1/attempt_1/output.json",
  outputType: "application/store"
}

/** The download of an output, which must fail. `path` is that of an API whose presigned URLs lead nowhere. */
const download = (path: string): Check => (world, http) =>
  downloadOutput(stored).pipe(
    Effect.provide(client(world, http, { apiUrl: `${world.faults}/${path}` })),
    Effect.match({
      onFailure: (error) => ({ ...fieldsOf(property(error, "cause")), printed: printed(error) }),
      onSuccess: () => "an output"
    })
  )

/** Whether the condition holds within 3 seconds. */
const eventually = (condition: Effect.Effect<boolean, unknown>): Effect.Effect<boolean, unknown> =>
  Effect.repeat(condition, {
    until: (holds) => holds,
    schedule: Schedule.intersect(Schedule.spaced("50 millis"), Schedule.recurs(60))
  }).pipe(Effect.zipRight(condition))

const collect = (realtime: "auto" | "off"): Check => (world, http) =>
  Effect.gen(function*() {
    const { complete, results } = yield* collectBatchResults(yield* createBatch(world, "finished"))
    return { complete, outputs: yield* decoded(results) }
  }).pipe(Effect.provide(client(world, http, { apiUrl: world.api, realtime })))

/** Waits for a batch of three runs, the last of which takes so many seconds. */
const waitFor = (world: World, seconds: number) =>
  Effect.gen(function*() {
    const before = yield* seen(world)
    let hadToWait: boolean | undefined
    const { complete, results } = yield* awaitBatchResults(yield* createBatch(world, `running/${seconds}`), {
      onProgress: ({ finished, total }) =>
        Effect.sync(() => {
          hadToWait ??= finished < total
        }),
      schedule: Schedule.spaced(before.hasFeed ? "1 minute" : "200 millis")
    })
    const after = yield* seen(world)
    return {
      complete,
      outputs: yield* decoded(results),
      hadToWait: hadToWait === true,
      askedTheFeed: after.feedRequests > before.feedRequests,
      seconds
    }
  })

const checks: { readonly [name: string]: Check } = {
  "a call": (world, http) =>
    Effect.gen(function*() {
      const { items } = yield* getBatchResults(yield* createBatch(world, "old"))
      return items.map((result) => result.ok)
    }).pipe(Effect.provide(client(world, http, { apiUrl: world.api }))),

  "every result of a batch, decoded": collect("auto"),
  "the same, run by run": collect("off"),

  "a wait for a batch": (world, http) =>
    Effect.iterate({ hadToWait: false, seconds: 0.5 }, {
      // on a busy machine, the batch may have ended before it is read
      while: ({ hadToWait, seconds }) => !hadToWait && seconds < 5,
      body: ({ seconds }) => waitFor(world, 2 * seconds)
    }).pipe(Effect.provide(client(world, http, { apiUrl: world.api }))),

  "a large response from a server that then closes the connection": fault("large-closed"),

  "a redirect": (world, http) =>
    Effect.gen(function*() {
      const outcome = yield* fault("redirect")(world, http)
      return {
        error: property(outcome, "error"),
        isNamed: String(property(outcome, "printed")).includes("this response redirects"),
        isFollowed: (yield* seen(world)).redirected > 0
      }
    }),

  "an interruption": (world, http) =>
    Effect.gen(function*() {
      const waiting = Effect.map(seen(world), ({ waiting }) => waiting)
      const before = yield* waiting
      const fiber = yield* Effect.fork(getBatchResults("batch_1"))
      const isSent = yield* eventually(Effect.map(waiting, (now) => now > before))
      yield* Fiber.interrupt(fiber)
      return { isSent, isClosed: yield* eventually(Effect.map(waiting, (now) => now === before)) }
    }).pipe(Effect.provide(client(world, http, { apiUrl: world.silent }))),

  "no response within the time-out": (world, http) =>
    Effect.gen(function*() {
      const waiting = Effect.map(seen(world), ({ waiting }) => waiting)
      const before = yield* waiting
      const reason = property(
        yield* call(world, http, { apiUrl: world.silent, requestTimeout: "300 millis" }),
        "reason"
      )
      return { reason, isClosed: yield* eventually(Effect.map(waiting, (now) => now === before)) }
    }),

  "a body that stops": fault("stopped", { requestTimeout: "300 millis" }),
  "a body that is too large": fault("large", { maxResponseSize: 1000 }),
  "nothing listens": (world, http) => call(world, http, { apiUrl: world.closed }),
  "nothing listens at a presigned URL": download("presign-closed"),
  "a blocked port": download("presign-blocked"),
  "a host that does not exist": (world, http) => call(world, http, { apiUrl: "http://nosuch.invalid" }),
  "a certificate that nobody trusts": (world, http) => call(world, http, { apiUrl: world.selfSigned }),
  "https to a server of http": (world, http) => call(world, http, { apiUrl: world.faults.replace("http:", "https:") }),
  "TLS 1.1": (world, http) => call(world, http, { apiUrl: world.outdated }),
  "closed during the TLS handshake": (world, http) => call(world, http, { apiUrl: world.handshake }),
  "reset before the response": fault("reset"),
  "closed before the response": fault("closed"),
  "closed in a body with a length": fault("cut"),
  "reset in a body with a length": fault("cut-reset"),
  "closed in a chunked body": fault("cut-chunked"),
  "closed in a chunked body, with `connection: close`": fault("cut-chunked-close"),
  "a response that is not HTTP": fault("not-http"),
  "an invalid header": fault("bad-header"),
  "an invalid length": fault("bad-length"),
  "an invalid chunk": fault("bad-chunk"),
  "a header of a megabyte": fault("large-head"),
  "gzip with a wrong checksum": fault("bad-checksum", { compression: "on" }),
  "gzip that is not gzip": fault("not-gzip", { compression: "on" }),
  "gzip that is damaged": fault("damaged-gzip", { compression: "on" }),
  "gzip that ends early": fault("short-gzip", { compression: "on" }),
  "brotli that is not brotli": fault("not-brotli", { compression: "on" })
}

export const checkNames: ReadonlyArray<string> = Object.keys(checks)

/** Runs checks one after another. One that fails or dies is reported with its cause. */
export const run = (
  world: World,
  http: Http,
  names: ReadonlyArray<string>,
  report: (report: Report) => Effect.Effect<unknown>
): Effect.Effect<void> =>
  Effect.forEach(names, (name) =>
    (checks[name]?.(world, http) ?? Effect.fail("there is no such check")).pipe(
      Effect.timeoutFail({ duration: "30 seconds", onTimeout: () => "no outcome within 30 seconds" }),
      Effect.catchAllCause((cause) => Effect.succeed(`failed: ${Cause.pretty(cause)}`)),
      Effect.flatMap((outcome) => report({ check: name, outcome }))
    ), { discard: true }).pipe(Effect.zipRight(report({ check: "end", outcome: "" })))
