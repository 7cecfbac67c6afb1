import { HttpClient } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Fault, type SimulatedBatch, type SimulatedRun, TriggerSimulator } from "effect-trigger-dev/testing"
import { createServer, request as httpRequest } from "node:http"
import { makePreview } from "../../src/internal/describe/redact.js"
import * as Recording from "../support/recording.js"

/** The simulator is set up as the recorded server was, asked what that was asked, and must respond with the same. */
interface Row {
  readonly recording: string
  readonly path: string
  readonly method?: string
  readonly authorization?: string | undefined
  readonly batches?: ReadonlyArray<SimulatedBatch>
  readonly simulator?: Parameters<typeof TriggerSimulator.layer>[0]
  /** Requests that go before it. */
  readonly before?: number
}

const json = (name: string) => JSON.parse(Recording.read(name).text)

/** Runs of the old engine whose results are those of a recording. */
const listedRuns = (name: string): ReadonlyArray<SimulatedRun> =>
  json(name).items.map((item: Record<string, unknown>): SimulatedRun => {
    const error = item["error"] as NonNullable<SimulatedRun["error"]> | undefined
    const code = error !== undefined && "code" in error ? error.code : undefined
    return {
      id: String(item["id"]),
      task: String(item["taskIdentifier"]),
      ...(item["ok"] === true
        ? {
          stored: {
            outputType: String(item["outputType"]),
            ...(item["output"] === undefined ? {} : { output: String(item["output"]) })
          }
        }
        : code === "TASK_RUN_CANCELLED"
        ? { status: "CANCELED" as const }
        : { error: error ?? {} })
    }
  })

const legacy = (name: string, listed: SimulatedBatch["listed"] = "in batch order"): SimulatedBatch => ({
  id: json(name).id,
  engine: "v1",
  listed: listed ?? "in batch order",
  runs: listedRuns(name)
})

const empty = (name: string): SimulatedBatch => ({ id: json(name).id, engine: "v1", runs: [] })

/** A batch that shows what a recording of it shows. */
const shown = (name: string, engine: "v1" | "v2"): SimulatedBatch => {
  const { id, runs, ...shows } = json(name)
  return { id, engine, runs: runs.map((run: string) => ({ id: run })), shows }
}

/** A run that shows what a recording of it shows. */
const run = (name: string, engine: "v1" | "v2", options: SimulatedRun): SimulatedBatch => {
  const { output: _output, error: _error, ...shows } = json(name)
  return { id: shows.batchId, engine, runs: [{ id: shows.id, task: shows.taskIdentifier, shows, ...options }] }
}

const results = (name: string) => `/api/v1/batches/${json(name).id}/results`
const runPath = (name: string) => `/api/v3/runs/${json(name).id}`
const batchPath = (name: string) => `/api/v2/batches/${json(name).id}`

const boom = { type: "BUILT_IN_ERROR", name: "Error", message: "boom", stackTrace: "Error: boom\n    at e2e" } as const
const viaV1 = "200-genuine-v2-run-created-via-v1-tasks-batch-results"
const limited = "429-seq-request-1"

const rows: ReadonlyArray<Row> = [
  ...["200-allpending", "200-empty"].map((name) => ({
    recording: name,
    path: results(name),
    batches: [empty(name)]
  })),
  { recording: "200-mixed", path: results("200-mixed"), batches: [legacy("200-mixed")] },
  { recording: "200-gzip-mixed", path: results("200-gzip-mixed"), batches: [legacy("200-gzip-mixed")] },
  {
    recording: "200-order-run-ids-reverse-of-batch-order",
    path: results("200-order-run-ids-reverse-of-batch-order"),
    batches: [{
      ...legacy("200-order-run-ids-reverse-of-batch-order", "reversed"),
      runs: [...listedRuns("200-order-run-ids-reverse-of-batch-order")].reverse()
    }]
  },
  {
    recording: "200-redis-stopped-known-key-takes-5s",
    path: results("200-redis-stopped-known-key-takes-5s"),
    batches: [empty("200-redis-stopped-known-key-takes-5s")],
    simulator: { rateLimit: "redis down" }
  },
  {
    recording: viaV1,
    path: results(viaV1),
    batches: [{
      id: json(viaV1).id,
      engine: "v2 over v1",
      runs: [{ output: 1 }, { error: boom }, { id: json(viaV1).items[0].id, task: "e2e-task", status: "CANCELED" }]
    }]
  },
  {
    recording: "200-genuine-v2-run-created-via-v1-tasks-batch-v2-batch",
    path: batchPath("200-genuine-v2-run-created-via-v1-tasks-batch-v2-batch"),
    batches: [{
      ...shown("200-genuine-v2-run-created-via-v1-tasks-batch-v2-batch", "v2"),
      engine: "v2 over v1"
    }]
  },
  {
    recording: "200-genuine-v2-run-created-via-v3-batches-results",
    path: results("200-genuine-v2-run-created-via-v3-batches-results"),
    batches: [{
      id: json("200-genuine-v2-run-created-via-v3-batches-results").id,
      runs: [{ output: 1 }, { error: boom }, { status: "CANCELED" }]
    }]
  },
  ...[
    "200-genuine-v2-run-created-via-v3-batches-v2-batch",
    "other-GET-v2-batch-partial-failed"
  ].map((name) => ({ recording: name, path: batchPath(name), batches: [shown(name, "v2")] })),
  {
    recording: "other-GET-v2-batch-mixed",
    path: batchPath("other-GET-v2-batch-mixed"),
    batches: [shown("other-GET-v2-batch-mixed", "v1")]
  },
  {
    recording: "200-genuine-v2-run-v3run-1",
    path: runPath("200-genuine-v2-run-v3run-1"),
    batches: [run("200-genuine-v2-run-v3run-1", "v2", {
      output: { hello: "world", when: new Date("2026-08-21T00:00:00.000Z") }
    })]
  },
  {
    recording: "200-genuine-v2-run-v3run-2",
    path: runPath("200-genuine-v2-run-v3run-2"),
    batches: [run("200-genuine-v2-run-v3run-2", "v2", { output: "plain text" })]
  },
  {
    recording: "200-genuine-v2-run-v3run-4",
    path: runPath("200-genuine-v2-run-v3run-4"),
    batches: [run("200-genuine-v2-run-v3run-4", "v2", { error: boom })]
  },
  {
    recording: "200-genuine-v2-run-v3run-6",
    path: runPath("200-genuine-v2-run-v3run-6"),
    batches: [run("200-genuine-v2-run-v3run-6", "v2", { status: "CANCELED" })]
  },
  ...([
    ["other-GET-v3-run-canceled", { status: "CANCELED" }],
    ["other-GET-v3-run-executing", { finishesAfter: "never" }],
    ["other-GET-v3-run-expired", { unfinishedStatus: "EXECUTING", status: "EXPIRED" }],
    ["other-GET-v3-run-failbuiltin", { error: boom }],
    ["other-GET-v3-run-okjson", { stored: { output: "{}", outputType: "application/json" } }],
    ["other-GET-v3-run-okstore", { output: "x".repeat(200_000) }],
    ["other-GET-v3-run-oksuperrich", { output: { when: new Date(0) } }],
    ["other-GET-v3-run-okundefined", {}],
    ["other-GET-v3-run-timedout", { status: "TIMED_OUT" }]
  ] as ReadonlyArray<readonly [string, SimulatedRun]>).map(([name, options]) => ({
    recording: name,
    path: runPath(name),
    batches: [run(name, "v1", options)]
  })),
  { recording: "401-bad-key", path: "/api/v1/batches/batch_1/results", authorization: "Bearer tr_dev_wrong" },
  { recording: "401-no-authorization", path: "/api/v1/batches/batch_1/results", authorization: undefined },
  {
    recording: "401-preview-key-no-branch",
    path: "/api/v1/batches/batch_1/results",
    simulator: { keys: [{ key: TriggerSimulator.defaultKey, branches: ["feature/x"] }] }
  },
  { recording: "404-unknown-batch", path: "/api/v1/batches/batch_unknown/results" },
  { recording: "other-GET-v2-batch-404", path: "/api/v2/batches/batch_unknown" },
  { recording: "other-GET-v3-run-404", path: "/api/v3/runs/run_unknown" },
  { recording: "other-GET-v2-batch-bad-key", path: "/api/v2/batches/batch_1", authorization: "Bearer tr_dev_wrong" },
  {
    recording: limited,
    path: results(limited),
    batches: [legacy(limited)],
    simulator: { rateLimit: { limit: 3, refill: 3, interval: "30 seconds" } }
  },
  ...["429-raw", "429-seq-request-4"].map((name) => ({
    recording: name,
    path: results(limited),
    batches: [legacy(limited)],
    simulator: { rateLimit: { limit: 3, refill: 3, interval: "30 seconds" } },
    before: 3
  })),
  {
    recording: "500-postgres-stopped-known-key",
    path: "/api/v1/batches/batch_1/results",
    simulator: { faults: { 1: Fault.serverError() } }
  },
  {
    recording: "500-presenter-query-fails",
    path: "/api/v1/batches/batch_1/results",
    simulator: { faults: { 1: Fault.serverError("Something went wrong, please try again.") } }
  },
  { recording: "method-POST", path: "/api/v1/batches/batch_1/results", method: "POST" },
  { recording: "odd-dot", path: "/api/v1/batches/./results" },
  { recording: "odd-long-id-20k", path: `/api/v1/batches/batch_${"x".repeat(20_000)}/results` },
  { recording: "odd-slash-literal", path: "/api/v1/batches/batch/slash/results" },
  { recording: "odd-trailing-slash", path: `${results("200-mixed")}/`, authorization: undefined },
  {
    recording: "packets-GET-okstore",
    path: "/api/v1/packets/run_cmrealokstore000000000000/attempt_1/output.json"
  },
  {
    recording: "packets-GET-missing-object",
    path: "/api/v1/packets/run_cmrealokstoremissing00000/attempt_1/output.json"
  },
  { recording: "packets-GET-traversal-encoded", path: "/api/v1/packets/run_1%2F..%2F..%2Fother%2Foutput.json" }
]

interface Received {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
}

/** What every response of a genuine server has of its own: times, connections, checksums, and the state of a bucket. */
const ofItsOwn = new Set([
  "date",
  "etag",
  "connection",
  "keep-alive",
  "transfer-encoding",
  "content-encoding",
  "content-length",
  "x-ratelimit-limit",
  "x-ratelimit-remaining",
  "x-ratelimit-reset"
])

/** What the client shows of a body that is not the API's. */
const preview = makePreview([])

const masked = (name: string, body: string): string =>
  name.startsWith("packets-GET") && !name.includes("traversal")
    // the place, the project, the time and the signature of a presigned URL
    ? body.replace(/http:\/\/[^/]+/, "").replace(/proj_\w+/, "").replace(/\d{8}T\d{6}Z/, "").replace(/\d{8}%2F/, "")
      .replace(/AKIA[A-Z0-9]+/, "").replace(/Signature=\w+/, "")
    : name.startsWith("429-")
    ? body.replace(/[\d.]+ seconds/, "").replace(/"reset": \d+/, "").replace(/"secondsUntilReset": [\d.]+/, "")
      .replace(/[\d.]+ seconds/, "")
    : name === "odd-slash-literal"
    // a page for people
    ? preview(body)
    : body

const compare = (row: Row, received: Received) => {
  const recording = Recording.read(row.recording)
  assert.strictEqual(received.status, recording.status)
  assert.strictEqual(masked(row.recording, received.body), masked(row.recording, recording.text))
  for (const [name, value] of Object.entries(recording.headers)) {
    if (!ofItsOwn.has(name)) {
      assert.strictEqual(received.headers[name], value, name)
    } else if (name.startsWith("x-ratelimit-")) {
      assert.match(received.headers[name] ?? "", /^\d+$/, name)
    }
  }
  for (const name of Object.keys(received.headers)) {
    assert.isTrue(name in recording.headers || ofItsOwn.has(name), `${name} is in no recorded response`)
  }
}

const seed = (row: Row) =>
  Effect.gen(function*() {
    const simulator = yield* TriggerSimulator
    yield* Effect.forEach(row.batches ?? [], simulator.createBatch)
  })

const headersOf = (row: Row): Record<string, string> => {
  const authorization = "authorization" in row ? row.authorization : `Bearer ${TriggerSimulator.defaultKey}`
  return authorization === undefined ? {} : { authorization }
}

describe("the simulator responds as the recorded server did, and with the same start of a page for people", () => {
  it("to every recording", () => {
    assert.deepStrictEqual(rows.map((row) => row.recording).sort(), [...Recording.names])
  })

  for (const row of rows) {
    it.effect(`in memory: ${row.recording}`, () =>
      Effect.gen(function*() {
        yield* seed(row)
        const client = yield* HttpClient.HttpClient
        const url = `http://127.0.0.1${row.path}`
        const ask = row.method === "POST"
          ? client.post(url, { headers: headersOf(row) })
          : client.get(url, { headers: headersOf(row) })
        for (let i = 0; i < (row.before ?? 0); i++) {
          yield* ask
        }
        const response = yield* ask
        compare(row, { status: response.status, headers: response.headers, body: yield* response.text })
      }).pipe(
        Effect.provide(TriggerSimulator.layerHttpClient.pipe(Layer.provideMerge(TriggerSimulator.layer(row.simulator))))
      ))
  }

  /** Without any client's help: paths travel as they are written. */
  const ask = (port: number, row: Row): Promise<Received> =>
    new Promise((resolve, reject) => {
      httpRequest({ port, path: row.path, method: row.method ?? "GET", headers: headersOf(row) }, (response) => {
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

  for (const row of rows) {
    it.live(`over HTTP: ${row.recording}`, () => {
      const server = createServer()
      return Effect.gen(function*() {
        yield* seed(row)
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        for (let i = 0; i < (row.before ?? 0); i++) {
          yield* Effect.promise(() => ask(port, row))
        }
        compare(row, yield* Effect.promise(() => ask(port, row)))
      }).pipe(
        Effect.ensuring(Effect.sync(() => server.closeAllConnections())),
        Effect.provide(TriggerSimulator.layerServer.pipe(
          Layer.provideMerge(TriggerSimulator.layer(row.simulator)),
          Layer.provide(NodeHttpServer.layer(() => server, { port: 0, host: "127.0.0.1" }))
        ))
      )
    })
  }
})
