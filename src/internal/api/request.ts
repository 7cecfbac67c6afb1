/**
 * One call to the API. An attempt passes the gate, takes the credential, sends, and reads the body to its end, all under
 * the attempt's time-out; then it tells what the answer means. The retry policy stands around the attempts.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Tracer from "effect/Tracer"
import type { AttemptError } from "../../RetryPolicy.js"
import { TriggerAuth } from "../../TriggerAuth.js"
import { TriggerConfig } from "../../TriggerConfig.js"
import { type ApiError, InvalidResponse, TransportError } from "../../TriggerError.js"
import type { Issue } from "../describe/issue.js"
import { makePreview, type Preview } from "../describe/redact.js"
import { timeLimit } from "../http/attempt.js"
import * as Body from "../http/body.js"
import { inSpan, serverAttributes, withoutRedirects } from "../http/client.js"
import { tellError, useSpan } from "../http/span.js"
import { fromHttpClientError } from "../http/transportError.js"
import * as Gate from "../rateLimit/gate.js"
import * as Pace from "../rateLimit/pace.js"
import { parseJson } from "./decode.js"
import { type Answer, type AnswerFields, failure, unexpected } from "./responseError.js"
import { retrying } from "./retry.js"

/** A route of the API and what its answers mean. */
export interface Operation<A, NotFound extends AttemptError> {
  /** The name of the span, such as `TriggerClient.getBatchResults`. */
  readonly name: string
  /** The path with its parameter unfilled, for spans: `/api/v1/batches/{batchId}/results`. */
  readonly route: string
  readonly path: (id: string) => string
  /** The attribute that holds the id in spans. */
  readonly idAttribute: string
  readonly notFound: (fields: AnswerFields, id: string) => NotFound
  readonly decode: (json: unknown, id: string) => Either.Either<A, Issue>
  /** What the span of a good answer tells about it. */
  readonly attributes: (value: A) => Record<string, unknown>
}

export interface Api {
  /** How many requests of bulk reading are under way at once. */
  readonly concurrency: number
  /** `id` must be valid: it becomes a part of the path as it is. */
  readonly call: <A, NotFound extends AttemptError>(
    operation: Operation<A, NotFound>,
    id: string
  ) => Effect.Effect<A, ApiError | NotFound>
}

const secretsOf = (request: HttpClientRequest.HttpClientRequest): ReadonlyArray<string> => {
  const authorization = request.headers["authorization"]
  return authorization === undefined ? [] : [authorization, authorization.replace(/^\S+\s+/, "")]
}

const isJson = ({ body, headers }: Answer): boolean =>
  body.trim() !== "" && /\bjson\b/i.test(headers["content-type"] ?? "")

/** An answer, and what an error may tell of it. */
interface Exchange {
  readonly answer: Answer
  readonly preview: Preview
}

export const make: Effect.Effect<Api, never, TriggerConfig | TriggerAuth | HttpClient.HttpClient> = Effect.gen(
  function*() {
    const config = yield* TriggerConfig
    const auth = yield* TriggerAuth
    const client = withoutRedirects(yield* HttpClient.HttpClient)
    const gate = Gate.make()
    const pace = Pace.make(config.concurrency)
    const prefix = config.apiUrl.pathname === "/" ? "" : config.apiUrl.pathname
    const apiUrl = config.apiUrl.origin + prefix
    const server = serverAttributes(config.apiUrl)
    const branch = config.previewBranch
    const template = HttpClientRequest.get("", {
      acceptJson: true,
      headers: {
        ...(config.compression ? {} : { "accept-encoding": "identity" }),
        ...(branch === undefined ? {} : { "x-trigger-branch": branch })
      }
    })

    const exchange = (
      request: HttpClientRequest.HttpClientRequest,
      endpoint: string,
      span: Tracer.Span
    ): Effect.Effect<Exchange, ApiError> => {
      const exchanged = Effect.flatMap(Effect.zipRight(inSpan(span), auth.authenticate(request)), (authenticated) => {
        // made for errors alone, as most answers are none
        const preview: Preview = (text) => makePreview(secretsOf(authenticated))(text)
        return client.execute(authenticated).pipe(
          Effect.flatMap((response) =>
            Effect.map(Body.text(response, config.maxResponseSize), (body) => ({
              answer: { status: response.status, headers: response.headers, body },
              preview
            }))
          ),
          Effect.mapError((error) => fromHttpClientError(error, endpoint, preview))
        )
      })
      return timeLimit(exchanged, config.requestTimeout, () =>
        new TransportError({
          endpoint,
          reason: "Timeout",
          detail: `nothing whole came from ${config.apiUrl.host} within ${Duration.format(config.requestTimeout)}`
        }))
    }

    const call = <A, NotFound extends AttemptError>(
      operation: Operation<A, NotFound>,
      id: string
    ): Effect.Effect<A, ApiError | NotFound> => {
      const path = prefix + operation.path(id)
      const endpoint = `GET ${path}`
      const request = HttpClientRequest.setUrl(template, config.apiUrl.origin + path)
      const notFound = (fields: AnswerFields) => operation.notFound(fields, id)

      /** The value of a good answer. */
      const read = ({ answer, preview }: Exchange): Either.Either<A, ApiError> => {
        const json = parseJson(answer.body)
        if (Option.isNone(json)) {
          return Either.left(
            isJson(answer)
              ? new InvalidResponse({ endpoint, path: "", reason: "it is not JSON, though its content type says so" })
              : unexpected(answer, { endpoint, apiUrl, preview })
          )
        }
        return Either.mapLeft(
          operation.decode(json.value, id),
          ({ path, reason }) => new InvalidResponse({ endpoint, path, reason: preview(reason) })
        )
      }

      /** The error of any other. */
      const fail = ({ answer, preview }: Exchange): Effect.Effect<never, ApiError | NotFound> =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => {
          const error = failure(answer, { endpoint, apiUrl, branch, preview, now, notFound })
          return Effect.zipRight(error._tag === "RateLimited" ? gate.close(error) : Effect.void, Effect.fail(error))
        })

      const attempt = (retries: number, parent: Tracer.Span): Effect.Effect<A, ApiError | NotFound> =>
        Effect.zipRight(
          gate.pass,
          useSpan(`GET ${operation.route}`, {
            parent,
            kind: "client",
            captureStackTrace: false,
            attributes: {
              "http.request.method": "GET",
              "http.request.resend_count": retries,
              ...server,
              "url.template": operation.route
            }
          }, (span) =>
            exchange(request, endpoint, span).pipe(
              Effect.flatMap((exchanged) => {
                span.attribute("http.response.status_code", exchanged.answer.status)
                const outcome = exchanged.answer.status === 200 ? read(exchanged) : fail(exchanged)
                return pace.isWatching()
                  ? Effect.zipRight(pace.observe(exchanged.answer.headers), outcome)
                  : outcome
              }),
              tellError(span)
            ))
        )

      return useSpan(
        operation.name,
        {
          captureStackTrace: false,
          attributes: { [operation.idAttribute]: id }
        },
        (span) =>
          Effect.tap(
            retrying((retries) => pace.turn(attempt(retries, span)), config.retryPolicy, span),
            (value) =>
              Effect.sync(() => {
                for (const [key, attribute] of Object.entries(operation.attributes(value))) {
                  span.attribute(key, attribute)
                }
              })
          )
      )
    }

    return { call, concurrency: config.concurrency }
  }
)
