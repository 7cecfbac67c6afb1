/**
 * A script that prints the result of every finished run of a batch, and tells by its exit code how the batch is doing:
 * 0 if all runs succeeded, 1 if some failed, could not be created or have not finished, 2 if the batch cannot be read.
 *
 *     TRIGGER_SECRET_KEY=tr_prod_… npx tsx docs/examples/script.ts batch_1234
 */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { collectBatchResults, RunOutput, RunResult, TriggerClient } from "effect-trigger-dev"

const show = (result: RunResult) =>
  Effect.matchEffect(RunOutput.json(result), {
    onSuccess: (output) => Console.log(`ok      ${result.id}  ${JSON.stringify(output) ?? "undefined"}`),
    // a run that failed, and an output that cannot be read
    onFailure: (error) => Console.log(`failed  ${result.id}  ${error.message}`)
  })

const program = Effect.gen(function*() {
  const { complete, failedToStart, pending, results } = yield* collectBatchResults(process.argv[2] ?? "batch_1234")
  yield* Effect.forEach(results, show)
  for (const { error, index } of failedToStart) {
    yield* Console.log(`failed  item ${index} did not become a run: ${error}`)
  }
  const { failed, succeeded } = RunResult.counts(results)
  const failures = failed + failedToStart.length
  yield* Console.log(`${succeeded} succeeded, ${failures} failed, ${pending.length} pending`)
  return complete && failures === 0 ? 0 : 1
})

program.pipe(
  Effect.provide(TriggerClient.layerFetch),
  // also a missing TRIGGER_SECRET_KEY, because the layer is provided above
  Effect.catchAll((error) => Effect.as(Console.error(error.message), 2)),
  Effect.andThen((code) => {
    process.exitCode = code
  }),
  NodeRuntime.runMain
)
