/**
 * Time for waits, from a clock that is never set back.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** A shorter sleep might end before the clock has moved by a nanosecond, the least that `millisOf` can see. */
const shortest = 0.001

export const sleep = (millis: number): Effect.Effect<void> => Effect.sleep(millis > 0 ? Math.max(millis, shortest) : 0)

/**
 * Milliseconds since an arbitrary point. Unlike the epoch time, it does not jump when the machine's clock is set.
 * (`currentTimeNanos` of the TestClock throws where the time is not a whole number of nanoseconds.)
 */
export const millisOf = (clock: Clock.Clock): number => Number(clock.unsafeCurrentTimeNanos()) / 1_000_000

export const monotonicMillis: Effect.Effect<number> = Clock.clockWith((clock) => Effect.sync(() => millisOf(clock)))

/** When a date was, as `monotonicMillis`. A date in the future, by a clock that is ahead, or an invalid one is now. */
export const monotonicOf = (date: Date): Effect.Effect<number> =>
  Effect.zipWith(Clock.currentTimeMillis, monotonicMillis, (epochMillis, now) => {
    const age = epochMillis - date.getTime()
    return age > 0 ? now - age : now
  })
