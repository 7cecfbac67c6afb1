/**
 * Reads the batch, and the runs that its realtime feed shows.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schedule from "effect/Schedule"
import { type AttemptError, RetryPolicy } from "../../RetryPolicy.js"
import type { RetrieveBatchError } from "../../TriggerError.js"
import { debug } from "../describe/log.js"
import { inBulk } from "../rateLimit/rateLimit.js"
import { monotonicMillis } from "../rateLimit/time.js"
import { availabilityAfter, type Call, isFeedCurrent, needsRuns, uncoveredRuns } from "./call.js"
import * as Feed from "./feed.js"
import * as State from "./state.js"

export const readBatch = (call: Call): Effect.Effect<void, RetrieveBatchError> =>
  Effect.map(inBulk(call.mark)(call.source.retrieveBatch(call.state.known.batchId)), (batch) => {
    State.step(call.state, { _tag: "BatchRead", batch })
  })

/**
 * How many responses may bring nothing. A server that keeps asking to start again, or that has more to read and never sends
 * it, would keep this client busy for ever.
 */
const mostEmpty = 5

/** How many responses may say that there is more to read. One that rightly says so has some megabytes. */
const mostResponses = 100

/** What a request of the feed brought; undefined where none was sent. */
type Received = Either.Either<Feed.Step, RetrieveBatchError> | undefined

/** The longest hint of a server that the feed is worth waiting for. */
const longestWait = Duration.seconds(5)

/** Whether the next request may well work: there was no connection, or it was lost, or the server says when to come back. */
const isPassing = (error: AttemptError): boolean =>
  error._tag === "TransportError"
    ? error.reason === "Refused" || error.reason === "Reset" || error.reason === "CutOff"
    : Duration.between(RetryPolicy.retryAfter(error), { minimum: Duration.millis(1), maximum: longestWait })

/** One more request is cheaper than one for each run. */
const onceMore: RetryPolicy = Schedule.identity<AttemptError>().pipe(
  Schedule.whileInput(isPassing),
  Schedule.intersect(Schedule.recurs(1)),
  Schedule.addDelay(([error]) => RetryPolicy.retryAfter(error))
)

/** Sends the next request of the feed, unless there is no feed, or it has just failed. */
const requestFeed = ({ availability, feed, state }: Call): Effect.Effect<Received> =>
  feed === undefined
    ? Effect.succeed(undefined)
    : Effect.flatMap(Effect.zip(feed.availability.canRead, availability.canRead), ([ofServer, ofBatch]) =>
      ofServer && ofBatch
        ? feed.read(state.known.batchId, state.feed, { quickly: true }).pipe(
          RetryPolicy.override(onceMore),
          Effect.either
        )
        : Effect.succeed(undefined))

/** Whether the batch route is to decide: the batch may be new, and the key may have been rotated. */
const isUndecided = (received: Received): boolean =>
  received !== undefined && Either.isLeft(received) &&
  (received.left._tag === "BatchNotFound" || received.left._tag === "Unauthorized")

/**
 * Takes in what a request of the feed brought, and reads on until the feed is up to date. Its failure is not an error: the runs
 * are then read elsewhere. `sent` counts the responses so far.
 */
const receiveFeed = (call: Call, received: Received, sent = { empty: 0, all: 1 }): Effect.Effect<void> => {
  const { feed, state } = call
  if (feed === undefined || received === undefined) {
    return Effect.void
  }
  const { availability } = feed
  const giveUp = (reason: string): Effect.Effect<void> => debug(`The realtime feed could not be read: ${reason}`)
  const readOn = (wasEmpty: boolean): Effect.Effect<void> =>
    (wasEmpty && sent.empty >= mostEmpty) || sent.all >= mostResponses
      ? Effect.zipRight(availability.failed, giveUp("the server has more to read, but does not send it"))
      : Effect.flatMap(
        requestFeed(call),
        (next) => receiveFeed(call, next, { empty: sent.empty + (wasEmpty ? 1 : 0), all: sent.all + 1 })
      )
  if (Either.isLeft(received)) {
    const error = received.left
    call.feedFailure = error
    const mayRestart = Feed.mayRestart(state.feed, error)
    State.step(state, { _tag: "FeedFailed" })
    if (mayRestart) {
      return readOn(false)
    }
    const failed = isUndecided(received) ? Effect.void : availabilityAfter(call, feed, error).failed
    return Effect.zipRight(failed, giveUp(error.message))
  }
  call.feedFailure = undefined
  const step = received.right
  const isEmpty = Feed.isEmpty(state.feed, step)
  State.step(state, { _tag: "FeedRead", step })
  if (isFeedCurrent(call)) {
    call.sources.add("realtime")
    return Effect.zipRight(availability.worked, call.availability.worked)
  }
  return readOn(isEmpty)
}

/** Reads the feed until it is up to date; after that, each call takes a new snapshot. No request may be held meanwhile. */
export const readFeed = (call: Call): Effect.Effect<void> =>
  Effect.suspend(() => {
    State.step(call.state, { _tag: "FeedLost" })
    return Effect.flatMap(requestFeed(call), (received) => receiveFeed(call, received))
  })

/** How much older than the batch a first snapshot may be, in milliseconds. An older one is taken again. */
const oldestSnapshot = 1000

/**
 * Reads the batch and a first snapshot of the feed at the same time, which saves a round trip. While the batch route retries
 * its 404 of a new batch, the feed may have responded with one.
 */
const readTogether = (call: Call): Effect.Effect<void, RetrieveBatchError> =>
  Effect.zipWith(
    Effect.zipRight(readBatch(call), monotonicMillis),
    Effect.zip(requestFeed(call), monotonicMillis),
    (batchAt, [received, snapshotAt]) =>
      batchAt - snapshotAt > oldestSnapshot || isUndecided(received) ? readFeed(call) : receiveFeed(call, received),
    { concurrent: true }
  ).pipe(Effect.flatten)

/** How old a batch may be for the feed not to show all of its runs yet, in milliseconds. It is about a second behind. */
const youngFor = 10_000

/** How long a young batch is waited for, in milliseconds. */
const grace = 2000

const pause = 500

/** A clock that is behind makes a batch seem to come from the future. */
const isYoung = (createdAt: Date, now: number): boolean => now - createdAt.getTime() < youngFor

/** Takes further snapshots of the feed until it shows every run of the batch, for a short grace where the batch is young. */
const awaitYoung = (call: Call): Effect.Effect<void> => {
  const again = (waited: number): Effect.Effect<void> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const { batch } = call.state
      if (
        !isFeedCurrent(call) || waited >= grace || batch === undefined || !isYoung(batch.createdAt, now) ||
        uncoveredRuns(call).length === 0
      ) {
        return Effect.void
      }
      return Effect.sleep(pause).pipe(Effect.zipRight(readFeed(call)), Effect.zipRight(again(waited + pause)))
    })
  return again(0)
}

/** Reads the batch, and the feed where anything is still to be found out; waits for a feed that does not show all yet. */
export const readBatchAndFeed = (call: Call): Effect.Effect<void, RetrieveBatchError> =>
  Effect.gen(function*() {
    const { feed, state } = call
    // a batch of which runs are known may need nothing more, and a first response tells whether to ask for gzip
    if (state.known.runs.size === 0 && feed !== undefined && (yield* feed.availability.works)) {
      yield* readTogether(call)
    } else {
      yield* readBatch(call)
      yield* needsRuns(call) ? readFeed(call) : Effect.void
    }
    yield* awaitYoung(call)
  })
