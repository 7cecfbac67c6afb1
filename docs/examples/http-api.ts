/**
 * An HTTP service with one endpoint, `GET /batches/{batchId}/invoices`: all requests share one client, and errors of the
 * client become HTTP errors.
 *
 *     TRIGGER_SECRET_KEY=tr_prod_… PORT=3000 npx tsx docs/examples/http-api.ts
 */
import {
  HttpApi,
  HttpApiBuilder,
  HttpApiEndpoint,
  HttpApiError,
  HttpApiGroup,
  HttpApiSchema,
  HttpServer
} from "@effect/platform"
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Config, Effect, Layer, Schema } from "effect"
import { collectBatchResults, type CollectBatchResultsError, RunOutput, TriggerClient } from "effect-trigger-dev"
import { createServer } from "node:http"

const Invoice = Schema.Struct({ number: Schema.String, total: Schema.BigInt })

class UnknownBatch extends Schema.TaggedError<UnknownBatch>()(
  "UnknownBatch",
  { batchId: Schema.String },
  HttpApiSchema.annotations({ status: 404 })
) {}

const Api = HttpApi.make("api").add(
  HttpApiGroup.make("batches").add(
    HttpApiEndpoint.get("invoices")`/batches/${HttpApiSchema.param("batchId", Schema.String)}/invoices`
      .addSuccess(Schema.Struct({ invoices: Schema.Array(Invoice), failures: Schema.Array(Schema.String) }))
      .addError(UnknownBatch)
      .addError(HttpApiError.ServiceUnavailable)
      .addError(HttpApiError.InternalServerError)
  )
)

/** Its own errors, because `HttpApi` takes the status from each class: all errors of the client would be a 500. */
const toHttpError = (error: CollectBatchResultsError) =>
  error._tag === "InvalidBatchId" || error._tag === "BatchNotFound"
    ? new UnknownBatch({ batchId: error.batchId })
    : error._tag === "RateLimited" || error._tag === "ServerError" || error._tag === "TransportError"
    ? new HttpApiError.ServiceUnavailable()
    // such as Unauthorized: the caller of this service cannot do anything about it
    : new HttpApiError.InternalServerError()

const Batches = HttpApiBuilder.group(
  Api,
  "batches",
  (handlers) =>
    handlers.handle("invoices", ({ path }) =>
      Effect.gen(function*() {
        const { results } = yield* collectBatchResults(path.batchId)
        const [failures, invoices] = yield* Effect.partition(results, RunOutput.decode(Invoice))
        return { invoices, failures: failures.map((error) => error.message) }
      }).pipe(
        Effect.tapError((error) => Effect.logWarning(error.message)),
        Effect.mapError(toHttpError)
      ))
)

HttpApiBuilder.serve().pipe(
  HttpServer.withLogAddress,
  Layer.provide(HttpApiBuilder.api(Api)),
  Layer.provide(Batches),
  // built once, when the service starts: a 429 of one request holds back all of them
  Layer.provide(TriggerClient.layerFetch),
  Layer.provide(NodeHttpServer.layerConfig(createServer, { port: Config.withDefault(Config.integer("PORT"), 3000) })),
  Layer.launch,
  NodeRuntime.runMain
)
