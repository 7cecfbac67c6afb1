/**
 * A server with one batch, as an `HttpClient`: its runs finish on the clock, on either engine, behind a rate limit that
 * works as the real one. It writes down what it was asked and when, and knows what the right answer is.
 */
import { HttpClient, HttpClientResponse } from "@effect/platform"
import { Clock, Deferred, Effect, Layer } from "effect"
import type { RunResult } from "effect-trigger-dev"
import type { SimulatedRun } from "effect-trigger-dev/testing"
import type { Answer } from "./scriptedHttp.js"

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
  /** Default: `COMPLETED`. */
  readonly status?: string
  readonly failedToStart?: number
  /** When all runs have been created; until then the batch is `PROCESSING` and lists half of them. Default: 0. */
  readonly createdAt?: number
  readonly limit?: Limit
  /** Until then others take what is refilled before anyone else can. Milliseconds on the clock. */
  readonly othersTakeAllUntil?: number
  /** Milliseconds. Default: 0. */
  readonly latency?: number
  /** Headers of every answer, such as odd ones of a limit. */
  readonly headers?: () => Record<string, string>
  /** What answers in place of the API; `number` counts the requests for the path, from 1. */
  readonly fault?: (path: string, number: number) => Answer | "hang" | undefined
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

const endpointItem = (run: FakeRun): unknown => {
  if (run.engine === "V2" || (run.status !== "CANCELED" && run.hasAttempt === false)) {
    return undefined
  }
  if (run.status === "EXPIRED" || run.status === "TIMED_OUT") {
    return undefined
  }
  const { status: _, ...item } = truthOf(run)
  return item
}

const date = (millis: number) => new Date(millis).toISOString()

const runBody = (run: FakeRun, now: number): unknown => {
  const fields = { id: run.id, taskIdentifier: "task", createdAt: date(0), tags: [], attempts: [] }
  if (now < run.finishesAt) {
    return { ...fields, status: "EXECUTING", isCompleted: false }
  }
  const error = (): unknown => {
    switch (run.status) {
      case "COMPLETED":
        return undefined
      case "CANCELED":
        return run.engine === "V1" ? undefined : { message: "Canceled by user" }
      case "EXPIRED":
        return { message: "Run expired because the TTL (10m) was reached" }
      case "TIMED_OUT":
        return { message: "trigger.dev internal error (MAX_DURATION_EXCEEDED)" }
      default:
        return run.engine === "V1" ? undefined : { name: "Error", message: "boom", stackTrace: stack("Error") }
    }
  }
  return {
    ...fields,
    status: run.status,
    finishedAt: date(run.finishesAt),
    isCompleted: run.status !== "EXPIRED" && run.status !== "TIMED_OUT",
    output: run.engine === "V2" && run.status === "COMPLETED" ? run.output : undefined,
    error: error()
  }
}

export const make = (fake: FakeBatch) => {
  const requests: Array<Request> = []
  /** How often a run was read that had finished. */
  const finishedReads = new Map<string, number>()
  const asked = new Map<string, number>()
  const byId = new Map(fake.runs.map((run) => [run.id, run]))
  let refilledAt: number | undefined
  let tokens = 0
  let aborted = 0
  let open = 0
  let mostOpen = 0

  const refill = (limit: Limit, now: number): number => {
    refilledAt ??= (tokens = limit.bucket, now)
    const periods = Math.floor((now - refilledAt) / limit.interval)
    tokens = Math.min(limit.bucket, tokens + periods * limit.refill)
    if (now > 0 && now < (fake.othersTakeAllUntil ?? 0)) {
      tokens = 0
    }
    return refilledAt += periods * limit.interval
  }

  const take = (limit: Limit, now: number): { readonly ok: boolean; readonly headers: Record<string, string> } => {
    const at = refill(limit, now)
    const ok = tokens > 0
    tokens -= ok ? 1 : 0
    return {
      ok,
      headers: {
        "x-ratelimit-limit": `${limit.bucket}`,
        "x-ratelimit-remaining": `${tokens}`,
        "x-ratelimit-reset": `${at + limit.interval}`
      }
    }
  }

  const bodyFor = (path: string, now: number): unknown => {
    const complete = now >= (fake.createdAt ?? 0)
    const all = fake.listed ?? fake.runs.map((run) => run.id)
    const listed = complete ? all : all.slice(0, Math.floor(all.length / 2))
    if (path === `/api/v2/batches/${batchId}`) {
      return {
        id: batchId,
        status: complete ? fake.status ?? "COMPLETED" : "PROCESSING",
        createdAt: date(0),
        updatedAt: date(now),
        runCount: all.length + (fake.failedToStart ?? 0),
        runs: listed,
        processing: {
          errors: Array.from({ length: fake.failedToStart ?? 0 }, (_, index) => ({
            index: all.length + index,
            taskIdentifier: "missing",
            error: "Task not found"
          }))
        }
      }
    }
    if (path === `/api/v1/batches/${batchId}/results`) {
      const items = listed.flatMap((id) => {
        const run = byId.get(id)
        const item = run === undefined || now < run.finishesAt ? undefined : endpointItem(run)
        return item === undefined ? [] : [item]
      })
      return { id: batchId, items: items.reverse() }
    }
    const run = byId.get(path.replace("/api/v3/runs/", ""))
    if (run !== undefined && now >= run.finishesAt) {
      finishedReads.set(run.id, (finishedReads.get(run.id) ?? 0) + 1)
    }
    return run === undefined ? undefined : runBody(run, now)
  }

  const answer = (path: string, now: number): Answer | "hang" => {
    const number = (asked.get(path) ?? 0) + 1
    asked.set(path, number)
    const taken = fake.limit === undefined ? { ok: true, headers: {} } : take(fake.limit, now)
    const headers = { "content-type": "application/json", ...taken.headers, ...fake.headers?.() }
    if (!taken.ok) {
      return { status: 429, headers, body: JSON.stringify({ error: "Rate limit exceeded" }) }
    }
    const fault = fake.fault?.(path, number)
    if (fault !== undefined) {
      return fault === "hang" ? fault : { ...fault, headers: { ...headers, ...fault.headers } }
    }
    const body = bodyFor(path, now)
    return body === undefined
      ? { status: 404, headers: { ...headers, "x-should-retry": "true" }, body: JSON.stringify({ error: "Not found" }) }
      : { status: 200, headers, body: JSON.stringify(body) }
  }

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

  const http = HttpClient.make((request, url, signal) =>
    Effect.gen(function*() {
      signal.addEventListener("abort", () => aborted++)
      open++
      mostOpen = Math.max(mostOpen, open)
      yield* travel
      const at = yield* Clock.currentTimeMillis
      const given = answer(url.pathname, at)
      requests.push({ path: url.pathname, at, status: given === "hang" ? 0 : given.status })
      if (given === "hang") {
        return yield* Effect.never
      }
      yield* travel
      return HttpClientResponse.fromWeb(
        request,
        new Response(given.body ?? "", { status: given.status, headers: given.headers ?? {} })
      )
    }).pipe(Effect.ensuring(Effect.sync(() => open--)))
  )

  return {
    requests,
    finishedReads,
    /** For a server of one's own, which says what time it is. */
    respond: (path: string, at: number): Answer | "hang" => {
      const given = answer(path, at)
      requests.push({ path, at, status: given === "hang" ? 0 : given.status })
      return given
    },
    layer: Layer.succeed(HttpClient.HttpClient, http),
    /** Someone else takes this many requests of the bucket, or what is left. */
    eat: (count: number) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        if (fake.limit !== undefined) {
          refill(fake.limit, now)
          tokens = Math.max(0, tokens - count)
        }
      }),
    aborted: () => aborted,
    open: () => open,
    mostOpen: () => mostOpen
  }
}
