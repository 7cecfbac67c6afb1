/**
 * Spans that do not hold on to the value they end with. A span keeps the `Exit` that it is ended with, and spans live for
 * as long as their exporter likes: values may be large. Even one that is let go at once costs: it is older than the value,
 * and an old object that points to a young one makes the garbage collector copy what it could have dropped.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import type * as Tracer from "effect/Tracer"

const end = <A, E>(span: Tracer.Span, exit: Exit.Exit<A, E>): Effect.Effect<A, E> =>
  Effect.withFiberRuntime((fiber) => {
    const clock = Context.get(fiber.getFiberRef(DefaultServices.currentServices), Clock.Clock)
    const isTimed = fiber.getFiberRef(FiberRef.currentTracerTimingEnabled)
    span.end(isTimed ? clock.unsafeCurrentTimeNanos() : 0n, Exit.asVoid(exit))
    return exit
  })

/** As `Effect.useSpan`, but a success ends the span with nothing. */
export const useSpan = <A, E, R>(
  name: string,
  options: Tracer.SpanOptions,
  use: (span: Tracer.Span) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(
      Effect.makeSpan(name, options),
      (span) => Effect.flatMap(Effect.exit(restore(Effect.suspend(() => use(span)))), (exit) => end(span, exit))
    )
  )

/** As `Effect.withSpan`, with the same difference. */
export const withSpan =
  (name: string, options: Tracer.SpanOptions) => <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    useSpan(name, options, (span) => Effect.withParentSpan(self, span))

/** Has a span tell the tag of an error. */
export const tellError =
  (span: Tracer.Span) =>
  <A, E extends { readonly _tag: string }, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.tapError(self, (error) => Effect.sync(() => span.attribute("error.type", error._tag)))
