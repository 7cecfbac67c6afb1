/**
 * One attempt: sends a request and reads the whole response, under a time limit, as a child of a span.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type { HttpClientError } from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { isTagged } from "effect/Predicate"
import * as Runtime from "effect/Runtime"
import * as Tracer from "effect/Tracer"
import { TransportError } from "../../TriggerError.js"
import type { Preview } from "../describe/redact.js"
import { timeLimit } from "./timeLimit.js"
import { fromHttpClientError } from "./transportError.js"

/** A request, and what an error may say of texts that come back. */
export interface Prepared {
  readonly request: HttpClientRequest.HttpClientRequest
  readonly preview: Preview
}

export interface AttemptOptions<A, E> {
  readonly client: HttpClient.HttpClient
  /** The method and path, for errors. */
  readonly endpoint: string
  /** The parent of what the attempt does. */
  readonly span: Tracer.Span
  readonly prepare: Effect.Effect<Prepared, E>
  /** Reads the whole body. `progress` is for responses that may take their time. */
  readonly read: (
    response: HttpClientResponse,
    prepared: Prepared,
    progress: () => void
  ) => Effect.Effect<A, HttpClientError>
  /** The most time that passes from the start, or since `progress`. */
  readonly timeout: Duration.Duration
  /** What a time-out means, in one line. */
  readonly onTimeout: () => string
}

/** A client to which the user applied `filterStatusOk` fails for every status but 2xx, with an error that carries the response. */
const responseOf = (error: HttpClientError): Effect.Effect<HttpClientResponse, HttpClientError> =>
  // a client that is not written in TypeScript may fail with anything
  isTagged(error, "ResponseError") && error.reason === "StatusCode"
    ? Effect.succeed(error.response)
    : Effect.fail(error)

export const attempt = <A, E>(
  { client, endpoint, onTimeout, prepare, read, span, timeout }: AttemptOptions<A, E>
): Effect.Effect<A, E | TransportError> =>
  timeLimit(
    (progress) =>
      Effect.flatMap(prepare, (prepared) =>
        client.execute(prepared.request).pipe(
          Effect.catchAll(responseOf),
          Effect.flatMap((response) => read(response, prepared, progress)),
          Effect.mapError((error) => fromHttpClientError(error, endpoint, prepared.preview))
        )),
    timeout,
    () => new TransportError({ endpoint, reason: "Timeout", detail: onTimeout() }),
    Runtime.provideService(Tracer.ParentSpan, span)
  )
