import { HttpClient, HttpClientRequest, type HttpMethod } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, TestClock } from "effect"
import {
  type SimulatedBatch,
  type SimulatedRealtime,
  type SimulatedRun,
  TriggerSimulator,
  type TriggerSimulatorService
} from "effect-trigger-dev/testing"
import { createServer, request as httpRequest } from "node:http"
import * as Recording from "../../../support/realtimeRecording.js"

interface Received {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
}

/** A request without any client's help, in memory or over a socket. */
type Send = (
  method: string,
  target: string,
  headers: Readonly<Record<string, string>>
) => Effect.Effect<Received, unknown>

// --- what a recorded row says of the run ---

const unfinished: Readonly<Record<string, SimulatedRun["unfinishedStatus"]>> = {
  DELAYED: "DELAYED",
  PENDING: "QUEUED",
  PENDING_VERSION: "PENDING_VERSION",
  DEQUEUED: "DEQUEUED",
  EXECUTING: "EXECUTING",
  WAITING_TO_RESUME: "WAITING"
}

const finished: Readonly<Record<string, SimulatedRun["status"]>> = {
  COMPLETED_SUCCESSFULLY: "COMPLETED",
  COMPLETED_WITH_ERRORS: "FAILED",
  CANCELED: "CANCELED",
  CRASHED: "CRASHED",
  SYSTEM_FAILURE: "SYSTEM_FAILURE",
  INTERRUPTED: "INTERRUPTED",
  EXPIRED: "EXPIRED",
  TIMED_OUT: "TIMED_OUT"
}

/** A text of Postgres for a list, such as `{"a","b\"c"}`. */
const list = (text: string): ReadonlyArray<string> => JSON.parse(text.replace(/^\{/, "[").replace(/\}$/, "]"))

const result = ({ error, output, outputType, status }: Recording.Row): SimulatedRun => {
  if (status === "COMPLETED_SUCCESSFULLY") {
    return {
      stored: outputType === "application/store"
        ? {
          output: "x".repeat(128 * 1024),
          outputType: output?.endsWith(".txt") ? "text/plain" : "application/super+json"
        }
        : { outputType: outputType ?? "", ...(typeof output === "string" ? { output } : {}) }
    }
  }
  // the simulator itself says why a run was cancelled or has expired
  return typeof error !== "string" || status === "CANCELED" || status === "EXPIRED" ? {} : { error: JSON.parse(error) }
}

const runOf = (row: Recording.Row): SimulatedRun => {
  const { friendlyId, metadata, payload, runTags, startedAt, status, taskIdentifier, ttl } = row
  const waits = unfinished[status ?? ""]
  const ends = finished[status ?? ""]
  return {
    id: friendlyId ?? "",
    task: taskIdentifier ?? "",
    payload: JSON.parse(payload ?? "").json,
    ttl: ttl ?? "",
    ...(typeof metadata === "string" ? { metadata: JSON.parse(metadata) } : {}),
    ...(typeof runTags === "string" ? { tags: list(runTags) } : {}),
    ...(waits === undefined ? {} : { unfinishedStatus: waits, finishesAfter: "never" }),
    ...(ends === undefined ? {} : { status: ends, ...result(row) }),
    // of some runs the recorder wrote the status into the database
    ...(startedAt === null && (waits === "DEQUEUED" || ends === "INTERRUPTED") ? { columns: { startedAt } } : {})
  }
}

const batchId = (name: string): string => /batch_[a-z0-9]+/.exec(Recording.read(name).request.target)?.[0] ?? ""

const batchOf = (name: string, runs: SimulatedBatch["runs"] = Recording.rows(name).map(runOf)): SimulatedBatch => ({
  id: batchId(name),
  listed: "in batch order",
  runs
})

// --- what is compared ---

/** Of its own is every response in its times and its connection. */
const ofItsOwn: ReadonlySet<string> = new Set([
  "date",
  "connection",
  "keep-alive",
  "transfer-encoding",
  "content-length",
  "x-ratelimit-limit",
  "x-ratelimit-remaining",
  "x-ratelimit-reset"
])

/** Without the numbers that count responses, and the time of an offset. */
const maskedHeader = (name: string, value: string | undefined): string | undefined =>
  !name.startsWith("electric-") || name === "electric-schema"
    ? value
    : value?.replace(/_\d+_[0-9a-f]{8}$/, "_N_H").replace(/^\d{10,}_/, "TIME_").replace(/(^|_)\d+$/, "$1N")

const maskedBody = (body: string): string =>
  body.replace(/"\d{4}-\d\d-\d\dT[\d:.]+Z?"/g, "TIME").replace(/"usageDurationMs":"\d+"/g, "\"usageDurationMs\":N")

const compare = (name: string, received: Received) => {
  const { response } = Recording.read(name)
  assert.strictEqual(received.status, response.status, name)
  assert.strictEqual(maskedBody(received.body), maskedBody(response.body), name)
  for (const [header, value] of Object.entries(response.headers)) {
    if (!ofItsOwn.has(header)) {
      assert.strictEqual(maskedHeader(header, received.headers[header]), maskedHeader(header, value), header)
    }
  }
  for (const header of Object.keys(received.headers)) {
    assert.isTrue(header in response.headers || ofItsOwn.has(header), `${header} is in no recorded response`)
  }
}

// --- the exchanges ---

/** What a scenario does: it creates batches, asks what was recorded, and lets time pass. */
interface Stage {
  readonly simulator: TriggerSimulatorService
  /** Asks what was recorded under this name, with the handle, the offset and the cursor of the last response. */
  readonly ask: (name: string) => Effect.Effect<void, unknown>
  /** The same, of a request that is held for so long. */
  readonly hold: (name: string, time: Parameters<typeof TestClock.adjust>[0]) => Effect.Effect<void, unknown>
  /** The same again, without comparing the response. */
  readonly follow: (name: string) => Effect.Effect<void, unknown>
}

interface Scenario {
  readonly name: string
  /** The exchanges that it goes through. */
  readonly recordings: ReadonlyArray<string>
  readonly realtime?: SimulatedRealtime
  readonly play: (stage: Stage) => Effect.Effect<void, unknown>
}

const single = (name: string, realtime?: SimulatedRealtime, ...batches: ReadonlyArray<SimulatedBatch>): Scenario => ({
  name,
  recordings: [name],
  ...(realtime === undefined ? {} : { realtime }),
  play: ({ ask, simulator }) => Effect.zipRight(Effect.forEach(batches, simulator.createBatch), ask(name))
})

const scenarios: ReadonlyArray<Scenario> = [
  single("realtime-snapshot-mixed", {}, batchOf("realtime-snapshot-mixed")),
  single("realtime-snapshot-mixed-legacy-headers", {}, batchOf("realtime-snapshot-mixed")),
  single(
    "realtime-snapshot-outputs-skipcolumns",
    {},
    batchOf("realtime-snapshot-outputs-skipcolumns", Recording.rows("realtime-offset-without-handle").map(runOf))
  ),
  single("realtime-offset-without-handle", {}, batchOf("realtime-offset-without-handle")),
  single("realtime-snapshot-empty-batch", {}, batchOf("realtime-snapshot-empty-batch")),
  {
    name: "a batch that reuses a run",
    recordings: ["realtime-snapshot-idempotency-reuse", "batch-v2-idempotency-reuse"],
    play: ({ ask, simulator }) =>
      Effect.gen(function*() {
        const [first, last] = Recording.rows("realtime-snapshot-idempotency-reuse").map(runOf)
        const recorded = JSON.parse(Recording.read("batch-v2-idempotency-reuse").response.body)
        yield* simulator.createBatch({ runs: [{ id: recorded.runs[1] }] })
        yield* simulator.createBatch(
          batchOf("realtime-snapshot-idempotency-reuse", [first ?? {}, { reuses: recorded.runs[1] }, last ?? {}])
        )
        yield* ask("realtime-snapshot-idempotency-reuse")
        yield* ask("batch-v2-idempotency-reuse")
      })
  },
  {
    name: "a batch while it is created, and when it has been",
    recordings: ["batch-v2-failed-items", "batch-v2-failed-items-after"],
    play: ({ ask, simulator }) =>
      Effect.gen(function*() {
        const { id, runs } = JSON.parse(Recording.read("batch-v2-failed-items-after").response.body)
        yield* simulator.createBatch({
          id,
          runs: runs.map((run: string, index: number): SimulatedRun => ({
            id: run,
            finishesAfter: "never",
            // this item could not be triggered, and was tried again
            ...(index === 4 ? { createdAfter: "46 seconds" } : {})
          }))
        })
        yield* ask("batch-v2-failed-items")
        yield* TestClock.adjust("46 seconds")
        yield* ask("batch-v2-failed-items-after")
      })
  },
  single("realtime-401-badkey"),
  single("realtime-404-unknown-batch"),
  single("realtime-429-concurrency", { connectionLimit: 0 }, { id: batchId("realtime-429-concurrency"), runs: [] }),
  single("realtime-clickhouse-down-snapshot", { backend: "clickhouse down" }, {
    id: batchId("realtime-clickhouse-down-snapshot"),
    runs: []
  }),
  single("realtime-electric-unreachable-snapshot", { backend: "electric unreachable" }, {
    id: batchId("realtime-electric-unreachable-snapshot"),
    runs: []
  }),
  single("realtime-post"),
  single("realtime-trailing-slash"),
  {
    name: "a batch that was just created, one of whose runs does not change",
    recordings: [
      "realtime-fresh-0-snapshot",
      "realtime-fresh-1-poll",
      "realtime-fresh-2-poll",
      "realtime-fresh-3-poll"
    ],
    realtime: { replicationLag: "1 second" },
    play: ({ ask, hold, simulator }) =>
      Effect.gen(function*() {
        const [quick = {}, delayed = {}] = ["realtime-fresh-2-poll", "realtime-fresh-3-poll"].flatMap((name) =>
          Recording.rows(name).map(runOf)
        )
        yield* simulator.createBatch(batchOf("realtime-fresh-0-snapshot", [
          {
            ...quick,
            unfinishedStatus: "DEQUEUED",
            changes: [{ after: "95 millis", status: "EXECUTING" }],
            finishesAfter: "376 millis"
          },
          delayed
        ]))
        yield* TestClock.adjust("50 millis")
        yield* ask("realtime-fresh-0-snapshot")
        yield* hold("realtime-fresh-1-poll", "200 millis")
        yield* hold("realtime-fresh-2-poll", "250 millis")
        yield* hold("realtime-fresh-3-poll", "20 seconds")
      })
  },
  {
    name: "a batch whose runs start, go on and finish",
    recordings: [
      "realtime-live-0-snapshot-just-created",
      "realtime-live-1-poll",
      "realtime-live-2-poll",
      "realtime-live-7-poll",
      "realtime-live-11-poll"
    ],
    realtime: { replicationLag: "1 second" },
    play: ({ ask, follow, hold, simulator }) =>
      Effect.gen(function*() {
        const [second = {}, first = {}, zeroth = {}] = [
          "realtime-live-1-poll",
          "realtime-live-2-poll",
          "realtime-live-7-poll"
        ].flatMap((name) => Recording.rows(name).map(runOf))
        // the changes alone tell of these runs: the list has them later
        const late: SimulatedRun = { unfinishedStatus: "QUEUED", replicationLag: "10 seconds" }
        yield* simulator.createBatch(batchOf("realtime-live-0-snapshot-just-created", [
          { ...second, ...late, changes: [{ after: "1 second", status: "EXECUTING" }] },
          { ...first, ...late, changes: [{ after: "2 seconds", status: "DEQUEUED" }] },
          { ...zeroth, ...late, changes: [{ after: "3 seconds", status: "EXECUTING" }], finishesAfter: "6 seconds" }
        ]))
        yield* ask("realtime-live-0-snapshot-just-created")
        yield* hold("realtime-live-1-poll", "1 second")
        yield* hold("realtime-live-2-poll", "1 second")
        yield* TestClock.adjust("1 second")
        yield* follow("realtime-live-7-poll")
        yield* hold("realtime-live-7-poll", "3 seconds")
        yield* hold("realtime-live-11-poll", "20 seconds")
      })
  },
  {
    name: "a handle that the server never gave, while it listens",
    recordings: ["realtime-live-unknown-handle-old-offset"],
    play: ({ follow, hold, simulator }) =>
      Effect.gen(function*() {
        yield* simulator.createBatch(batchOf("realtime-live-unknown-handle-old-offset"))
        yield* follow("realtime-live-0-snapshot-just-created")
        yield* hold("realtime-live-11-poll", "20 seconds")
        yield* hold("realtime-live-unknown-handle-old-offset", "20 seconds")
      })
  },
  {
    name: "a live response that is lost",
    recordings: [
      "realtime-lost-0-snapshot",
      "realtime-lost-1-poll-response-discarded",
      "realtime-lost-2-same-poll-again",
      "realtime-lost-3-nonlive-same-handle"
    ],
    play: ({ ask, hold, simulator }) =>
      Effect.gen(function*() {
        const [first = {}, second = {}] = Recording.rows("realtime-lost-0-snapshot").map(runOf)
        yield* simulator.createBatch(batchOf("realtime-lost-0-snapshot", [
          first,
          { ...second, status: "CANCELED", finishesAfter: "4 seconds" }
        ]))
        yield* ask("realtime-lost-0-snapshot")
        yield* hold("realtime-lost-1-poll-response-discarded", "4 seconds")
        yield* hold("realtime-lost-2-same-poll-again", "20 seconds")
        yield* ask("realtime-lost-3-nonlive-same-handle")
      })
  },
  {
    name: "several runs that change at about the same time, and a server that is restarted",
    recordings: [
      "realtime-several-0-snapshot",
      "realtime-several-1-poll",
      "realtime-several-2-poll",
      "realtime-several-3-poll",
      "realtime-restart-poll-on-other-instance"
    ],
    play: ({ ask, hold, simulator }) =>
      Effect.gen(function*() {
        // as they are in the order of the snapshot: 2, 4, 3, 5, 1
        const ends = [8_050, 8_040, 8_000, 40_000, 8_020]
        yield* simulator.createBatch(batchOf(
          "realtime-several-0-snapshot",
          Recording.rows("realtime-several-0-snapshot").map((row, index): SimulatedRun => ({
            ...runOf(row),
            status: "CANCELED",
            finishesAfter: ends[index] ?? 0
          }))
        ))
        yield* ask("realtime-several-0-snapshot")
        yield* hold("realtime-several-1-poll", "8 seconds")
        yield* hold("realtime-several-2-poll", "250 millis")
        yield* hold("realtime-several-3-poll", "20 seconds")
        yield* simulator.forgetHandles
        yield* TestClock.adjust("12 seconds")
        yield* ask("realtime-restart-poll-on-other-instance")
      })
  }
]

/** Handle, offset and cursor are what the simulator gave, and not what the recorded server did. */
const target = (recorded: string, last: Received | undefined): string => {
  const url = new URL(recorded, "http://simulator")
  if (last === undefined || !/^batch_.*_\d+_[0-9a-f]{8}$/.test(url.searchParams.get("handle") ?? "")) {
    return recorded
  }
  url.pathname = url.pathname.replace(
    /batch_[a-z0-9]+$/,
    /^batch_[a-z0-9]+/.exec(last.headers["electric-handle"] ?? "")?.[0] ?? ""
  )
  for (const name of ["handle", "offset", "cursor"]) {
    if (url.searchParams.has(name)) {
      url.searchParams.set(name, last.headers[`electric-${name}`] ?? "")
    }
  }
  return url.pathname + url.search
}

const stage = (simulator: TriggerSimulatorService, send: Send): Stage => {
  let last: Received | undefined
  const exchange = (name: string): Effect.Effect<Received, unknown> => {
    const { headers, method, target: recorded } = Recording.read(name).request
    const authorization = (headers["authorization"] ?? "").replace("tr_dev_KEY", TriggerSimulator.defaultKey)
    const versions = Object.entries(headers).filter(([header]) => header.startsWith("x-trigger-"))
    return send(method, target(recorded, last), { ...Object.fromEntries(versions), authorization }).pipe(
      Effect.tap((received) => {
        last = received
      })
    )
  }
  const untilHeld = Effect.repeat(
    Effect.zipRight(Effect.promise(() => new Promise((resolve) => setImmediate(resolve))), simulator.heldRequests),
    { until: (held) => held > 0 }
  )
  return {
    simulator,
    ask: (name) => Effect.map(exchange(name), (received) => compare(name, received)),
    hold: (name, time) =>
      Effect.gen(function*() {
        const fiber = yield* Effect.fork(exchange(name))
        yield* untilHeld
        yield* TestClock.adjust(time)
        compare(name, yield* Fiber.join(fiber))
      }),
    follow: exchange
  }
}

describe("the realtime feed responds as the recorded server did", () => {
  it("to every recording, but for the list of runs, which the simulator has not", () => {
    const played = scenarios.flatMap(({ recordings }) => recordings)
    assert.deepStrictEqual([...played, "runs-list-filter-batch-page1"].sort(), [...Recording.names])
  })

  const simulated = ({ realtime }: Scenario) => TriggerSimulator.layer({ realtime: realtime ?? {} })

  const play = (scenario: Scenario, send: Send) =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.parse("2026-11-25T12:45:38.000Z"))
      yield* scenario.play(stage(yield* TriggerSimulator, send))
    })

  for (const scenario of scenarios) {
    it.effect(`in memory: ${scenario.name}`, () =>
      Effect.flatMap(HttpClient.HttpClient, (client) =>
        play(scenario, (method, path, headers) =>
          client.execute(
            HttpClientRequest.make(method as HttpMethod.HttpMethod)(`http://simulator${path}`).pipe(
              HttpClientRequest.setHeaders(headers)
            )
          ).pipe(
            Effect.flatMap((response) =>
              Effect.map(response.text, (body) => ({ status: response.status, headers: response.headers, body }))
            )
          ))).pipe(
          Effect.provide(TriggerSimulator.layerHttpClient.pipe(Layer.provideMerge(simulated(scenario))))
        ))

    it.effect(`over HTTP: ${scenario.name}`, () => {
      const server = createServer()
      const send: Send = (method, path, headers) =>
        Effect.promise(() =>
          new Promise((resolve, reject) => {
            const address = server.address()
            const port = typeof address === "object" && address !== null ? address.port : 0
            httpRequest({ port, path, method, headers }, (response) => {
              const chunks: Array<Buffer> = []
              response.on("data", (chunk: Buffer) => chunks.push(chunk))
              response.on("end", () =>
                resolve({
                  status: response.statusCode ?? 0,
                  headers: response.headers as Record<string, string>,
                  body: Buffer.concat(chunks).toString("utf8")
                }))
            }).on("error", reject).end()
          })
        )
      return play(scenario, send).pipe(
        Effect.ensuring(Effect.sync(() => server.closeAllConnections())),
        Effect.provide(TriggerSimulator.layerServer.pipe(
          Layer.provideMerge(simulated(scenario)),
          Layer.provide(NodeHttpServer.layer(() => server, { port: 0, host: "127.0.0.1" }))
        ))
      )
    })
  }
})
