/**
 * Time for waits: a clock that is never set back, and the longest wait.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** Milliseconds since an arbitrary point. Unlike the epoch time, it does not jump when the machine's clock is set. */
export const monotonicMillis: Effect.Effect<number> = Clock.clockWith((clock) =>
  // `currentTimeNanos` of the TestClock throws where the time is not a whole number of nanoseconds
  Effect.sync(() => Number(clock.unsafeCurrentTimeNanos()) / 1_000_000)
)

/**
 * A server refills its bucket every few seconds. A hint that is longer than this comes from another kind of limit, and
 * only the request that got it may wait for it.
 */
export const longestPause = Duration.toMillis("60 seconds")
