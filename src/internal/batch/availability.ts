/**
 * What a client remembers about the realtime feed of its server, and a call about that of its batch, so that what has just
 * failed is not tried again at once. It holds times only: nothing waits for it.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { longestHint } from "../http/retryHeaders.js"
import { monotonicMillis } from "../rateLimit/time.js"

export interface Availability {
  /** Whether the feed may be read. */
  readonly canRead: Effect.Effect<boolean>
  /** Whether the last read worked. Then a snapshot can be asked for beside the batch. */
  readonly works: Effect.Effect<boolean>
  /** Whether a request may be held. */
  readonly canHold: Effect.Effect<boolean>
  /** The feed could not be read: the runs are read one by one for a while. */
  readonly failed: Effect.Effect<void>
  /**
   * The server refused to hold a request, or lost held requests: snapshots are polled for a while, and at least as long as the
   * server asks for.
   */
  readonly refused: (retryAfter: Duration.Duration) => Effect.Effect<void>
  /** The feed was read. */
  readonly worked: Effect.Effect<void>
}

/** The first pause after a failure, in milliseconds, which doubles with each further failure; and the longest. */
interface Pauses {
  readonly first: number
  readonly longest: number
}

/** The server may have no feed at all. */
const neverWorked: Pauses = { first: 30_000, longest: 15 * 60_000 }

/** The server has a feed, and may be restarting. */
const hasWorked: Pauses = { first: 2000, longest: 60_000 }

/** How long no request is held after a refusal, in milliseconds: other waits may end meanwhile. */
export const holdPause = 15_000

export const make = (): Availability => {
  let works = false
  let pauses = neverWorked
  let failures = 0
  let readsAgainAt = 0
  let holdsAgainAt = 0
  return {
    canRead: Effect.map(monotonicMillis, (now) => now >= readsAgainAt),
    works: Effect.sync(() => works),
    canHold: Effect.map(monotonicMillis, (now) => now >= holdsAgainAt),
    failed: Effect.map(monotonicMillis, (now) => {
      works = false
      // reads that were under way together fail together: that is one failure
      if (now >= readsAgainAt) {
        readsAgainAt = now + Math.min(pauses.first * 2 ** failures, pauses.longest)
        failures++
      }
    }),
    refused: (retryAfter) =>
      Effect.map(monotonicMillis, (now) => {
        holdsAgainAt = now + Math.max(holdPause, Math.min(Duration.toMillis(retryAfter), longestHint))
      }),
    worked: Effect.sync(() => {
      pauses = hasWorked
      failures = 0
      readsAgainAt = 0
      works = true
    })
  }
}
