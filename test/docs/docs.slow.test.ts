/**
 * What README.md, docs and the doc comments tell a reader to write compiles and runs, against a simulator on a socket.
 */
import { FetchHttpClient, HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Effect, Layer, ManagedRuntime, Stream } from "effect"
import { getBatchResults, RunFailed, TriggerClient } from "effect-trigger-dev"
import { TriggerSimulator } from "effect-trigger-dev/testing"
import { execFile } from "node:child_process"
import { createServer } from "node:http"
import * as path from "node:path"
import { afterAll, assert, beforeAll, describe, it, vi } from "vitest"
import { filesBelow, root, writeBlocks } from "./blocks.js"

/** What the code blocks started with `Effect.runPromise`. */
const started = vi.hoisted(() => new Array<Promise<unknown>>())

vi.mock("effect", async (importOriginal) => {
  const effect = await importOriginal<{ readonly Effect: typeof Effect }>()
  const runPromise: typeof Effect.runPromise = (program, options) => {
    const promise = effect.Effect.runPromise(program, options)
    started.push(promise)
    return promise
  }
  return { ...effect, Effect: { ...effect.Effect, runPromise } }
})

/** The batch that the blocks ask for. The old engine executed it, so that every operation has results to show. */
const Batch = Layer.effectDiscard(Effect.flatMap(TriggerSimulator, (simulator) =>
  simulator.createBatch({
    id: "batch_1234",
    engine: "v1",
    runs: [
      { id: "run_1234", task: "send-invoice", output: { number: "2026-0042", total: 4200n, sentAt: new Date(0) } },
      { task: "resize", output: { width: 64, height: 64 } },
      { task: "export", output: "x".repeat(200_000) },
      { task: "resize", error: { type: "STRING_ERROR", raw: "no such file" } }
    ]
  })))

const Server = TriggerSimulator.layerServer.pipe(
  Layer.provideMerge(Batch),
  Layer.provideMerge(TriggerSimulator.layer()),
  Layer.provideMerge(NodeHttpServer.layerServer(createServer, { port: 0, host: "127.0.0.1" }))
)

const server = ManagedRuntime.make(Server)
const client = ManagedRuntime.make(Layer.merge(TriggerClient.layerFetch, FetchHttpClient.layer))

beforeAll(async () => {
  const url = await server.runPromise(HttpServer.addressFormattedWith(Effect.succeed))
  const environment = {
    TRIGGER_SECRET_KEY: TriggerSimulator.defaultKey,
    TRIGGER_API_URL: url,
    // named by blocks that show how to read settings from elsewhere
    TRIGGER_TIMEOUT: "10 seconds",
    MY_KEY: TriggerSimulator.defaultKey,
    INVOICES_TRIGGER_KEY: TriggerSimulator.defaultKey,
    INVOICES_TRIGGER_URL: url,
    STAGING_TRIGGER_KEY: TriggerSimulator.defaultKey,
    ACME_TRIGGER_KEY: TriggerSimulator.defaultKey,
    GLOBEX_TRIGGER_KEY: TriggerSimulator.defaultKey,
    PRODUCTION_TRIGGER_KEY: TriggerSimulator.defaultKey
  }
  Object.entries(environment).forEach(([name, value]) => vi.stubEnv(name, value))
  const { items } = await client.runPromise(getBatchResults("batch_1234"))
  // what blocks only declare, such as `declare const results`, they find as a global
  vi.stubGlobal("key", TriggerSimulator.defaultKey)
  vi.stubGlobal("result", items.find((item) => item.ok && item.outputType === "application/store"))
  vi.stubGlobal("results", items)
  vi.stubGlobal("store", { load: Effect.succeed([]), add: () => Effect.void })
  vi.stubGlobal("vault", { read: () => Effect.succeed(TriggerSimulator.defaultKey) })
  vi.spyOn(console, "log").mockReturnValue()
  vi.spyOn(console, "error").mockReturnValue()
})

afterAll(async () => {
  await client.dispose()
  await server.dispose()
})

/** Executes effects and streams, and builds layers. One run of the batch failed: an effect may end with that error. */
const execute = (value: unknown): Effect.Effect<unknown, unknown, unknown> => {
  // an error is an effect that fails
  if (value instanceof Error) return Effect.void
  if (Effect.isEffect(value)) return Effect.catchIf(value, (error) => error instanceof RunFailed, () => Effect.void)
  if (Layer.isLayer(value)) return Layer.build(value)
  return typeof value === "object" && value !== null && Stream.StreamTypeId in value
    ? Stream.runDrain(value as Stream.Stream<unknown, unknown, unknown>)
    : Effect.void
}

/** Runs a block: what it starts itself or, if it starts nothing, all that it declares. */
const runBlock = async (module: string): Promise<void> => {
  started.length = 0
  const declared: object = await import(module)
  if (started.length === 0) {
    const all = Effect.scoped(Effect.forEach(Object.values(declared), execute))
    // a service that is asked for and not here fails the test
    await client.runPromise(all as Effect.Effect<unknown, unknown, TriggerClient>)
  }
  await Promise.all(started)
}

/** Fails with what the process printed if it does not end well. */
const runProcess = (command: string, ...args: ReadonlyArray<string>): Promise<void> =>
  new Promise((resolve, reject) => {
    execFile(
      path.join(root, "node_modules/.bin", command),
      args,
      { cwd: root },
      (error, stdout, stderr) => error === null ? resolve() : reject(new Error(`${stdout}\n${stderr}`))
    )
  })

const all = writeBlocks()
const blocks = all.filter(({ needs }) => needs === "")
const isTest = (code: string): boolean => code.includes("from \"@effect/vitest\"")

it("no other code block is left out than these", () => {
  const leftOut = all.filter(({ needs }) => needs !== "").map(({ name, needs }) => [name.replace(/:\d+$/, ""), needs])
  assert.deepStrictEqual(leftOut, [["docs/runtimes.md", "needs Node 22.21"]])
})

it("every code block compiles", async () => {
  assert.isAbove(blocks.length, 0)
  await runProcess("tsc", "--noEmit", "--project", ".tmp/docs")
})

describe("every code block and every program of docs runs", () => {
  for (const { code, module, name } of blocks) {
    if (isTest(code)) {
      // its tests become tests of this file
      describe(name, () => import(module))
    } else if (/\brun(?:Callback|Fork|Main)\b/.test(code)) {
      it(name, () => runProcess("tsx", module))
    } else {
      it(name, () => runBlock(module))
    }
  }
  // examples.slow.test.ts tests what the examples show
  for (const file of filesBelow("docs", ".ts").filter((file) => !file.startsWith("docs/examples/"))) {
    it(file, () => runProcess("tsx", file))
  }
})
