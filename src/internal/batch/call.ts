/**
 * One call of `collectBatchResults`, `awaitBatchResults` or `streamBatchResults`: whom it asks, and what it knows.
 */
import type { UnavailableRun } from "../../CollectedResults.js"
import type { OnError, RetrieveBatchError } from "../../TriggerError.js"
import { type BulkCall, makeBulkCall } from "../rateLimit/rateLimit.js"
import * as Availability from "./availability.js"
import * as Feed from "./feed.js"
import { feedOf, type FeedSource, type Source } from "./source.js"
import * as State from "./state.js"

export interface Call {
  readonly source: Source
  /** The realtime feed of `source`, if it has one. */
  readonly feed: FeedSource | undefined
  readonly state: State.State
  readonly onError: OnError
  /** With `onError: "report"`, what each further read of this poll would fail with. */
  commonError: UnavailableRun["error"] | undefined
  /** Why the last snapshot of the feed could not be read; undefined if it could. */
  feedFailure: RetrieveBatchError | undefined
  /** What it remembers about the feed of its batch, beside what its client does. */
  readonly availability: Availability.Availability
  /** What all its requests are marked with. */
  readonly mark: BulkCall
  /** The sources that results came from, for the span. */
  readonly sources: Set<"realtime" | "results" | "runs">
}

/** Throws if `giveUpAfter` is NaN, with which the call would never give up. */
export const make = (
  source: Source,
  known: State.Known,
  { giveUpAfter, onError = "fail" }: { readonly onError?: OnError; readonly giveUpAfter?: number }
): Call => {
  if (Number.isNaN(giveUpAfter)) {
    throw new RangeError("invalid \"giveUpAfter\": expected a number of polls, got NaN")
  }
  return {
    source,
    feed: feedOf(source),
    state: State.make(known, giveUpAfter),
    onError,
    commonError: undefined,
    feedFailure: undefined,
    availability: Availability.make(),
    mark: makeBulkCall(),
    sources: new Set()
  }
}

/** Whether the batch or the key is at fault. The feeds of other batches may work, and keys rotate. */
const isOwnFault = (error: RetrieveBatchError): boolean =>
  error._tag === "BatchNotFound" || error._tag === "Unauthorized" || error._tag === "InvalidResponse" ||
  (error._tag === "TransportError" && error.reason === "TooLarge")

/** What remembers a failure of the feed: the call alone, or all calls of its client. */
export const availabilityAfter = (
  call: Call,
  feed: FeedSource,
  error: RetrieveBatchError | undefined
): Availability.Availability => error !== undefined && isOwnFault(error) ? call.availability : feed.availability

/** Errors that may pass hold for one poll. */
export const startPoll = (call: Call): void => {
  State.step(call.state, { _tag: "PollStarted" })
  call.commonError = undefined
}

/** Whether the feed is up to date, so that a run that it shows need not be read elsewhere. */
export const isFeedCurrent = ({ state }: Call): boolean => Feed.isUpToDate(state.feed)

/** The unread runs that the feed does not show: they are read one by one. */
export const uncoveredRuns = (call: Call): ReadonlyArray<string> => {
  const { state } = call
  const unread = State.unreadRuns(state)
  if (!isFeedCurrent(call) || unread.length === 0) {
    return unread
  }
  const shown = Feed.shown(state.feed)
  return unread.filter((runId) => !shown.has(runId))
}

/** Whether anything of the batch is still to be found out. */
export const needsRuns = ({ state }: Call): boolean => {
  const { batch } = state
  return batch !== undefined && !State.summarize(state, batch).complete
}
