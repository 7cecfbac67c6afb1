import { HttpClient } from "@effect/platform"
import { assert, it } from "@effect/vitest"
import { Cause, Effect, Exit, FastCheck, Fiber, Layer, Redacted, Supervisor } from "effect"
import {
  collectBatchResults,
  downloadOutput,
  getBatchResults,
  RetryPolicy,
  TriggerAuth,
  TriggerClient,
  TriggerConfig
} from "effect-trigger-dev"
import { clientNames, layers } from "./clients.js"
import { head, json, response } from "./responses.js"
import { type Exchange, listen } from "./server.js"

/** What the server does with one request. Where it stalls, only an abort ends the request. */
const steps = [
  "responds",
  "responds",
  "responds slowly",
  "500",
  "429",
  "stalls before the headers",
  "stalls after the headers",
  "stalls in the body"
] as const

type Step = typeof steps[number]

const operations: ReadonlyArray<(id: number) => Effect.Effect<unknown, unknown, TriggerClient>> = [
  (id) => getBatchResults(`batch_${id}`),
  (id) => collectBatchResults(`batch_${id}`),
  (id) =>
    downloadOutput({ ok: true, id: `run_${id}`, output: `run_${id}/output.json`, outputType: "application/store" })
]

/** A call, what the server does with its first requests, and when it is interrupted. */
const arbitraryCase = FastCheck.record({
  script: FastCheck.array(FastCheck.constantFrom(...steps), { minLength: 1, maxLength: 6 }),
  // a turn of the event loop lets a call get further, however busy the machine is: time alone does not
  turns: FastCheck.integer({ min: 0, max: 80 }),
  milliseconds: FastCheck.integer({ min: 0, max: 8 }),
  yields: FastCheck.integer({ min: 0, max: 20 }),
  pause: FastCheck.integer({ min: 0, max: 5 })
})

/** Given to `FastCheck.sample`, it draws the same cases again. */
const seed = 20261124

const cases = FastCheck.sample(arbitraryCase, { seed, numRuns: 1000 }).map((drawn, id) => ({
  ...drawn,
  id,
  client: clientNames[id % clientNames.length] ?? "FetchHttpClient",
  call: operations[Math.floor(id / clientNames.length) % operations.length]?.(id) ?? Effect.void
}))

const pathOf = ({ request }: Exchange): string => request.split(" ")[1] ?? ""

/** The case that a request belongs to, as its path or the path of its URL tells. */
const caseOf = (path: string): number => Number(/(?:batch|run)_(\d+)/.exec(path)?.[1])

const runsOf = (id: number): ReadonlyArray<string> => [1, 2, 3].map((index) => `run_${id}_${index}`)

/** Large enough for more than one packet. */
const filling = "x".repeat(40_000)

const goodBody = (path: string, port: number): unknown => {
  const id = caseOf(path)
  const createdAt = "2026-01-01T00:00:00Z"
  if (path.endsWith("/results")) {
    return { id: `batch_${id}`, items: [], filling }
  }
  if (path.startsWith("/api/v2/batches/")) {
    return { id: `batch_${id}`, status: "COMPLETED", createdAt, updatedAt: createdAt, runCount: 3, runs: runsOf(id) }
  }
  if (path.startsWith("/api/v3/runs/")) {
    return { id: path.split("/").at(-1), taskIdentifier: "task", status: "COMPLETED", createdAt, output: filling }
  }
  return path.startsWith("/api/v1/packets/") ? { presignedUrl: `http://127.0.0.1:${port}/run_${id}?X=1` } : filling
}

const limited = () => response("{}", [json, ["x-ratelimit-reset", String(Date.now() + 10)]], "429 Too Many Requests")

/** Carries out the scripts. `open` are the requests that have neither got a whole response nor lost their socket. */
const makeServer = Effect.gen(function*() {
  const open = new Set<Exchange>()
  const received = cases.map(() => 0)
  const server = yield* listen((exchange) => {
    const path = pathOf(exchange)
    const id = caseOf(path)
    const drawn = cases[id]
    const step: Step = drawn?.script[received[id] ?? 0] ?? "responds"
    received[id] = (received[id] ?? 0) + 1
    open.add(exchange)
    const { socket } = exchange
    // a connection carries many requests: one listener for each of them must not stay
    const done = () => {
      socket.off("close", done)
      open.delete(exchange)
    }
    socket.once("close", done)
    const body = Buffer.from(JSON.stringify(goodBody(path, exchange.port)))
    const headers = head([json, ["content-length", String(body.length)]])
    const middle = body.length / 2
    const pause = drawn?.pause ?? 0
    switch (step) {
      case "responds":
        return socket.write(Buffer.concat([Buffer.from(headers), body]), done)
      case "responds slowly":
        return setTimeout(() => {
          socket.write(headers)
          setTimeout(() => {
            socket.write(body.subarray(0, middle))
            setTimeout(() => socket.write(body.subarray(middle), done), pause)
          }, pause)
        }, pause)
      case "500":
        return socket.end(response("{}", [json], "500 Internal Server Error"), done)
      case "429":
        return socket.end(limited(), done)
      case "stalls before the headers":
        return
      case "stalls after the headers":
        return socket.write(headers)
      case "stalls in the body":
        return socket.write(Buffer.concat([Buffer.from(headers), body.subarray(0, middle)]))
    }
  })
  return { ...server, open, received }
})

const turn = Effect.async<void>((resume) => {
  const immediate = setImmediate(() => resume(Effect.void))
  return Effect.sync(() => clearImmediate(immediate))
})

/** What no handler has seen in this process. */
const unhandled = Effect.acquireRelease(
  Effect.sync(() => {
    const seen: Array<unknown> = []
    const listener = (error: unknown) => void seen.push(error)
    process.on("unhandledRejection", listener)
    process.on("uncaughtException", listener)
    return { seen, listener }
  }),
  ({ listener }) =>
    Effect.sync(() => {
      process.off("unhandledRejection", listener)
      process.off("uncaughtException", listener)
    })
)

/**
 * The clients share nothing but the server; `sent` counts what each case has begun to send. Responses are kept, as the
 * platform aborts those that are collected as garbage: what closes a connection must be the interruption.
 */
const makeClients = (port: number) =>
  Effect.gen(function*() {
    const sent = cases.map(() => 0)
    const kept: Array<unknown> = []
    const watched = (client: HttpClient.HttpClient) =>
      client.pipe(
        HttpClient.tapRequest(({ url }) =>
          Effect.sync(() => {
            const id = caseOf(url)
            sent[id] = (sent[id] ?? 0) + 1
          })
        ),
        HttpClient.tap((response) => Effect.sync(() => kept.push(response)))
      )
    const client = (name: typeof clientNames[number]) =>
      Layer.build(TriggerClient.layer.pipe(
        Layer.provide(TriggerConfig.layer({
          apiUrl: `http://127.0.0.1:${port}`,
          // a stall outlasts the test, and a retry is soon under way
          requestTimeout: "5 minutes",
          retryPolicy: RetryPolicy.make({ maxRetries: 10, base: "2 millis", jitter: "none" }),
          concurrency: 64
        })),
        Layer.provide(TriggerAuth.layer(Redacted.make("tr_dev_kq3Vx9TzLw7Rn2Yd5Bp8"))),
        Layer.provide(Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, watched))),
        Layer.provide(layers[name])
      ))
    return {
      kept,
      sent,
      services: {
        FetchHttpClient: yield* client("FetchHttpClient"),
        "NodeHttpClient.layerUndici": yield* client("NodeHttpClient.layerUndici"),
        "NodeHttpClient.layer": yield* client("NodeHttpClient.layer")
      }
    }
  })

it.scopedLive("1,000 calls that are interrupted at random moments leave nothing behind", () =>
  Effect.gen(function*() {
    const { seen } = yield* unhandled
    const server = yield* makeServer
    const { sent, services } = yield* makeClients(server.port)
    const supervisor = yield* Supervisor.track

    const outcomes = yield* Effect.forEach(cases, ({ call, client, id, milliseconds, turns, yields }) =>
      Effect.gen(function*() {
        const fiber = yield* Effect.fork(Effect.provide(call, services[client]))
        yield* Effect.repeatN(turn, turns)
        yield* Effect.sleep(milliseconds)
        yield* Effect.repeatN(Effect.yieldNow(), yields)
        const isUnderWay = [...server.open].some((exchange) =>
          caseOf(pathOf(exchange)) === id
        )
        const exit = yield* Fiber.interrupt(fiber)
        return { exit: Exit.asVoid(exit), id, isUnderWay, sent: sent[id] ?? 0 }
      }), { concurrency: 20 }).pipe(Effect.supervised(supervisor))

    const interrupted = outcomes.filter(({ exit }) =>
      Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause)
    )
    assert.deepStrictEqual(
      outcomes.filter((outcome) => Exit.isFailure(outcome.exit) && !interrupted.includes(outcome)),
      [],
      "calls that ended with an error or a defect"
    )
    assert.isAbove(interrupted.length, 500)
    assert.isAbove(outcomes.filter(({ isUnderWay }) => isUnderWay).length, 300, "calls whose request the server had")
    assert.isAbove(sent.filter((times) => times > 1).length, 100, "calls that sent more than one request")

    yield* Effect.repeat(Effect.sleep("5 millis"), { until: () => server.open.size === 0 }).pipe(
      Effect.timeoutFail({
        duration: "3 seconds",
        onTimeout: () => new Error(`requests that are still open:\n${[...server.open].map(pathOf).join("\n")}`)
      })
    )
    // long enough for every retry that could be under way
    yield* Effect.sleep("300 millis")
    assert.deepStrictEqual(
      outcomes.filter(({ id, sent: before }) => sent[id] !== before || (server.received[id] ?? 0) > before),
      [],
      "calls that sent something after their interruption"
    )
    assert.deepStrictEqual(yield* supervisor.value, [], "fibers that are left")
    assert.deepStrictEqual(seen, [], "errors that nobody has handled")
  }), 30_000)
