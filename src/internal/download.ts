/**
 * Gets an output that was too large to be part of the result: asks the API for a presigned URL, and the object store for
 * the object. The URL is a secret, and the store gets neither the key nor the branch.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type { HttpClientError } from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Span, SpanOptions } from "effect/Tracer"
import type { RunSuccess } from "../RunResult.js"
import type { StoredOutput } from "../StoredOutput.js"
import { TriggerConfig } from "../TriggerConfig.js"
import {
  type DownloadOutputError,
  InvalidRunId,
  OutputTooLarge,
  OutputUnavailable,
  RateLimited,
  type RequestError,
  RunNotFound,
  ServerError,
  TransportError
} from "../TriggerError.js"
import { type Api, type Operation, prepare } from "./api.js"
import * as Decode from "./decode.js"
import { retryAfter } from "./hints.js"
import { isRunId } from "./id.js"
import { retrieveRun } from "./operations.js"
import { retrying } from "./retry.js"
import { makePreview, scrub } from "./scrub.js"
import { useSpan } from "./span.js"
import { packetPath } from "./storagePath.js"
import { fromHttpClientError } from "./transport.js"
import * as Turns from "./turns.js"

const decodePacket = Decode.make(Schema.Struct({ presignedUrl: Schema.Redacted(Schema.String) }))

/** The packet route, for the place that `path` names. */
const packet = (path: string): Operation<Redacted.Redacted, RunNotFound> => ({
  name: "TriggerClient.presignOutput",
  route: "/api/v1/packets/{path}",
  path: () => path,
  idAttribute: "trigger.run.id",
  notFound: (fields, runId) => new RunNotFound({ ...fields, runId }),
  decode: (json) => Either.map(decodePacket(json), ({ presignedUrl }) => presignedUrl),
  attributes: () => ({})
})

/** What the store answered: the whole text of a 200, a code of anything else. */
type Stored =
  | { readonly _tag: "Object"; readonly output: StoredOutput }
  | { readonly _tag: "TooLarge" }
  | { readonly _tag: "Answer"; readonly status: number; readonly detail: string }

/** What may pass. */
type StoreError = TransportError | ServerError | RateLimited

/** S3 and its like answer in XML. Only the code is safe to show: the rest may quote the signature. */
const codeIn = (body: string): string | undefined => /<Code>(\w{1,64})<\/Code>/.exec(body.slice(0, 4096))?.[1]

/** A URL's query string is secret, as a whole and in its parts; what is shorter than a signature is none. */
const secretsOf = (url: URL): ReadonlyArray<string> => [
  url.href,
  url.search,
  url.search.slice(1),
  ...[...url.searchParams.values()].filter((value) => value.length >= 16)
]

/** How much of the body of an error is of interest. */
const maxErrorBody = 65_536

const run = ({ id, taskIdentifier }: RunSuccess) => ({
  runId: id,
  ...(taskIdentifier === undefined ? {} : { taskIdentifier })
})

/** A span that tells the tag of an error, and is the parent of what is done in it. */
const inSpan = <A, E extends { readonly _tag: string }>(
  name: string,
  options: SpanOptions,
  use: (span: Span) => Effect.Effect<A, E>
): Effect.Effect<A, E> =>
  useSpan(name, options, (span) =>
    use(span).pipe(
      Effect.tapError((error) => Effect.sync(() => span.attribute("error.type", error._tag))),
      Effect.withParentSpan(span)
    ))

export type Download = (result: RunSuccess) => Effect.Effect<StoredOutput, DownloadOutputError>

export const make = (api: Api): Effect.Effect<Download, never, TriggerConfig | HttpClient.HttpClient> =>
  Effect.gen(function*() {
    const config = yield* TriggerConfig
    const client = prepare(yield* HttpClient.HttpClient)
    const turns = Turns.make(config.concurrency)
    const template = HttpClientRequest.get("", {
      headers: { accept: "*/*", ...(config.compression ? {} : { "accept-encoding": "identity" }) }
    })

    const timedOut = (endpoint: string) => (): TransportError =>
      new TransportError({
        endpoint,
        reason: "Timeout",
        detail: `nothing came for ${Duration.format(config.requestTimeout)}`
      })

    /** The body, or undefined where it has more bytes than `limit`. Counted, because a header may lie or be missing. */
    const readBody = (
      response: HttpClientResponse,
      limit: number,
      endpoint: string,
      toTransportError: (error: HttpClientError) => TransportError
    ): Effect.Effect<string | undefined, TransportError> =>
      Effect.suspend(() => {
        const decoder = new TextDecoder()
        let text = ""
        let size = 0
        return response.stream.pipe(
          Stream.catchAll((error) =>
            error.reason === "EmptyBody" ? Stream.empty : Stream.fail(toTransportError(error))
          ),
          // per chunk: a large object may take its time as long as it keeps coming
          Stream.timeoutFail(timedOut(endpoint), config.requestTimeout),
          Stream.runForEachWhile((bytes) =>
            Effect.sync(() => {
              size += bytes.byteLength
              if (size > limit) {
                return false
              }
              text += decoder.decode(bytes, { stream: true })
              return true
            })
          ),
          Effect.map(() => size > limit ? undefined : text + decoder.decode())
        )
      })

    /** One request to the store. */
    const getObject = (url: URL, retries: number): Effect.Effect<Stored, StoreError> => {
      const endpoint = `GET ${url.origin}${url.pathname}`
      const preview = makePreview(secretsOf(url))
      const toTransportError = (error: HttpClientError) => fromHttpClientError(error, endpoint, preview)
      return inSpan("GET object store", {
        kind: "client",
        captureStackTrace: false,
        attributes: {
          "http.request.method": "GET",
          "http.request.resend_count": retries,
          "server.address": url.hostname,
          "server.port": url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port)
        }
      }, (span) =>
        client.execute(HttpClientRequest.setUrl(template, url.href)).pipe(
          Effect.mapError(toTransportError),
          Effect.timeoutFail({ duration: config.requestTimeout, onTimeout: timedOut(endpoint) }),
          Effect.flatMap((response): Effect.Effect<Stored, StoreError> => {
            const { headers, status } = response
            span.attribute("http.response.status_code", status)
            if (status === 200) {
              return Effect.map(readBody(response, config.maxOutputSize, endpoint, toTransportError), (text) =>
                text === undefined
                  ? { _tag: "TooLarge" }
                  : { _tag: "Object", output: { text, contentType: headers["content-type"] } })
            }
            return Effect.flatMap(readBody(response, maxErrorBody, endpoint, toTransportError), (body) => {
              const found = codeIn(body ?? "")
              const code = found === undefined ? undefined : preview(found)
              if (status !== 408 && status !== 429 && status < 500) {
                return Effect.succeed<Stored>({
                  _tag: "Answer",
                  status,
                  detail: `the object store answered ${status}${code === undefined ? "" : ` (${code})`}`
                })
              }
              return Effect.flatMap(Clock.currentTimeMillis, (now) => {
                const wait = retryAfter(status, headers, now)
                const fields = {
                  endpoint,
                  ...(code === undefined ? {} : { detail: code }),
                  ...(wait === undefined ? {} : { retryAfter: wait })
                }
                return Effect.fail(status === 429 ? new RateLimited(fields) : new ServerError({ ...fields, status }))
              })
            })
          })
        ))
    }

    /** A URL for the output, new each time. */
    const presign = (result: RunSuccess): Effect.Effect<URL, OutputUnavailable> => {
      const unavailable = (reason: "InvalidPath" | "NoUrl", detail: string) =>
        new OutputUnavailable({ ...run(result), reason, detail })
      const failed = (cause: RequestError | RunNotFound | InvalidRunId) =>
        new OutputUnavailable({ ...run(result), reason: "Failed", detail: cause.message, cause })
      const toUrl = (text: Redacted.Redacted | undefined): Effect.Effect<URL, OutputUnavailable> => {
        const url = text === undefined || !URL.canParse(Redacted.value(text))
          ? undefined
          : new URL(Redacted.value(text))
        return url !== undefined && /^https?:$/.test(url.protocol) && url.username === "" && url.password === ""
          ? Effect.succeed(url)
          : Effect.fail(unavailable("NoUrl", "the API gave no URL that could be used"))
      }
      // read run by run, the result says only that there is something to be had
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
        ? Effect.fail(unavailable("InvalidPath", "the place that the result names in the object store is not a path"))
        : Effect.flatMap(Effect.mapError(api.call(packet(path), result.id), failed), toUrl)
    }

    return (result) => {
      /** A refusal is most often a URL that has expired; a new one is tried at once, and once. */
      const attempt = (retries: number, again: boolean): Effect.Effect<
        Either.Either<StoredOutput, DownloadOutputError>,
        StoreError
      > =>
        Effect.flatMap(Effect.either(presign(result)), (url) =>
          Either.isLeft(url)
            ? Effect.succeed(Either.left(url.left))
            : Effect.flatMap(getObject(url.right, retries), (stored) => {
              switch (stored._tag) {
                case "Object":
                  return Effect.succeed(Either.right(stored.output))
                case "TooLarge":
                  return Effect.succeed(
                    Either.left(new OutputTooLarge({ ...run(result), limit: config.maxOutputSize }))
                  )
                case "Answer": {
                  const { detail, status } = stored
                  const refused = status === 400 || status === 401 || status === 403
                  if (refused && again) {
                    return attempt(retries, false)
                  }
                  const reason = refused ? "Refused" : status === 404 || status === 410 ? "NotFound" : "Failed"
                  return Effect.succeed(Either.left(new OutputUnavailable({ ...run(result), reason, detail })))
                }
              }
            }))

      return inSpan("TriggerClient.downloadOutput", {
        captureStackTrace: false,
        attributes: { "trigger.run.id": result.id }
      }, (span) =>
        retrying((retries) => {
          if (retries > 0) {
            span.attribute("trigger.retries", retries)
          }
          return attempt(retries, true)
        }, config.retryPolicy).pipe(
          Effect.mapError((cause) =>
            new OutputUnavailable({ ...run(result), reason: "Failed", detail: cause.message, cause })
          ),
          Effect.flatten,
          turns
        ))
    }
  })
