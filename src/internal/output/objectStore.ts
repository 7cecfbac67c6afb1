/**
 * Gets an object from an object store, at a presigned URL. The URL is a secret, and the store gets neither the key nor the
 * branch, so its redirects can be followed.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { StoredOutput } from "../../StoredOutput.js"
import { RateLimited, ServerError, type TransportError } from "../../TriggerError.js"
import { defined } from "../describe/defined.js"
import { makePreview, type Preview, redact } from "../describe/redact.js"
import { attempt } from "../http/attempt.js"
import * as Body from "../http/body.js"
import { type Compression, negotiate } from "../http/compression.js"
import { isRedirect } from "../http/redirect.js"
import { type Headers, retryAfter } from "../http/retryHeaders.js"
import { requestAttributes, useSpan } from "../http/span.js"
import { withUserAgent } from "../http/userAgent.js"
import { parseStoreUrl } from "./storeUrl.js"

/** The text of a stored object, or why there is none. */
export type Stored =
  | { readonly _tag: "Object"; readonly output: StoredOutput }
  | { readonly _tag: "TooLarge" }
  | { readonly _tag: "Refusal"; readonly status: number; readonly detail: string }

/** What a retry may mend. */
export type StoreError = TransportError | ServerError | RateLimited

/** Asks the store, after `retries` retries. */
export type Get = (url: URL, retries: number) => Effect.Effect<Stored, StoreError>

/** How many redirects are followed. S3 sends one at its global endpoint for a new bucket. */
const maxRedirects = 3

/** The most bytes of the body of an error that are read. */
const maxErrorBody = 65_536

/** The errors of S3 and its like are XML. Only the code is safe to show: the rest may quote the signature. */
const codeIn = (body: string, preview: Preview): string | undefined => {
  const code = /<Code>(\w{1,64})<\/Code>/.exec(body)?.[1]
  return code === undefined ? undefined : preview(code)
}

/** The query string is secret as a whole, and so is each part that is long enough to be a signature. */
const secretsOf = (url: URL): ReadonlyArray<string> => [
  url.search.slice(1),
  ...[...url.searchParams.values()].filter((value) => value.length >= 16)
]

interface Redirect {
  readonly _tag: "Redirect"
  readonly target: URL
}

interface StoreResponse {
  readonly status: number
  readonly headers: Headers
  /** Undefined where it is too large. */
  readonly body: string | undefined
}

/** What a response means. `target` is where it redirects to, if it may. */
const read = (
  { body, headers, status }: StoreResponse,
  endpoint: string,
  preview: Preview,
  target: URL | undefined
): Effect.Effect<Stored | Redirect, StoreError> => {
  if (status === 200) {
    return Effect.succeed(
      body === undefined
        ? { _tag: "TooLarge" }
        : { _tag: "Object", output: defined({ text: body, contentType: headers["content-type"] }) }
    )
  }
  if (target !== undefined) {
    return Effect.succeed({ _tag: "Redirect", target })
  }
  // Stryker disable next-line StringLiteral: without a body there is no code
  const code = codeIn(body ?? "", preview)
  if (status !== 408 && status !== 429 && status < 500) {
    const detail = `the object store returned ${status}${code === undefined ? "" : ` (${code})`}` +
      (isRedirect(status) ? ", a redirect that is not followed" : "")
    return Effect.succeed({ _tag: "Refusal", status, detail })
  }
  return Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const fields = defined({ endpoint, detail: code, retryAfter: retryAfter(status, headers, now) })
    return Effect.fail(status === 429 ? new RateLimited(fields) : new ServerError({ ...fields, status }))
  })
}

export interface ObjectStoreOptions {
  /** It follows no redirects. */
  readonly client: HttpClient.HttpClient
  readonly compression: Compression
  /** The longest time without a chunk: a large object may take its time as long as it keeps coming. */
  readonly requestTimeout: Duration.Duration
  readonly maxOutputSize: number
}

export const make = ({ client, compression, maxOutputSize, requestTimeout }: ObjectStoreOptions): Get => {
  // Stryker disable next-line StringLiteral: each request has a URL of its own
  const template = withUserAgent(HttpClientRequest.get("", { headers: { accept: "*/*" } }))
  const negotiation = negotiate(compression, template)

  /** One request; `via` are the URLs that redirected to this one. */
  const get = (url: URL, retries: number, via: ReadonlyArray<URL>): Effect.Effect<Stored, StoreError> => {
    const secrets = [...via, url].flatMap(secretsOf)
    const shown = redact(url.origin + url.pathname, secrets)
    const endpoint = `GET ${shown}`
    // built when an error needs it
    const preview: Preview = (text) => makePreview(secrets)(text)
    const targetOf = ({ headers: { location }, status }: StoreResponse): URL | undefined =>
      isRedirect(status) && location !== undefined && via.length < maxRedirects
        ? parseStoreUrl(location, url)
        : undefined
    const reply = useSpan("GET object store", {
      kind: "client",
      // Stryker disable next-line BooleanLiteral: no span needs a stack trace; it takes time
      captureStackTrace: false,
      attributes: requestAttributes(url, shown, retries + via.length)
    }, (span) =>
      attempt({
        client,
        endpoint,
        span,
        prepare: Effect.succeed({ request: HttpClientRequest.setUrl(negotiation.request(), url.href), preview }),
        read: (response, _, progress) => {
          const { headers, status } = response
          progress()
          negotiation.observe(response)
          span.attribute("http.response.status_code", status)
          return Body.text(response, status === 200 ? maxOutputSize : maxErrorBody, progress).pipe(
            Effect.catchIf(Body.isTooLarge, () => Effect.succeed(undefined)),
            Effect.map((body): StoreResponse => ({ status, headers, body }))
          )
        },
        timeout: requestTimeout,
        onTimeout: () => `received nothing for ${Duration.format(requestTimeout)}`
      }).pipe(
        Effect.flatMap((response) => read(response, endpoint, preview, targetOf(response)))
      ))
    return Effect.flatMap(
      reply,
      (stored) => stored._tag === "Redirect" ? get(stored.target, retries, [...via, url]) : Effect.succeed(stored)
    )
  }

  return (url, retries) => get(url, retries, [])
}
