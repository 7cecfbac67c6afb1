/**
 * A scheduled job that waits for a batch for some minutes at most. Its exit code tells how the batch ended: 0 if all runs succeeded, 1
 * if some failed or could not be created, 2 if the batch cannot be read, 3 if some runs have not finished in time.
 *
 *     TRIGGER_SECRET_KEY=tr_prod_… npx tsx docs/examples/deadline.ts batch_1234 10
 */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Duration, Effect, Schedule } from "effect"
import { awaitBatchResults, RunResult, TriggerClient } from "effect-trigger-dev"

const [batchId = "batch_1234", minutes = "10"] = process.argv.slice(2)

const program = Effect.gen(function*() {
  // when the schedule ends, so does the wait, with what is known by then
  const { complete, failedToStart, missing, pending, results } = yield* awaitBatchResults(batchId, {
    schedule: Schedule.spaced("5 seconds").pipe(Schedule.upTo(Duration.minutes(Number(minutes))))
  })
  const { failed, succeeded } = RunResult.counts(results)
  yield* Console.log(
    `${succeeded} succeeded, ${failed + failedToStart.length} failed, ${pending.length + missing} not finished`
  )
  return failed + failedToStart.length > 0 ? 1 : complete ? 0 : 3
})

program.pipe(
  Effect.provide(TriggerClient.layerFetch),
  Effect.catchAll((error) => Effect.as(Console.error(error.message), 2)),
  Effect.andThen((code) => {
    process.exitCode = code
  }),
  NodeRuntime.runMain
)
