/**
 * Spans that do not hold on to the value they end with. A span keeps the `Exit` that it is ended with, and spans live for
 * as long as their exporter likes: values may be large. Even one that is let go at once costs: it is older than the value,
 * and an old object that points to a young one makes the garbage collector copy what it could have dropped.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import type * as Tracer from "effect/Tracer"

const end = <A, E>(span: Tracer.Span, exit: Exit.Exit<A, E>): Effect.Effect<void> =>
  FiberRef.getWith(
    FiberRef.currentTracerTimingEnabled,
    (isTimed) =>
      Clock.clockWith((clock) =>
        Effect.sync(() => span.end(isTimed ? clock.unsafeCurrentTimeNanos() : 0n, Exit.asVoid(exit)))
      )
  )

/** As `Effect.useSpan`, but a success ends the span with nothing. */
export const useSpan = <A, E, R>(
  name: string,
  options: Tracer.SpanOptions,
  use: (span: Tracer.Span) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => Effect.acquireUseRelease(Effect.makeSpan(name, options), use, end)

/** As `Effect.withSpan`, with the same difference. */
export const withSpan =
  (name: string, options: Tracer.SpanOptions) => <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    useSpan(name, options, (span) => Effect.withParentSpan(self, span))
