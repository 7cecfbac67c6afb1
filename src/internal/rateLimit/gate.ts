/**
 * The pause after a 429 that all fibers of a client share: nobody sends before the server's reset.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { RateLimited } from "../../TriggerError.js"
import { debug } from "../describe/log.js"
import { measureWait } from "../http/metrics.js"
import { longestHint } from "../http/retryHeaders.js"
import { monotonicMillis, sleep } from "./time.js"

export interface Gate {
  /** Waits while the gate is closed. */
  readonly pass: Effect.Effect<void>
  /** Closes the gate for the hint of a 429, where it has one that is not too long. */
  readonly close: (error: RateLimited) => Effect.Effect<void>
}

/** Waits, and tells why. */
export const wait = (millis: number): Effect.Effect<void> =>
  Effect.zipRight(
    debug(`Waiting ${Duration.format(Math.ceil(millis))}, because the server responded with 429`),
    measureWait(sleep(millis))
  )

export const make = (): Gate => {
  let opensAt = 0
  const pass: Effect.Effect<void> = Effect.suspend(() =>
    opensAt === 0
      ? Effect.void
      : Effect.flatMap(monotonicMillis, (now) =>
        now >= opensAt
          ? Effect.void
          // another 429 may close it for longer during the sleep
          : Effect.zipRight(wait(opensAt - now), pass))
  )
  return {
    pass,
    close: ({ retryAfter }) =>
      retryAfter === undefined || Duration.toMillis(retryAfter) > longestHint
        ? Effect.void
        : Effect.map(monotonicMillis, (now) => {
          opensAt = Math.max(opensAt, now + Duration.toMillis(retryAfter))
        })
  }
}
