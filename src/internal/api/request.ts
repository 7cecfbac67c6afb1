/**
 * One call of an operation, from top to bottom: `send` one attempt, `read` its success or `fail`; then the rate limit
 * around each attempt, the retries around the attempts, and the span around the call.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Redacted from "effect/Redacted"
import type * as Tracer from "effect/Tracer"
import type { AttemptError, RetryPolicy } from "../../RetryPolicy.js"
import { type ApiError, InvalidResponse, type TransportError, Unauthorized } from "../../TriggerError.js"
import { defined } from "../describe/defined.js"
import type { Issue } from "../describe/issue.js"
import { makePreview, type Preview } from "../describe/redact.js"
import { attempt, type Prepared } from "../http/attempt.js"
import * as Body from "../http/body.js"
import { type Compression, negotiate } from "../http/compression.js"
import { measureAttempt } from "../http/metrics.js"
import { requestAttributes, useSpan } from "../http/span.js"
import { withUserAgent } from "../http/userAgent.js"
import { noRefusals } from "../rateLimit/pace.js"
import type { RateLimit } from "../rateLimit/rateLimit.js"
import { readSecretKey } from "../settings/secretKey.js"
import { type ErrorFields, failure, type TextResponse, unexpected } from "./responseError.js"
import { retrying } from "./retry.js"

/** A route of the API, and what its responses mean. */
export interface Operation<A, NotFound extends AttemptError> {
  /** The name of the span, such as `TriggerClient.getBatchResults`. */
  readonly name: string
  /** The path with an unfilled parameter, for spans: `/api/v1/batches/{batchId}/results`. */
  readonly route: string
  readonly path: (id: string) => string
  /** Adds query parameters and headers, which errors and spans do not show. */
  readonly extend?: (request: HttpClientRequest.HttpClientRequest) => HttpClientRequest.HttpClientRequest
  /** The statuses that `decode` reads. Default: 200. */
  readonly statuses?: ReadonlyArray<number>
  /** The most time without a new chunk of the response. Default: the whole attempt takes at most `requestTimeout`. */
  readonly idleTimeout?: (requestTimeout: Duration.Duration) => Duration.Duration
  /** Whether the route is outside the rate limit of the API. Default: false. */
  readonly isUnlimited?: boolean
  /** The span attribute that holds the id. */
  readonly idAttribute: string
  readonly notFound: (fields: ErrorFields, id: string) => NotFound
  /** Left is undefined where the body is not JSON. */
  readonly decode: (response: TextResponse, id: string) => Either.Either<A, Issue | undefined>
  /** What the span of a success says about the value. */
  readonly attributes: (value: A) => Record<string, unknown>
}

export interface RequestOptions {
  /** Without redirects. */
  readonly client: HttpClient.HttpClient
  readonly rateLimit: RateLimit
  readonly secretKey: Effect.Effect<Redacted.Redacted, Unauthorized>
  readonly apiUrl: URL
  readonly previewBranch: string | undefined
  readonly requestTimeout: Duration.Duration
  readonly retryPolicy: RetryPolicy
  readonly compression: Compression
  readonly maxResponseSize: number
}

/** `id` must be valid, because it becomes a part of the path as it is. */
export type Call = <A, NotFound extends AttemptError>(
  operation: Operation<A, NotFound>,
  id: string
) => Effect.Effect<A, ApiError | NotFound>

/** A response, and how an error may quote it. */
interface Exchange {
  readonly response: TextResponse
  readonly preview: Preview
}

const isJson = ({ body, headers }: TextResponse): boolean =>
  body.trim() !== "" && /\bjson\b/i.test(headers["content-type"] ?? "")

const notJson = ({ headers: { "content-encoding": encoding } }: TextResponse): string =>
  `the body is not JSON, but its content type says so${encoding === undefined ? "" : `; its encoding is ${encoding}`}`

export const make = (options: RequestOptions): Call => {
  const { apiUrl: { host, origin, pathname }, previewBranch, requestTimeout } = options
  const prefix = pathname === "/" ? "" : pathname
  const apiUrl = origin + prefix
  const negotiation = negotiate(
    options.compression,
    withUserAgent(HttpClientRequest.get("", {
      acceptJson: true,
      headers: {
        // for HTTP caches in between; `fetch` gets an option of its own
        "cache-control": "no-cache",
        ...(previewBranch === undefined ? {} : { "x-trigger-branch": previewBranch })
      }
    }))
  )

  return <A, NotFound extends AttemptError>(operation: Operation<A, NotFound>, id: string) => {
    const path = prefix + operation.path(id)
    const endpoint = `GET ${path}`
    const url = origin + path
    const statuses = operation.statuses ?? [200]
    const idleTimeout = operation.idleTimeout?.(requestTimeout)
    const timeout = idleTimeout ?? requestTimeout

    const withKey = (secretKey: unknown): Effect.Effect<Prepared, Unauthorized> =>
      Either.match(readSecretKey(secretKey), {
        onLeft: (fault) =>
          Effect.fail(new Unauthorized({ endpoint, reason: "NoSecretKey", detail: `the secret key ${fault}` })),
        onRight: (key) => {
          // the server matches the scheme case-sensitively
          const authorization = `Bearer ${key}`
          // for each attempt: the response to the last one may have told which encodings to ask for
          const bare = HttpClientRequest.setUrl(negotiation.request(), url)
          const request = operation.extend === undefined ? bare : operation.extend(bare)
          return Effect.succeed({
            request: HttpClientRequest.setHeader(request, "authorization", authorization),
            // built when an error needs it: most responses are not errors
            preview: (text: string) => makePreview([authorization, key])(text)
          })
        }
      })

    const prepare = options.secretKey.pipe(
      Effect.mapError(({ detail, reason }) => new Unauthorized(defined({ endpoint, reason, detail }))),
      Effect.flatMap(withKey)
    )

    const send = (span: Tracer.Span): Effect.Effect<Exchange, Unauthorized | TransportError> => {
      let hasKey = false
      return attempt({
        client: options.client,
        endpoint,
        span,
        prepare: Effect.map(prepare, (prepared) => {
          hasKey = true
          return prepared
        }),
        read: (response, { preview }, progress) => {
          negotiation.observe(response)
          return Effect.map(
            Body.text(response, options.maxResponseSize, idleTimeout === undefined ? undefined : progress),
            (body) => ({ response: { status: response.status, headers: response.headers, body }, preview })
          )
        },
        timeout,
        onTimeout: () =>
          hasKey
            ? `no complete response came from ${host} within ${Duration.format(timeout)}`
            : `TriggerAuth gave no secret key within ${Duration.format(timeout)}, so no request was sent`
      })
    }

    const read = ({ preview, response }: Exchange): Either.Either<A, ApiError> =>
      Either.mapLeft(operation.decode(response, id), (issue) =>
        issue !== undefined
          ? new InvalidResponse({ endpoint, path: issue.path, reason: preview(issue.reason) })
          : isJson(response)
          ? new InvalidResponse({ endpoint, path: "", reason: preview(notJson(response)) })
          : unexpected(response, { endpoint, apiUrl, preview }))

    const fail = ({ preview, response }: Exchange): Effect.Effect<never, ApiError | NotFound> =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        Effect.fail(failure(response, {
          endpoint,
          apiUrl,
          branch: previewBranch,
          preview,
          now,
          notFound: (fields) => operation.notFound(fields, id)
        })))

    const attemptOnce = (retries: number, parent: Tracer.Span): Effect.Effect<A, ApiError | NotFound> =>
      useSpan(`GET ${operation.route}`, {
        parent,
        kind: "client",
        captureStackTrace: false,
        attributes: {
          ...requestAttributes(options.apiUrl, url, retries),
          "url.template": operation.route
        }
      }, (span) =>
        send(span).pipe(
          Effect.flatMap((exchange): Effect.Effect<A, ApiError | NotFound> => {
            const { headers, status } = exchange.response
            span.attribute("http.response.status_code", status)
            const outcome = statuses.includes(status) ? read(exchange) : fail(exchange)
            return operation.isUnlimited === true
              ? outcome
              : Effect.zipRight(options.rateLimit.observe(headers), outcome)
          }),
          measureAttempt(operation.name)
        ))

    return useSpan(
      operation.name,
      { captureStackTrace: false, attributes: { [operation.idAttribute]: id } },
      (span) => {
        const refusals = noRefusals()
        return Effect.tap(
          retrying(
            (retries) =>
              operation.isUnlimited === true
                ? attemptOnce(retries, span)
                : options.rateLimit.admit(attemptOnce(retries, span), refusals),
            { name: operation.name, policy: options.retryPolicy, span }
          ),
          (value) =>
            Effect.sync(() => {
              for (const [key, attribute] of Object.entries(operation.attributes(value))) {
                span.attribute(key, attribute)
              }
            })
        )
      }
    )
  }
}
