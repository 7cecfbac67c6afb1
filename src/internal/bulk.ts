/**
 * Marks the requests of bulk reading, which keep to the pace of the rate limit; a call for its own sake does not.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

export class Bulk extends Context.Reference<Bulk>()("effect-trigger-dev/internal/Bulk", {
  defaultValue: () => false
}) {}

export const inBulk = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.provideService(self, Bulk, true)
