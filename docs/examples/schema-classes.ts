/**
 * Outputs as instances of your own class: one that does not fit is an `OutputMismatch`, and the others are still there.
 *
 *     TRIGGER_SECRET_KEY=tr_prod_… npx tsx docs/examples/schema-classes.ts batch_1234
 */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Schema } from "effect"
import { collectBatchResults, type DecodeOutputError, RunOutput, TriggerClient } from "effect-trigger-dev"

class Line extends Schema.Class<Line>("Line")({
  article: Schema.String,
  cents: Schema.BigInt
}) {}

class Invoice extends Schema.Class<Invoice>("Invoice")({
  number: Schema.String,
  sentAt: Schema.Date,
  lines: Schema.Array(Line)
}) {
  get total(): bigint {
    return this.lines.reduce((sum, line) => sum + line.cents, 0n)
  }
}

const showFailure = (error: DecodeOutputError) => {
  switch (error._tag) {
    case "OutputMismatch":
      // the path is empty where the output as a whole does not fit
      return Console.log(`${error.runId} does not fit at ${error.path || "its root"}: ${error.reason}`)
    case "RunFailed":
      return Console.log(`${error.runId} failed: ${error.message}`)
    default:
      return Console.log(`${error.runId} has no readable output: ${error.message}`)
  }
}

const program = Effect.gen(function*() {
  const { results } = yield* collectBatchResults(process.argv[2] ?? "batch_1234")
  const [failures, invoices] = yield* Effect.partition(results, RunOutput.decode(Invoice), { concurrency: 8 })
  yield* Effect.forEach(
    invoices,
    (invoice) => Console.log(`${invoice.number} of ${invoice.sentAt.getUTCFullYear()}: ${invoice.total} cents`)
  )
  yield* Effect.forEach(failures, showFailure)
})

program.pipe(Effect.provide(TriggerClient.layerFetch), NodeRuntime.runMain)
