/**
 * The turns of bulk reading. All bulk reads of a client share them: at most so many requests at once, and none that the
 * rate limit is known to refuse.
 *
 * Every answer says how many requests are left, and when the bucket is next refilled. Once those that are left are all
 * under way, the next read waits for the refill. How much was refilled, and what of it others have taken meanwhile,
 * only the server knows: so one read goes first, and the others after its answer.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import { constVoid } from "effect/Function"
import { type AttemptError, RetryPolicy } from "../../RetryPolicy.js"
import { type Headers, numberIn, until } from "../http/retryHeaders.js"
import * as Turns from "./fifoSemaphore.js"

/** Marks the requests of bulk reading, which keep to the pace; a single call does not. */
class Bulk extends Context.Reference<Bulk>()("effect-trigger-dev/internal/Bulk", {
  defaultValue: () => false
}) {}

export const inBulk = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.provideService(self, Bulk, true)

export interface Pace {
  /** Makes an attempt when its turn has come; at once where it is not part of bulk reading. */
  readonly turn: <A, E extends AttemptError>(attempt: Effect.Effect<A, E>) => Effect.Effect<A, E>
  /** Whether this client has ever read in bulk; until then `observe` has nothing to learn. */
  readonly isWatching: () => boolean
  /** Learns from the headers of an answer. */
  readonly observe: (headers: Headers) => Effect.Effect<void>
}

/** A reset that is further off is not one of a bucket that is refilled every few seconds: it is not waited for. */
const longest = Duration.toMillis("60 seconds")

/**
 * For how long one attempt may be refused because others empty the bucket first. Such a 429 says nothing about the
 * request, so up to here it does not count as a failure; beyond it the retry policy decides.
 */
const patience = Duration.toMillis("5 minutes")

/** What is known of the bucket. */
interface Bucket {
  /** The fewest requests left that an answer has named since the last refill. */
  remaining: number
  /** When it is refilled next, as the server names it: tells one period from the next. */
  readonly reset: number
  /** The same on our clock. */
  readonly resetsAt: number
}

export const make = (concurrency: number): Pace => {
  /** Undefined where the server's headers say nothing that could be paced by. */
  let bucket: Bucket | undefined
  let underWay = 0
  let probing = false
  let watching = false
  /** Wakes the read that is next in line. */
  let wake: () => void = constVoid
  /** Reads queue here, first come first served; whoever is inside is next in line. */
  const line = Turns.make(1)

  /** How long the next read must wait: zero for not at all, infinity for until another one ends. */
  const wait = (now: number): number => {
    if (underWay >= concurrency || probing) {
      return Number.POSITIVE_INFINITY
    }
    // those under way may or may not be in `remaining` yet: assume that they are not
    return bucket === undefined || bucket.remaining > underWay ? 0 : Math.max(0, bucket.resetsAt - now)
  }

  /** Begins a read; what it returns ends it. */
  const begin = (): () => void => {
    const probes = bucket !== undefined && bucket.remaining <= underWay
    probing = probing || probes
    underWay++
    return () => {
      underWay--
      if (probes) {
        probing = false
      }
      wake()
    }
  }

  /** Ends when the read has begun; `begun` is told at once, so that an interruption finds out what there is to end. */
  const admit = (begun: (end: () => void) => void): Effect.Effect<void> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const delay = wait(now)
      if (delay === 0) {
        begun(begin())
        return Effect.void
      }
      const change = Deferred.unsafeMake<void>(FiberId.none)
      wake = () => Deferred.unsafeDone(change, Effect.void)
      const changed = Deferred.await(change)
      return Effect.zipRight(
        delay === Number.POSITIVE_INFINITY
          ? changed
          // the one that loses must not be waited for where the caller cannot be interrupted
          : Effect.raceFirst(Effect.interruptible(changed), Effect.interruptible(Effect.sleep(delay))),
        admit(begun)
      )
    })

  const once = <A, E>(attempt: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.suspend(() => {
      watching = true
      let end = constVoid
      const admitted = line(admit((other) => {
        end = other
      }))
      return Effect.ensuring(Effect.zipRight(admitted, attempt), Effect.sync(() => end()))
    })

  /** The gate keeps the next attempt back until the server's hint has run out. */
  const paced = <A, E extends AttemptError>(attempt: Effect.Effect<A, E>, refusedSince?: number): Effect.Effect<A, E> =>
    Effect.catchAll(once(attempt), (error) => {
      const hint = error._tag === "RateLimited" && RetryPolicy.isRetryable(error) ? error.retryAfter : undefined
      return hint === undefined || Duration.toMillis(hint) > longest
        ? Effect.fail(error)
        : Effect.flatMap(Clock.currentTimeMillis, (now) => {
          const since = refusedSince ?? now
          return now - since < patience ? paced(attempt, since) : Effect.fail(error)
        })
    })

  const learn = (headers: Headers, now: number): void => {
    const remaining = numberIn(headers, "x-ratelimit-remaining")
    const reset = numberIn(headers, "x-ratelimit-reset")
    if (remaining === undefined || reset === undefined) {
      return
    }
    if (bucket !== undefined && reset === bucket.reset) {
      bucket.remaining = Math.min(bucket.remaining, remaining)
      return
    }
    if (bucket !== undefined && reset > 0 && reset < bucket.reset) {
      // an answer that took its time
      return
    }
    const delay = until(reset, headers, now)
    // all three headers are 0 while the server's Redis is down
    bucket = delay === undefined || delay > longest ? undefined : { remaining, reset, resetsAt: now + delay }
  }

  return {
    turn: (attempt) => Effect.flatMap(Bulk, (bulk) => bulk ? paced(attempt) : attempt),
    isWatching: () => watching,
    observe: (headers) => Effect.map(Clock.currentTimeMillis, (now) => learn(headers, now))
  }
}
