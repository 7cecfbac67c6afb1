import { FetchHttpClient, HttpClient } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Context, Effect, Exit, Fiber, identity, Layer, Redacted, Schedule, TestClock } from "effect"
import {
  getBatchResults,
  retrieveBatch,
  retrieveRun,
  RetryPolicy,
  TriggerAuth,
  TriggerClient,
  type TriggerClientService,
  TriggerConfig
} from "effect-trigger-dev"
import {
  Fault,
  type SimulatedBatch,
  type SimulatedRoute,
  TriggerSimulator,
  type TriggerSimulatorOptions
} from "effect-trigger-dev/testing"
import { createServer } from "node:http"
import { expectNoSecret, printings } from "../support/leaks.js"

const once = { retryPolicy: RetryPolicy.none }

const ids = (results: { readonly items: ReadonlyArray<{ readonly id: string }> }) => results.items.map(({ id }) => id)

describe("batches", () => {
  it.effect("of the old engine list their runs as the clock goes on", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { id } = yield* simulator.createBatch({
        engine: "v1",
        runs: [
          { id: "run_1", output: { n: 1 }, finishesAfter: "1 minute" },
          { id: "run_2", error: { type: "STRING_ERROR", raw: "no" }, finishesAfter: "2 minutes" },
          { id: "run_3", finishesAfter: "never" }
        ]
      })
      assert.deepStrictEqual(ids(yield* getBatchResults(id)), [])
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual((yield* getBatchResults(id)).items, [{
        ok: true,
        id: "run_1",
        taskIdentifier: "task",
        output: "{\"json\":{\"n\":1}}",
        outputType: "application/super+json"
      }])
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(ids(yield* getBatchResults(id)), ["run_2", "run_1"])
      assert.strictEqual((yield* retrieveBatch(id)).status, "PENDING")
    }).pipe(Effect.provide(TriggerSimulator.layerClient())))

  it.effect("of the old engine leave out what the endpoint leaves out", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { id } = yield* simulator.createBatch({
        engine: "v1",
        listed: "in batch order",
        runs: [
          { id: "run_ok" },
          { id: "run_expired", status: "EXPIRED" },
          { id: "run_timed_out", status: "TIMED_OUT" },
          { id: "run_no_attempt", attempt: false },
          { id: "run_cancelled", status: "CANCELED", attempt: false },
          { id: "run_crashed", status: "CRASHED" }
        ]
      })
      assert.deepStrictEqual(ids(yield* getBatchResults(id)), ["run_ok", "run_cancelled", "run_crashed"])
    }).pipe(Effect.provide(TriggerSimulator.layerClient())))

  it.effect("of today's engine list nothing, and show everything run by run", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { id, runs } = yield* simulator.createBatch({
        runs: [
          { output: { when: new Date(0) } },
          { output: "text" },
          { error: { type: "BUILT_IN_ERROR", name: "RangeError", message: "far", stackTrace: "at x" } },
          { status: "EXPIRED" },
          { output: "x".repeat(128 * 1024) },
          {}
        ],
        failedToStart: [{ index: 6, taskIdentifier: "gone", error: "Task not found" }]
      })
      assert.deepStrictEqual(ids(yield* getBatchResults(id)), [])
      const batch = yield* retrieveBatch(id)
      assert.deepStrictEqual([batch.status, batch.runCount, batch.runs], ["COMPLETED", 7, runs])
      const shown = yield* Effect.forEach(runs, retrieveRun)
      assert.deepStrictEqual(shown.map(({ error, output, status }) => ({ status, output, error })), [
        { status: "COMPLETED", output: { when: "1970-01-01T00:00:00.000Z" }, error: undefined },
        { status: "COMPLETED", output: "text", error: undefined },
        { status: "FAILED", output: undefined, error: { name: "RangeError", message: "far", stackTrace: "at x" } },
        {
          status: "EXPIRED",
          output: undefined,
          error: { message: "Run expired because the TTL (10m) was reached" }
        },
        { status: "COMPLETED", output: undefined, error: undefined },
        { status: "COMPLETED", output: undefined, error: undefined }
      ])
      const url = shown[4]?.outputPresignedUrl
      assert.match(
        url === undefined ? "" : Redacted.value(url),
        /^http:\/\/trigger\.simulator\/packets\/.*X-Amz-Signature=/
      )
    }).pipe(Effect.provide(TriggerSimulator.layerClient())))

  it.effect("of today's engine list no run until all have been created", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { id, runs } = yield* simulator.createBatch({
        runs: [{}, { createdAfter: "5 seconds", finishesAfter: "1 second" }]
      })
      const before = yield* retrieveBatch(id)
      assert.deepStrictEqual([before.status, before.runs, before.runCount], ["PROCESSING", [], 2])
      assert.strictEqual((yield* retrieveRun(runs[0] ?? "")).status, "COMPLETED")
      yield* TestClock.adjust("5 seconds")
      const after = yield* retrieveBatch(id)
      assert.deepStrictEqual([after.status, after.runs], ["COMPLETED", runs])
    }).pipe(Effect.provide(TriggerSimulator.layerClient())))

  it.effect("that came over the old routes list the runs that have been created", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { id, runs } = yield* simulator.createBatch({
        engine: "v1",
        runs: [{}, { createdAfter: "5 seconds" }]
      })
      assert.deepStrictEqual((yield* retrieveBatch(id)).runs, runs.slice(0, 1))
    }).pipe(Effect.provide(TriggerSimulator.layerClient())))

  it.effect("may reuse a run of another batch, whose end they do not wait for", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const first = yield* simulator.createBatch({ runs: [{ id: "run_slow", output: 1, finishesAfter: "1 hour" }] })
      const second = yield* simulator.createBatch({ runs: [{ id: "run_own" }, { reuses: "run_slow" }] })
      assert.deepStrictEqual(second.runs, ["run_own", "run_slow"])
      const batch = yield* retrieveBatch(second.id)
      assert.deepStrictEqual([batch.status, batch.runs], ["COMPLETED", second.runs])
      assert.strictEqual((yield* retrieveBatch(first.id)).status, "PENDING")
      const run = yield* retrieveRun("run_slow")
      assert.deepStrictEqual([run.status, run.batchId], ["EXECUTING", first.id])
    }).pipe(Effect.provide(TriggerSimulator.layerClient())))

  it.effect("of the old engine list the results of runs that they reuse", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      yield* simulator.createBatch({ engine: "v1", runs: [{ id: "run_1", output: 1 }] })
      const { id } = yield* simulator.createBatch({ engine: "v1", runs: [{ reuses: "run_1" }] })
      assert.deepStrictEqual(ids(yield* getBatchResults(id)), ["run_1"])
    }).pipe(Effect.provide(TriggerSimulator.layerClient())))

  it.effect("are pending until every run has finished, and aborted where none could be created", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { id } = yield* simulator.createBatch({ runs: [{}, { finishesAfter: "1 minute" }] })
      assert.strictEqual((yield* retrieveBatch(id)).status, "PENDING")
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* retrieveBatch(id)).status, "COMPLETED")
      const none = yield* simulator.createBatch({
        runs: [],
        failedToStart: [{ index: 0, taskIdentifier: "gone", error: "Task not found" }]
      })
      assert.strictEqual((yield* retrieveBatch(none.id)).status, "ABORTED")
    }).pipe(Effect.provide(TriggerSimulator.layerClient())))

  it.effect("were last updated at the end of their last own run once they are complete, before at the end of creation", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      yield* simulator.createBatch({ runs: [{ id: "run_slow", finishesAfter: "1 hour" }] })
      const { id } = yield* simulator.createBatch({
        runs: [
          { createdAfter: "2 seconds", finishesAfter: "10 seconds" },
          { finishesAfter: "1 minute" },
          { reuses: "run_slow" }
        ]
      })
      const at = (time: number) =>
        Effect.zipRight(
          TestClock.setTime(time * 1000),
          Effect.map(retrieveBatch(id), ({ status, updatedAt }) => [status, updatedAt.getTime() / 1000])
        )
      assert.deepStrictEqual(yield* Effect.forEach([1, 2, 10, 60, 90], at), [
        ["PROCESSING", 1],
        ["PENDING", 2],
        ["PENDING", 2],
        ["COMPLETED", 60],
        ["COMPLETED", 60]
      ])
    }).pipe(Effect.provide(TriggerSimulator.layerClient())))

  it.effect("of which items failed say so until their runs have finished", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { id } = yield* simulator.createBatch({
        runs: [{ finishesAfter: "1 minute" }],
        failedToStart: [{ index: 1, taskIdentifier: "gone", error: "Task not found" }]
      })
      const now = Effect.map(retrieveBatch(id), ({ status, updatedAt }) => [status, updatedAt.getTime()])
      assert.deepStrictEqual(yield* now, ["PARTIAL_FAILED", 0])
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(yield* now, ["COMPLETED", 60_000])
    }).pipe(Effect.provide(TriggerSimulator.layerClient())))

  it.effect("may be large, and may hold outputs that are malformed", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const large = yield* simulator.createBatch({ runs: Array.from({ length: 200_000 }, () => ({})) })
      assert.strictEqual((yield* retrieveBatch(large.id)).runCount, 200_000)
      const { runs } = yield* simulator.createBatch({
        runs: [{ stored: { output: "{no", outputType: "application/json" } }]
      })
      assert.strictEqual((yield* Effect.flip(retrieveRun(runs[0] ?? "")))._tag, "ServerError")
    }).pipe(Effect.provide(TriggerSimulator.layerClient({}, once))))

  it.effect("may be invisible for a moment", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { id } = yield* simulator.createBatch({ visibleAfter: "1 second", runs: [] })
      assert.strictEqual((yield* Effect.flip(getBatchResults(id)))._tag, "BatchNotFound")
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* getBatchResults(id), { id, items: [] })
    }).pipe(Effect.provide(TriggerSimulator.layerClient({}, once))))
})

describe("a batch that is a mistake in the test", () => {
  const form = (prefix: string) =>
    `expected "${prefix}_" followed by letters, digits, "_" or "-", at most 128 characters`
  const rows: ReadonlyArray<readonly [name: string, second: SimulatedBatch, objection: string]> = [
    ["an id that the client refuses", { id: "foo", runs: [] }, `"foo" is not a batch id: ${form("batch")}`],
    ["the id of another batch", { id: "batch_first", runs: [] }, "there is a batch batch_first already"],
    [
      "the id of a batch of another environment",
      { id: "batch_first", environment: "prod", runs: [] },
      "there is a batch batch_first already"
    ],
    [
      "a run's id that the client refuses",
      { id: "batch_second", runs: [{}, { id: "foo" }] },
      `"foo" is not a run id: ${form("run")}`
    ],
    [
      "the id of a run of another batch",
      { id: "batch_second", runs: [{}, { id: "run_first" }] },
      "there is a run run_first already, in batch_first"
    ],
    [
      "a run to reuse that no batch has",
      { id: "batch_second", runs: [{ reuses: "run_unknown" }] },
      "there is no run \"run_unknown\" to reuse"
    ],
    [
      "an output that has no JSON form",
      { id: "batch_second", runs: [{ output: new BigUint64Array([1n]) }] },
      "an output or a payload cannot be serialised (TypeError: Do not know how to serialize a BigInt): an output may be given as `stored`"
    ],
    [
      "a payload that has no JSON form",
      { id: "batch_second", runs: [{ payload: new BigUint64Array([1n]) }] },
      "an output or a payload cannot be serialised (TypeError: Do not know how to serialize a BigInt): an output may be given as `stored`"
    ],
    [
      "an id of another batch that the simulator made up",
      { id: "batch_sim000001", runs: [] },
      "there is a batch batch_sim000001 already"
    ]
  ]

  for (const [name, second, objection] of rows) {
    it.effect(`${name}: createBatch dies and says so, and what there is stays`, () =>
      Effect.gen(function*() {
        const simulator = yield* TriggerSimulator
        yield* simulator.createBatch({ runs: [] })
        yield* simulator.createBatch({ id: "batch_first", runs: [{ id: "run_first", output: "first" }] })
        const exit = yield* Effect.exit(simulator.createBatch(second))
        assert.deepStrictEqual(
          Exit.isFailure(exit) && Array.from(Cause.defects(exit.cause), String),
          [`RuntimeException: TriggerSimulator.createBatch: ${objection}`]
        )
        assert.deepStrictEqual((yield* retrieveBatch("batch_first")).runs, ["run_first"])
        assert.strictEqual((yield* retrieveRun("run_first")).output, "first")
        assert.strictEqual((yield* Effect.flip(retrieveBatch("batch_second")))._tag, "BatchNotFound")
      }).pipe(Effect.provide(TriggerSimulator.layerClient({}, once))))
  }

  it.effect("is none where a run stands in its batch twice, of which the first counts", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { runs } = yield* simulator.createBatch({
        runs: [{ id: "run_1", output: "first" }, { id: "run_1", output: "second" }]
      })
      assert.deepStrictEqual(runs, ["run_1", "run_1"])
      assert.strictEqual((yield* retrieveRun("run_1")).output, "first")
    }).pipe(Effect.provide(TriggerSimulator.layerClient({}, once))))

  it.effect("is none where a run stands in its batch twice, of which the results endpoint lists the first, too", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { id } = yield* simulator.createBatch({
        engine: "v1",
        runs: [{ id: "run_1", output: "first" }, { id: "run_1", output: "second" }]
      })
      const { items } = yield* getBatchResults(id)
      assert.deepStrictEqual(items.map((item) => item.ok && item.output), ["first"])
    }).pipe(Effect.provide(TriggerSimulator.layerClient({}, once))))
})

describe("runs", () => {
  const seconds = (date: Date | undefined) => date === undefined ? undefined : date.getTime() / 1000

  it.effect("go through their changes until they finish", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { runs } = yield* simulator.createBatch({
        runs: [{
          unfinishedStatus: "DELAYED",
          changes: [
            { after: "30 seconds", metadata: { progress: 1 } },
            { after: "20 seconds", status: "EXECUTING" },
            { after: "10 seconds", status: "QUEUED" },
            { after: "5 minutes", status: "WAITING" }
          ],
          finishesAfter: "1 minute"
        }]
      })
      const at = (time: number) =>
        Effect.zipRight(
          TestClock.setTime(time * 1000),
          Effect.map(retrieveRun(runs[0] ?? ""), (run) => ({
            status: run.status,
            started: seconds(run.startedAt),
            updated: seconds(run.updatedAt),
            delayedUntil: seconds(run.delayedUntil)
          }))
        )
      assert.deepStrictEqual(yield* Effect.forEach([0, 10, 20, 30, 60], at), [
        { status: "DELAYED", started: undefined, updated: 0, delayedUntil: 10 },
        { status: "QUEUED", started: undefined, updated: 10, delayedUntil: 10 },
        { status: "EXECUTING", started: 20, updated: 20, delayedUntil: 10 },
        { status: "EXECUTING", started: 20, updated: 30, delayedUntil: 10 },
        { status: "COMPLETED", started: 20, updated: 60, delayedUntil: 10 }
      ])
    }).pipe(Effect.provide(TriggerSimulator.layerClient())))

  const wordings = [
    ["DEQUEUED", { status: "EXECUTING", isExecuting: true, isWaiting: false }],
    ["WAITING", { status: "FROZEN", isExecuting: true, isWaiting: false }],
    ["EXECUTING", { status: "EXECUTING", isExecuting: true, isWaiting: false }]
  ] as const

  for (const [unfinishedStatus, older] of wordings) {
    it.effect(`that are ${unfinishedStatus} are ${older.status} to a client that sends no API version`, () =>
      Effect.gen(function*() {
        const simulator = yield* TriggerSimulator
        yield* simulator.createBatch({ runs: [{ id: "run_1", unfinishedStatus, finishesAfter: "never" }] })
        assert.strictEqual((yield* retrieveRun("run_1")).status, unfinishedStatus)
        const response = yield* HttpClient.get("http://trigger.simulator/api/v3/runs/run_1", {
          headers: { authorization: `Bearer ${TriggerSimulator.defaultKey}` }
        })
        const { isExecuting, isWaiting, status } = JSON.parse(yield* response.text)
        assert.deepStrictEqual({ status, isExecuting, isWaiting }, older)
      }).pipe(
        Effect.provide(TriggerSimulator.layerHttpClient),
        Effect.provide(TriggerSimulator.layerClient())
      ))
  }

  it.effect("show the payload, the tags and the TTL that they are given", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { runs } = yield* simulator.createBatch({
        runs: [{ payload: { to: "a@b.example" }, tags: ["b", "a"], ttl: "2s", status: "EXPIRED" }, {}]
      })
      const given = yield* retrieveRun(runs[0] ?? "")
      assert.deepStrictEqual([given.payload, given.tags, given.ttl], [{ to: "a@b.example" }, ["a", "b"], "2s"])
      assert.strictEqual(given.error?.message, "Run expired because the TTL (2s) was reached")
      assert.isUndefined(given.startedAt)
      const made = yield* retrieveRun(runs[1] ?? "")
      assert.deepStrictEqual([made.payload, made.tags, made.ttl], [{}, [], "10m"])
    }).pipe(Effect.provide(TriggerSimulator.layerClient())))

  it.effect("show fields as they are given: others, new ones, null, and none where a field is undefined", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const client = yield* HttpClient.HttpClient
      const { runs } = yield* simulator.createBatch({
        runs: [{ shows: { ttl: "1h", queue: "q", error: { message: "late" }, startedAt: null, region: undefined } }]
      })
      const response = yield* client.get(`http://simulator/api/v3/runs/${runs[0]}`, {
        headers: { authorization: `Bearer ${TriggerSimulator.defaultKey}` }
      })
      const shown = JSON.parse(yield* response.text)
      assert.deepInclude(shown, { ttl: "1h", queue: "q", error: { message: "late" }, startedAt: null })
      assert.notProperty(shown, "region")
    }).pipe(
      Effect.provide(TriggerSimulator.layerHttpClient.pipe(Layer.provideMerge(TriggerSimulator.layer())))
    ))

  it.effect("that crashed or stalled say why on every route, where the test does not", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const runs: SimulatedBatch["runs"] = [{ status: "CRASHED" }, { status: "SYSTEM_FAILURE" }]
      const old = yield* simulator.createBatch({ engine: "v1", listed: "in batch order", runs })
      assert.deepStrictEqual((yield* getBatchResults(old.id)).items.map((item) => !item.ok && item.error), [
        {
          type: "INTERNAL_ERROR",
          code: "TASK_PROCESS_EXITED_WITH_NON_ZERO_CODE",
          message: "Process exited with code 1 after signal null."
        },
        { type: "INTERNAL_ERROR", code: "TASK_RUN_STALLED_EXECUTING", message: "Run stalled while executing" }
      ])
      const today = yield* simulator.createBatch({ runs })
      assert.deepStrictEqual((yield* Effect.forEach(today.runs, retrieveRun)).map(({ error }) => error?.message), [
        "trigger.dev internal error (TASK_PROCESS_EXITED_WITH_NON_ZERO_CODE)",
        "trigger.dev internal error (TASK_RUN_STALLED_EXECUTING)"
      ])
    }).pipe(Effect.provide(TriggerSimulator.layerClient())))

  it.effect("that failed without an error are configured incorrectly on the run route and in the results", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const old = yield* simulator.createBatch({ engine: "v1", runs: [{ status: "FAILED" }] })
      const [item] = (yield* getBatchResults(old.id)).items
      assert.deepInclude(item, { error: { type: "INTERNAL_ERROR", code: "CONFIGURED_INCORRECTLY" } })
      const today = yield* simulator.createBatch({ runs: [{ status: "FAILED" }] })
      const { error } = yield* retrieveRun(today.runs[0] ?? "")
      assert.strictEqual(error?.message, "trigger.dev internal error (CONFIGURED_INCORRECTLY)")
    }).pipe(Effect.provide(TriggerSimulator.layerClient())))

  it.effect("that timed out say so on the run route with the code that the test gives", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { runs } = yield* simulator.createBatch({
        runs: [{ status: "TIMED_OUT" }, { status: "TIMED_OUT", error: { type: "INTERNAL_ERROR", code: "OTHER" } }]
      })
      assert.deepStrictEqual((yield* Effect.forEach(runs, retrieveRun)).map(({ error }) => error?.message), [
        "trigger.dev internal error (MAX_DURATION_EXCEEDED)",
        "trigger.dev internal error (OTHER)"
      ])
    }).pipe(Effect.provide(TriggerSimulator.layerClient())))

  it.effect("took as long on the run route as in the feed: those that Trigger.dev ended took no time", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const client = yield* HttpClient.HttpClient
      const statuses = ["COMPLETED", "FAILED", "CANCELED", "CRASHED", "TIMED_OUT"] as const
      const { id, runs } = yield* simulator.createBatch({
        listed: "in batch order",
        runs: statuses.map((status) => ({ status, finishesAfter: "5 seconds" }))
      })
      yield* TestClock.adjust("5 seconds")
      const read = (path: string) =>
        Effect.flatMap(
          client.get(`http://simulator${path}`, {
            headers: { authorization: `Bearer ${TriggerSimulator.defaultKey}` }
          }),
          (response) => Effect.map(response.text, (text) => JSON.parse(text))
        )
      const shown = yield* Effect.forEach(runs, (run) => read(`/api/v3/runs/${run}`))
      assert.deepStrictEqual(shown.map(({ durationMs }) => durationMs), [5000, 5000, 0, 0, 0])
      const rows = (yield* read(`/realtime/v1/batches/${id}?offset=-1`)).slice(0, -1)
      assert.deepStrictEqual(
        rows.map((row: { readonly value: { readonly usageDurationMs: string } }) => row.value.usageDurationMs),
        ["5000", "5000", "0", "0", "0"]
      )
    }).pipe(
      Effect.provide(TriggerSimulator.layerHttpClient.pipe(Layer.provideMerge(TriggerSimulator.layer())))
    ))

  it.effect("whose output is an empty text show none", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { runs } = yield* simulator.createBatch({ runs: [{ output: "" }] })
      assert.notProperty(yield* retrieveRun(runs[0] ?? ""), "output")
    }).pipe(Effect.provide(TriggerSimulator.layerClient())))
})

describe("keys", () => {
  const keys = [
    { key: "tr_dev_a" },
    { key: "tr_prod_b", environment: "prod" },
    { key: "tr_preview_c", environment: "preview", branches: ["feature/x"] }
  ]

  /** How a call with this key ends, on a simulator that has one batch in each environment. */
  const ask = (key: string, batchId: string, previewBranch?: string) =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      for (const environment of ["dev", "prod", "preview"]) {
        yield* simulator.createBatch({ id: `batch_${environment}`, environment, runs: [] })
      }
      const config = previewBranch === undefined ? once : { ...once, previewBranch }
      return yield* getBatchResults(batchId).pipe(
        Effect.match({ onFailure: (error) => error._tag, onSuccess: () => "ok" }),
        Effect.provide(TriggerClient.layer.pipe(
          Layer.provide(TriggerAuth.layer(Redacted.make(key))),
          Layer.provide(TriggerConfig.layer(config))
        ))
      )
    }).pipe(
      Effect.provide(TriggerSimulator.layerHttpClient.pipe(Layer.provideMerge(TriggerSimulator.layer({ keys }))))
    )

  it.effect("open their own environment, and no other", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* Effect.all([
          ask("tr_dev_a", "batch_dev"),
          ask("tr_dev_a", "batch_prod"),
          ask("tr_prod_b", "batch_prod"),
          ask("tr_wrong", "batch_dev"),
          ask("pk_dev_a", "batch_dev")
        ]),
        ["ok", "BatchNotFound", "ok", "Unauthorized", "Unauthorized"]
      )
    }))

  it.effect("of previews need their branch", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* Effect.all([
          ask("tr_preview_c", "batch_preview", "feature/x"),
          ask("tr_preview_c", "batch_preview", "feature/y"),
          ask("tr_preview_c", "batch_preview")
        ]),
        ["ok", "Unauthorized", "Unauthorized"]
      )
    }))

  it.effect("count only with the scheme as servers have it", () =>
    Effect.gen(function*() {
      const client = yield* HttpClient.HttpClient
      const response = yield* client.get("http://x/api/v1/batches/batch_1/results", {
        headers: { authorization: `bearer ${TriggerSimulator.defaultKey}` }
      })
      assert.strictEqual(response.status, 401)
    }).pipe(
      Effect.provide(TriggerSimulator.layerHttpClient.pipe(Layer.provide(TriggerSimulator.layer())))
    ))
})

describe("a restricted key", () => {
  const key = "tr_prod_sk_restricted"

  /** The status and the body of each route. */
  const routes = Effect.gen(function*() {
    const simulator = yield* TriggerSimulator
    const client = yield* HttpClient.HttpClient
    const { id, runs } = yield* simulator.createBatch({ runs: [{}] })
    const statuses: Record<string, string> = {}
    for (
      const [route, path] of [
        ["results", `/api/v1/batches/${id}/results`],
        ["batches", `/api/v2/batches/${id}`],
        ["runs", `/api/v3/runs/${runs[0]}`],
        ["packets", `/api/v1/packets/${runs[0]}-1/output.json`],
        ["realtime", `/realtime/v1/batches/${id}?offset=-1`]
      ] as const
    ) {
      const response = yield* client.get(`http://simulator${path}`, { headers: { authorization: `Bearer ${key}` } })
      const body = yield* response.text
      statuses[route] = response.status === 200 ? "200" : `${response.status} ${body}`
    }
    return statuses
  })
  const provided = (allowed?: ReadonlyArray<SimulatedRoute>) =>
    Effect.provide(TriggerSimulator.layerHttpClient.pipe(
      Layer.provideMerge(TriggerSimulator.layer({ keys: [{ key, ...(allowed ? { routes: allowed } : {}) }] }))
    ))
  const unauthorized = "401 {\"error\":\"Invalid or Missing API Key\"}"
  const forbidden =
    "403 {\"error\":\"Unauthorized\",\"code\":\"unauthorized\",\"param\":\"access_token\",\"type\":\"authorization\"}"

  it.effect("of a genuine server is a bad key to the results endpoint, and opens batches, runs and the feed", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* routes, {
        results: unauthorized,
        batches: "200",
        runs: "200",
        packets: forbidden,
        realtime: "200"
      })
    }).pipe(provided(["batches", "runs", "realtime"])))

  it.effect("that opens nothing may not use the other routes", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* routes, {
        results: unauthorized,
        batches: forbidden,
        runs: forbidden,
        packets: forbidden,
        realtime: forbidden
      })
    }).pipe(provided([])))

  it.effect("is one that says so: others open everything", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* routes, {
        results: "200",
        batches: "200",
        runs: "200",
        packets: "200",
        realtime: "200"
      })
    }).pipe(provided()))
})

describe("a path that cannot be read", () => {
  it.effect("is a 400", () =>
    Effect.gen(function*() {
      const client = yield* HttpClient.HttpClient
      const response = yield* client.get("http://x/api/v1/batches/%zz/results", {
        headers: { authorization: `Bearer ${TriggerSimulator.defaultKey}` }
      })
      assert.strictEqual(response.status, 400)
    }).pipe(Effect.provide(TriggerSimulator.layerHttpClient.pipe(Layer.provide(TriggerSimulator.layer())))))
})

describe("the record of requests", () => {
  it.effect("tells what was asked, and of the key only its kind", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      yield* Effect.flip(getBatchResults("batch_1"))
      yield* TestClock.adjust("3 seconds")
      yield* Effect.flip(retrieveBatch("batch_2"))
      const requests = yield* simulator.requests
      const common = { method: "GET", query: {}, live: false, key: "tr_dev_…", branch: "b" }
      assert.deepStrictEqual(requests, [
        { number: 1, path: "/api/v1/batches/batch_1/results", at: 0, ...common },
        { number: 2, path: "/api/v2/batches/batch_2", at: 3000, ...common }
      ])
      expectNoSecret(printings(requests), ["tr_dev_verysecret1"])
      yield* simulator.clearRequests
      yield* Effect.flip(getBatchResults("batch_1"))
      assert.deepStrictEqual((yield* simulator.requests).map((request) => request.number), [3])
    }).pipe(
      Effect.provide(
        TriggerSimulator.layerClient({ keys: [{ key: "tr_dev_verysecret1" }] }, { ...once, previewBranch: "b" })
      )
    ))
})

describe("the rate limit", () => {
  it.effect("is a bucket that is refilled at intervals, for each environment, and for each other key", () =>
    Effect.gen(function*() {
      const client = yield* HttpClient.HttpClient
      const ask = (key = TriggerSimulator.defaultKey) =>
        Effect.map(
          client.get("http://x/api/v1/batches/batch_1/results", { headers: { authorization: `Bearer ${key}` } }),
          ({ headers, status }) =>
            [status, headers["x-ratelimit-remaining"], Number(headers["x-ratelimit-reset"])].join(" ")
        )
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* Effect.replicateEffect(ask(), 4), [
        "404 2 11000",
        "404 1 11000",
        "404 0 11000",
        "429 0 11000"
      ])
      assert.strictEqual(yield* ask("tr_dev_other"), "401 2 11000")
      assert.strictEqual(yield* ask("tr_dev_sk_second"), "429 0 11000")
      assert.strictEqual(yield* ask("tr_prod_other"), "404 2 11000")
      yield* TestClock.adjust("9999 millis")
      assert.strictEqual(yield* ask(), "429 0 11000")
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* Effect.replicateEffect(ask(), 3), ["404 1 21000", "404 0 21000", "429 0 21000"])
      yield* TestClock.adjust("1 hour")
      // no more than the bucket holds
      assert.strictEqual(yield* ask(), "404 2 3621000")
    }).pipe(
      Effect.provide(TriggerSimulator.layerHttpClient.pipe(
        Layer.provide(TriggerSimulator.layer({
          rateLimit: { limit: 3, refill: 2 },
          keys: [
            { key: TriggerSimulator.defaultKey },
            { key: "tr_dev_sk_second" },
            { key: "tr_prod_other", environment: "prod" }
          ]
        }))
      ))
    ))
})

describe("a server whose clock is off", () => {
  const noon = Date.parse("2026-11-25T12:00:00.000Z")

  /** Every time that the server tells, in seconds from the client's noon. */
  const told = Effect.gen(function*() {
    const simulator = yield* TriggerSimulator
    const client = yield* HttpClient.HttpClient
    yield* TestClock.setTime(noon)
    const { id, runs: [runId = ""] } = yield* simulator.createBatch({
      runs: [{ finishesAfter: "10 seconds", output: "x".repeat(128 * 1024) }]
    })
    yield* TestClock.adjust("10 seconds")
    const headers = { authorization: `Bearer ${TriggerSimulator.defaultKey}` }
    const read = (path: string) => client.get(`http://simulator${path}`, { headers })
    const from = (time: string | number | undefined) => (new Date(time ?? 0).getTime() - noon) / 1000
    const batch = yield* read(`/api/v2/batches/${id}`)
    const run = JSON.parse(yield* (yield* read(`/api/v3/runs/${runId}`)).text)
    const feed = yield* Effect.flatMap(read(`/realtime/v1/batches/${id}?offset=-1`), (response) => response.text)
    return {
      date: from(batch.headers["date"]),
      reset: from(Number(batch.headers["x-ratelimit-reset"])),
      created: from(JSON.parse(yield* batch.text).createdAt),
      finished: from(run.finishedAt),
      completed: from(`${JSON.parse(feed)[0].value.completedAt}Z`),
      // the store is on the server's clock too
      download: (yield* client.get(run.outputPresignedUrl)).status,
      received: from((yield* simulator.requests)[0]?.at)
    }
  })
  const rows: ReadonlyArray<readonly [name: string, options: TriggerSimulatorOptions, skew: number]> = [
    ["ahead", { clockSkew: { ahead: "5 minutes" } }, 300],
    ["behind", { clockSkew: { behind: "5 minutes" } }, -300],
    ["not at all", {}, 0]
  ]

  for (const [name, options, skew] of rows) {
    it.effect(`${name} tells all its times by that clock; requests are recorded by the client's`, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* told, {
          date: 10 + skew,
          reset: 20 + skew,
          created: skew,
          finished: 10 + skew,
          completed: 10 + skew,
          download: 200,
          received: 10
        })
      }).pipe(
        Effect.provide(TriggerSimulator.layerHttpClient.pipe(Layer.provideMerge(TriggerSimulator.layer(options))))
      ))
  }
})

it.effect("a server tells whole milliseconds where the clock of the test has fractions of them", () =>
  Effect.gen(function*() {
    const simulator = yield* TriggerSimulator
    yield* TestClock.adjust(1500.3)
    const { id, runs: [runId = ""] } = yield* simulator.createBatch({
      runs: [{ changes: [{ after: "1 second", status: "WAITING" }], finishesAfter: "2 seconds" }]
    })
    yield* TestClock.adjust(2000)
    const read = (path: string) =>
      HttpClient.get(`http://simulator${path}`, {
        headers: {
          authorization: `Bearer ${TriggerSimulator.defaultKey}`,
          "x-trigger-electric-version": "1.0.0-beta.1"
        }
      })
    const run = yield* read(`/api/v3/runs/${runId}`)
    const feed = yield* read(`/realtime/v1/batches/${id}?offset=-1`)
    assert.strictEqual(JSON.parse(yield* run.text).status, "COMPLETED")
    assert.strictEqual(run.headers["x-ratelimit-reset"], "13500")
    assert.match(feed.headers["electric-offset"] ?? "", /^3500_\d+$/)
  }).pipe(
    Effect.provide(TriggerSimulator.layerHttpClient.pipe(Layer.provideMerge(TriggerSimulator.layer())))
  ))

describe("a batch as it is found in the field", () => {
  const shown = (batch: SimulatedBatch) =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { id } = yield* simulator.createBatch(batch)
      const { runCount, runs, status } = yield* retrieveBatch(id)
      return { runCount, runs, status }
    }).pipe(Effect.provide(TriggerSimulator.layerClient()))

  it.effect("was aborted, with its items failed", () =>
    Effect.gen(function*() {
      const item = { taskIdentifier: "gone", error: "Task not found" }
      assert.deepStrictEqual(
        yield* shown({ runs: [], failedToStart: [{ index: 0, ...item }, { index: 1, ...item }] }),
        { runCount: 2, runs: [], status: "ABORTED" }
      )
    }))

  it.effect("has a status that this version does not know", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* shown({ runs: [], shows: { status: "ARCHIVED" } })).status, "ARCHIVED")
    }))

  it.effect("counts runs that it does not list", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* shown({ runs: [], shows: { status: "COMPLETED", runCount: 5 } }),
        { runCount: 5, runs: [], status: "COMPLETED" }
      )
    }))

  it.effect("has an item that was tried again for 46 seconds and then became a run that failed", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { id, runs } = yield* simulator.createBatch({
        runs: [{}, {
          createdAfter: "46 seconds",
          status: "SYSTEM_FAILURE",
          error: { type: "INTERNAL_ERROR", code: "BATCH_ITEM_COULD_NOT_TRIGGER", message: "no such queue" }
        }]
      })
      assert.strictEqual((yield* retrieveBatch(id)).status, "PROCESSING")
      yield* TestClock.adjust("46 seconds")
      const batch = yield* retrieveBatch(id)
      assert.deepStrictEqual([batch.status, batch.processing?.errors], ["COMPLETED", []])
      assert.strictEqual((yield* retrieveRun(runs[1] ?? "")).status, "SYSTEM_FAILURE")
    }).pipe(Effect.provide(TriggerSimulator.layerClient())))
})

describe("faults", () => {
  const layer = TriggerSimulator.layerClient({
    rateLimit: "off",
    faults: {
      1: Fault.status(503, { body: "<html>" }),
      2: Fault.reset,
      3: Fault.cutOff(3),
      4: Fault.garbage,
      5: Fault.hang,
      6: Fault.delay("5 seconds"),
      8: Fault.status(204),
      9: Fault.serverError(),
      10: Fault.lost
    }
  }, { ...once, requestTimeout: "10 seconds" })

  it.effect("come by the number of the request", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { id } = yield* simulator.createBatch({ runs: [] })
      const outcomes: Array<unknown> = []
      for (let i = 0; i < 10; i++) {
        const fiber = yield* getBatchResults(id).pipe(
          Effect.match({
            onSuccess: () => "ok",
            onFailure: (error) => error._tag === "TransportError" ? error.reason : error._tag
          }),
          Effect.fork
        )
        yield* TestClock.adjust("1 minute")
        outcomes.push(yield* Fiber.join(fiber))
      }
      assert.deepStrictEqual(outcomes, [
        "ServerError",
        "Reset",
        "CutOff",
        "InvalidResponse",
        "Timeout",
        "ok",
        "ok",
        "UnexpectedResponse",
        "ServerError",
        "Reset"
      ])
    }).pipe(Effect.provide(layer)))

  for (const [name, fault, remaining] of [["lost", Fault.lost, "748"], ["reset", Fault.reset, "749"]] as const) {
    it.effect(`a request whose connection is ${name} ${name === "lost" ? "counts" : "does not count"} in the rate limit`, () =>
      Effect.gen(function*() {
        const simulator = yield* TriggerSimulator
        const client = yield* HttpClient.HttpClient
        yield* simulator.setFaults({ 1: fault })
        const ask = client.get("http://x/api/v2/batches/batch_1", {
          headers: { authorization: `Bearer ${TriggerSimulator.defaultKey}` }
        })
        yield* Effect.flip(ask)
        assert.strictEqual((yield* ask).headers["x-ratelimit-remaining"], remaining)
      }).pipe(Effect.provide(TriggerSimulator.layerHttpClient.pipe(Layer.provideMerge(TriggerSimulator.layer())))))
  }

  for (const status of [199, 600, 0, -1, 200.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    it(`have no status ${status}`, () => {
      assert.throws(
        () => Fault.status(status),
        RangeError,
        `Fault.status(${status}): expected an integer from 200 to 599`
      )
    })
  }

  it.effect("may give the date and the type of the response, however their names are written", () =>
    Effect.gen(function*() {
      const client = yield* HttpClient.HttpClient
      const { headers } = yield* client.get("http://x/")
      assert.strictEqual(headers["date"], "Mon, 23 Nov 2026 20:38:42 GMT")
      assert.strictEqual(headers["content-type"], "text/html")
    }).pipe(
      Effect.provide(TriggerSimulator.layerHttpClient.pipe(
        Layer.provide(TriggerSimulator.layer({
          faults: {
            1: Fault.status(503, {
              headers: { Date: "Mon, 23 Nov 2026 20:38:42 GMT", "Content-Type": "text/html" },
              body: "<html>"
            })
          }
        }))
      ))
    ))

  it.effect("may have the first and the last status of a response", () =>
    Effect.gen(function*() {
      const client = yield* HttpClient.HttpClient
      const ask = Effect.map(client.get("http://x/"), ({ status }) => status)
      assert.deepStrictEqual(yield* Effect.all([ask, ask]), [200, 599])
    }).pipe(
      Effect.provide(TriggerSimulator.layerHttpClient.pipe(
        Layer.provide(TriggerSimulator.layer({ faults: { 1: Fault.status(200), 2: Fault.status(599) } }))
      ))
    ))

  it.effect("come by a look at the request, and can be changed", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      yield* simulator.setFaults(({ path }) => path.includes("batch_bad") ? Fault.status(403) : undefined)
      assert.strictEqual((yield* Effect.flip(getBatchResults("batch_bad")))._tag, "Forbidden")
      assert.strictEqual((yield* Effect.flip(getBatchResults("batch_good")))._tag, "BatchNotFound")
    }).pipe(Effect.provide(TriggerSimulator.layerClient({}, once))))
})

describe("the object store", () => {
  const presigned = Effect.gen(function*() {
    const simulator = yield* TriggerSimulator
    const { runs } = yield* simulator.createBatch({ runs: [{ output: { text: "x".repeat(128 * 1024) } }] })
    const run = yield* retrieveRun(runs[0] ?? "")
    return run.outputPresignedUrl === undefined ? "" : Redacted.value(run.outputPresignedUrl)
  })
  const layer = TriggerSimulator.layerHttpClient.pipe(
    Layer.provideMerge(TriggerSimulator.layer()),
    (http) =>
      TriggerClient.layer.pipe(
        Layer.provide(TriggerConfig.layer({ apiUrl: "http://trigger.simulator" })),
        Layer.provide(TriggerAuth.layer(Redacted.make(TriggerSimulator.defaultKey))),
        Layer.provideMerge(http)
      )
  )
  const get = (url: string, headers: Record<string, string> = {}) =>
    Effect.flatMap(HttpClient.HttpClient, (client) => client.get(url, { headers }))

  it.effect("hands an object out with its own type", () =>
    Effect.gen(function*() {
      const response = yield* get(yield* presigned)
      assert.deepStrictEqual([response.status, response.headers["content-type"]], [200, "application/super+json"])
      assert.strictEqual((yield* response.text).length, 128 * 1024 + "{\"json\":{\"text\":\"\"}}".length)
    }).pipe(Effect.provide(layer)))

  it.effect("may not be able to sign: the run shows neither output nor URL, and the packet is a 500", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const large = "x".repeat(128 * 1024)
      const { runs: [fails = "", signs = ""] } = yield* simulator.createBatch({
        runs: [{ output: large, signing: "fails" }, { output: large }]
      })
      const run = yield* retrieveRun(fails)
      assert.strictEqual(run.status, "COMPLETED")
      assert.notProperty(run, "output")
      assert.notProperty(run, "outputPresignedUrl")
      assert.property(yield* retrieveRun(signs), "outputPresignedUrl")
      const packet = (runId: string) =>
        get(`http://trigger.simulator/api/v1/packets/${runId}-1/output.txt`, {
          authorization: `Bearer ${TriggerSimulator.defaultKey}`
        })
      assert.strictEqual((yield* packet(fails)).status, 500)
      assert.strictEqual((yield* packet(signs)).status, 200)
    }).pipe(Effect.provide(layer)))

  for (const path of ["lost/output.json", "run_1-1/output.json"]) {
    it.effect(`may have lost the object of a run, whose path is ${path}`, () =>
      Effect.gen(function*() {
        const simulator = yield* TriggerSimulator
        yield* simulator.createBatch({
          runs: [{ id: "run_1", stored: { output: path, outputType: "application/store" } }]
        })
        const run = yield* retrieveRun("run_1")
        assert.notProperty(run, "output")
        const shown = run.outputPresignedUrl === undefined ? "" : Redacted.value(run.outputPresignedUrl)
        assert.include(shown, `/dev/${path}?`)
        const packet = yield* get(`http://trigger.simulator/api/v1/packets/${path}`, {
          authorization: `Bearer ${TriggerSimulator.defaultKey}`
        })
        for (const url of [shown, JSON.parse(yield* packet.text).presignedUrl]) {
          const response = yield* get(url)
          assert.strictEqual(response.status, 404)
          assert.include(yield* response.text, "<Code>NoSuchKey</Code>")
        }
      }).pipe(Effect.provide(layer)))
  }

  it.effect("may not be able to sign the URL of an object that it has lost", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      yield* simulator.createBatch({
        runs: [{ id: "run_1", stored: { output: "lost.json", outputType: "application/store" }, signing: "fails" }]
      })
      const run = yield* retrieveRun("run_1")
      assert.notProperty(run, "output")
      assert.notProperty(run, "outputPresignedUrl")
      const packet = yield* get("http://trigger.simulator/api/v1/packets/lost.json", {
        authorization: `Bearer ${TriggerSimulator.defaultKey}`
      })
      assert.strictEqual(packet.status, 500)
    }).pipe(Effect.provide(layer)))

  it.effect("has an object of one run also where another run names its path", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      yield* simulator.createBatch({
        runs: [
          { id: "run_1", stored: { output: "run_2-1/output.txt", outputType: "application/store" } },
          { id: "run_2", output: "x".repeat(128 * 1024) }
        ]
      })
      const { outputPresignedUrl } = yield* retrieveRun("run_1")
      assert.isDefined(outputPresignedUrl)
      assert.strictEqual((yield* get(outputPresignedUrl ? Redacted.value(outputPresignedUrl) : "")).status, 200)
    }).pipe(Effect.provide(layer)))

  it.effect("takes a URL for 300 seconds", () =>
    Effect.gen(function*() {
      const url = yield* presigned
      yield* TestClock.adjust("299 seconds")
      assert.strictEqual((yield* get(url)).status, 200)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* get(url)).status, 403)
    }).pipe(Effect.provide(layer)))

  it.effect("refuses a bearer beside the signature, a wrong signature, and what is not there", () =>
    Effect.gen(function*() {
      const url = yield* presigned
      assert.strictEqual((yield* get(url, { authorization: "Bearer x" })).status, 400)
      assert.strictEqual((yield* get(url.replace(/.$/, "!"))).status, 403)
      const packet = yield* get("http://trigger.simulator/api/v1/packets/run_1/attempt_1/output.json", {
        authorization: `Bearer ${TriggerSimulator.defaultKey}`
      })
      const { presignedUrl } = JSON.parse(yield* packet.text)
      assert.strictEqual((yield* get(presignedUrl)).status, 404)
    }).pipe(Effect.provide(layer)))
})

describe("a response whose type the test does not give", () => {
  const faults = () => Fault.status(503, { body: "<html>" })
  const read = (origin: string) =>
    Effect.gen(function*() {
      const client = yield* HttpClient.HttpClient
      const response = yield* client.get(`${origin}/`)
      return { type: response.headers["content-type"], body: yield* response.text }
    })

  it.effect("has none in memory", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* read("http://x"), { type: undefined, body: "<html>" })
    }).pipe(
      Effect.provide(TriggerSimulator.layerHttpClient.pipe(Layer.provide(TriggerSimulator.layer({ faults }))))
    ))

  it.live("has none on a socket", () => {
    const server = createServer()
    return Effect.gen(function*() {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      assert.deepStrictEqual(yield* read(`http://127.0.0.1:${port}`), { type: undefined, body: "<html>" })
    }).pipe(
      Effect.ensuring(Effect.sync(() => server.closeAllConnections())),
      Effect.provide(FetchHttpClient.layer),
      Effect.provide(TriggerSimulator.layerServer.pipe(
        Layer.provideMerge(TriggerSimulator.layer({ faults })),
        Layer.provide(NodeHttpServer.layer(() => server, { port: 0, host: "127.0.0.1" }))
      ))
    )
  })
})

class First extends Context.Tag("test/First")<First, TriggerClientService>() {}
class Second extends Context.Tag("test/Second")<Second, TriggerClientService>() {}

describe("two simulators in one program", () => {
  const failing = (message: string) => TriggerSimulator.layerClient({ faults: () => Fault.serverError(message) }, once)

  it.effect("each get the requests of their own client", () =>
    Effect.gen(function*() {
      const clients = [yield* First, yield* Second]
      const errors = yield* Effect.forEach(clients, ({ retrieveBatch }) => Effect.flip(retrieveBatch("batch_1")))
      assert.deepStrictEqual(errors.map((error) => error._tag === "ServerError" && error.detail), ["first", "second"])
    }).pipe(Effect.provide(Layer.merge(
      Layer.project(failing("first"), TriggerClient, First, identity),
      Layer.project(failing("second"), TriggerClient, Second, identity)
    ))))

  it.live("each respond on their own server", () => {
    const servers = [createServer(), createServer()] as const
    const serving = (server: typeof servers[number], message: string) =>
      TriggerSimulator.layerServer.pipe(
        Layer.provide(TriggerSimulator.layer({ faults: () => Fault.status(500, { body: message }) })),
        Layer.provide(NodeHttpServer.layer(() => server, { port: 0, host: "127.0.0.1" }))
      )
    return Effect.gen(function*() {
      const bodies = yield* Effect.forEach(servers, (server) => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        return Effect.flatMap(HttpClient.get(`http://127.0.0.1:${port}`), ({ text }) => text)
      })
      assert.deepStrictEqual(bodies, ["first", "second"])
    }).pipe(
      Effect.ensuring(Effect.sync(() => servers.forEach((server) => server.closeAllConnections()))),
      Effect.provide(FetchHttpClient.layer),
      Effect.provide(Layer.merge(serving(servers[0], "first"), serving(servers[1], "second")))
    )
  })
})

describe("on a real server", () => {
  it.live("gets each request once, also where provideMerge gives its layer to others", () => {
    const server = createServer()
    return Effect.gen(function*() {
      const { requests } = yield* TriggerSimulator
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      yield* Effect.flatMap(HttpClient.get(`http://127.0.0.1:${port}`), ({ text }) => text)
      assert.lengthOf(yield* requests, 1)
    }).pipe(
      Effect.ensuring(Effect.sync(() => server.closeAllConnections())),
      Effect.provide(FetchHttpClient.layer),
      Effect.provide(Layer.empty.pipe(
        Layer.provideMerge(TriggerSimulator.layerServer),
        Layer.provideMerge(TriggerSimulator.layer()),
        Layer.provide(NodeHttpServer.layer(() => server, { port: 0, host: "127.0.0.1" }))
      ))
    )
  })

  it.live("responds over HTTP, faults included", () => {
    const server = createServer()
    const faults = { 2: Fault.reset, 3: Fault.cutOff(20), 4: Fault.hang, 5: Fault.lost }
    return Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { id } = yield* simulator.createBatch({ engine: "v1", runs: [{ output: "text" }] })
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      const client = TriggerClient.layer.pipe(
        Layer.provide(TriggerConfig.layer({
          apiUrl: `http://127.0.0.1:${port}`,
          requestTimeout: "300 millis",
          ...once
        })),
        Layer.provide(TriggerAuth.layer(Redacted.make(TriggerSimulator.defaultKey))),
        Layer.provide(FetchHttpClient.layer)
      )
      const outcome = Effect.match(getBatchResults(id), {
        onSuccess: (results) => results.items.length,
        onFailure: (error) => error._tag === "TransportError" ? error.reason : error._tag
      })
      const outcomes = yield* Effect.provide(Effect.replicateEffect(outcome, 6), client)
      assert.deepStrictEqual(outcomes, [1, "Reset", "CutOff", "Timeout", "Reset", 1])
    }).pipe(
      Effect.ensuring(Effect.sync(() => server.closeAllConnections())),
      Effect.provide(TriggerSimulator.layerServer.pipe(
        Layer.provideMerge(TriggerSimulator.layer({ faults })),
        Layer.provide(NodeHttpServer.layer(() => server, { port: 0, host: "127.0.0.1" }))
      ))
    )
  })

  const unanswered: Record<string, Fault | undefined> = {
    "is held": undefined,
    hangs: Fault.hang,
    "is delayed": Fault.delay("1 hour")
  }

  for (const [what, fault] of Object.entries(unanswered)) {
    it.live(`stops while a request ${what}, which is reset`, () => {
      const server = createServer()
      let end: Promise<unknown> = Promise.resolve()
      return Effect.gen(function*() {
        const simulator = yield* TriggerSimulator
        const { id } = yield* simulator.createBatch({ runs: [] })
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        const headers = { authorization: `Bearer ${TriggerSimulator.defaultKey}` }
        end = fetch(`http://127.0.0.1:${port}/realtime/v1/batches/${id}?offset=0_0&handle=1&live=true`, { headers })
          .then((response) => response.status, (error) => error.cause.code)
        yield* Effect.repeat(simulator.requests, {
          schedule: Schedule.spaced("10 millis"),
          until: (requests) => requests.length > 0
        })
      }).pipe(
        Effect.provide(TriggerSimulator.layerServer.pipe(
          Layer.provideMerge(TriggerSimulator.layer({ realtime: { hold: "1 hour" }, faults: () => fault })),
          Layer.provide(NodeHttpServer.layer(() => server, { port: 0, host: "127.0.0.1" }))
        )),
        Effect.zipRight(Effect.promise(() => end)),
        Effect.tap((outcome) => Effect.sync(() => assert.strictEqual(outcome, "UND_ERR_SOCKET")))
      )
    })
  }
})
