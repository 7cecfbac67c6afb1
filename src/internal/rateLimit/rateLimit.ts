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

/**
 * Marks the requests of one call that reads in bulk. It is told apart by identity, and does not hold the call, because fibers
 * keep it (docs/decisions/0015-handover.md).
 */
export interface BulkCall {
  readonly _tag: "BulkCall"
}

export const makeBulkCall = (): BulkCall => ({ _tag: "BulkCall" })

/** The mark of a request. Marked requests keep to the pace; those of a single call do not. */
class Bulk extends Context.Reference<Bulk>()("effect-trigger-dev/internal/Bulk", {
  defaultValue: (): BulkCall | undefined => undefined
}) {}

/** Marks requests; undefined takes the mark away. */
export const inBulk = (mark: BulkCall | undefined) => <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.provideService(self, Bulk, mark)

export interface RateLimit {
  /** Makes an attempt of a call as soon as it may be sent. */
  readonly admit: <A, E extends AttemptError>(
    attempt: Effect.Effect<A, E>,
    refusals: Pace.Refusals
  ) => Effect.Effect<A, E>
  /** Learns from the headers of a response. */
  readonly observe: (headers: Headers) => Effect.Effect<void>
}

export interface RateLimitOptions {
  /** The most requests of bulk reading that are in flight. */
  readonly concurrency: number
  /**
   * Whether each bulk call has a pace of its own, because one call may not wake another. The gate is shared all the same:
   * each fiber that waits for it has a timer of its own.
   */
  readonly isolated: boolean
}

export const make = ({ concurrency, isolated }: RateLimitOptions): RateLimit => {
  const gate = Gate.make()
  const shared = Pace.make(concurrency)
  const own = new WeakMap<BulkCall, Pace.Pace>()

  const paceOf = (mark: BulkCall): Pace.Pace => {
    if (!isolated) {
      return shared
    }
    const pace = own.get(mark) ?? Pace.make(concurrency)
    own.set(mark, pace)
    return pace
  }

  const gated = <A, E extends AttemptError>(attempt: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.tapError(
      Effect.zipRight(gate.pass, attempt),
      (error) => error._tag === "RateLimited" ? gate.close(error) : Effect.void
    )

  return {
    admit: (attempt, refusals) =>
      Effect.flatMap(
        Bulk,
        (mark) => mark === undefined ? gated(attempt) : paceOf(mark).admit(gated(attempt), refusals)
      ),
    observe: (headers) => Effect.flatMap(Bulk, (mark) => (mark === undefined ? shared : paceOf(mark)).observe(headers))
  }
}
