/**
 * `npm run demo`: waits for a batch over real HTTP and shows its results, then handles two errors.
 */
import { FetchHttpClient, HttpServer } from "@effect/platform"
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer, Redacted } from "effect"
import {
  awaitBatchResults,
  collectBatchResults,
  RetryPolicy,
  RunError,
  RunOutput,
  RunResult,
  TriggerAuth,
  TriggerClient,
  TriggerConfig
} from "effect-trigger-dev"
import { TriggerSimulator } from "effect-trigger-dev/testing"
import { createServer } from "node:http"

/** A Trigger.dev server on a loopback port, with one batch whose last run takes two seconds. */
const Simulator = Layer.effectDiscard(Effect.flatMap(TriggerSimulator, (simulator) =>
  simulator.createBatch({
    id: "batch_demo",
    runs: [
      { id: "run_invoice", task: "send-invoice", output: { number: "2026-0042", total: 4200n, sentAt: new Date(0) } },
      { id: "run_greeting", task: "greet", output: "Hello, world" },
      { id: "run_thumbnails", task: "resize", output: { sizes: new Set([64, 128, 256]) }, finishesAfter: "2 seconds" },
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
      {
        id: "run_refused",
        task: "charge",
        error: { type: "STRING_ERROR", raw: "card declined" },
        finishesAfter: "1 second"
      },
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

/** A client of your own Trigger.dev: set TRIGGER_SECRET_KEY, and TRIGGER_API_URL if you host it yourself. */
export const yours = (batchId: string) => ({
  batchId,
  client: (key?: string) =>
    TriggerClient.layer.pipe(
      Layer.provide(key === undefined ? TriggerAuth.layerConfig() : TriggerAuth.layer(Redacted.make(key))),
      Layer.provide(TriggerConfig.layerConfig()),
      Layer.provide(FetchHttpClient.layer)
    )
})

// Change this line to `= yours("batch_…")` to wait for a batch of your own Trigger.dev.
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
  const { batch, results } = yield* awaitBatchResults(batchId, {
    onProgress: ({ finished, total }) => Console.log(`${finished} of ${total} runs have finished`)
  })
  const { failed, succeeded } = RunResult.counts(results)
  yield* Console.log(`\n${batch.id}: ${succeeded} succeeded, ${failed} failed\n`)
  yield* Effect.forEach(results, show)

  yield* Console.log("\nA batch that does not exist:")
  yield* collectBatchResults("batch_unknown").pipe(
    // the API asks for retries of this 404, because a new batch may not be readable yet
    RetryPolicy.override(RetryPolicy.none),
    Effect.catchTag("BatchNotFound", (error) => Console.log(`  BatchNotFound: ${error.message}`))
  )
})

const refusal = Effect.gen(function*() {
  yield* Console.log("\nA key that is not valid:")
  yield* collectBatchResults(batchId).pipe(
    Effect.catchTag("Unauthorized", (error) => Console.log(`  Unauthorized: ${error.message}`))
  )
})

Effect.provide(results, client()).pipe(
  Effect.zipRight(Effect.provide(refusal, client("tr_dev_not_a_key"))),
  Effect.provide(Simulator),
  NodeRuntime.runMain
)
