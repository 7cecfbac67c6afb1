/**
 * A runner that waits for a batch and stores its results, and that may be killed at any time: start it again, and it goes
 * on where it was.
 *
 *     TRIGGER_SECRET_KEY=tr_dev_… npx tsx docs/examples/durable.ts batch_1234
 *
 * docs/workflow.md lists the packages to install. The state of the runner is in the SQLite file DATABASE_FILE, for one
 * runner at a time. Where DATABASE_URL is set it is in that PostgreSQL, for as many runners as you like, each with a
 * RUNNER_PORT of its own. Start the first one alone on an empty database: it creates the tables.
 */
import { ClusterWorkflowEngine, RunnerAddress, SingleRunner } from "@effect/cluster"
import { FetchHttpClient } from "@effect/platform"
import { NodeClusterSocket, NodeRuntime } from "@effect/platform-node"
import { SqlClient } from "@effect/sql"
import { LibsqlClient } from "@effect/sql-libsql"
import { PgClient } from "@effect/sql-pg"
import { Activity, Workflow } from "@effect/workflow"
import { Config, Console, Effect, Layer, Option, Schedule, Schema } from "effect"
import { RunOutput, type RunResult, TriggerClient } from "effect-trigger-dev"
import { TriggerWorkflow } from "effect-trigger-dev/workflow"

const Invoices = Workflow.make({
  name: "Invoices",
  payload: { batchId: Schema.String, attempt: Schema.Int },
  // An outcome is stored for good, a failure too: another attempt is another execution.
  idempotencyKey: ({ attempt, batchId }) => `${batchId}/${attempt}`,
  success: TriggerWorkflow.BatchSummary,
  error: TriggerWorkflow.AwaitBatchError,
  // How often `execute` looks whether the workflow has ended. The default grows to 30 seconds.
  suspendedRetrySchedule: Schedule.spaced("1 second")
})

const createTable = Activity.make({
  name: "create-table",
  execute: Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql`CREATE TABLE IF NOT EXISTS invoices (run_id VARCHAR(255) PRIMARY KEY, invoice TEXT)`
  ).pipe(Effect.orDie)
})

const storeInvoice = (result: RunResult) =>
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    const invoice = yield* RunOutput.json(result).pipe(
      Effect.map((output) => JSON.stringify(output) ?? "null"),
      Effect.catchTag("RunFailed", (error) => Effect.succeed(error.message))
    )
    // A page comes again if the process dies before it is stored: the primary key drops what is there already.
    yield* sql`INSERT INTO invoices ${sql.insert({ run_id: result.id, invoice })} ON CONFLICT DO NOTHING`
  })

const InvoicesLayer = Invoices.toLayer(({ batchId }) =>
  Effect.gen(function*() {
    yield* createTable
    const pause = yield* Effect.orDie(Config.option(Config.duration("PAUSE")))
    return yield* TriggerWorkflow.awaitBatch(batchId, {
      onResults: Effect.forEach(storeInvoice),
      onProgress: ({ error, finished, pages, total }) =>
        Console.log(`page ${pages}: ${error === undefined ? `${finished} of ${total} runs` : error.message}`),
      ...(Option.isSome(pause) ? { pause: () => pause.value } : {})
    })
  })
)

// With an address of its own, a runner that starts again goes on at once, instead of when the old locks have expired.
const shardingConfig = Effect.map(Config.withDefault(Config.integer("RUNNER_PORT"), 34431), (port) => ({
  runnerAddress: Option.some(RunnerAddress.make("localhost", port))
}))

const Sqlite = Layer.unwrapEffect(
  Effect.map(shardingConfig, (shardingConfig) => SingleRunner.layer({ shardingConfig }))
).pipe(
  Layer.provideMerge(LibsqlClient.layerConfig({
    url: Config.map(Config.withDefault(Config.string("DATABASE_FILE"), "durable.db"), (file) => `file:${file}`),
    // The ids of the engine are larger than 2^53.
    intMode: Config.succeed("bigint" as const)
  }))
)

const Postgres = Layer.unwrapEffect(
  Effect.map(shardingConfig, (shardingConfig) => NodeClusterSocket.layer({ storage: "sql", shardingConfig }))
).pipe(
  Layer.provideMerge(PgClient.layerConfig({ url: Config.redacted("DATABASE_URL") }))
)

const Engine = ClusterWorkflowEngine.layer.pipe(
  Layer.provideMerge(Layer.unwrapEffect(Effect.map(
    Config.option(Config.string("DATABASE_URL")),
    (url) => Option.isSome(url) ? Postgres : Sqlite
  )))
)

const program = Effect.gen(function*() {
  const batchId = process.argv[2] ?? "batch_1234"
  const { complete, failed, succeeded } = yield* Invoices.execute({ batchId, attempt: 1 })
  yield* Console.log(
    `${complete ? "complete" : "incomplete"}: ${succeeded.length} succeeded, ${failed.length} failed`
  )
})

program.pipe(
  Effect.provide(InvoicesLayer.pipe(
    Layer.provideMerge(Engine),
    Layer.provide(TriggerClient.layerConfig()),
    Layer.provide(FetchHttpClient.layer)
  )),
  NodeRuntime.runMain
)
