/**
 * A batch whose right results are known, on the simulator: its runs finish on the clock, on either engine, behind a rate
 * limit. It writes down what it was asked and when.
 */
import { HttpClient, type HttpClientRequest, HttpClientResponse } from "@effect/platform"
import { Clock, Deferred, Effect, Layer } from "effect"
import type { RunResult } from "effect-trigger-dev"
import { Fault, type SimulatedBatch, type SimulatedRun, TriggerSimulator } from "effect-trigger-dev/testing"
import { type Response, secretKey } from "./scriptedHttp.js"

export interface FakeRun {
  readonly id: string
  /** `V1` is the old engine: only the results endpoint has output and error. `V2` is today's: only the run route has. */
  readonly engine: "V1" | "V2"
  readonly status: "COMPLETED" | "FAILED" | "CANCELED" | "CRASHED" | "SYSTEM_FAILURE" | "EXPIRED" | "TIMED_OUT"
  /** Milliseconds on the clock; infinity for never. */
  readonly finishesAt: number
  /** Absent for a task that returned `undefined`. */
  readonly output?: unknown
  /** Whether the old engine stored an attempt; without it the endpoint omits the run. Default: true. */
  readonly hasAttempt?: boolean
}

export interface Limit {
  readonly bucket: number
  readonly refill: number
  /** Milliseconds. */
  readonly interval: number
}

export interface FakeBatch {
  readonly runs: ReadonlyArray<FakeRun>
  /** The batch's list of run ids. Default: those of `runs`. */
  readonly listed?: ReadonlyArray<string>
  /** Default: what the server would say. */
  readonly status?: string
  readonly failedToStart?: number
  /** When the runs are created; until then a batch of today's engine is `PROCESSING` and lists none. Default: 0. */
  readonly createdAt?: number
  readonly limit?: Limit
  /** Until then others take what is refilled before anyone else can. Milliseconds on the clock. */
  readonly othersTakeAllUntil?: number
  /** Milliseconds. Default: 0. */
  readonly latency?: number
  /** Headers of every response, such as odd ones of a limit. */
  readonly headers?: () => Record<string, string>
  /** What responds in place of the API; `number` counts the requests for the path, from 1. */
  readonly fault?: (path: string, number: number) => Response | "hang" | undefined
}

export interface Request {
  readonly path: string
  readonly at: number
  readonly status: number
}

export const batchId = "batch_fake"

const stack = (name: string) => `${name}: boom\n    at run`

/** What any source of results must say of a run that has finished. */
export const truthOf = (run: FakeRun): RunResult => {
  const fields = { id: run.id, taskIdentifier: "task" }
  const platform = (code: string | undefined, message: string | undefined): RunResult => ({
    ok: false,
    ...fields,
    status: run.status,
    error: {
      type: "INTERNAL_ERROR",
      ...(code === undefined ? {} : { code }),
      ...(message === undefined ? {} : { message })
    }
  })
  const listed = run.engine === "V1" && run.hasAttempt !== false
  switch (run.status) {
    case "COMPLETED": {
      const output = run.output === undefined || (run.engine === "V1" && !listed)
        ? {}
        : { output: JSON.stringify(run.output) }
      return {
        ok: true,
        ...fields,
        ...output,
        // only the results endpoint tells "nothing" from "not available"
        ...(listed || "output" in output ? { outputType: "application/json" } : {}),
        status: "COMPLETED"
      }
    }
    case "CANCELED":
      return platform("TASK_RUN_CANCELLED", run.engine === "V1" ? undefined : "Canceled by user")
    case "EXPIRED":
      return platform(undefined, "Run expired because the TTL (10m) was reached")
    case "TIMED_OUT":
      return platform("MAX_DURATION_EXCEEDED", undefined)
    default:
      if (listed) {
        return {
          ok: false,
          ...fields,
          error: { type: "BUILT_IN_ERROR", name: "Error", message: "boom", stackTrace: stack("Error") }
        }
      }
      if (run.engine === "V2") {
        return {
          ok: false,
          ...fields,
          status: run.status,
          error: { type: "BUILT_IN_ERROR", name: "Error", message: "boom", stackTrace: stack("Error") }
        }
      }
      return run.status === "FAILED"
        ? { ok: false, ...fields, status: run.status }
        : platform(run.status === "CRASHED" ? "TASK_RUN_CRASHED" : "TASK_EXECUTION_FAILED", undefined)
  }
}

/** The run as the simulator takes it. It must stand in a batch of its own engine, or be reused from one. */
export const simulatedRun = ({ finishesAt, hasAttempt = true, id, output, status }: FakeRun): SimulatedRun => ({
  id,
  status,
  finishesAfter: Number.isFinite(finishesAt) ? finishesAt : "never",
  attempt: hasAttempt,
  stored: { outputType: "application/json", ...(output === undefined ? {} : { output: JSON.stringify(output) }) },
  ...(status === "FAILED" || status === "CRASHED" || status === "SYSTEM_FAILURE"
    ? { error: { type: "BUILT_IN_ERROR", name: "Error", message: "boom", stackTrace: stack("Error") } }
    : status === "TIMED_OUT"
    ? { error: { type: "INTERNAL_ERROR", code: "MAX_DURATION_EXCEEDED" } }
    : {})
})

const faultOf = (response: Response | "hang"): Fault =>
  response === "hang"
    ? Fault.hang
    : Fault.status(response.status, {
      headers: { "content-type": "application/json", ...response.headers },
      ...(response.body === undefined ? {} : { body: response.body })
    })

/** The batch as the simulator takes it, and another one with the runs of the old engine that it reuses if it has both. */
const batchesOf = (fake: FakeBatch): ReadonlyArray<SimulatedBatch> => {
  const old = fake.runs.filter(({ engine }) => engine === "V1")
  const isOld = old.length > 0 && old.length === fake.runs.length
  const reused = isOld ? [] : old
  const failedToStart = fake.failedToStart ?? 0
  const listed = fake.listed?.length ?? fake.runs.length
  const runs = fake.runs.map((run) =>
    reused.includes(run) ? { reuses: run.id } : { ...simulatedRun(run), createdAfter: fake.createdAt ?? 0 }
  )
  return [
    { id: "batch_old", engine: "v1", runs: reused.map(simulatedRun) },
    {
      id: batchId,
      engine: isOld ? "v1" : "v2",
      runs,
      failedToStart: Array.from({ length: failedToStart }, (_, index) => ({
        index: listed + index,
        taskIdentifier: "missing",
        error: "Task not found"
      })),
      shows: {
        ...(fake.status === undefined ? {} : { status: fake.status }),
        ...(fake.listed === undefined ? {} : { runs: fake.listed, runCount: listed + failedToStart })
      }
    }
  ]
}

export const make = (fake: FakeBatch) => {
  const { limit } = fake
  const batches = batchesOf(fake)
  const byPath = new Map(fake.runs.map((run) => [`/api/v3/runs/${run.id}`, run]))
  const requests: Array<Request> = []
  /** How often a run was read that had finished. */
  const finishedReads = new Map<string, number>()
  const asked = new Map<string, number>()
  /** What the simulator is to do with the next requests for a path. */
  const faults = new Map<string, Array<Fault | undefined>>()
  let isCreated = false
  let aborted = 0
  let open = 0
  let mostOpen = 0

  const simulator = Effect.runSync(Effect.provide(
    TriggerSimulator,
    TriggerSimulator.layer({
      keys: [{ key: secretKey }],
      rateLimit: limit === undefined
        ? "off"
        : { limit: limit.bucket, refill: limit.refill, interval: limit.interval },
      faults: ({ path }) => faults.get(path)?.shift()
    })
  ))
  const server = Effect.runSync(Effect.provide(
    HttpClient.HttpClient,
    Layer.provide(TriggerSimulator.layerHttpClient, Layer.succeed(TriggerSimulator, simulator))
  ))

  /** Someone else takes this many requests of the bucket, or what is left. */
  const eat = (count: number) =>
    Effect.repeatN(
      server.get("http://trigger.test/api/v2/batches/batch_of_others", {
        headers: { authorization: `Bearer ${secretKey}` }
      }),
      count - 1
    ).pipe(Effect.orDie, Effect.asVoid)

  /** Those that are due at the same time share one sleep: each costs the test clock milliseconds of real time. */
  const due = new Map<number, Deferred.Deferred<void>>()
  const travel = Effect.gen(function*() {
    const delay = (fake.latency ?? 0) / 2
    if (delay > 0) {
      const at = (yield* Clock.currentTimeMillis) + delay
      const shared = due.get(at) ?? (yield* Deferred.make<void>())
      if (!due.has(at)) {
        due.set(at, shared)
        yield* Effect.forkDaemon(Effect.zipRight(Effect.sleep(delay), Deferred.succeed(shared, undefined)))
      }
      yield* Deferred.await(shared)
    }
  })

  /** The batch exists from the first request on. */
  const create = Effect.suspend(() => {
    if (isCreated) {
      return Effect.void
    }
    isCreated = true
    return Effect.forEach(batches, simulator.createBatch, { discard: true })
  })

  const withHeaders = (request: HttpClientRequest.HttpClientRequest, response: HttpClientResponse.HttpClientResponse) =>
    fake.headers === undefined
      ? Effect.succeed(response)
      : Effect.map(response.text, (body) =>
        HttpClientResponse.fromWeb(
          request,
          new Response(body, { status: response.status, headers: { ...response.headers, ...fake.headers?.() } })
        ))

  const client = HttpClient.make((request, url, signal) =>
    Effect.gen(function*() {
      signal.addEventListener("abort", () => aborted++)
      open++
      mostOpen = Math.max(mostOpen, open)
      yield* travel
      yield* create
      const path = url.pathname
      const at = yield* Clock.currentTimeMillis
      if (limit !== undefined && at > 0 && at < (fake.othersTakeAllUntil ?? 0)) {
        yield* eat(limit.bucket)
      }
      const number = (asked.get(path) ?? 0) + 1
      asked.set(path, number)
      const faulty = fake.fault?.(path, number)
      faults.set(path, [...faults.get(path) ?? [], faulty === undefined ? undefined : faultOf(faulty)])
      const index = requests.push({ path, at, status: 0 }) - 1
      const response = yield* server.execute(request)
      requests[index] = { path, at, status: response.status }
      const run = byPath.get(path)
      if (run !== undefined && faulty === undefined && response.status === 200 && at >= run.finishesAt) {
        finishedReads.set(run.id, (finishedReads.get(run.id) ?? 0) + 1)
      }
      yield* travel
      return yield* withHeaders(request, response)
    }).pipe(Effect.ensuring(Effect.sync(() => open--)))
  )

  return {
    requests,
    finishedReads,
    layer: Layer.succeed(HttpClient.HttpClient, client),
    /** For a server of one's own. It never comes where the request hangs. */
    respond: (path: string): Promise<Response> =>
      Effect.runPromise(
        client.get(`http://trigger.test${path}`, { headers: { authorization: `Bearer ${secretKey}` } }).pipe(
          Effect.flatMap(({ headers, status, text }) => Effect.map(text, (body) => ({ status, headers, body })))
        )
      ),
    eat,
    aborted: () => aborted,
    open: () => open,
    mostOpen: () => mostOpen
  }
}
