/**
 * When a request may be sent: the gate that a 429 closes, and the pace of bulk reading. Callers need not know whether
 * anything waits.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { AttemptError } from "../../RetryPolicy.js"
import type { Headers } from "../http/retryHeaders.js"
import * as Gate from "./gate.js"
import * as Pace from "./pace.js"

/** What many requests have in common. It holds nothing, because fibers keep it (docs/decisions/0015-handover.md). */
export interface Reader {
  readonly _tag: "Reader"
}

export const makeReader = (): Reader => ({ _tag: "Reader" })

/** The reader that a request belongs to. The requests of a reader keep to the pace; a single call does not. */
class Bulk extends Context.Reference<Bulk>()("effect-trigger-dev/internal/Bulk", {
  defaultValue: (): Reader | undefined => undefined
}) {}

/** Marks the requests of a reader; undefined takes the mark away. */
export const inBulk = (reader: Reader | undefined) => <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.provideService(self, Bulk, reader)

export interface RateLimit {
  /** Makes an attempt as soon as it may be sent. */
  readonly admit: <A, E extends AttemptError>(attempt: Effect.Effect<A, E>) => Effect.Effect<A, E>
  /** Learns from the headers of a response. */
  readonly observe: (headers: Headers) => Effect.Effect<void>
}

export interface RateLimitOptions {
  /** The most requests of bulk reading that are in flight. */
  readonly concurrency: number
  /**
   * Whether each reader has a pace of its own, where one reader may not wake another. The gate is shared all the same: each
   * fiber that waits for it has a timer of its own.
   */
  readonly isolated: boolean
}

export const make = ({ concurrency, isolated }: RateLimitOptions): RateLimit => {
  const gate = Gate.make()
  const shared = Pace.make(concurrency)
  const own = new WeakMap<Reader, Pace.Pace>()

  const paceOf = (reader: Reader): Pace.Pace => {
    if (!isolated) {
      return shared
    }
    const pace = own.get(reader) ?? Pace.make(concurrency)
    own.set(reader, pace)
    return pace
  }

  const gated = <A, E extends AttemptError>(attempt: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.tapError(
      Effect.zipRight(gate.pass, attempt),
      (error) => error._tag === "RateLimited" ? gate.close(error) : Effect.void
    )

  return {
    admit: (attempt) =>
      Effect.flatMap(
        Bulk,
        (reader) => reader === undefined ? gated(attempt) : paceOf(reader).admit(gated(attempt))
      ),
    observe: (headers) =>
      Effect.flatMap(Bulk, (reader) => {
        const pace = reader === undefined ? shared : paceOf(reader)
        return pace.isUsed() ? pace.observe(headers) : Effect.void
      })
  }
}
