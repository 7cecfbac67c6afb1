/**
 * The pause that the fibers of a client share after a 429: nobody sends before the server's reset.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { RateLimited } from "../../TriggerError.js"

export interface Gate {
  /** Waits while the gate is closed. */
  readonly pass: Effect.Effect<void>
  /** Closes the gate until the hint of a 429 has run out, if it has a hint that is worth waiting for. */
  readonly close: (error: RateLimited) => Effect.Effect<void>
}

/** A hint beyond this pauses nobody but the fiber that got it: no answer may stop a client for longer. */
const longest = Duration.toMillis("60 seconds")

export const make = (): Gate => {
  let opensAt = 0
  const pass: Effect.Effect<void> = Effect.suspend(() =>
    opensAt === 0
      ? Effect.void
      : Effect.flatMap(Clock.currentTimeMillis, (now) =>
        now >= opensAt
          ? Effect.void
          // it may have been closed for longer meanwhile
          : Effect.zipRight(Effect.sleep(opensAt - now), pass))
  )
  return {
    pass,
    close: ({ retryAfter }) =>
      retryAfter === undefined || Duration.toMillis(retryAfter) > longest
        ? Effect.void
        : Effect.map(Clock.currentTimeMillis, (now) => {
          opensAt = Math.max(opensAt, now + Duration.toMillis(retryAfter))
        })
  }
}
