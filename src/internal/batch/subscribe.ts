/**
 * Every change of every run of a batch, as a stream over the realtime feed.
 */
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { RetryPolicy } from "../../RetryPolicy.js"
import type { RunUpdate } from "../../RunUpdate.js"
import type { RetrieveBatchError } from "../../TriggerError.js"
import { longestHint } from "../http/retryHeaders.js"
import { monotonicMillis } from "../rateLimit/time.js"
import * as Feed from "./feed.js"
import type { Row } from "./row.js"
import type { FeedSource } from "./source.js"

interface Subscription {
  readonly feed: Feed.State
  /** How many requests in a row were refused, lost, brought nothing, or were not held although they should be. */
  readonly failures: number
}

/** The pause after a held request that failed. The first one may be a server that restarts. */
const pauseAfter = (failures: number): Duration.Duration =>
  failures <= 1 ? Duration.zero : Duration.min(Duration.seconds(2 ** (failures - 2)), Duration.seconds(15))

/** One request at a time, sent when the stream is pulled. */
export const subscribe = (
  { read }: Pick<FeedSource, "read">,
  batchId: string
): Stream.Stream<RunUpdate, RetrieveBatchError> => {
  type Page = readonly [rows: ReadonlyArray<Row>, next: Subscription]

  /** A minute of what the server asks for is honoured. */
  const after = (subscription: Subscription, hint = Duration.zero): Effect.Effect<Subscription> =>
    Effect.as(
      Effect.sleep(Duration.max(pauseAfter(subscription.failures), Duration.min(hint, Duration.millis(longestHint)))),
      subscription
    )

  const hold = ({ failures, feed }: Subscription): Effect.Effect<Page, RetrieveBatchError> =>
    Effect.flatMap(monotonicMillis, (before) =>
      read(batchId, feed).pipe(
        RetryPolicy.override(RetryPolicy.none),
        Effect.matchEffect({
          onFailure: (error) =>
            // the second failure in a row is no fault of the place, and ends the subscription
            RetryPolicy.isRetryable(error) || (failures === 0 && Feed.mayRestart(feed, error))
              // a lost response is never sent again: a snapshot follows
              ? Effect.map(
                after({ feed: Feed.afterLostResponse(feed), failures: failures + 1 }, RetryPolicy.retryAfter(error)),
                (next): Page => [[], next]
              )
              : Effect.fail(error),
          onSuccess: ({ state, updates }) =>
            Effect.flatMap(monotonicMillis, (now) => {
              const wasHeld = updates.length > 0 || now - before >= Feed.shortestHold
              return Effect.map(
                after({ feed: state, failures: wasHeld ? 0 : failures + 1 }),
                (next): Page => [updates, next]
              )
            })
        })
      ))

  const snapshot = ({ failures, feed }: Subscription): Effect.Effect<Page, RetrieveBatchError> =>
    Effect.matchEffect(read(batchId, feed), {
      onFailure: (error) =>
        Feed.mayRestart(feed, error)
          ? Effect.map(after({ feed: Feed.afterFailure(feed), failures: failures + 1 }), (next): Page => [[], next])
          : Effect.fail(error),
      onSuccess: (step) => {
        const isEmpty = Feed.isEmpty(feed, step)
        const next: Subscription = { feed: step.state, failures: isEmpty ? failures + 1 : failures }
        return Effect.as(isEmpty ? after(next) : Effect.void, [step.updates, next])
      }
    })

  /** Goes on until something has changed. An empty chunk would count as an element, and start `Stream.timeout` again. */
  const news = (subscription: Subscription): Effect.Effect<Page, RetrieveBatchError> =>
    Effect.flatMap(
      Feed.isUpToDate(subscription.feed) ? hold(subscription) : snapshot(subscription),
      (page) => page[0].length === 0 ? news(page[1]) : Effect.succeed(page)
    )

  return Stream.paginateChunkEffect<Subscription, RunUpdate, RetrieveBatchError, never>(
    { feed: Feed.start, failures: 0 },
    (subscription) =>
      Effect.map(news(subscription), ([rows, next]) => [
        Chunk.unsafeFromArray(rows.map(({ update }) => update)),
        Option.some(next)
      ])
  )
}
