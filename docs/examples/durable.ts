/**
 * A runner that waits for a batch, and that may be killed at any time: start it again, and it goes on.
 *
 * `npx tsx docs/examples/durable.ts batch_1234`, with TRIGGER_SECRET_KEY. It keeps its state in the file durable.db, or
 * in PostgreSQL where DATABASE_URL is set; there start as many runners as you like, each with a RUNNER_PORT of its own.
 */
import { ClusterWorkflowEngine, RunnerAddress, SingleRunner } from "@effect/cluster"
import { FetchHttpClient } from "@effect/platform"
import { NodeClusterSocket, NodeRuntime } from "@effect/platform-node"
import { SqlClient } from "@effect/sql"
import { LibsqlClient } from "@effect/sql-libsql"
import { PgClient } from "@effect/sql-pg"
import { Workflow } from "@effect/workflow"
import { Config, Console, Effect, Layer, Option, Schema } from "effect"
import { RunOutput, TriggerClient } from "effect-trigger-dev"
import { TriggerWorkflow } from "effect-trigger-dev/workflow"

// An outcome is stored for good, failures too. Another attempt is another execution.
const Invoices = Workflow.make({
  name: "Invoices",
  payload: { batchId: Schema.String, attempt: Schema.Int },
  idempotencyKey: ({ attempt, batchId }) => `${batchId}/${attempt}`,
  success: TriggerWorkflow.BatchSummary,
  error: TriggerWorkflow.AwaitBatchError
})

const InvoicesLayer = Invoices.toLayer(({ batchId }) =>
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    const pause = yield* Effect.orDie(Config.option(Config.duration("PAUSE")))
    yield* Effect.orDie(sql`CREATE TABLE IF NOT EXISTS invoices (run_id VARCHAR(255) PRIMARY KEY, invoice TEXT)`)

    return yield* TriggerWorkflow.awaitBatch(batchId, {
      ...(Option.isNone(pause) ? {} : { pause: () => pause.value }),
      onProgress: ({ error, finished, pages, total }) =>
        Console.log(error === undefined ? `page ${pages}: ${finished} of ${total}` : `page ${pages}: ${error.message}`),
      // The results of a page come again if the process dies before the page is stored: the primary key drops them.
      onResults: (results) =>
        Effect.forEach(results, (result) =>
          RunOutput.json(result).pipe(
            Effect.map((output) => JSON.stringify(output) ?? "null"),
            Effect.catchTag("RunFailed", ({ message }) => Effect.succeed(message)),
            Effect.flatMap((invoice) =>
              sql`INSERT INTO invoices ${sql.insert({ run_id: result.id, invoice })} ON CONFLICT DO NOTHING`
            )
          ))
    })
  })
)

const Sqlite = SingleRunner.layer().pipe(
  Layer.provideMerge(LibsqlClient.layerConfig({
    url: Config.map(Config.withDefault(Config.string("DATABASE_FILE"), "durable.db"), (file) => `file:${file}`),
    // ids of the engine are larger than 2^53
    intMode: Config.succeed("bigint" as const)
  }))
)

const Postgres = Layer.unwrapEffect(Effect.gen(function*() {
  const port = yield* Config.integer("RUNNER_PORT")
  return NodeClusterSocket.layer({
    storage: "sql",
    shardingConfig: { runnerAddress: Option.some(RunnerAddress.make("localhost", port)) }
  })
})).pipe(Layer.provideMerge(PgClient.layerConfig({ url: Config.redacted("DATABASE_URL") })))

const Engine = ClusterWorkflowEngine.layer.pipe(
  Layer.provideMerge(Layer.unwrapEffect(Effect.map(
    Config.option(Config.string("DATABASE_URL")),
    (url) => Option.isNone(url) ? Sqlite : Postgres
  )))
)

const program = Effect.gen(function*() {
  const batchId = process.argv[2] ?? "batch_1234"
  const { complete, failed, succeeded } = yield* Invoices.execute({ batchId, attempt: 1 })
  yield* Console.log(`${succeeded.length} succeeded, ${failed.length} failed, ${complete ? "complete" : "incomplete"}`)
})

program.pipe(
  Effect.provide(InvoicesLayer.pipe(
    Layer.provideMerge(Engine),
    Layer.provide(TriggerClient.layerConfig()),
    Layer.provide(FetchHttpClient.layer)
  )),
  NodeRuntime.runMain
)
