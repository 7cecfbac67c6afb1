/**
 * A workflow whose body waits for a batch, with a simulator, on the engine that keeps everything in memory and runs on the
 * `TestClock`. The body is replayed after each pause, as it is by a process that has been started again.
 */
import { Workflow, WorkflowEngine } from "@effect/workflow"
import { type Duration, Effect, Exit, Layer, Redacted, Schema, TestClock } from "effect"
import { CollectedResults, RetryPolicy, TriggerAuth, TriggerClient, TriggerConfig } from "effect-trigger-dev"
import { Fault, type ReceivedRequest, TriggerSimulator } from "effect-trigger-dev/testing"
import { TriggerWorkflow } from "effect-trigger-dev/workflow"

const Outcome = Schema.Union(CollectedResults, TriggerWorkflow.BatchSummary)

export const Waiting = Workflow.make({
  name: "Waiting",
  payload: { batchId: Schema.String },
  idempotencyKey: ({ batchId }) => batchId,
  success: Outcome,
  error: TriggerWorkflow.AwaitBatchError
})

export type Body = (batchId: string) => Effect.Effect<
  typeof Outcome.Type,
  TriggerWorkflow.AwaitBatchError,
  WorkflowEngine.WorkflowEngine | WorkflowEngine.WorkflowInstance | TriggerClient
>

/** Without a rate limit, and without the realtime feed: each run is read by a request of its own. */
export const simulator = (faults: (request: ReceivedRequest) => Fault | undefined = () => undefined) =>
  TriggerSimulator.layer({
    rateLimit: "off",
    faults: (request) =>
      request.path.startsWith("/realtime/")
        ? Fault.status(404, { headers: { "content-type": "text/html" }, body: "<html>" })
        : faults(request)
  })

/** One attempt for each request: what a page cannot read shows at once. The key is asked for at each attempt. */
export const engine = (body: Body, key = () => TriggerSimulator.defaultKey) =>
  Waiting.toLayer(({ batchId }) => body(batchId)).pipe(
    Layer.provide(TriggerClient.layer),
    Layer.provide(TriggerConfig.layer({ apiUrl: "http://trigger.simulator", retryPolicy: RetryPolicy.none })),
    Layer.provide(TriggerAuth.layerEffect(Effect.sync(() => Redacted.make(key())))),
    Layer.provide(TriggerSimulator.layerHttpClient),
    Layer.provideMerge(WorkflowEngine.layerMemory)
  )

/** Starts the workflow, whose execution id is the batch id, and lets time pass. */
export const start = (batchId: string, duration: Duration.DurationInput) =>
  WorkflowEngine.WorkflowEngine.pipe(
    Effect.flatMap((engine) => engine.execute(Waiting, { executionId: batchId, payload: { batchId }, discard: true })),
    Effect.zipRight(TestClock.adjust(duration))
  )

export const outcome = (batchId: string) =>
  Effect.flatMap(
    Waiting.poll(batchId),
    (result) => result?._tag === "Complete" ? result.exit : Effect.dieMessage("The workflow still waits")
  )

export const execution = (batchId: string, duration: Duration.DurationInput = "1 hour") =>
  Effect.zipRight(start(batchId, duration), outcome(batchId))

/** The outcome of a workflow with this body. */
export const execute = (batchId: string, body: Body, duration?: Duration.DurationInput) =>
  Effect.provide(execution(batchId, duration), engine(body))

/** Runs a wait on an engine that gives back other things than it stored. `name` is that of the activity. */
export const tampered =
  (replace: (name: string, value: unknown) => unknown) => <A, E, R>(self: Effect.Effect<A, E, R>) =>
    Effect.updateService(self, WorkflowEngine.WorkflowEngine, (engine) => ({
      ...engine,
      activityExecute: (activity, attempt) =>
        Effect.map(engine.activityExecute(activity, attempt), (result) =>
          result._tag === "Suspended"
            ? result
            : new Workflow.Complete({ exit: Exit.map(result.exit, (value) => replace(activity.name, value) as never) }))
    }))
