import { HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { ShapeStream as SdkShapeStream } from "@electric-sql/client"
import { ApiClient } from "@trigger.dev/core/v3"
import { Effect, Layer } from "effect"
import { type SimulatedBatch, type SimulatedRealtime, TriggerSimulator } from "effect-trigger-dev/testing"
import { ShapeStream as LatestShapeStream } from "electric-client-latest"
import { createServer } from "node:http"

/** What a client has seen of each run: its status, and its output as the feed has it. */
type Seen = ReadonlyMap<string, readonly [status: string, output: unknown]>

/** Follows a batch until this is true of what it has seen. */
type Follow = (origin: string, batchId: string, done: (seen: Seen) => boolean) => Promise<Seen>

interface Message {
  readonly key?: string
  readonly value?: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, unknown>>
}

interface Stream {
  readonly subscribe: (listener: (messages: ReadonlyArray<Message>) => void, failed: (error: Error) => void) => unknown
}

const shapeStream = (
  open: (options: { url: string; headers: Record<string, string>; signal: AbortSignal }) => Stream
): Follow =>
(origin, batchId, done) =>
  new Promise((resolve, reject) => {
    const abort = new AbortController()
    const rows = new Map<string, Readonly<Record<string, unknown>>>()
    open({
      url: `${origin}/realtime/v1/batches/${batchId}`,
      headers: {
        authorization: `Bearer ${TriggerSimulator.defaultKey}`,
        "x-trigger-electric-version": "1.0.0-beta.1",
        "x-trigger-api-version": "2025-07-16"
      },
      signal: abort.signal
    }).subscribe((messages) => {
      for (const { headers, key = "", value } of messages) {
        if (headers["control"] === "must-refetch") {
          rows.clear()
        } else if (headers["control"] === "up-to-date") {
          const seen = new Map([...rows.values()].map((row) => [
            String(row["friendlyId"]),
            [String(row["status"]), row["output"]] as const
          ]))
          if (done(seen)) {
            abort.abort()
            resolve(seen)
          }
        } else if (value !== undefined) {
          rows.set(key, { ...rows.get(key), ...value })
        }
      }
    }, reject)
  })

/** What the official SDK's `runs.subscribeToBatch` does. */
const subscribeToBatch: Follow = async (origin, batchId, done) => {
  const seen = new Map<string, readonly [string, unknown]>()
  const subscription = new ApiClient(origin, TriggerSimulator.defaultKey).subscribeToBatch(batchId)
  for await (const run of subscription) {
    seen.set(run.id, [run.status, run.output])
    if (done(seen)) {
      break
    }
  }
  return seen
}

const clients: ReadonlyArray<readonly [name: string, follow: Follow, words: "database" | "api"]> = [
  ["ShapeStream 1.0.14", shapeStream((options) => new SdkShapeStream(options)), "database"],
  ["ShapeStream 1.5.28", shapeStream((options) => new LatestShapeStream(options)), "database"],
  ["subscribeToBatch of the official SDK", subscribeToBatch, "api"]
]

const backends: ReadonlyArray<readonly [name: string, realtime: SimulatedRealtime]> = [
  ["the native backend", { hold: "300 millis" }],
  ["the native backend that lags behind", { hold: "300 millis", replicationLag: "200 millis" }],
  ["Electric", { backend: "electric", hold: "300 millis" }],
  [
    "Electric in chunks of two rows, which drops its first shape",
    { backend: "electric", hold: "300 millis", chunkSize: 2, mustRefetchAfter: 4, unchangedStatus: 204 }
  ]
]

/** All runs of both batches end in the same way. */
const finished: SimulatedBatch["runs"] = [
  { id: "run_1", output: { n: 1 } },
  { id: "run_2", output: "text" },
  { id: "run_3", error: { type: "STRING_ERROR", raw: "no" } },
  { id: "run_4", status: "CANCELED" },
  { id: "run_5" }
]

const running: SimulatedBatch["runs"] = [
  { id: "run_1", output: { n: 1 }, finishesAfter: "300 millis" },
  { id: "run_2", output: "text", createdAfter: "100 millis", finishesAfter: "150 millis" },
  { id: "run_3", error: { type: "STRING_ERROR", raw: "no" }, finishesAfter: "310 millis" },
  {
    id: "run_4",
    unfinishedStatus: "QUEUED",
    changes: [{ after: "50 millis", status: "EXECUTING" }],
    finishesAfter: "600 millis",
    status: "CANCELED"
  },
  { id: "run_5", finishesAfter: "610 millis" }
]

const truth: Readonly<Record<"database" | "api", ReadonlyArray<readonly [id: string, readonly [string, unknown]]>>> = {
  database: [
    ["run_1", ["COMPLETED_SUCCESSFULLY", "{\"json\":{\"n\":1}}"]],
    ["run_2", ["COMPLETED_SUCCESSFULLY", "text"]],
    ["run_3", ["COMPLETED_WITH_ERRORS", null]],
    ["run_4", ["CANCELED", null]],
    ["run_5", ["COMPLETED_SUCCESSFULLY", null]]
  ],
  api: [
    ["run_1", ["COMPLETED", { n: 1 }]],
    ["run_2", ["COMPLETED", "text"]],
    ["run_3", ["FAILED", undefined]],
    ["run_4", ["CANCELED", undefined]],
    ["run_5", ["COMPLETED", undefined]]
  ]
}

const isFinal = (status: string) => /^(COMPLETED|FAILED|CANCELED)/.test(status)

const allFinal = (seen: Seen) => seen.size === 5 && [...seen.values()].every(([status]) => isFinal(status))

describe("the realtime feed on a socket is read", () => {
  for (const [client, follow, words] of clients) {
    for (const [backend, realtime] of backends) {
      for (const [state, runs] of [["has finished", finished], ["goes on", running]] as const) {
        it.live(
          `by ${client} over ${backend}: a batch that ${state}`,
          () =>
            Effect.gen(function*() {
              const simulator = yield* TriggerSimulator
              const { address } = yield* HttpServer.HttpServer
              const origin = address._tag === "TcpAddress" ? `http://127.0.0.1:${address.port}` : ""
              const { id } = yield* simulator.createBatch({ runs })
              const seen = yield* Effect.promise(() => follow(origin, id, allFinal))
              assert.deepStrictEqual(
                [...seen].sort(([a], [b]) => a < b ? -1 : 1),
                truth[words]
              )
              // a client that is gone frees its connection
              yield* Effect.repeat(Effect.delay(simulator.heldRequests, "10 millis"), { until: (held) => held === 0 })
            }).pipe(Effect.provide(TriggerSimulator.layerServer.pipe(
              Layer.provideMerge(TriggerSimulator.layer({ realtime })),
              Layer.provideMerge(NodeHttpServer.layer(() => createServer(), { port: 0, host: "127.0.0.1" }))
            ))),
          20_000
        )
      }
    }
  }
})
