/**
 * Waits for news of a batch: a request that the server holds until a run changes, beside the schedule that polls what the
 * feed does not show.
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { BatchProgress } from "../../CollectedResults.js"
import { RetryPolicy } from "../../RetryPolicy.js"
import type { CollectBatchResultsError, RetrieveBatchError } from "../../TriggerError.js"
import { monotonicMillis } from "../rateLimit/time.js"
import { holdPause } from "./availability.js"
import { availabilityAfter, type Call, isFeedCurrent, startPoll, uncoveredRuns } from "./call.js"
import * as Feed from "./feed.js"
import { readUncovered } from "./read.js"
import * as Silence from "./silence.js"
import { readBatch, readFeed } from "./snapshot.js"
import type { FeedSource } from "./source.js"
import * as State from "./state.js"

/** `changed`: the feed brought news. `poll`: the schedule's next poll is due. `ended`: the schedule has ended. */
export type News = "changed" | "poll" | "ended"

export interface Follower {
  /** Waits for the next news. At most one request is held. */
  readonly next: (progress: BatchProgress) => Effect.Effect<News>
  /**
   * Reads what a poll has to read: a snapshot of the feed where no request is held; the batch and the results endpoint where
   * the feed does not show every run. Returns the runs that must be read one by one.
   */
  readonly poll: Effect.Effect<ReadonlyArray<string>, CollectBatchResultsError>
}

/** 1 second, growing by 1.5 to 15 seconds, each up to a fifth shorter or longer. */
export const defaultSchedule: Schedule.Schedule<unknown> = Schedule.exponential("1 second", 1.5).pipe(
  Schedule.union(Schedule.spaced("15 seconds")),
  Schedule.jittered,
  // Effect.timed fails on a TestClock that stands on a fraction
  Schedule.delayed((delay) => Duration.millis(Math.round(Duration.toMillis(delay))))
)

/**
 * The shortest pause where a poll may have nothing to do, in milliseconds: a schedule without delays would keep the process from
 * ever reading the response of a held request.
 */
const shortestPause = 100

/**
 * How long a feed that has worked may fail before the runs are read elsewhere, in milliseconds. A server that restarts is away
 * for some seconds, and a snapshot is cheaper than a request for each run.
 */
const patience = 30_000

/** Whether it is the server that fails, and not the request. */
const isAway = (failure: RetrieveBatchError | undefined): boolean =>
  failure?._tag === "TransportError" || failure?._tag === "ServerError" || failure?._tag === "RateLimited"

/** How a held request ended, and how long it took in milliseconds. */
interface Held {
  readonly exit: Exit.Exit<Feed.Step, RetrieveBatchError>
  readonly took: number
}

/** The held request and the schedule's pause end with the scope. */
export const make = <R>(
  call: Call,
  schedule: Schedule.Schedule<unknown, BatchProgress, R>
): Effect.Effect<Follower, never, R | Scope.Scope> =>
  Effect.gen(function*() {
    const { feed, state } = call
    const scope = yield* Effect.scope
    const context = yield* Effect.context<R>()
    const driver = yield* Schedule.driver(schedule)
    // both go on between two waits: interrupting a held request loses its response, and interrupting the pause restarts it
    let pause: Fiber.RuntimeFiber<Exit.Exit<unknown, unknown>> | undefined
    let held: Fiber.RuntimeFiber<Held> | undefined
    /** How many held requests in a row were lost or ended at once. */
    let failures = 0
    /** Whether the last held request was served: then its connection is free for the next one. */
    let hasConnection = false
    let { unsettledUpdates } = state
    /** Since when a feed that has worked is not up to date, in monotonic milliseconds. */
    let lostSince: number | undefined

    /** Notes whether any response of the feed has brought an update of an unsettled run. */
    const noteUpdates = Effect.suspend(() => {
      if (state.unsettledUpdates === unsettledUpdates) {
        return Effect.void
      }
      unsettledUpdates = state.unsettledUpdates
      return Silence.restart(call)
    })

    const hold = ({ read }: FeedSource): Effect.Effect<Held> =>
      Effect.flatMap(monotonicMillis, (before) =>
        read(state.known.batchId, state.feed).pipe(
          RetryPolicy.override(RetryPolicy.none),
          Effect.exit,
          Effect.zipWith(monotonicMillis, (exit, after) => ({ exit, took: after - before }))
        ))

    /** Holds a request, unless one is held, where the feed is up to date and a connection may be free. */
    const startHolding = Effect.gen(function*() {
      if (
        held === undefined && feed !== undefined && isFeedCurrent(call) &&
        (hasConnection || ((yield* feed.availability.canHold) && (yield* call.availability.canHold)))
      ) {
        held = yield* Effect.forkIn(Effect.interruptible(hold(feed)), scope)
      }
    })

    const stopHolding = (error?: RetrieveBatchError): Effect.Effect<void> =>
      feed === undefined
        ? Effect.void
        : availabilityAfter(call, feed, error).refused(
          error === undefined ? Duration.zero : RetryPolicy.retryAfter(error)
        )

    /** Takes in what a held request brought. Returns whether anything changed. */
    const receive = ({ exit, took }: Held): Effect.Effect<boolean> => {
      if (Exit.isFailure(exit)) {
        // a lost response is never sent again, so a snapshot must follow: at once, or with the next poll
        hasConnection = false
        failures++
        return failures > 1 || took < Feed.shortestHold
          ? Effect.as(stopHolding(Option.getOrUndefined(Cause.failureOption(exit.cause))), false)
          : Effect.as(readFeed(call), true)
      }
      const { updates } = exit.value
      State.step(state, { _tag: "FeedRead", step: exit.value })
      const upToDate = isFeedCurrent(call)
      failures = updates.length === 0 && took < Feed.shortestHold ? failures + 1 : 0
      hasConnection = failures === 0
      return (failures > 1 ? stopHolding() : Effect.void).pipe(
        Effect.zipRight(upToDate ? Effect.void : readFeed(call)),
        Effect.as(updates.length > 0 || !upToDate)
      )
    }

    /** However long the pause of the schedule is, the feed is asked again when a request may be held again. */
    const retryFeed = feed === undefined
      ? Effect.never
      : Effect.as(Effect.interruptible(Effect.sleep(holdPause)), "retry" as const)

    const pauseOf = (progress: BatchProgress): Effect.Effect<unknown, unknown> => {
      const scheduled = Effect.provide(driver.next(progress), context)
      return held === undefined && lostSince === undefined
        ? scheduled
        : Effect.zipRight(scheduled, Effect.sleep(shortestPause), { concurrent: true })
    }

    /** Notes since when a feed that has worked is away, and says whether it may be back in a moment. */
    const isBackSoon = Effect.map(monotonicMillis, (now) => {
      const isLost = call.sources.has("realtime") && !isFeedCurrent(call) && isAway(call.feedFailure)
      lostSince = isLost ? lostSince ?? now : undefined
      return lostSince !== undefined && now - lostSince < patience
    })

    const next = (progress: BatchProgress): Effect.Effect<News> =>
      Effect.gen(function*() {
        for (;;) {
          yield* startHolding
          pause ??= yield* Effect.forkIn(Effect.interruptible(Effect.exit(pauseOf(progress))), scope)
          const paused = Effect.interruptible(Effect.flatten(Fiber.await(pause)))
          const fromFeed: Effect.Effect<Held | "retry"> = held === undefined
            ? retryFeed
            : Effect.interruptible(Fiber.join(held))
          const first = yield* Effect.raceFirst(fromFeed, Effect.as(paused, "paused" as const))
          if (first === "paused") {
            const exit = yield* paused
            pause = undefined
            if (Exit.isFailure(exit) && Cause.isDie(exit.cause)) {
              return yield* Effect.die(Cause.squash(exit.cause))
            }
            return Exit.isSuccess(exit) ? "poll" : "ended"
          }
          held = undefined
          const hasChanged = first === "retry" ? yield* Effect.as(readFeed(call), true) : yield* receive(first)
          yield* noteUpdates
          if (hasChanged) {
            return "changed"
          }
        }
      })

    /** Whether the feed shows all runs that are unread, and will show how they go on. */
    const isCovered = (): boolean => {
      const { batch } = state
      return batch !== undefined && uncoveredRuns(call).length === 0 &&
        State.toBeCreated(batch, State.summarize(state, batch).missing) === 0
    }

    const poll = Effect.gen(function*() {
      startPoll(call)
      if (held === undefined) {
        yield* readFeed(call)
      }
      yield* noteUpdates
      if (yield* isBackSoon) {
        return []
      }
      if (isCovered() && !(yield* Silence.isTooLong(call))) {
        return []
      }
      yield* readBatch(call)
      return yield* readUncovered(call)
    })

    return { next, poll }
  })
