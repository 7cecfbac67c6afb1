/**
 * `npm run demo`: a batch of mixed results, fetched over real HTTP and shown; then an error or two, handled.
 */
import { FetchHttpClient, HttpServer } from "@effect/platform"
// It brings undici 7, which from now on serves `fetch` here. Its fault with compressed bodies on closing connections
// cannot show: the client asks for uncompressed ones, and the simulator sends no others.
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Config, Console, Effect, Layer, Redacted } from "effect"
import {
  getBatchResults,
  RunError,
  RunOutput,
  RunResult,
  TriggerAuth,
  TriggerClient,
  TriggerConfig
} from "effect-trigger-dev"
import { TriggerSimulator } from "effect-trigger-dev/testing"
import { createServer } from "node:http"

/** A Trigger.dev on a loopback port, with one batch that the old engine executed. */
const Simulator = Layer.effectDiscard(Effect.flatMap(TriggerSimulator, (simulator) =>
  simulator.createBatch({
    id: "batch_demo",
    engine: "v1",
    runs: [
      { id: "run_invoice", task: "send-invoice", output: { number: "2026-0042", total: 4200n, sentAt: new Date(0) } },
      { id: "run_greeting", task: "greet", output: "Hello, world" },
      { id: "run_thumbnails", task: "resize", output: { sizes: new Set([64, 128, 256]) } },
      { id: "run_nothing", task: "ping" },
      {
        id: "run_broken",
        task: "send-invoice",
        error: {
          type: "BUILT_IN_ERROR",
          name: "TypeError",
          message: "Cannot read properties of undefined (reading 'total')",
          stackTrace: "TypeError: …\n    at run (file:///src/trigger/invoice.ts:3:7)"
        }
      },
      { id: "run_refused", task: "charge", error: { type: "STRING_ERROR", raw: "card declined" } },
      { id: "run_cancelled", task: "resize", status: "CANCELED" },
      { id: "run_large", task: "resize", error: { type: "INTERNAL_ERROR", code: "TASK_PROCESS_OOM_KILLED" } }
    ]
  }))).pipe(
    Layer.merge(TriggerSimulator.layerServer),
    Layer.provide(TriggerSimulator.layer()),
    Layer.provideMerge(NodeHttpServer.layerServer(createServer, { port: 0, host: "127.0.0.1" }))
  )

/** A client of that server. */
const simulated = {
  batchId: "batch_demo",
  client: (key: string = TriggerSimulator.defaultKey) =>
    TriggerClient.layer.pipe(
      Layer.provide(TriggerAuth.layer(Redacted.make(key))),
      Layer.provide(Layer.unwrapEffect(Effect.map(HttpServer.HttpServer, ({ address }) =>
        TriggerConfig.layer({
          apiUrl: address._tag === "TcpAddress" ? `http://127.0.0.1:${address.port}` : "http://localhost"
        })))),
      Layer.provide(FetchHttpClient.layer)
    )
}

/** A client of your own Trigger.dev: TRIGGER_SECRET_KEY, and TRIGGER_API_URL where you host it yourself. */
export const yours = (batchId: string) => ({
  batchId,
  client: (key?: string) =>
    TriggerClient.layerConfig(key === undefined ? {} : { secretKey: Config.succeed(Redacted.make(key)) }).pipe(
      Layer.provide(FetchHttpClient.layer)
    )
})

// The one line to change: `= yours("batch_…")` asks your own Trigger.dev for a batch of yours.
const { batchId, client } = simulated

const show = (result: RunResult): Effect.Effect<void, never, TriggerClient> => {
  const name = `${result.id.padEnd(16)} ${(result.taskIdentifier ?? "").padEnd(14)}`
  return RunResult.match(result, {
    onSuccess: (run) =>
      RunOutput.json(run).pipe(
        Effect.map((output) => JSON.stringify(output) ?? "undefined"),
        Effect.catchAll((error) => Effect.succeed(error.message)),
        Effect.flatMap((output) => Console.log(`  ok      ${name} ${output}`))
      ),
    onFailure: ({ error }) => Console.log(`  failed  ${name} ${error === undefined ? "" : RunError.message(error)}`)
  })
}

const results = Effect.gen(function*() {
  const batch = yield* getBatchResults(batchId)
  const { failed, succeeded, total } = RunResult.counts(batch.items)
  yield* Console.log(`${batch.id}: ${total} finished runs, ${succeeded} succeeded, ${failed} failed\n`)
  yield* Effect.forEach(batch.items, show)

  yield* Console.log("\nA batch that does not exist:")
  yield* getBatchResults("batch_unknown").pipe(
    Effect.catchTag("BatchNotFound", (error) => Console.log(`  BatchNotFound: ${error.message}`))
  )
})

const refusal = Effect.gen(function*() {
  yield* Console.log("\nA key that is not valid:")
  yield* getBatchResults(batchId).pipe(
    Effect.catchTag("Unauthorized", (error) => Console.log(`  Unauthorized: ${error.message}`))
  )
})

Effect.provide(results, client()).pipe(
  Effect.zipRight(Effect.provide(refusal, client("tr_dev_not_a_key"))),
  Effect.provide(Simulator),
  NodeRuntime.runMain
)
