/**
 * A program of a user who has installed the package and its optional peer. The package check compiles it and runs it with
 * plain node.
 */
import { Workflow, WorkflowEngine } from "@effect/workflow"
import { Effect, Layer, Schema } from "effect"
import { CollectedResults, RunResult } from "effect-trigger-dev"
import { TriggerSimulator } from "effect-trigger-dev/testing"
import { TriggerWorkflow } from "effect-trigger-dev/workflow"

const Waiting = Workflow.make({
  name: "Waiting",
  payload: { batchId: Schema.String },
  idempotencyKey: ({ batchId }) => batchId,
  success: CollectedResults,
  error: TriggerWorkflow.AwaitBatchError
})

const WaitingLayer = Waiting.toLayer(({ batchId }) => TriggerWorkflow.awaitBatch(batchId)).pipe(
  Layer.provideMerge(WorkflowEngine.layerMemory),
  Layer.provideMerge(TriggerSimulator.layerClient())
)

const program = Effect.gen(function*() {
  const simulator = yield* TriggerSimulator
  const { id } = yield* simulator.createBatch({ runs: [{ output: "text" }, { status: "CANCELED" }] })
  const { results } = yield* Waiting.execute({ batchId: id })
  return RunResult.counts(results)
})

const seen = JSON.stringify(await Effect.runPromise(Effect.provide(program, WaitingLayer)))
const expected = "{\"total\":2,\"succeeded\":1,\"failed\":1}"
if (seen !== expected) {
  throw new Error(`expected ${expected}, and saw ${seen}`)
}
console.log(seen)
