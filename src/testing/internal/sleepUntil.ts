/**
 * Waits for a time of the simulator.
 */
import * as Effect from "effect/Effect"

/** Times are fractions of milliseconds: a clock that stands less than a nanosecond before the time would not move. */
const shortest = 0.001

export const sleepUntil = (millis: number, now: number): Effect.Effect<void> =>
  Effect.sleep(millis > now ? Math.max(millis - now, shortest) : 0)
