/**
 * The same application as `ours.ts`, with the official client.
 */
import { ApiClient } from "@trigger.dev/core/v3"

const imported = performance.now()

const client = new ApiClient(process.env["TRIGGER_API_URL"] ?? "", process.env["TRIGGER_SECRET_KEY"] ?? "")
const batch = await client.getBatchResults("batch_10x1k")

console.log(JSON.stringify({ imported, done: performance.now(), items: batch?.items.length }))
