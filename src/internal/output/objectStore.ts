/**
 * Sends one request to an object store, to a presigned URL. The URL is a secret. The object store gets neither the key nor
 * the branch.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { StoredOutput } from "../../StoredOutput.js"
import { TriggerConfig } from "../../TriggerConfig.js"
import { RateLimited, ServerError, TransportError } from "../../TriggerError.js"
import { makePreview, type Preview } from "../describe/redact.js"
import { idleLimit } from "../http/attempt.js"
import * as Body from "../http/body.js"
import { inSpan, serverAttributes, withoutRedirects } from "../http/client.js"
import { type Headers, retryAfter } from "../http/retryHeaders.js"
import { tellError, useSpan } from "../http/span.js"
import { fromHttpClientError } from "../http/transportError.js"

/** The response of the object store: the text of a 200, or the status of a final failure. */
export type Stored =
  | { readonly _tag: "Object"; readonly output: StoredOutput }
  | { readonly _tag: "TooLarge" }
  | { readonly _tag: "Status"; readonly status: number; readonly detail: string }

/** The failures that a retry may fix. */
export type StoreError = TransportError | ServerError | RateLimited

/** Sends one request. `retries` is the number of retries before it, for its span. */
export type Get = (url: URL, retries: number) => Effect.Effect<Stored, StoreError>

/** The maximum bytes of an error body that are read. */
const maxErrorBody = 65_536

/** Object stores such as S3 report errors in XML. Only the code is safe to show: the rest may quote the signature. */
const codeIn = (body: string): string | undefined => /<Code>(\w{1,64})<\/Code>/.exec(body)?.[1]

/** The query string of a presigned URL is secret, and so is each value in it that is as long as a signature can be. */
const secretsOf = (url: URL): ReadonlyArray<string> => [
  url.search.slice(1),
  ...[...url.searchParams.values()].filter((value) => value.length >= 16)
]

interface Response {
  readonly status: number
  readonly headers: Headers
  /** Undefined if it is too large. */
  readonly body: string | undefined
}

/** What a response means. */
const read = (
  { body, headers, status }: Response,
  endpoint: string,
  preview: Preview
): Effect.Effect<Stored, StoreError> => {
  if (status === 200) {
    return Effect.succeed(
      body === undefined
        ? { _tag: "TooLarge" }
        : { _tag: "Object", output: { text: body, contentType: headers["content-type"] } }
    )
  }
  const found = codeIn(body ?? "")
  const code = found === undefined ? undefined : preview(found)
  if (status !== 408 && status !== 429 && status < 500) {
    const detail = `the object store returned ${status}${code === undefined ? "" : ` (${code})`}`
    return Effect.succeed({ _tag: "Status", status, detail })
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
}

export const make: Effect.Effect<Get, never, TriggerConfig | HttpClient.HttpClient> = Effect.gen(function*() {
  const config = yield* TriggerConfig
  const client = withoutRedirects(yield* HttpClient.HttpClient)
  const template = HttpClientRequest.get("", {
    headers: { accept: "*/*", ...(config.compression ? {} : { "accept-encoding": "identity" }) }
  })

  return (url, retries) => {
    const endpoint = `GET ${url.origin}${url.pathname}`
    const preview = makePreview(secretsOf(url))
    return useSpan("GET object store", {
      kind: "client",
      captureStackTrace: false,
      attributes: {
        "http.request.method": "GET",
        "http.request.resend_count": retries,
        ...serverAttributes(url)
      }
    }, (span) =>
      // a large download may exceed the time-out as long as bytes keep arriving
      idleLimit(
        (progress) =>
          Effect.zipRight(inSpan(span), client.execute(HttpClientRequest.setUrl(template, url.href))).pipe(
            Effect.flatMap((response) => {
              const { headers, status } = response
              progress()
              span.attribute("http.response.status_code", status)
              return Body.text(response, status === 200 ? config.maxOutputSize : maxErrorBody, progress).pipe(
                Effect.catchIf(Body.isTooLarge, () => Effect.succeed(undefined)),
                Effect.map((body): Response => ({ status, headers, body }))
              )
            }),
            Effect.mapError((error) => fromHttpClientError(error, endpoint, preview))
          ),
        config.requestTimeout,
        () =>
          new TransportError({
            endpoint,
            reason: "Timeout",
            detail: `received nothing for ${Duration.format(config.requestTimeout)}`
          })
      ).pipe(
        Effect.flatMap((response) => read(response, endpoint, preview)),
        tellError(span)
      ))
  }
})
