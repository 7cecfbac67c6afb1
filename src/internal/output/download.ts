/**
 * Downloads an output from the object store: gets a presigned URL from the API, then the object from that URL.
 */
import type { HttpClient } from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { RunSuccess } from "../../RunResult.js"
import type { StoredOutput } from "../../StoredOutput.js"
import { TriggerConfig } from "../../TriggerConfig.js"
import {
  type ApiError,
  type DownloadOutputError,
  InvalidRunId,
  OutputTooLarge,
  OutputUnavailable,
  RunNotFound
} from "../../TriggerError.js"
import * as Decode from "../api/decode.js"
import { retrieveRun } from "../api/operations.js"
import type { Api, Operation } from "../api/request.js"
import { retrying } from "../api/retry.js"
import { scrub } from "../describe/redact.js"
import { tellError, useSpan } from "../http/span.js"
import * as FifoSemaphore from "../rateLimit/fifoSemaphore.js"
import { isRunId } from "../settings/id.js"
import * as ObjectStore from "./objectStore.js"
import { packetPath } from "./storagePath.js"

const decodePacket = Decode.make(Schema.Struct({ presignedUrl: Schema.Redacted(Schema.String) }))

/** `GET /api/v1/packets/{path}`, which returns a presigned URL for a storage path. */
const packet = (path: string): Operation<Redacted.Redacted, RunNotFound> => ({
  name: "TriggerClient.presignOutput",
  route: "/api/v1/packets/{path}",
  path: () => path,
  idAttribute: "trigger.run.id",
  notFound: (fields, runId) => new RunNotFound({ ...fields, runId }),
  decode: (json) => Either.map(decodePacket(json), ({ presignedUrl }) => presignedUrl),
  attributes: () => ({})
})

const run = ({ id, taskIdentifier }: RunSuccess) => ({
  runId: id,
  ...(taskIdentifier === undefined ? {} : { taskIdentifier })
})

/** Undefined if an HTTP client could not send a request to it. */
const parseUrl = (text: string): URL | undefined => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url !== undefined && (url.protocol === "https:" || url.protocol === "http:") &&
      url.username === "" && url.password === ""
    ? url
    : undefined
}

export type Download = (result: RunSuccess) => Effect.Effect<StoredOutput, DownloadOutputError>

export const make = (api: Api): Effect.Effect<Download, never, TriggerConfig | HttpClient> =>
  Effect.gen(function*() {
    const config = yield* TriggerConfig
    const getObject = yield* ObjectStore.make
    const limited = FifoSemaphore.make(config.concurrency)

    /** A new URL for the output. */
    const presign = (result: RunSuccess): Effect.Effect<URL, OutputUnavailable> => {
      const unavailable = (reason: "InvalidPath" | "NoUrl", detail: string) =>
        new OutputUnavailable({ ...run(result), reason, detail })
      const failed = (cause: ApiError | RunNotFound | InvalidRunId) =>
        new OutputUnavailable({ ...run(result), reason: "Failed", detail: cause.message, cause })
      const toUrl = (text: Redacted.Redacted | undefined): Effect.Effect<URL, OutputUnavailable> => {
        const url = text === undefined ? undefined : parseUrl(Redacted.value(text))
        return url === undefined
          ? Effect.fail(unavailable("NoUrl", "the API returned no usable URL"))
          : Effect.succeed(url)
      }
      // results from `/api/v3/runs` have no storage path, so the run is read again for a URL
      if (result.output === undefined) {
        const { id } = result
        return isRunId(id)
          ? api.call(retrieveRun, id).pipe(
            Effect.mapError(failed),
            Effect.flatMap(({ outputPresignedUrl }) => toUrl(outputPresignedUrl))
          )
          : Effect.fail(failed(new InvalidRunId({ runId: scrub(String(id).slice(0, 200)) })))
      }
      const path = packetPath(result.output)
      return path === undefined
        ? Effect.fail(unavailable("InvalidPath", "the storage path in the result is invalid; no request was sent"))
        : Effect.flatMap(Effect.mapError(api.call(packet(path), result.id), failed), toUrl)
    }

    /** The object store usually refuses a URL because it has expired, so one new URL is tried at once. */
    const attempt = (result: RunSuccess, retries: number, mayRenew: boolean): Effect.Effect<
      Either.Either<StoredOutput, DownloadOutputError>,
      ObjectStore.StoreError
    > =>
      Effect.flatMap(Effect.either(presign(result)), (url) =>
        Either.isLeft(url)
          ? Effect.succeed(Either.left(url.left))
          : Effect.flatMap(getObject(url.right, retries), (stored) => {
            switch (stored._tag) {
              case "Object":
                return Effect.succeed(Either.right(stored.output))
              case "TooLarge":
                return Effect.succeed(Either.left(new OutputTooLarge({ ...run(result), limit: config.maxOutputSize })))
              case "Status": {
                const { detail, status } = stored
                const refused = status === 400 || status === 401 || status === 403
                if (refused && mayRenew) {
                  return attempt(result, retries, false)
                }
                const reason = refused ? "Refused" : status === 404 || status === 410 ? "NotFound" : "Failed"
                return Effect.succeed(Either.left(new OutputUnavailable({ ...run(result), reason, detail })))
              }
            }
          }))

    return (result) =>
      useSpan("TriggerClient.downloadOutput", {
        captureStackTrace: false,
        attributes: { "trigger.run.id": result.id }
      }, (span) =>
        retrying((retries) => attempt(result, retries, true), config.retryPolicy, span).pipe(
          Effect.mapError((cause) =>
            new OutputUnavailable({ ...run(result), reason: "Failed", detail: cause.message, cause })
          ),
          Effect.flatten,
          limited,
          tellError(span),
          Effect.withParentSpan(span)
        ))
  })
