/**
 * The program as a Worker: a request for each check, and requests that share clients of module scope.
 */
import { FetchHttpClient } from "@effect/platform"
import { Cause, Effect, Layer, ManagedRuntime, Redacted, Stream } from "effect"
import {
  awaitBatchResults,
  collectBatchResults,
  RunStatus,
  streamBatchResults,
  subscribeToBatch,
  TriggerAuth,
  TriggerClient,
  TriggerConfig
} from "effect-trigger-dev"
import { createBatch, decoded, run } from "./checks.js"
import type { Report, World } from "./world.js"

/** Set when the Worker is bundled. */
declare const WORLD: World

/** Each is built by the first request that uses it, and shared by all later ones. */
const shared = (concurrency: number, realtime: "auto" | "off") =>
  ManagedRuntime.make(TriggerClient.layer.pipe(
    Layer.provide(TriggerConfig.layer({ apiUrl: WORLD.busyApi, concurrency, realtime })),
    Layer.provide(TriggerAuth.layer(Redacted.make(WORLD.key))),
    Layer.provide(FetchHttpClient.layer)
  ))

const clients: { readonly [name: string]: ReturnType<typeof shared> } = {
  "16 at once, from the feed": shared(16, "auto"),
  "16 at once, run by run": shared(16, "off"),
  "2 at once, from the feed": shared(2, "auto"),
  "2 at once, run by run": shared(2, "off")
}

const operations: { readonly [name: string]: Effect.Effect<number, unknown, TriggerClient> } = {
  collectBatchResults: Effect.gen(function*() {
    const { results } = yield* collectBatchResults(yield* createBatch(WORLD, "busy/many"))
    return results.length
  }),
  awaitBatchResults: Effect.gen(function*() {
    const { results } = yield* awaitBatchResults(yield* createBatch(WORLD, "busy/running"))
    return results.length
  }),
  streamBatchResults: Effect.flatMap(
    createBatch(WORLD, "busy/running"),
    (batchId) => Stream.runCount(streamBatchResults(batchId))
  ),
  subscribeToBatch: Effect.flatMap(
    createBatch(WORLD, "busy/running"),
    (batchId) =>
      subscribeToBatch(batchId).pipe(
        Stream.filter((run) => RunStatus.isFinished(run.status)),
        Stream.take(3),
        Stream.runCount
      )
  ),
  "RunOutput.decode with downloads": Effect.gen(function*() {
    const { results } = yield* collectBatchResults(yield* createBatch(WORLD, "busy/large"))
    return (yield* decoded(results)).length
  })
}

export default {
  fetch: async (request: Request): Promise<Response> => {
    const { searchParams } = new URL(request.url)
    const check = searchParams.get("check")
    if (check !== null) {
      const reports: Array<Report> = []
      await Effect.runPromise(
        run(WORLD, FetchHttpClient.layer, [check], (report) => Effect.sync(() => reports.push(report)))
      )
      return Response.json(reports)
    }
    const client = clients[searchParams.get("client") ?? ""]
    const operation = operations[searchParams.get("operation") ?? ""]
    if (client === undefined || operation === undefined) {
      return new Response("there is no such client or operation", { status: 404 })
    }
    return client.runPromise(Effect.matchCause(operation, {
      onFailure: (cause) => new Response(Cause.pretty(cause), { status: 500 }),
      onSuccess: (count) => new Response(`${count} results`)
    }))
  }
}
