/**
 * A progress display: while the program waits for a batch, each update prints how many runs have finished, and how many
 * have each status.
 *
 *     TRIGGER_SECRET_KEY=tr_prod_… npx tsx docs/examples/progress.ts batch_1234
 */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { awaitBatchResults, type BatchProgress, TriggerClient } from "effect-trigger-dev"

const width = 20

const show = ({ failed, finished, statuses, total }: BatchProgress) => {
  // an empty batch is done
  const done = total === 0 ? width : Math.floor(width * finished / total)
  const counts = Object.entries(statuses).sort().map(([status, count]) => `${count} ${status}`)
  return Console.log(
    `[${"#".repeat(done).padEnd(width)}] ${finished} of ${total} finished, ${failed} failed: ${counts.join(", ")}`
  )
}

const program = awaitBatchResults(process.argv[2] ?? "batch_1234", { onProgress: show }).pipe(
  Effect.tap(({ results }) => Console.log(`done: ${results.length} results`))
)

program.pipe(Effect.provide(TriggerClient.layerFetch), NodeRuntime.runMain)
