/**
 * A handler for workers, such as Cloudflare Workers: the settings come from its `env`, and all requests of an instance
 * share one client.
 *
 * It handles `GET /batch_1234`.
 */
import { FetchHttpClient } from "@effect/platform"
import { ConfigProvider, Effect, Layer, ManagedRuntime } from "effect"
import { collectBatchResults, RunOutput, TriggerClient } from "effect-trigger-dev"

/** The variables of the worker, and its bindings of other services, which are not strings. */
type Env = Readonly<Record<string, unknown>>

const makeRuntime = (env: Env) => {
  const variables = Object.entries(env).filter((entry): entry is [string, string] => typeof entry[1] === "string")
  return ManagedRuntime.make(
    TriggerClient.layerConfig().pipe(
      Layer.provide(FetchHttpClient.layer),
      Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(new Map(variables))))
    )
  )
}

/** `env` is not there before the first request. It is the same for all requests. */
let runtime: ReturnType<typeof makeRuntime> | undefined

const report = (batchId: string) =>
  Effect.gen(function*() {
    const { complete, results } = yield* collectBatchResults(batchId)
    const [failures, outputs] = yield* Effect.partition(results, RunOutput.json)
    return Response.json({ complete, outputs, failures: failures.map((error) => error.message) })
  }).pipe(
    Effect.catchTags({
      InvalidBatchId: (error) => Effect.succeed(new Response(error.message, { status: 400 })),
      BatchNotFound: (error) => Effect.succeed(new Response(error.message, { status: 404 }))
    }),
    Effect.catchAll((error) => Effect.succeed(new Response(error.message, { status: 502 })))
  )

export default {
  fetch: (request: Request, env: Env): Promise<Response> => {
    runtime ??= makeRuntime(env)
    return runtime.runPromise(report(new URL(request.url).pathname.slice(1)), { signal: request.signal })
  }
}
