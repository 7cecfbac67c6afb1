/**
 * The pace of bulk reading: at most `concurrency` requests in flight, and none that the last rate-limit headers say would be
 * refused.
 *
 * Each response says how many requests are left and when the bucket is refilled. Once that many are in flight, the next
 * read waits for the refill. Only the server knows how much was refilled and how much of it others have used: so one read
 * goes first, and the others wait for its response.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import { constVoid } from "effect/Function"
import { type AttemptError, RetryPolicy } from "../../RetryPolicy.js"
import { debug } from "../describe/log.js"
import { measureWait } from "../http/metrics.js"
import { type Headers, longestHint, numberIn, until } from "../http/retryHeaders.js"
import * as FifoSemaphore from "./fifoSemaphore.js"
import { wait } from "./gate.js"
import { millisOf, monotonicMillis, sleep } from "./time.js"

/** Since when a call has got nothing but 429s, in monotonic milliseconds. Its retries share it, else each would wait anew. */
export interface Refusals {
  since: number | undefined
}

export const noRefusals = (): Refusals => ({ since: undefined })

export interface Pace {
  /** Makes an attempt of a call when the pace allows it. */
  readonly admit: <A, E extends AttemptError>(attempt: Effect.Effect<A, E>, refusals: Refusals) => Effect.Effect<A, E>
  /** Learns from the headers of a response. */
  readonly observe: (headers: Headers) => Effect.Effect<void>
}

/**
 * How long a call may be refused because others empty the bucket first. Such a 429 says nothing about the request, so
 * it does not count as a failure; after this time the retry policy decides.
 */
const patience = Duration.toMillis("5 minutes")

/**
 * The least time between two attempts of a call that is refused, in milliseconds: a hint may be close to zero. It is as long
 * as the call has been refused so far, within bounds, and so it doubles.
 */
const leastPause = (refusedFor: number): number => Math.min(Math.max(refusedFor, 100), 5000)

/** The state of the server's bucket. */
interface Bucket {
  /** The fewest remaining requests that a response has named since the last refill. */
  remaining: number
  /** When it is refilled next, as the server names it: tells one period from the next. */
  readonly reset: number
  /** The same in monotonic milliseconds. */
  readonly resetsAt: number
}

export const make = (concurrency: number): Pace => {
  /** Undefined where the headers hold nothing to pace by. */
  let bucket: Bucket | undefined
  let inFlight = 0
  /** Whether the first read after a refill is in flight. */
  let isProbing = false
  /** Wakes the read that is next. */
  let wake: () => void = constVoid
  /** Reads queue here; the one that holds the permit is next. */
  const queue = FifoSemaphore.make(1)

  /** How long the next read must wait: zero for not at all, infinity for until another one ends. */
  const delayOf = (clock: Clock.Clock): number => {
    if (inFlight >= concurrency || isProbing) {
      return Number.POSITIVE_INFINITY
    }
    // `remaining` may or may not include the requests in flight: assume that it does not
    return bucket === undefined || bucket.remaining > inFlight ? 0 : Math.max(0, bucket.resetsAt - millisOf(clock))
  }

  /** Begins a read. The function that it returns ends it. */
  const begin = (): () => void => {
    const probes = bucket !== undefined && bucket.remaining <= inFlight
    isProbing = isProbing || probes
    inFlight++
    return () => {
      inFlight--
      if (probes) {
        isProbing = false
      }
      wake()
    }
  }

  /** Waits until a read may begin. `onBegin` is called in the same step, so that an interruption can always end it. */
  const enter = (onBegin: (end: () => void) => void): Effect.Effect<void> =>
    Clock.clockWith((clock) => {
      const delay = delayOf(clock)
      if (delay === 0) {
        onBegin(begin())
        return Effect.void
      }
      const change = Deferred.unsafeMake<void>(FiberId.none)
      wake = () => Deferred.unsafeDone(change, Effect.void)
      const changed = Deferred.await(change)
      return Effect.zipRight(
        delay === Number.POSITIVE_INFINITY
          ? changed
          // interruptible: the loser of the race must not be waited for where the caller is uninterruptible
          : Effect.zipRight(
            debug(`Waiting up to ${Duration.format(Math.ceil(delay))}, because the rate limit has no request left`),
            measureWait(Effect.raceFirst(Effect.interruptible(changed), Effect.interruptible(sleep(delay))))
          ),
        enter(onBegin)
      )
    })

  const once = <A, E>(attempt: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.suspend(() => {
      let end = constVoid
      const admitted = Clock.clockWith((clock) => {
        // most reads need not wait; where others do, they are first
        if (queue.isFree() && delayOf(clock) === 0) {
          end = begin()
          return Effect.void
        }
        return queue.withPermit(enter((other) => {
          end = other
        }))
      })
      return Effect.ensuring(Effect.zipRight(admitted, attempt), Effect.sync(() => end()))
    })

  /** After a 429 the gate holds the next attempt back until the server's hint has passed. */
  const paced = <A, E extends AttemptError>(attempt: Effect.Effect<A, E>, refusals: Refusals): Effect.Effect<A, E> =>
    Effect.catchAll(once(attempt), (error) => {
      const hint = error._tag === "RateLimited" && RetryPolicy.isRetryable(error) ? error.retryAfter : undefined
      if (hint === undefined || Duration.toMillis(hint) > longestHint) {
        refusals.since = undefined
        return Effect.fail(error)
      }
      return Effect.flatMap(monotonicMillis, (now) => {
        refusals.since ??= now
        const refusedFor = now - refusals.since
        if (refusedFor >= patience) {
          return Effect.fail(error)
        }
        const pause = leastPause(refusedFor)
        const again = paced(attempt, refusals)
        return Duration.toMillis(hint) < pause ? Effect.zipRight(wait(pause), again) : again
      })
    })

  const learn = (headers: Headers, remaining: number, reset: number, clock: Clock.Clock): void => {
    if (bucket !== undefined && reset === bucket.reset) {
      bucket.remaining = Math.min(bucket.remaining, remaining)
      return
    }
    const delay = until(reset, headers, clock.unsafeCurrentTimeMillis())
    if (
      bucket !== undefined && reset > 0 && reset < bucket.reset &&
      (delay === undefined || millisOf(clock) < bucket.resetsAt)
    ) {
      // a slow response of an earlier period
      return
    }
    // all three headers are 0 while the server's Redis is down
    bucket = delay === undefined || delay > longestHint
      ? undefined
      : { remaining, reset, resetsAt: millisOf(clock) + delay }
  }

  return {
    admit: paced,
    observe: (headers) => {
      const remaining = numberIn(headers, "x-ratelimit-remaining")
      const reset = numberIn(headers, "x-ratelimit-reset")
      return remaining === undefined || reset === undefined
        ? Clock.clockWith((clock) =>
          Effect.sync(() => {
            if (bucket !== undefined && millisOf(clock) >= bucket.resetsAt) {
              bucket = undefined
            }
          })
        )
        : Clock.clockWith((clock) => Effect.sync(() => learn(headers, remaining, reset, clock)))
    }
  }
}
