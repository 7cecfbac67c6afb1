/**
 * One request to an object store, at a presigned URL. The URL is a secret, and the store gets neither the key nor the
 * branch.
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

/** What the store answered: the whole text of a 200, or why there is none. */
export type Stored =
  | { readonly _tag: "Object"; readonly output: StoredOutput }
  | { readonly _tag: "TooLarge" }
  | { readonly _tag: "Answer"; readonly status: number; readonly detail: string }

/** What may pass. */
export type StoreError = TransportError | ServerError | RateLimited

/** The store's answer to one request, which `retries` were made before. */
export type Get = (url: URL, retries: number) => Effect.Effect<Stored, StoreError>

/** How much of the body of an error is of interest. */
const maxErrorBody = 65_536

/** S3 and its like answer in XML. Only the code is safe to show: the rest may quote the signature. */
const codeIn = (body: string): string | undefined => /<Code>(\w{1,64})<\/Code>/.exec(body)?.[1]

/** A URL's query string is secret, as a whole and in its parts; what is shorter than a signature is none. */
const secretsOf = (url: URL): ReadonlyArray<string> => [
  url.search.slice(1),
  ...[...url.searchParams.values()].filter((value) => value.length >= 16)
]

interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Undefined where it is too large. */
  readonly body: string | undefined
}

/** What an answer means. */
const read = (
  { body, headers, status }: Answer,
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
    return Effect.succeed({ _tag: "Answer", status, detail })
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
      // a large object may take its time as long as it keeps coming
      idleLimit(
        (progress) =>
          Effect.zipRight(inSpan(span), client.execute(HttpClientRequest.setUrl(template, url.href))).pipe(
            Effect.flatMap((response) => {
              const { headers, status } = response
              progress()
              span.attribute("http.response.status_code", status)
              return Body.text(response, status === 200 ? config.maxOutputSize : maxErrorBody, progress).pipe(
                Effect.catchIf(Body.isTooLarge, () => Effect.succeed(undefined)),
                Effect.map((body): Answer => ({ status, headers, body }))
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
        Effect.flatMap((answer) => read(answer, endpoint, preview)),
        tellError(span)
      ))
  }
})
