/**
 * Holds a value until it is taken, and no longer.
 *
 * A fiber that has waited in `Effect.async` outlives the minor collections of V8, together with the value that it ended
 * with (docs/decisions/0015-handover.md). So our fibers and spans end without a value: it is put here, and taken once.
 */
import * as Effect from "effect/Effect"

export interface Handover<A> {
  readonly put: (value: A) => void
  /** The value that was put. The next `take` waits for ever. */
  readonly take: Effect.Effect<A>
}

export const make = <A>(): Handover<A> => {
  let value: Effect.Effect<A> = Effect.never
  return {
    put: (next) => {
      value = Effect.succeed(next)
    },
    take: Effect.suspend(() => {
      const taken = value
      value = Effect.never
      return taken
    })
  }
}
