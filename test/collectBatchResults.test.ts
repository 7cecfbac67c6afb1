import { assert, describe, it, vi } from "@effect/vitest"
import { Clock, Effect, Fiber, Schema, Stream, TestClock } from "effect"
import {
  awaitBatchResults,
  Batch,
  BatchHandle,
  collectBatchResults,
  RetryPolicy,
  Run,
  type RunError,
  type RunResult,
  streamBatchResults,
  TriggerClient
} from "effect-trigger-dev"
import { Fault, TriggerSimulator } from "effect-trigger-dev/testing"
import { readFileSync } from "node:fs"
import * as v8 from "node:v8"
import { runInNewContext } from "node:vm"
import * as Fake from "./support/fakeBatch.js"
import * as Scripted from "./support/scriptedHttp.js"
import { traced } from "./support/spans.js"

const recordedBody = (name: string) => {
  const text = readFileSync(new URL(`./wire/${name}.http`, import.meta.url), "utf8")
  return JSON.parse(text.slice(text.indexOf("{\"")))
}

/** After a full collection. */
const heapUsed = () => {
  v8.setFlagsFromString("--expose_gc")
  runInNewContext("gc")()
  return process.memoryUsage().heapUsed
}

const { batchId } = Fake

const runPath = (id: string) => `/api/v3/runs/${id}`

const runs = (count: number, fields: Partial<Fake.FakeRun> = {}): ReadonlyArray<Fake.FakeRun> =>
  Array.from({ length: count }, (_, index) => ({
    id: `run_${index}`,
    engine: "V2",
    status: "COMPLETED",
    finishesAt: 0,
    output: { index },
    ...fields
  }))

describe("collectBatchResults", () => {
  it.effect("gives every kind of result of either engine, in batch order", () =>
    Effect.gen(function*() {
      const statuses = ["COMPLETED", "FAILED", "CANCELED", "CRASHED", "SYSTEM_FAILURE", "EXPIRED", "TIMED_OUT"] as const
      const mixture: ReadonlyArray<Fake.FakeRun> = statuses.flatMap((status) => [
        { id: `run_old_${status}`, engine: "V1", status, finishesAt: 0, output: "old" },
        { id: `run_bare_${status}`, engine: "V1", status, finishesAt: 0, output: "lost", hasAttempt: false },
        { id: `run_new_${status}`, engine: "V2", status, finishesAt: 0, output: { it: "is new" } }
      ])
      const server = Fake.make({ runs: mixture })
      const collected = yield* collectBatchResults(batchId).pipe(Effect.provide(Scripted.client(server)))
      assert.deepStrictEqual(collected.results.map(({ usage: _, ...result }) => result), mixture.map(Fake.truthOf))
      assert.deepStrictEqual(collected.pending, [])
      assert.isTrue(collected.complete)
    }))

  it.effect("asks for the batch, the endpoint, and each run that the endpoint left out", () =>
    Effect.gen(function*() {
      const old = runs(3, { engine: "V1" })
      const server = Fake.make({ runs: [...old, { ...runs(1)[0] as Fake.FakeRun, id: "run_new" }] })
      yield* collectBatchResults(batchId).pipe(Effect.provide(Scripted.client(server)))
      assert.deepStrictEqual(server.requests.map(({ path }) => path), [
        `/api/v2/batches/${batchId}`,
        `/api/v1/batches/${batchId}/results`,
        runPath("run_new")
      ])
    }))

  it.effect("gives what the real server says of a batch that today's engine ran", () =>
    Effect.gen(function*() {
      const genuine = (name: string) => recordedBody(`200-genuine-v2-run-${name}`)
      const batch = genuine("created-via-v3-batches-v2-batch")
      const recorded = new Map([1, 2, 4, 6].map((number) => {
        const run = genuine(`v3run-${number}`)
        return [runPath(run.id), run]
      }))
      const http = Scripted.make(({ url }) => {
        const path = new URL(url).pathname
        return path === `/api/v2/batches/${batch.id}`
          ? Scripted.json(batch)
          : path === `/api/v1/batches/${batch.id}/results`
          ? Scripted.json(genuine("created-via-v3-batches-results"))
          : Scripted.json(recorded.get(path) ?? { ...genuine("v3run-1"), status: "EXECUTING", finishedAt: undefined })
      })
      const { pending, results } = yield* collectBatchResults(batch.id).pipe(Effect.provide(Scripted.client(http)))
      assert.deepStrictEqual(results, [
        {
          ok: true,
          id: "run_cmwtq9fka003bfo7dntbauify",
          taskIdentifier: "e2e-task",
          status: "COMPLETED",
          usage: { durationMs: 0 },
          output: "{\"hello\":\"world\",\"when\":\"2026-08-21T00:00:00.000Z\"}",
          outputType: "application/json"
        },
        {
          ok: true,
          id: "run_cmwtq9fko003dfo7dk24dfel1",
          taskIdentifier: "e2e-task",
          status: "COMPLETED",
          usage: { durationMs: 0 },
          output: "\"plain text\"",
          outputType: "application/json"
        },
        {
          ok: false,
          id: "run_cmwtq9for003ifo7d0syb7xu1",
          taskIdentifier: "e2e-task",
          status: "FAILED",
          usage: { durationMs: 0 },
          error: { type: "BUILT_IN_ERROR", name: "Error", message: "boom", stackTrace: "Error: boom\n    at e2e" }
        },
        {
          ok: false,
          id: "run_cmwtq9frm003lfo7dr522kvgj",
          taskIdentifier: "e2e-task",
          status: "CANCELED",
          usage: { durationMs: 0 },
          error: { type: "INTERNAL_ERROR", code: "TASK_RUN_CANCELLED", message: "Canceled by user" }
        }
      ])
      assert.deepStrictEqual(pending, ["run_cmwtq9fl9003ffo7d5ar8rdw1", "run_cmwtq9for003hfo7di2lutnp2"])
    }))

  it.effect("finds every run of the recorded mixed batch in exactly one place", () =>
    Effect.gen(function*() {
      const batch = recordedBody("other-GET-v2-batch-mixed")
      const shown = new Map(
        ["executing", "expired", "timedout"].map((name) => {
          const run = recordedBody(`other-GET-v3-run-${name}`)
          return [runPath(run.id), run]
        })
      )
      const http = Scripted.make(({ url }) => {
        const path = new URL(url).pathname
        return path.startsWith("/api/v2/")
          ? Scripted.json(batch)
          : path.startsWith("/api/v1/")
          ? Scripted.json(recordedBody("200-mixed"))
          : Scripted.json(
            shown.get(path) ?? { ...shown.get(runPath("run_cmrealexecuting0000000000")), id: path.split("/").pop() }
          )
      })
      const { pending, results } = yield* collectBatchResults(batch.id).pipe(Effect.provide(Scripted.client(http)))
      assert.deepStrictEqual(
        [...results.map(({ id }) => id), ...pending].sort(),
        [...batch.runs].sort()
      )
      assert.strictEqual(results.length, 33 + 2)
      const expired: RunError = { type: "INTERNAL_ERROR", message: "Run expired because the TTL (10m) was reached" }
      const timedOut: RunError = { type: "INTERNAL_ERROR", code: "MAX_DURATION_EXCEEDED" }
      const fields = { ok: false, taskIdentifier: "seed-task", usage: { durationMs: 0 } } as const
      const last: ReadonlyArray<RunResult> = [
        { ...fields, id: "run_cmrealexpired000000000000", status: "EXPIRED", error: expired },
        { ...fields, id: "run_cmrealtimedout00000000000", status: "TIMED_OUT", error: timedOut }
      ]
      assert.deepStrictEqual(results.slice(-2), last)
    }))

  it.effect("a run that stands in the batch twice is in the results once, in its first place", () =>
    Effect.gen(function*() {
      const server = Fake.make({ runs: runs(3), listed: ["run_2", "run_0", "run_2", "run_1", "run_0"] })
      const { results } = yield* collectBatchResults(batchId).pipe(Effect.provide(Scripted.client(server)))
      assert.deepStrictEqual(results.map(({ id }) => id), ["run_2", "run_0", "run_1"])
      assert.deepStrictEqual([...server.finishedReads.values()], [1, 1, 1])
    }))

  it.effect("lists runs that have not finished as pending, and items that failed to start", () =>
    Effect.gen(function*() {
      const [first, second] = runs(2)
      const server = Fake.make({
        runs: [{ ...first as Fake.FakeRun, finishesAt: 1 }, second as Fake.FakeRun],
        failedToStart: 1,
        status: "PARTIAL_FAILED"
      })
      const collected = yield* collectBatchResults(batchId).pipe(Effect.provide(Scripted.client(server)))
      assert.deepStrictEqual(collected.pending, ["run_0"])
      assert.deepStrictEqual(collected.results.map(({ id }) => id), ["run_1"])
      assert.deepStrictEqual(collected.failedToStart, [{
        index: 2,
        taskIdentifier: "missing",
        error: "Task not found"
      }])
      assert.isFalse(collected.complete)
    }))

  it.effect("a run whose old-engine output came up after the endpoint was asked gets it from the endpoint", () =>
    Effect.gen(function*() {
      // the endpoint is asked at 20 ms, the run at 40 ms, and it finishes in between
      const server = Fake.make({ runs: runs(1, { engine: "V1", finishesAt: 35 }), latency: 20 })
      const fiber = yield* Effect.fork(collectBatchResults(batchId).pipe(Effect.provide(Scripted.client(server))))
      yield* TestClock.adjust("1 second")
      const { results } = yield* Fiber.join(fiber)
      assert.deepStrictEqual(results.map((result) => result.ok && result.output), ["{\"index\":0}"])
    }))

  it.effect("an error names the run, and a retry on the same handle fetches only what was missing", () =>
    Effect.gen(function*() {
      let broken = true
      const server = Fake.make({
        // the last one is alone in its round
        runs: runs(31),
        latency: 20,
        fault: (path) => broken && path === runPath("run_30") ? { status: 500 } : undefined
      })
      const handle = yield* BatchHandle.make(batchId)
      const collect = collectBatchResults(handle).pipe(
        RetryPolicy.override(RetryPolicy.none),
        Effect.provide(Scripted.client(server, { concurrency: 10 }))
      )
      const first = yield* Effect.fork(Effect.flip(collect))
      yield* TestClock.adjust("1 second")
      const error = yield* Fiber.join(first)
      assert.strictEqual(error._tag, "ServerError")
      assert.include(error.message, "run_30")

      broken = false
      const before = server.requests.length
      const second = yield* Effect.fork(collect)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(second)).results.length, 31)
      assert.deepStrictEqual(server.requests.slice(before).map(({ path }) => path), [
        `/api/v2/batches/${batchId}`,
        runPath("run_30")
      ])
    }))

  it.effect("`report` puts a run that cannot be read under `unavailable`, with its error", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: [...runs(4), ...runs(1, { id: "run_late", finishesAt: 1 })],
        listed: ["run_0", "run_gone", "run_late", "run_1", "run_2", "run_3"],
        fault: (path) => path === runPath("run_2") ? { status: 200, body: "{\"id\": 7}" } : undefined
      })
      const collected = yield* collectBatchResults(batchId, { onError: "report" }).pipe(
        RetryPolicy.override(RetryPolicy.none),
        // one after the other: the first error keeps no other run from being read
        Effect.provide(Scripted.client(server, { concurrency: 1 }))
      )
      assert.deepStrictEqual(collected.results.map(({ id }) => id), ["run_0", "run_1", "run_3"])
      assert.deepStrictEqual(collected.pending, ["run_late"])
      assert.isFalse(collected.complete)
      assert.deepStrictEqual(
        collected.unavailable.map(({ error, id }) => [id, error._tag]),
        [["run_gone", "RunNotFound"], ["run_2", "InvalidResponse"]]
      )
    }))

  it.effect("`report` reads the runs of today's engine although the endpoint is broken", () =>
    Effect.gen(function*() {
      const [bare] = runs(1, { engine: "V1" })
      const server = Fake.make({
        runs: [...runs(2), { ...bare as Fake.FakeRun, id: "run_old" }],
        fault: (path) => path.endsWith("/results") ? { status: 500 } : undefined
      })
      const collected = yield* collectBatchResults(batchId, { onError: "report" }).pipe(
        RetryPolicy.override(RetryPolicy.none),
        Effect.provide(Scripted.client(server))
      )
      assert.deepStrictEqual(collected.results.map(({ id }) => id), ["run_0", "run_1"])
      // finished, and where its output is nobody can tell
      assert.deepStrictEqual(collected.unavailable.map(({ error, id }) => [id, error._tag]), [[
        "run_old",
        "ServerError"
      ]])
    }))

  const common: ReadonlyArray<readonly [status: number, tag: string]> = [
    [401, "Unauthorized"],
    [429, "RateLimited"]
  ]
  for (const [status, tag] of common) {
    it.effect(`\`report\` stops asking once it meets ${tag}, and says so of every run that is left`, () =>
      Effect.gen(function*() {
        let runReads = 0
        const server = Fake.make({
          runs: runs(50),
          latency: 20,
          fault: (path) =>
            path.startsWith("/api/v3") && ++runReads > 20 ? { status, body: "{\"error\":\"no\"}" } : undefined
        })
        const fiber = yield* Effect.fork(
          collectBatchResults(batchId, { onError: "report" }).pipe(
            RetryPolicy.override(RetryPolicy.none),
            Effect.provide(Scripted.client(server, { concurrency: 10 }))
          )
        )
        yield* TestClock.adjust("1 second")
        const collected = yield* Fiber.join(fiber)
        assert.strictEqual(collected.results.length, 20)
        assert.deepStrictEqual([...new Set(collected.unavailable.map(({ error }) => error._tag))], [tag])
        assert.strictEqual(collected.unavailable.length, 30)
        assert.strictEqual(runReads, 30)
      }))
  }

  it.effect("`report` reads on after a run that is forbidden: the token of a batch may read those that the batch created", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: runs(5),
        fault: (path) => path.endsWith("run_0") ? { status: 403, body: "{\"error\":\"no\"}" } : undefined
      })
      const { results, unavailable } = yield* collectBatchResults(batchId, { onError: "report" }).pipe(
        Effect.provide(Scripted.client(server, { concurrency: 1 }))
      )
      assert.deepStrictEqual(results.map(({ id }) => id), ["run_1", "run_2", "run_3", "run_4"])
      assert.deepStrictEqual(unavailable.map(({ error, id }) => [id, error._tag]), [["run_0", "Forbidden"]])
    }))

  it.effect("a batch that is not there fails, whatever is to be reported", () =>
    Effect.gen(function*() {
      const server = Fake.make({ runs: runs(1) })
      const error = yield* collectBatchResults("batch_other", { onError: "report" }).pipe(
        RetryPolicy.override(RetryPolicy.none),
        Effect.flip,
        Effect.provide(Scripted.client(server))
      )
      assert.strictEqual(error._tag, "BatchNotFound")
    }))

  it.effect("what is no batch id is an InvalidBatchId, also from callers without types", () =>
    Effect.gen(function*() {
      for (const odd of ["..", "", undefined, null, 7, {}]) {
        const error = yield* collectBatchResults(odd as string).pipe(
          Effect.flip,
          Effect.provide(Scripted.client(Scripted.make([])))
        )
        assert.strictEqual(error._tag, "InvalidBatchId")
      }
    }))

  it.effect("a stored output is marked as such, without the URL that opens it", () =>
    Effect.gen(function*() {
      const url = "https://objects.test/output.json?X-Amz-Signature=SECRET"
      const run = { ...recordedBody("200-genuine-v2-run-v3run-1"), output: undefined, outputPresignedUrl: url }
      const http = Scripted.make(({ url }) =>
        url.includes("/v3/")
          ? Scripted.json(run)
          : url.includes("/v2/")
          ? Scripted.json({ ...recordedBody("200-genuine-v2-run-created-via-v3-batches-v2-batch"), runs: [run.id] })
          : Scripted.json({ id: "batch_1", items: [] })
      )
      const { results } = yield* collectBatchResults("batch_1").pipe(Effect.provide(Scripted.client(http)))
      assert.deepStrictEqual(results, [
        {
          ok: true,
          id: run.id,
          taskIdentifier: "e2e-task",
          status: "COMPLETED",
          usage: { durationMs: 0 },
          outputType: "application/store"
        }
      ])
      // and there was no need to look it up in the endpoint
      assert.strictEqual(http.requests.length, 3)
    }))

  it.effect("an output that is nested too deeply to be written is an InvalidResponse that names the run", () =>
    Effect.gen(function*() {
      const depth = 50_000
      const run = JSON.stringify({ ...recordedBody("200-genuine-v2-run-v3run-1"), id: "run_deep", output: 0 })
        .replace("\"output\":0", `"output":${"[".repeat(depth)}${"]".repeat(depth)}`)
      const server = Fake.make({
        runs: runs(1, { id: "run_deep" }),
        fault: (path) => path === runPath("run_deep") ? { status: 200, body: run } : undefined
      })
      const error = yield* collectBatchResults(batchId).pipe(Effect.flip, Effect.provide(Scripted.client(server)))
      assert.isTrue(error._tag === "InvalidResponse" || error._tag === "UnexpectedResponse", error._tag)
      assert.include(error.message, "run_deep")
    }))

  it.effect("works over a stub of the client, 16 reads at once", () =>
    Effect.gen(function*() {
      let open = 0
      let most = 0
      const template = yield* Schema.decodeUnknown(Run)(recordedBody("200-genuine-v2-run-v3run-1"))
      const batch = yield* Schema.decodeUnknown(Batch)(recordedBody("other-GET-v2-batch-mixed"))
      const fiber = yield* collectBatchResults("batch_1").pipe(
        Effect.provide(TriggerClient.layerTest({
          retrieveBatch: () => Effect.succeed(batch),
          getBatchResults: (id) => Effect.succeed({ id, items: [] }),
          retrieveRun: (id) =>
            Effect.sync(() => most = Math.max(most, ++open)).pipe(
              Effect.zipRight(Effect.sleep("1 second")),
              Effect.zipRight(Effect.sync(() => open--)),
              Effect.as({ ...template, id })
            )
        })),
        Effect.fork
      )
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(fiber)).results.length, 44)
      assert.strictEqual(most, 16)
    }))

  for (const userAgent of ["Node.js/22", "Cloudflare-Workers"]) {
    it.effect(`all requests of a call keep to one pace on ${userAgent}, so that none is refused`, () =>
      Effect.gen(function*() {
        vi.stubGlobal("navigator", { userAgent })
        const server = Fake.make({ runs: runs(2), limit: { bucket: 1, refill: 1, interval: 1000 } })
        const fiber = yield* Effect.fork(collectBatchResults(batchId).pipe(Effect.provide(Scripted.client(server))))
        yield* TestClock.adjust("1 minute")
        assert.lengthOf((yield* Fiber.join(fiber)).results, 2)
        assert.deepStrictEqual(server.requests.map(({ status }) => status), [200, 200, 200, 200])
      }).pipe(Effect.ensuring(Effect.sync(() => vi.unstubAllGlobals()))))
  }

  it.effect("gives up after 5 minutes of nothing but 429s and the retries of the policy, which are not as patient again", () =>
    Effect.gen(function*() {
      const trigger = yield* TriggerSimulator
      const { id } = yield* trigger.createBatch({ runs: [{ output: 1 }] })
      const fiber = yield* Effect.fork(Effect.zip(Effect.flip(collectBatchResults(id)), Clock.currentTimeMillis))
      yield* TestClock.adjust("1 hour")
      const [error, at] = yield* Fiber.join(fiber)
      assert.strictEqual(error._tag, "RateLimited")
      // 4 retries, each after the hint
      assert.strictEqual(at, 340_000)
    }).pipe(Effect.provide(TriggerSimulator.layerClient({
      faults: () => Fault.status(429, { headers: { "retry-after": "10" } })
    }))))

  it.effect("is patient again after another error", () => {
    let sent = 0
    return Effect.gen(function*() {
      const trigger = yield* TriggerSimulator
      const { id } = yield* trigger.createBatch({ runs: [{ output: 1 }] })
      const fiber = yield* Effect.fork(Effect.zip(Effect.flip(collectBatchResults(id)), Clock.currentTimeMillis))
      yield* TestClock.adjust("1 hour")
      const [, at] = yield* Fiber.join(fiber)
      // 200 seconds until the 500, then 5 minutes and 3 more retries
      assert.strictEqual(at, 530_000)
    }).pipe(Effect.provide(TriggerSimulator.layerClient({
      faults: () =>
        ++sent === 21
          ? Fault.status(500, { headers: { "retry-after": "0" } })
          : Fault.status(429, { headers: { "retry-after": "10" } })
    }, { retryPolicy: RetryPolicy.make({ base: 0 }) })))
  })

  it.effect("needs no endpoint where each run can be read", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: runs(2),
        fault: (path) => path.endsWith("/results") ? { status: 404, body: "<html>" } : undefined
      })
      assert.lengthOf((yield* collectBatchResults(batchId).pipe(Effect.provide(Scripted.client(server)))).results, 2)
    }))

  it.effect("holds one copy of each output", () =>
    Effect.gen(function*() {
      const size = 100_000
      const count = 300
      const server = Fake.make({ runs: runs(count, { output: "x".repeat(size) }) })
      const before = heapUsed()
      const { results } = yield* collectBatchResults(batchId).pipe(Effect.provide(Scripted.client(server)))
      const growth = heapUsed() - before
      assert.strictEqual(results.length, count)
      assert.isAtMost(growth, 1.3 * size * count)
    }), 60_000)

  it.effect("the spans of all ways of collecting count what they found", () =>
    Effect.gen(function*() {
      const server = Fake.make({ runs: runs(3), failedToStart: 2 })
      const { spans } = yield* Effect.all([
        collectBatchResults(batchId),
        awaitBatchResults(batchId),
        Stream.runDrain(streamBatchResults(batchId))
      ]).pipe(
        Effect.provide(Scripted.client(server)),
        traced
      )
      const attributes = (name: string) =>
        Object.fromEntries(spans.find((span) => span.name === name)?.attributes ?? [])
      const counts = {
        "trigger.batch.id": batchId,
        "trigger.batch.runs": 3,
        "trigger.batch.finished": 3,
        "trigger.batch.pending": 0,
        "trigger.batch.failed_to_start": 2,
        "trigger.batch.unavailable": 0,
        "trigger.batch.sources": "runs"
      }
      assert.deepStrictEqual(attributes("collectBatchResults"), counts)
      assert.deepStrictEqual(attributes("awaitBatchResults"), { ...counts, "trigger.batch.polls": 1 })
      assert.deepStrictEqual(attributes("streamBatchResults"), counts)
      // the requests are theirs
      const parents = spans.filter(({ name }) => name === "TriggerClient.retrieveRun").map(({ parent }) =>
        parent._tag === "Some" && parent.value._tag === "Span" ? parent.value.name : "none"
      )
      assert.deepStrictEqual(
        new Set(parents),
        new Set(["collectBatchResults", "awaitBatchResults", "streamBatchResults"])
      )
    }))

  it.effect("the spans of all ways of reporting count the runs that cannot be read, too", () =>
    Effect.gen(function*() {
      const server = Fake.make({
        runs: runs(3),
        fault: (path) => path === runPath("run_1") ? { status: 200, body: "{\"id\": 7}" } : undefined
      })
      const { spans } = yield* Effect.all([
        collectBatchResults(batchId, { onError: "report" }),
        awaitBatchResults(batchId, { onError: "report" }),
        Stream.runDrain(streamBatchResults(batchId, { onError: "report", onUnavailable: () => Effect.void }))
      ]).pipe(
        Effect.provide(Scripted.client(server)),
        traced
      )
      const counted = spans.flatMap(({ attributes, name }) =>
        attributes.has("trigger.batch.unavailable")
          ? [[name, attributes.get("trigger.batch.runs"), attributes.get("trigger.batch.unavailable")]]
          : []
      )
      assert.deepStrictEqual(counted, [
        ["collectBatchResults", 3, 1],
        ["awaitBatchResults", 3, 1],
        ["streamBatchResults", 3, 1]
      ])
    }))
})
