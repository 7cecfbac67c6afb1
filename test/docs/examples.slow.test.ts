/**
 * Each program of docs/examples shows what its first sentence says: it runs as a process of its own, against a simulator on
 * a socket.
 */
import { HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import {
  Fault,
  type ReceivedRequest,
  type SimulatedBatch,
  type SimulatedRun,
  TriggerSimulator,
  type TriggerSimulatorOptions
} from "effect-trigger-dev/testing"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { vi } from "vitest"
import { filesBelow, read, root } from "./blocks.js"

/** What this file does not run, and what runs it. */
const testedElsewhere: { readonly [file: string]: string } = {
  "docs/examples/durable.ts": "docs/examples/durable-demo.ts",
  "docs/examples/durable-demo.ts": "test/workflow/demo.slow.test.ts",
  // a test itself
  "docs/examples/unit-test.test.ts": "vitest.config.ts"
}

const simulator = (options?: TriggerSimulatorOptions) =>
  TriggerSimulator.layerServer.pipe(
    Layer.provideMerge(TriggerSimulator.layer(options)),
    Layer.provideMerge(NodeHttpServer.layerServer(createServer, { port: 0, host: "127.0.0.1" }))
  )

/** A batch that begins with the first request, however long the program takes to start. */
const createWhenRead = (
  batch: SimulatedBatch,
  faults: (request: ReceivedRequest) => Fault | undefined = () => undefined
) =>
  Effect.flatMap(TriggerSimulator, (simulator) => {
    let created = false
    return simulator.setFaults((request) => {
      if (!created) {
        created = true
        Effect.runSync(simulator.createBatch(batch))
      }
      return faults(request)
    })
  })

const url = HttpServer.addressFormattedWith(Effect.succeed)

/** Starts an example. It is killed at the end of the scope. */
const start = (file: string, args: ReadonlyArray<string>, env: NodeJS.ProcessEnv = {}) =>
  Effect.gen(function*() {
    const { TRIGGER_ACCESS_TOKEN: _, ...environment } = process.env
    const api = yield* url
    return yield* Effect.acquireRelease(
      Effect.sync(() =>
        spawn(process.execPath, ["--import", "tsx", `docs/examples/${file}`, ...args], {
          cwd: root,
          env: {
            ...environment,
            TRIGGER_SECRET_KEY: TriggerSimulator.defaultKey,
            TRIGGER_API_URL: api,
            NO_COLOR: "1",
            ...env
          }
        })
      ),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    )
  })

/** Waits for the end of an example, and returns what it printed. */
const printed = (child: ChildProcess) =>
  Effect.promise(async () => {
    let [stdout, stderr] = ["", ""]
    child.stdout?.on("data", (chunk) => stdout += chunk)
    child.stderr?.on("data", (chunk) => stderr += chunk)
    await once(child, "close")
    return { stdout, lines: stdout.trimEnd().split("\n"), stderr, exitCode: child.exitCode }
  })

const run = (file: string, args: ReadonlyArray<string> = [], env?: NodeJS.ProcessEnv) =>
  Effect.flatMap(start(file, args, env), printed)

const invoice = (number: string): SimulatedRun => ({ id: `run_${number}`, output: { number, total: 4200n } })
const failed: SimulatedRun = { id: "run_failed", error: { type: "STRING_ERROR", raw: "card declined" } }

describe("script.ts", () => {
  it.scopedLive("prints each result, and exits with 0 if all runs succeeded", () =>
    Effect.gen(function*() {
      yield* (yield* TriggerSimulator).createBatch({ id: "batch_1", runs: [invoice("1"), { id: "run_2" }] })
      const { exitCode, lines, stderr } = yield* run("script.ts", ["batch_1"])
      assert.strictEqual(stderr, "")
      assert.deepStrictEqual(lines, [
        "ok      run_1  {\"number\":\"1\",\"total\":\"4200\"}",
        "ok      run_2  undefined",
        "2 succeeded, 0 failed, 0 pending"
      ])
      assert.strictEqual(exitCode, 0)
    }).pipe(Effect.provide(simulator())))

  it.scopedLive("exits with 1 if a run failed", () =>
    Effect.gen(function*() {
      yield* (yield* TriggerSimulator).createBatch({ id: "batch_1", runs: [invoice("1"), failed] })
      const { exitCode, lines } = yield* run("script.ts", ["batch_1"])
      assert.match(lines[1] ?? "", /^failed {2}run_failed {2}.*card declined/)
      assert.strictEqual(exitCode, 1)
    }).pipe(Effect.provide(simulator())))

  it.scopedLive("exits with 1 if a run has not finished", () =>
    Effect.gen(function*() {
      yield* (yield* TriggerSimulator).createBatch({ id: "batch_1", runs: [invoice("1"), { finishesAfter: "never" }] })
      const { exitCode, lines } = yield* run("script.ts", ["batch_1"])
      assert.strictEqual(lines.at(-1), "1 succeeded, 0 failed, 1 pending")
      assert.strictEqual(exitCode, 1)
    }).pipe(Effect.provide(simulator())))

  it.scopedLive("exits with 1 if an item did not become a run", () =>
    Effect.gen(function*() {
      const item = { index: 1, taskIdentifier: "invoice", error: "no such task" }
      yield* (yield* TriggerSimulator).createBatch({ id: "batch_1", runs: [invoice("1")], failedToStart: [item] })
      const { exitCode, lines } = yield* run("script.ts", ["batch_1"])
      assert.deepStrictEqual(lines.slice(1), [
        "failed  item 1 did not become a run: no such task",
        "1 succeeded, 1 failed, 0 pending"
      ])
      assert.strictEqual(exitCode, 1)
    }).pipe(Effect.provide(simulator())))

  it.scopedLive.each(
    [
      ["there is no such batch", {}, "batch_2"],
      ["there is no key", { TRIGGER_SECRET_KEY: undefined }, "TRIGGER_SECRET_KEY"]
    ] as const
  )("exits with 2 and says why if %s", ([, env, reason]) =>
    Effect.gen(function*() {
      const { exitCode, stderr, stdout } = yield* run("script.ts", ["batch_2"], env)
      assert.include(stderr, reason)
      assert.strictEqual(stdout, "")
      assert.strictEqual(exitCode, 2)
    }).pipe(Effect.provide(simulator())))
})

describe("deadline.ts", () => {
  const item = { index: 1, taskIdentifier: "invoice", error: "no such task" }

  it.scopedLive.each(
    [
      ["0 if all runs succeeded", { runs: [invoice("1")] }, "1 succeeded, 0 failed, 0 not finished", 0],
      ["1 if a run failed", { runs: [invoice("1"), failed] }, "1 succeeded, 1 failed, 0 not finished", 1],
      [
        "1 if an item did not become a run",
        { runs: [invoice("1")], failedToStart: [item] },
        "1 succeeded, 1 failed, 0 not finished",
        1
      ],
      [
        "3 if a run has not finished by the deadline",
        { runs: [invoice("1"), { finishesAfter: "never" }] },
        "1 succeeded, 0 failed, 1 not finished",
        3
      ]
    ] as const
  )("exits with %s", ([, batch, line, code]) =>
    Effect.gen(function*() {
      yield* (yield* TriggerSimulator).createBatch({ id: "batch_1", ...batch })
      const { exitCode, lines, stderr } = yield* run("deadline.ts", ["batch_1", "1 second"])
      assert.strictEqual(stderr, "")
      assert.deepStrictEqual(lines, [line])
      assert.strictEqual(exitCode, code)
    }).pipe(Effect.provide(simulator())))

  it.scopedLive.each(
    [
      ["there is no such batch", ["batch_2"], "batch_2"],
      ["the time is no duration", ["batch_2", "10m"], "\"10m\" is no duration"]
    ] as const
  )("exits with 2 and says why if %s", ([, args, why]) =>
    Effect.gen(function*() {
      const { exitCode, stderr } = yield* run("deadline.ts", args)
      assert.include(stderr, why)
      assert.strictEqual(exitCode, 2)
    }).pipe(Effect.provide(simulator())))
})

const json = { "content-type": "application/json" }

/** A 429 that ends in so many milliseconds. */
const rateLimited = (wait: number) =>
  Fault.status(429, {
    headers: {
      ...json,
      "x-ratelimit-limit": "750",
      "x-ratelimit-remaining": "0",
      "x-ratelimit-reset": String(Date.now() + wait)
    },
    body: "{}"
  })

const get = (url: string) =>
  Effect.promise(async () => {
    const response = await fetch(url)
    const text = await response.text()
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) }
  })

describe("http-api.ts", () => {
  /** Starts the service, and returns its URL. */
  const service = Effect.gen(function*() {
    const child = yield* start("http-api.ts", [], { PORT: "0" })
    const port = yield* Effect.async<string>((resume) => {
      child.stdout.on("data", (chunk) => {
        const [, port] = /http:\/\/[^ "]*:(\d+)/.exec(String(chunk)) ?? []
        if (port !== undefined) resume(Effect.succeed(port))
      })
    })
    return `http://127.0.0.1:${port}`
  })

  it.scopedLive("serves the outputs of a batch", () =>
    Effect.gen(function*() {
      yield* (yield* TriggerSimulator).createBatch({
        id: "batch_1",
        runs: [invoice("1"), failed, { finishesAfter: "never" }]
      })
      const { body, status } = yield* get(`${yield* service}/batches/batch_1/invoices`)
      assert.strictEqual(status, 200)
      assert.deepStrictEqual(body.invoices, [{ number: "1", total: "4200" }])
      assert.match(body.failures.join(), /^[^,]*card declined/)
    }).pipe(Effect.provide(simulator())))

  it.scopedLive("maps errors of the client to HTTP errors, without details of the API", () =>
    Effect.gen(function*() {
      const trigger = yield* TriggerSimulator
      const origin = yield* service
      const ask = (batchId: string) => get(`${origin}/batches/${batchId}/invoices`)
      for (const batchId of ["batch_unknown", "none"]) {
        assert.deepStrictEqual(yield* ask(batchId), { status: 404, body: { _tag: "UnknownBatch", batchId } })
      }
      yield* trigger.setFaults(() => Fault.status(401, { headers: json, body: "{\"error\":\"Invalid API Key\"}" }))
      assert.deepStrictEqual(yield* ask("batch_1"), { status: 500, body: undefined })
      // longer than the client waits
      yield* trigger.setFaults(() => rateLimited(600_000))
      assert.deepStrictEqual(yield* ask("batch_1"), { status: 503, body: undefined })
    }).pipe(Effect.provide(simulator())))

  it.scopedLive("shares one client: a 429 of one request holds back the next request, too", () =>
    Effect.gen(function*() {
      const trigger = yield* TriggerSimulator
      yield* trigger.createBatch({ id: "batch_1", runs: [invoice("1")] })
      const origin = yield* service
      let asked = 0
      yield* trigger.setFaults(() => asked++ === 0 ? rateLimited(2000) : undefined)
      const ask = get(`${origin}/batches/batch_1/invoices`)
      const [{ status }] = yield* Effect.all([ask, Effect.delay(ask, "500 millis")], { concurrency: 2 })
      assert.strictEqual(status, 200)
      const [first, second] = yield* trigger.requests
      assert.isAtLeast((second?.at ?? 0) - (first?.at ?? 0), 1900)
    }).pipe(Effect.provide(simulator())))
})

describe("open-telemetry.ts", () => {
  /** What it printed; it runs once for all tests. */
  const telemetry = Effect.runSync(Effect.cached(
    Effect.gen(function*() {
      yield* (yield* TriggerSimulator).createBatch({ id: "batch_1", runs: [invoice("1"), failed] })
      const { lines, stdout } = yield* run("open-telemetry.ts", ["batch_1"])
      const parsed = (kind: string) =>
        lines.filter((line) => line.startsWith(kind)).map((line) => JSON.parse(line.slice(kind.length)))
      return { spans: parsed("span "), metrics: parsed("metric "), stdout, api: yield* url }
    }).pipe(Effect.scoped, Effect.provide(simulator()))
  ))

  it.live("exports a span for the call and for each attempt, below the program's own", () =>
    Effect.gen(function*() {
      const { api, spans } = yield* telemetry
      const shown = spans.map(({ attributes, name, parent }) => [name, parent, attributes["url.full"]])
      assert.sameDeepMembers(shown, [
        ["report", undefined, undefined],
        ["collectBatchResults", "report", undefined],
        ["TriggerClient.retrieveBatch", "collectBatchResults", undefined],
        ["GET /api/v2/batches/{batchId}", "TriggerClient.retrieveBatch", `${api}/api/v2/batches/batch_1`],
        ["TriggerClient.readRealtimeFeed", "collectBatchResults", undefined],
        ["GET /realtime/v1/batches/{batchId}", "TriggerClient.readRealtimeFeed", `${api}/realtime/v1/batches/batch_1`]
      ])
    }))

  it.live("exports the metrics", () =>
    Effect.gen(function*() {
      const { metrics } = yield* telemetry
      const operations = ["TriggerClient.readRealtimeFeed", "TriggerClient.retrieveBatch"]
      const named = (name: string) => metrics.filter((metric) => metric.name === name)
      assert.sameDeepMembers(
        named("trigger_requests").map(({ attributes, type, value }) => [type, attributes, value]),
        [
          ...operations.map((operation) => ["SUM", { operation, outcome: "success" }, 1])
        ]
      )
      assert.sameDeepMembers(
        named("trigger_attempt_duration").map(({ attributes, type, value }) => [type, attributes, value.count]),
        operations.map((operation) => ["HISTOGRAM", { operation, time_unit: "milliseconds" }, 1])
      )
    }))

  it.live("exports the key nowhere", () =>
    Effect.gen(function*() {
      const { metrics, spans, stdout } = yield* telemetry
      assert.isAbove(spans.length * metrics.length, 0)
      assert.notInclude(stdout, TriggerSimulator.defaultKey)
      assert.notMatch(stdout, /authorization|bearer/i)
    }))
})

describe("rotating-keys.ts", () => {
  it.scopedLive("goes on with the new key, and does not read again what it has", () =>
    Effect.gen(function*() {
      const trigger = yield* TriggerSimulator
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(path.join(tmpdir(), "keys-"))),
        (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
      )
      const file = path.join(folder, "key")
      writeFileSync(file, "tr_dev_old\n")
      let polls = 0
      // the second poll finds that the key has been rotated
      const rotate = ({ key, path }: ReceivedRequest) => {
        if (path === "/api/v2/batches/batch_1" && ++polls === 2) writeFileSync(file, "tr_stg_new\n")
        return polls >= 2 && key === "tr_dev_…"
          ? Fault.status(401, { headers: json, body: "{\"error\":\"Invalid or Missing API Key\"}" })
          : undefined
      }
      yield* createWhenRead(
        { id: "batch_1", runs: [{ id: "run_1" }, { id: "run_2", finishesAfter: "3 seconds" }] },
        rotate
      )
      const { exitCode, lines } = yield* run("rotating-keys.ts", ["batch_1"], {
        TRIGGER_SECRET_KEY: undefined,
        TRIGGER_KEY_FILE: file
      })
      assert.deepStrictEqual(lines, ["The key was refused: Refused", "2 results"])
      assert.strictEqual(exitCode, 0)
      const requests = yield* trigger.requests
      assert.lengthOf(requests.filter(({ path }) => path === "/api/v3/runs/run_1"), 1)
      // the old key is not used again
      assert.deepStrictEqual(
        [...new Set(requests.slice(requests.findIndex(({ key }) => key === "tr_stg_…")).map(({ key }) => key))],
        ["tr_stg_…"]
      )
    }).pipe(Effect.provide(simulator({
      keys: [{ key: "tr_dev_old" }, { key: "tr_stg_new", environment: "dev" }],
      // each run is read by a request of its own
      realtime: { backend: "no route" }
    }))))
})

describe("schema-classes.ts", () => {
  it.scopedLive("decodes instances, and says of the output that does not fit where and why", () =>
    Effect.gen(function*() {
      const sentAt = new Date(0)
      yield* (yield* TriggerSimulator).createBatch({
        id: "batch_1",
        runs: [
          {
            id: "run_1",
            output: { number: "1", sentAt, lines: [{ article: "a", cents: 1n }, { article: "b", cents: 2n }] }
          },
          { id: "run_2", output: { number: "2", sentAt, lines: [{ article: "a", cents: "many" }] } },
          failed,
          { id: "run_4" },
          { id: "run_5", output: { number: "5", sentAt, lines: [] } },
          { id: "run_6", output: "a text" }
        ]
      })
      const { lines } = yield* run("schema-classes.ts", ["batch_1"])
      assert.deepStrictEqual(lines.slice(0, 2), ["1 of 1970: 3 cents", "5 of 1970: 0 cents"])
      assert.match(lines[2] ?? "", /^run_2 does not fit at lines\[0\]\.cents: .*many/)
      assert.match(lines[3] ?? "", /^run_failed failed: .*card declined/)
      assert.match(lines[4] ?? "", /^run_4 has no readable output: /)
      assert.match(lines[5] ?? "", /^run_6 does not fit at its root: .*a text/)
      assert.lengthOf(lines, 6)
    }).pipe(Effect.provide(simulator())))
})

describe("progress.ts", () => {
  it.scopedLive("prints the total and the number of runs in each status, until the last one has finished", () =>
    Effect.gen(function*() {
      yield* createWhenRead({
        id: "batch_1",
        runs: [{}, { ...failed, finishesAfter: "2 seconds" }, { finishesAfter: "4 seconds" }]
      })
      const { lines } = yield* run("progress.ts", ["batch_1"])
      assert.deepStrictEqual([...new Set(lines)], [
        "[######              ] 1 of 3 finished, 0 failed: 1 COMPLETED, 2 EXECUTING",
        "[#############       ] 2 of 3 finished, 1 failed: 1 COMPLETED, 1 EXECUTING, 1 FAILED",
        "[####################] 3 of 3 finished, 1 failed: 2 COMPLETED, 1 FAILED",
        "done: 3 results"
      ])
    }).pipe(Effect.provide(simulator())))
})

describe("caching-fetch.ts", () => {
  it.scopedLive("ends, while a plain fetch goes on to see the batch of the beginning", () =>
    Effect.gen(function*() {
      yield* createWhenRead({ id: "batch_1", runs: [{}, { finishesAfter: "2 seconds" }] })
      const { lines } = yield* run("caching-fetch.ts", ["batch_1"])
      assert.deepStrictEqual(lines, [
        "before: PENDING",
        "awaitBatchResults: 2 results, complete: true",
        "after, by a plain fetch: PENDING"
      ])
    }).pipe(Effect.provide(simulator({ realtime: { backend: "no route" } }))))
})

describe("edge.ts", () => {
  /** A new instance of the worker. */
  const handler = Effect.promise(async () => {
    vi.resetModules()
    return (await import("../../docs/examples/edge.js")).default
  })

  it.scopedLive("takes its settings from env, and maps errors to responses", () =>
    Effect.gen(function*() {
      yield* (yield* TriggerSimulator).createBatch({ id: "batch_1", runs: [invoice("1"), failed] })
      const { fetch } = yield* handler
      const env = {
        TRIGGER_SECRET_KEY: TriggerSimulator.defaultKey,
        TRIGGER_API_URL: yield* url,
        // a binding of another service, whose name the client happens to read
        TRIGGER_PREVIEW_BRANCH: {}
      }
      const get = (path: string) => Effect.promise(() => fetch(new Request(`https://worker.example.com${path}`), env))
      const response = yield* get("/batch_1")
      assert.strictEqual(response.status, 200)
      const { complete, failures, outputs } = yield* Effect.promise(() => response.json())
      assert.deepStrictEqual([complete, outputs], [true, [{ number: "1", total: "4200" }]])
      assert.match(failures.join(), /^[^,]*card declined/)
      assert.strictEqual((yield* get("/batch_2")).status, 404)
      assert.strictEqual((yield* get("/none")).status, 400)
    }).pipe(Effect.provide(simulator())))

  it.scopedLive("shares one client: a 429 of one request holds back the next request, too", () =>
    Effect.gen(function*() {
      const trigger = yield* TriggerSimulator
      yield* trigger.createBatch({ id: "batch_1", runs: [invoice("1")] })
      const { fetch } = yield* handler
      const env = { TRIGGER_SECRET_KEY: TriggerSimulator.defaultKey, TRIGGER_API_URL: yield* url }
      let asked = 0
      yield* trigger.setFaults(() => asked++ === 0 ? rateLimited(2000) : undefined)
      const ask = Effect.promise(() => fetch(new Request("https://worker.example.com/batch_1"), env))
      const [{ status }] = yield* Effect.all([ask, Effect.delay(ask, "500 millis")], { concurrency: 2 })
      assert.strictEqual(status, 200)
      const [first, second] = yield* trigger.requests
      assert.isAtLeast((second?.at ?? 0) - (first?.at ?? 0), 1900)
    }).pipe(Effect.provide(simulator())))
})

describe("migrate-subscribe.ts", () => {
  it.scopedLive("gets the same from both, run by run", () =>
    Effect.gen(function*() {
      yield* createWhenRead({
        id: "batch_1",
        runs: [
          { id: "run_1", output: { number: "1", total: 4200n, sentAt: new Date(0) } },
          { id: "run_2", output: "text", finishesAfter: "1 second" },
          { ...failed, finishesAfter: "2 seconds" }
        ]
      })
      const { exitCode, stdout } = yield* run("migrate-subscribe.ts", ["batch_1"])
      const { ours, sdk } = JSON.parse(stdout)
      assert.deepStrictEqual(ours, {
        run_1: { output: { number: "1", total: "4200", sentAt: "1970-01-01T00:00:00.000Z" } },
        run_2: { output: "text" },
        run_failed: { failed: true }
      })
      assert.deepStrictEqual(sdk, ours)
      assert.strictEqual(exitCode, 0)
    }).pipe(Effect.provide(simulator())))
})

describe("migrate-batch-results.ts", () => {
  it.scopedLive("gets the same from both", () =>
    Effect.gen(function*() {
      yield* (yield* TriggerSimulator).createBatch({ id: "batch_1", engine: "v1", runs: [invoice("1"), failed] })
      const { before, after } = JSON.parse((yield* run("migrate-batch-results.ts", ["batch_1"])).stdout)
      assert.strictEqual(after.id, "batch_1")
      assert.sameMembers(after.items.map(({ id }: { readonly id: string }) => id), ["run_1", "run_failed"])
      assert.deepStrictEqual(before, after)
    }).pipe(Effect.provide(simulator())))

  it.scopedLive("tells of a batch that does not exist in both ways", () =>
    Effect.gen(function*() {
      const { stderr, stdout } = yield* run("migrate-batch-results.ts", ["batch_2"])
      assert.deepStrictEqual(JSON.parse(stdout), {})
      assert.match(stderr, /^before: ./m)
      assert.match(stderr, /^after: .*batch_2/m)
    }).pipe(Effect.provide(simulator())))
})

it("every example is run by a test, and is in the table of README.md", () => {
  const examples = filesBelow("docs/examples", ".ts")
  const here = read("test/docs/examples.slow.test.ts")
  for (const file of examples) {
    const name = path.basename(file)
    const elsewhere = testedElsewhere[file]
    assert.isTrue(elsewhere !== undefined || here.includes(`describe("${name}"`), `${file} has no test`)
    assert.include(read("docs/examples/README.md"), `| [${name}](${name}) |`)
  }
})
