/**
 * Waits for every run of a batch, with `runs.subscribeToBatch` of the official SDK and with this package, side by side.
 *
 *     npm install @trigger.dev/sdk@4
 *     TRIGGER_SECRET_KEY=tr_prod_… npx tsx docs/examples/migrate-subscribe.ts batch_1234
 */
import { batch, runs } from "@trigger.dev/sdk"
import { Effect } from "effect"
import { awaitBatchResults, RunOutput, TriggerClient } from "effect-trigger-dev"

/** The outputs and the errors, by run. */
type Outcome = Record<string, { readonly output: unknown } | { readonly failed: true }>

const before = async (batchId: string): Promise<Outcome> => {
  const outcome: Outcome = {}
  // the subscription never ends: the number of runs is known from another request, and counted here
  const { runCount } = await batch.retrieve(batchId)
  for await (const run of runs.subscribeToBatch(batchId)) {
    if (run.isCompleted) {
      outcome[run.id] = run.isSuccess ? { output: run.output } : { failed: true }
    }
    if (Object.keys(outcome).length === runCount) break
  }
  return outcome
}

const after = (batchId: string) =>
  Effect.gen(function*() {
    const { results } = yield* awaitBatchResults(batchId)
    const entries = yield* Effect.forEach(results, (result) =>
      RunOutput.json(result).pipe(
        // dates and big integers are strings here, where the SDK restores them: RunOutput.decode(schema) does that
        Effect.map((output) => [result.id, { output }] as const),
        Effect.catchTag("RunFailed", () => Effect.succeed([result.id, { failed: true }] as const))
      ))
    return Object.fromEntries<Outcome[string]>(entries)
  })

const batchId = process.argv[2] ?? "batch_1234"
const [sdk, ours] = await Promise.all([
  before(batchId),
  after(batchId).pipe(Effect.timeout("10 minutes"), Effect.provide(TriggerClient.layerFetch), Effect.runPromise)
])
const plain = (_key: string, value: unknown) => typeof value === "bigint" ? String(value) : value
console.log(JSON.stringify({ sdk, ours }, plain, 2))
