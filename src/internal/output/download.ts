/**
 * Gets an output that was too large to be part of the result: asks the API for a presigned URL, and the object store for
 * the object.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { identity } from "effect/Function"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { RetryPolicy } from "../../RetryPolicy.js"
import type { RunSuccess } from "../../RunResult.js"
import type { StoredOutput } from "../../StoredOutput.js"
import {
  type ApiError,
  type DownloadOutputError,
  InvalidRunId,
  OutputTooLarge,
  OutputUnavailable,
  type RunNotFound
} from "../../TriggerError.js"
import * as Decode from "../api/decode.js"
import { ofRun, retrieveRun } from "../api/operations.js"
import type { Call, Operation } from "../api/request.js"
import { retrying } from "../api/retry.js"
import { useSpan } from "../http/span.js"
import * as FifoSemaphore from "../rateLimit/fifoSemaphore.js"
import { describeId, isRunId } from "../settings/id.js"
import * as ObjectStore from "./objectStore.js"
import { checkResult, checkStored, runOf } from "./result.js"
import { packetPath } from "./storagePath.js"
import { parseStoreUrl } from "./storeUrl.js"

const decodePacket = Decode.make(Schema.Struct({ presignedUrl: Schema.Redacted(Schema.String) }))

/** The packet route for the object at `path`. */
const packet = (path: string): Operation<Redacted.Redacted, RunNotFound> => ({
  name: "TriggerClient.presignOutput",
  route: "/api/v1/packets/{path}",
  path: () => path,
  ...ofRun,
  decode: Decode.json((value) => Either.map(decodePacket(value), ({ presignedUrl }) => presignedUrl)),
  attributes: () => ({})
})

export type Download = (result: RunSuccess) => Effect.Effect<StoredOutput, DownloadOutputError>

export interface DownloadOptions extends ObjectStore.ObjectStoreOptions {
  readonly call: Call
  readonly retryPolicy: RetryPolicy
  /** The most downloads at once. */
  readonly concurrency: number
  /** Whether one caller may not wake another: then its downloads are not limited here. */
  readonly isolated: boolean
}

export const make = (options: DownloadOptions): Download => {
  const { call, maxOutputSize, retryPolicy } = options
  const getObject = ObjectStore.make(options)
  const withPermit: FifoSemaphore.WithPermit = options.isolated
    ? identity
    : FifoSemaphore.make(options.concurrency).withPermit

  /** A new URL for the output. */
  const presign = (result: RunSuccess): Effect.Effect<URL, OutputUnavailable> => {
    const unavailable = (reason: "InvalidPath" | "NoUrl", detail: string) =>
      new OutputUnavailable({ ...runOf(result), reason, detail })
    const failed = (cause: ApiError | RunNotFound | InvalidRunId) =>
      new OutputUnavailable({ ...runOf(result), reason: "Failed", detail: cause.message, cause })
    const toUrl = (text: Redacted.Redacted | undefined): Effect.Effect<URL, OutputUnavailable> => {
      const url = text === undefined ? undefined : parseStoreUrl(Redacted.value(text))
      return url === undefined
        ? Effect.fail(unavailable("NoUrl", "the API returned no usable URL"))
        : Effect.succeed(url)
    }
    const { id, output } = result
    const askRunRoute = (): Effect.Effect<URL, OutputUnavailable> =>
      isRunId(id)
        ? call(retrieveRun, id).pipe(
          Effect.mapError(failed),
          Effect.flatMap(({ outputPresignedUrl }) => toUrl(outputPresignedUrl))
        )
        : Effect.fail(failed(new InvalidRunId({ runId: describeId(id) })))
    // a result of the run route has no storage path
    if (output === undefined) {
      return askRunRoute()
    }
    const path = packetPath(output)
    if (path === undefined) {
      return Effect.fail(unavailable("InvalidPath", "the storage path in the result is invalid; no request was sent"))
    }
    return call(packet(path), describeId(id)).pipe(
      Effect.mapError(failed),
      Effect.flatMap(toUrl),
      // a restricted key may read runs, but not this route
      Effect.catchIf(
        ({ cause }) => cause?._tag === "Forbidden",
        (refusal) => Effect.orElseFail(askRunRoute(), () => refusal)
      )
    )
  }

  /** Most often a refusal means that the URL has expired: a new one is tried at once, and once. */
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
              return Effect.succeed(Either.left(new OutputTooLarge({ ...runOf(result), limit: maxOutputSize })))
            case "Refusal": {
              const { detail, status } = stored
              const refused = status === 400 || status === 401 || status === 403
              if (refused && mayRenew) {
                return attempt(result, retries, false)
              }
              const reason = refused ? "Refused" : status === 404 || status === 410 ? "NotFound" : "Failed"
              return Effect.succeed(Either.left(new OutputUnavailable({ ...runOf(result), reason, detail })))
            }
          }
        }))

  return (result) => {
    const fault = checkResult(result) ?? checkStored(result)
    if (fault !== undefined) {
      return Effect.fail(fault)
    }
    return useSpan("TriggerClient.downloadOutput", {
      // Stryker disable next-line BooleanLiteral: no span needs a stack trace; it takes time
      captureStackTrace: false,
      attributes: { "trigger.run.id": describeId(result.id) }
    }, (span) =>
      retrying((retries) => attempt(result, retries, true), {
        name: "TriggerClient.downloadOutput",
        policy: retryPolicy,
        span
      }).pipe(
        Effect.mapError((cause) =>
          new OutputUnavailable({ ...runOf(result), reason: "Failed", detail: cause.message, cause })
        ),
        Effect.flatten,
        withPermit,
        Effect.withParentSpan(span)
      ))
  }
}
