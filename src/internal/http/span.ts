/**
 * Spans that do not keep the value they end with. A span is older than the value: an old object that points to a young one
 * keeps it alive through a minor garbage collection, and exporters keep spans for as long as they like.
 */
import * as Effect from "effect/Effect"
import { hasProperty } from "effect/Predicate"
import type * as Tracer from "effect/Tracer"
import * as Handover from "./handover.js"

/** The tag of an error, and the reason of a `TransportError`, such as `TransportError.Timeout`. */
const typeOf = (error: unknown): string => {
  if (!hasProperty(error, "_tag")) {
    return "_OTHER"
  }
  return error._tag === "TransportError" && "reason" in error
    ? `${error._tag}.${String(error.reason)}`
    : String(error._tag)
}

/** Sets `error.type` of the current span. */
export const annotateFailure = (error: unknown): Effect.Effect<void> =>
  Effect.annotateCurrentSpan("error.type", typeOf(error))

/** As `Effect.useSpan`, but a success ends the span without the value, and a failure sets `error.type`. */
export const useSpan = <A, E, R>(
  name: string,
  options: Tracer.SpanOptions,
  use: (span: Tracer.Span) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const { put, take } = Handover.make<A>()
    return Effect.zipRight(
      Effect.useSpan(name, options, (span) =>
        Effect.mapBoth(use(span), {
          onFailure: (error) => {
            span.attribute("error.type", typeOf(error))
            return error
          },
          onSuccess: put
        })),
      take
    )
  })

/** As `Effect.withSpan`, but as `useSpan` ends it. */
export const withSpan =
  (name: string, options: Tracer.SpanOptions) => <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    useSpan(name, options, (span) => Effect.withParentSpan(self, span))

/** The attributes of a client span, by the semantic conventions of OpenTelemetry. The URL is without its query string. */
export const requestAttributes = (url: URL, fullUrl: string, retries: number): Record<string, unknown> => ({
  "http.request.method": "GET",
  ...(retries === 0 ? {} : { "http.request.resend_count": retries }),
  "url.full": fullUrl,
  "server.address": url.hostname,
  "server.port": url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port)
})
