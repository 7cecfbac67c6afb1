/**
 * Spans that do not keep the value they end with. A span is older than the value: an old object that points to a young one
 * keeps it alive through a minor garbage collection, and exporters keep spans for as long as they like.
 */
import * as Effect from "effect/Effect"
import type * as Tracer from "effect/Tracer"

/** As `Effect.useSpan`, but a success ends the span without the value. */
export const useSpan = <A, E, R>(
  name: string,
  options: Tracer.SpanOptions,
  use: (span: Tracer.Span) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    let value: A
    return Effect.map(
      Effect.useSpan(name, options, (span) =>
        Effect.map(use(span), (result) => {
          value = result
        })),
      () => value
    )
  })

/** As `Effect.withSpan`, but a success ends the span without the value. */
export const withSpan =
  (name: string, options: Tracer.SpanOptions) => <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    useSpan(name, options, (span) => Effect.withParentSpan(self, span))

/** The tag of an error, and the reason of a `TransportError`, such as `TransportError.Timeout`. */
const typeOf = (error: { readonly _tag: string }): string =>
  error._tag === "TransportError" && "reason" in error ? `${error._tag}.${String(error.reason)}` : error._tag

/** Sets `error.type` of a span. */
export const recordError =
  (span: Tracer.Span) =>
  <A, E extends { readonly _tag: string }, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.tapError(self, (error) => Effect.sync(() => span.attribute("error.type", typeOf(error))))
