/**
 * A runner in a process of its own: it executes the workflow once, and tells its parent how it goes.
 */
import { ClusterWorkflowEngine, RunnerAddress, ShardId, Sharding, SingleRunner } from "@effect/cluster"
import { FetchHttpClient } from "@effect/platform"
import { NodeClusterSocket, NodeRuntime } from "@effect/platform-node"
import { LibsqlClient } from "@effect/sql-libsql"
import { PgClient } from "@effect/sql-pg"
import { Workflow } from "@effect/workflow"
import { Array, Cause, Effect, Layer, Option, Redacted, Schedule, Schema } from "effect"
import { RetryPolicy, TriggerAuth, TriggerClient, TriggerConfig } from "effect-trigger-dev"
import { TriggerWorkflow } from "effect-trigger-dev/workflow"

/** What the parent wants. */
export interface Order {
  readonly apiUrl: string
  readonly key: string
  /** A file for SQLite, or the URL of a PostgreSQL. */
  readonly database: string
  /** The port of the runner's address. Runners with the same one take each other's locks at once. */
  readonly port: number
  /**
   * How many runners share the shards. The workflow is executed once this one has its share: `@effect/cluster` may be ten
   * minutes late with a page that begins just when its shard moves (docs/decisions/0009-the-durable-wait.md).
   */
  readonly runners: number
  readonly batchId: string
  readonly pause: `${number} seconds`
  readonly onResults: "none" | "takes" | "hangs"
  /** A batch that the workflow awaits at the same time, with pauses of an hour. */
  readonly besides: string | undefined
}

/** What the runner tells. */
export type News =
  /** The tables are there. */
  | { readonly _tag: "Start" }
  /** A page has been read. It is not stored yet. */
  | { readonly _tag: "Page"; readonly finished: number; readonly error: string | undefined }
  /** `onResults` has got results. */
  | { readonly _tag: "Results"; readonly ids: ReadonlyArray<string> }
  /** The workflow pauses: all that was read is stored. */
  | { readonly _tag: "Pause" }
  | { readonly _tag: "Outcome"; readonly finished: ReadonlyArray<string>; readonly complete: boolean }
  | { readonly _tag: "Failure"; readonly error: string }
  | { readonly _tag: "Interruption" }

const tell = (news: News): Effect.Effect<void> =>
  Effect.async((resume) => {
    process.send?.(news, undefined, undefined, () => resume(Effect.void))
  })

const order: Order = JSON.parse(process.argv[2] ?? "{}")

const Waiting = Workflow.make({
  name: "Waiting",
  payload: { batchId: Schema.String },
  idempotencyKey: ({ batchId }) => batchId,
  success: Schema.Struct({ finished: Schema.Array(Schema.String), complete: Schema.Boolean }),
  error: TriggerWorkflow.AwaitBatchError,
  // how soon the end is noticed by who waits for it; the default grows to 30 seconds
  suspendedRetrySchedule: Schedule.spaced("100 millis")
})

const options: TriggerWorkflow.AwaitBatchOptions = {
  pause: () => order.pause,
  onProgress: ({ error, finished }) => tell({ _tag: "Page", finished, error: error?._tag })
}

const taking: TriggerWorkflow.OnResults<never, never> = {
  onResults: (results) =>
    Effect.zipRight(
      tell({ _tag: "Results", ids: results.map(({ id }) => id) }),
      order.onResults === "hangs" ? Effect.never : Effect.void
    )
}

const wait = (batchId: string) =>
  order.onResults === "none"
    ? Effect.map(TriggerWorkflow.awaitBatch(batchId, options), ({ complete, results }) => ({
      finished: results.map(({ id }) => id),
      complete
    }))
    : Effect.map(TriggerWorkflow.awaitBatch(batchId, { ...options, ...taking }), ({ complete, succeeded }) => ({
      finished: succeeded,
      complete
    }))

const WaitingLayer = Waiting.toLayer(({ batchId }) =>
  order.besides === undefined
    ? wait(batchId)
    : Effect.zipLeft(wait(batchId), TriggerWorkflow.awaitBatch(order.besides, { pause: () => "1 hour" }), {
      concurrent: true
    })
)

const shards = Array.makeBy(10, (index) => ShardId.make("default", index + 1))

/** As quick as it may be: the defaults are ten times as long. */
const shardingConfig = {
  runnerAddress: Option.some(RunnerAddress.make("localhost", order.port)),
  shardsPerGroup: shards.length,
  shardLockExpiration: "4 seconds",
  shardLockRefreshInterval: "1 second",
  entityMessagePollInterval: "1 second",
  entityTerminationTimeout: "1 second",
  refreshAssignmentsInterval: "1 second",
  runnerHealthCheckInterval: "1 second"
} as const

const Cluster = order.database.startsWith("postgres")
  ? NodeClusterSocket.layer({ storage: "sql", shardingConfig }).pipe(
    Layer.provide(PgClient.layer({ url: Redacted.make(order.database) }))
  )
  : SingleRunner.layer({ shardingConfig }).pipe(
    Layer.provide(LibsqlClient.layer({ url: `file:${order.database}`, intMode: "bigint" }))
  )

const Trigger = TriggerClient.layer.pipe(
  // one at a time, so that a test knows what was read before
  Layer.provide(TriggerConfig.layer({ apiUrl: order.apiUrl, concurrency: 1, retryPolicy: RetryPolicy.none })),
  Layer.provide(TriggerAuth.layer(Redacted.make(order.key))),
  Layer.provide(FetchHttpClient.layer)
)

const hasItsShare = Effect.map(
  Sharding.Sharding,
  (sharding) => shards.filter((shard) => sharding.hasShardId(shard)).length === shards.length / order.runners
)

const program = Effect.gen(function*() {
  yield* tell({ _tag: "Start" })
  yield* Effect.repeat(hasItsShare, { schedule: Schedule.spaced("50 millis"), until: (itHas) => itHas })
  const payload = { batchId: order.batchId }
  const executionId = yield* Waiting.executionId(payload)
  const isPaused = Effect.map(Waiting.poll(executionId), (result) => result?._tag === "Suspended")
  const becomes = (paused: boolean) =>
    Effect.repeat(isPaused, { schedule: Schedule.spaced("50 millis"), until: (isPaused) => isPaused === paused })

  yield* becomes(true).pipe(
    Effect.zipRight(tell({ _tag: "Pause" })),
    Effect.zipRight(becomes(false)),
    Effect.forever,
    Effect.fork
  )
  // whatever the parent says
  yield* Effect.async<void>((resume) => {
    process.once("message", () => resume(Effect.void))
  }).pipe(Effect.zipRight(Waiting.interrupt(executionId)), Effect.fork)

  yield* Effect.matchCauseEffect(Waiting.execute(payload), {
    onSuccess: (outcome) => tell({ _tag: "Outcome", ...outcome }),
    onFailure: (cause) =>
      tell(
        Cause.isInterruptedOnly(cause)
          ? { _tag: "Interruption" }
          : {
            _tag: "Failure",
            error: Option.match(Cause.failureOption(cause), {
              onNone: () => Cause.pretty(cause),
              onSome: ({ _tag }) => _tag
            })
          }
      )
  })
})

program.pipe(
  Effect.provide(
    WaitingLayer.pipe(
      Layer.provideMerge(ClusterWorkflowEngine.layer),
      Layer.provideMerge(Cluster),
      Layer.provide(Trigger)
    )
  ),
  // the channel to the parent keeps the process alive
  Effect.ensuring(Effect.sync(() => process.disconnect())),
  NodeRuntime.runMain
)
