/**
 * A scheduled job that waits for a batch until a deadline. Its exit code tells how the batch ended: 0 if all runs succeeded, 1
 * if some failed or could not be created, 2 if the batch cannot be read, 3 if some runs have not finished in time.
 *
 *     TRIGGER_SECRET_KEY=tr_prod_… npx tsx docs/examples/deadline.ts batch_1234 "10 minutes"
 */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Duration, Effect, Schedule } from "effect"
import { awaitBatchResults, Batch, RunResult, TriggerClient } from "effect-trigger-dev"

const [batchId = "batch_1234", time = "10 minutes"] = process.argv.slice(2)

const program = Effect.gen(function*() {
  const deadline = yield* Effect.mapError(
    Duration.decodeUnknown(time),
    () => new Error(`"${time}" is no duration such as "10 minutes"`)
  )
  // when the schedule ends, so does the wait, with what is known by then
  const { batch, failedToStart, missing, pending, results } = yield* awaitBatchResults(batchId, {
    schedule: Schedule.spaced("5 seconds").pipe(Schedule.upTo(deadline))
  })
  const { failed, succeeded } = RunResult.counts(results)
  // the server is still creating what is missing, or never will
  const lost = Batch.mayCreateRuns(batch) ? 0 : missing
  const failures = failed + failedToStart.length + lost
  const unfinished = pending.length + missing - lost
  yield* Console.log(`${succeeded} succeeded, ${failures} failed, ${unfinished} not finished`)
  return failures > 0 ? 1 : unfinished > 0 ? 3 : 0
})

program.pipe(
  Effect.provide(TriggerClient.layerFetch),
  Effect.catchAll((error) => Effect.as(Console.error(error.message), 2)),
  Effect.andThen((code) => {
    process.exitCode = code
  }),
  NodeRuntime.runMain
)
