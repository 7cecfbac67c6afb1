/**
 * Reads the results endpoint, with `ApiClient.getBatchResults` of the official client and with this package, side by side.
 *
 *     npm install @trigger.dev/core@4
 *     TRIGGER_SECRET_KEY=tr_prod_… npx tsx docs/examples/migrate-batch-results.ts batch_1234
 */
import { ApiClient } from "@trigger.dev/core/v3"
import { Console, Effect } from "effect"
import { getBatchResults, TriggerClient } from "effect-trigger-dev"

const batchId = process.argv[2] ?? "batch_1234"

const before = async () => {
  const client = new ApiClient(
    process.env["TRIGGER_API_URL"] ?? "https://api.trigger.dev",
    process.env["TRIGGER_SECRET_KEY"] ?? ""
  )
  try {
    return await client.getBatchResults(batchId)
  } catch (error) {
    // of type unknown
    console.error(`before: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}

const after = getBatchResults(batchId).pipe(
  // `error` has the fields of BatchNotFound; all other errors stay in the type
  Effect.catchTag("BatchNotFound", (error) => Effect.as(Console.error(`after: ${error.message}`), undefined)),
  Effect.provide(TriggerClient.layerFetch)
)

console.log(JSON.stringify({ before: await before(), after: await Effect.runPromise(after) }, null, 2))
