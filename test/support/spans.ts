/**
 * Runs an effect under a tracer that keeps every span.
 */
import { Effect, type Exit, Tracer } from "effect"

/** A tracer that keeps every span it made, in the order of their starts. */
const recording = () => {
  const spans: Array<Tracer.Span> = []
  return {
    spans,
    tracer: Tracer.make({
      span: (name, parent, context, links, startTime, kind) => {
        const attributes = new Map<string, unknown>()
        const span: Tracer.Span & { status: Tracer.SpanStatus } = {
          _tag: "Span",
          name,
          spanId: String(spans.length),
          traceId: "trace",
          parent,
          context,
          links,
          sampled: true,
          kind,
          attributes,
          status: { _tag: "Started", startTime },
          end: (endTime, exit) => {
            span.status = { _tag: "Ended", startTime, endTime, exit }
          },
          attribute: (key, value) => void attributes.set(key, value),
          event: () => {},
          addLinks: () => {}
        }
        spans.push(span)
        return span
      },
      context: (f) => f()
    })
  }
}

/** How an effect ends, and its spans in the order of their starts. */
export const traced = <A, E, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<{ readonly exit: Exit.Exit<A, E>; readonly spans: ReadonlyArray<Tracer.Span> }, never, R> => {
  const { spans, tracer } = recording()
  return Effect.map(Effect.exit(Effect.withTracer(effect, tracer)), (exit) => ({ exit, spans }))
}
