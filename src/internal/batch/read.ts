/**
 * Reads a batch from the sources that the API has, in the order of their cost: the batch, the realtime feed, the results
 * route, and then run by run what none of them shows.
 *
 * The feed shows every run of today's engine with its output or error, outside the rate limit. The results route lists
 * runs of the old engine, of which the feed and the run route have neither output nor error. The run route knows runs
 * that the feed does not show: those of other batches (idempotency keys), and those beyond its limit of 1,000.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { CollectedResults, UnavailableRun } from "../../CollectedResults.js"
import { RetryPolicy } from "../../RetryPolicy.js"
import type { CollectBatchResultsError, OnError, RetrieveBatchError } from "../../TriggerError.js"
import { debug } from "../describe/log.js"
import { inBulk } from "../rateLimit/rateLimit.js"
import { monotonicMillis } from "../rateLimit/time.js"
import * as Feed from "./feed.js"
import { fromRun, isFinished } from "./fromRun.js"
import { concurrencyOf, type Source } from "./source.js"
import * as State from "./state.js"

/** One call of `collectBatchResults`, `awaitBatchResults` or `streamBatchResults`. */
export interface Call {
  readonly source: Source
  readonly state: State.State
  readonly onError: OnError
  /** Whether the feed is up to date, so that a run that it shows need not be read elsewhere. */
  isFeedCurrent: boolean
  /** With `onError: "report"`, what each further read of this poll would fail with. */
  commonError: UnavailableRun["error"] | undefined
  /** The sources that results came from, for the span. */
  readonly sources: Set<"realtime" | "results" | "runs">
}

export const make = (
  source: Source,
  known: State.Known,
  { giveUpAfter, onError = "fail" }: { readonly onError?: OnError; readonly giveUpAfter?: number }
): Call => ({
  source,
  state: State.make(known, giveUpAfter),
  onError,
  isFeedCurrent: false,
  commonError: undefined,
  sources: new Set()
})

export const readBatch = (call: Call): Effect.Effect<void, RetrieveBatchError> =>
  Effect.map(inBulk(call)(call.source.retrieveBatch(call.state.known.batchId)), (batch) => {
    State.step(call.state, { _tag: "BatchRead", batch })
  })

/** A server that keeps asking to start again would keep this client busy for ever. */
const maxRestarts = 5

type Snapshot = Either.Either<Feed.Step, RetrieveBatchError>

const requestFeed = ({ source: { feed }, state }: Call): Effect.Effect<Snapshot | undefined> =>
  feed === undefined
    ? Effect.succeed(undefined)
    : Effect.flatMap(feed.availability.canRead, (canRead) =>
      canRead
        ? feed.read(state.known.batchId, state.feed, { quickly: true }).pipe(
          RetryPolicy.override(RetryPolicy.none),
          Effect.either
        )
        : Effect.succeed(undefined))

/**
 * Takes in what a request of the feed brought, and reads on until the feed is up to date. Its failure is not an error: the runs
 * are then read elsewhere. Nor is a 404 of the feed, which may not show a new batch yet: whether a batch exists is for
 * the batch route to say.
 */
const receiveFeed = (call: Call, snapshot: Snapshot | undefined, restarts = 0): Effect.Effect<void> => {
  const { source: { feed }, state } = call
  if (feed === undefined || snapshot === undefined) {
    return Effect.void
  }
  const { availability } = feed
  const giveUp = (reason: string): Effect.Effect<void> =>
    debug(`The realtime feed could not be read, so runs are read one by one: ${reason}`)
  if (Either.isLeft(snapshot)) {
    const { _tag, message } = snapshot.left
    return Effect.zipRight(_tag === "BatchNotFound" ? Effect.void : availability.failed, giveUp(message))
  }
  const step = snapshot.right
  State.step(state, { _tag: "FeedRead", step })
  if (step.upToDate) {
    call.isFeedCurrent = true
    call.sources.add("realtime")
    return availability.worked
  }
  const isRestart = step.state.position._tag === "Start"
  return isRestart && restarts >= maxRestarts
    ? Effect.zipRight(availability.failed, giveUp("the server keeps asking to start again"))
    : Effect.flatMap(requestFeed(call), (next) => receiveFeed(call, next, isRestart ? restarts + 1 : restarts))
}

/** Reads the feed until it is up to date; after that, each call takes a new snapshot. No request may be held meanwhile. */
export const readFeed = (call: Call): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { state } = call
    call.isFeedCurrent = false
    state.feed = Feed.afterLostResponse(state.feed)
    return Effect.flatMap(requestFeed(call), (snapshot) => receiveFeed(call, snapshot))
  })

/** A first snapshot that is older than the batch by more, in milliseconds, is taken again. */
const oldestSnapshot = 1000

/** Reads the batch, and a first snapshot of the feed at the same time, which saves a round trip. */
const readBatchAndFeed = (call: Call): Effect.Effect<void, RetrieveBatchError> =>
  Effect.zipWith(
    Effect.zipRight(readBatch(call), monotonicMillis),
    Effect.zip(requestFeed(call), monotonicMillis),
    (batchAt, [snapshot, snapshotAt]) =>
      batchAt - snapshotAt > oldestSnapshot ? readFeed(call) : receiveFeed(call, snapshot),
    { concurrent: true }
  ).pipe(Effect.flatten)

/** The unread runs that the feed does not show, and so must be read one by one. */
export const unreadElsewhere = ({ isFeedCurrent, state }: Call): ReadonlyArray<string> => {
  const unread = State.unreadRuns(state)
  if (!isFeedCurrent || unread.length === 0) {
    return unread
  }
  const shown = Feed.shown(state.feed)
  return unread.filter((runId) => !shown.has(runId))
}

const isRefusal = (error: CollectBatchResultsError): boolean =>
  error._tag === "Unauthorized" || error._tag === "Forbidden"

/**
 * Asks the results route for the provisional results, and for unread runs unless it lists nothing for this batch. What it
 * does not know more about is accepted. A key with narrow access is refused by this route alone, so a refusal ends
 * nothing but the reading of runs that only this route could show.
 */
const readResults = (call: Call, unread: ReadonlyArray<string>): Effect.Effect<void, CollectBatchResultsError> =>
  Effect.suspend(() => {
    const { onError, source, state } = call
    const provisional = State.provisionalRuns(state)
    const isNeeded = provisional.length > 0
    if (!isNeeded && (unread.length === 0 || state.known.resultsRoute === "empty")) {
      return Effect.void
    }
    return Effect.matchEffect(inBulk(call)(source.getBatchResults(state.known.batchId)), {
      onFailure: (error) => {
        if (isRefusal(error)) {
          State.step(state, { _tag: "Accepted", runIds: State.provisionalRuns(state, "run") })
        }
        const lost = State.provisionalRuns(state)
        if (onError === "report") {
          State.step(state, { _tag: "ReadFailed", runIds: lost, error })
          return Effect.void
        }
        return isRefusal(error) && lost.length === 0 ? Effect.void : Effect.fail(error)
      },
      onSuccess: ({ items }) => {
        State.step(state, { _tag: "ResultsRead", results: items })
        State.step(state, { _tag: "Accepted", runIds: provisional })
        if (items.length > 0) {
          call.sources.add("results")
        }
        return Effect.void
      }
    })
  })

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
        !call.isFeedCurrent || waited >= grace || batch === undefined || !isYoung(batch.createdAt, now) ||
        unreadElsewhere(call).length === 0
      ) {
        return Effect.void
      }
      return Effect.sleep(pause).pipe(Effect.zipRight(readFeed(call)), Effect.zipRight(again(waited + pause)))
    })
  return again(0)
}

/** Errors that may pass hold for one poll. */
export const startPoll = (call: Call): void => {
  State.step(call.state, { _tag: "PollStarted" })
  call.commonError = undefined
}

/** Asks the results route for what the feed does not show. Returns the runs that must be read one by one. */
export const readUncovered = (call: Call): Effect.Effect<ReadonlyArray<string>, CollectBatchResultsError> =>
  Effect.suspend(() => Effect.map(readResults(call, unreadElsewhere(call)), () => unreadElsewhere(call)))

/** Reads all sources that show many runs at once. Returns the runs that must be read one by one. */
export const readShared = (
  call: Call
): Effect.Effect<ReadonlyArray<string>, RetrieveBatchError | CollectBatchResultsError> =>
  Effect.gen(function*() {
    const { source: { feed }, state } = call
    startPoll(call)
    // a batch of which runs are known may need nothing more; and only the second request of a client may ask for gzip
    if (state.known.runs.size === 0 && feed !== undefined && (yield* feed.availability.works)) {
      yield* readBatchAndFeed(call)
    } else {
      yield* readBatch(call)
      yield* needsRuns(call) ? readFeed(call) : Effect.void
    }
    yield* awaitYoung(call)
    return yield* readUncovered(call)
  })

/** Whether anything of the batch is still to be found out. */
const needsRuns = ({ state }: Call): boolean => {
  const { batch } = state
  return batch !== undefined && !State.summarize(state, batch).complete
}

/** Such an error is about the client, not about the run that met it: all other runs would meet it, too. */
const isCommon = (error: CollectBatchResultsError): boolean => isRefusal(error) || error._tag === "RateLimited"

const retrieveRun = (call: Call, runId: string): Effect.Effect<void, CollectBatchResultsError> =>
  Effect.flatMap(inBulk(call)(call.source.retrieveRun(runId)), (run) => {
    const { sources, state } = call
    if (!isFinished(run)) {
      State.step(state, { _tag: "RunUnfinished", runId, status: run.status })
      return Effect.void
    }
    return Either.match(fromRun(run, runId), {
      onLeft: (error) => Effect.fail(error),
      onRight: (result) => {
        State.step(state, { _tag: "RunRead", run, result })
        sources.add("runs")
        return Effect.void
      }
    })
  })

/** Reads one run, unless its result has become known meanwhile. */
export const readRun = (call: Call, runId: string): Effect.Effect<void, CollectBatchResultsError> =>
  Effect.suspend(() => {
    const { commonError, onError, state } = call
    if (State.stateOf(state, runId)._tag !== "Unread") {
      return Effect.void
    }
    if (onError === "fail") {
      return retrieveRun(call, runId)
    }
    return Effect.catchAll(
      commonError === undefined ? retrieveRun(call, runId) : Effect.fail(commonError),
      (error) =>
        Effect.sync(() => {
          State.step(state, { _tag: "ReadFailed", runIds: [runId], error })
          call.commonError = isCommon(error) ? error : call.commonError
        })
    )
  })

/** Asks the results route about the runs that the run route shows without output and error. */
export const settleProvisional = (call: Call): Effect.Effect<void, CollectBatchResultsError> => readResults(call, [])

/** Reads the given runs one by one, and settles what is provisional then. `onRead` is run after each run. */
export const readRuns = <E, R>(
  call: Call,
  runIds: ReadonlyArray<string>,
  onRead: Effect.Effect<void, E, R>
): Effect.Effect<void, CollectBatchResultsError | E, R> =>
  Effect.forEach(runIds, (runId) => Effect.zipRight(readRun(call, runId), onRead), {
    concurrency: concurrencyOf(call.source),
    discard: true
  }).pipe(Effect.zipRight(settleProvisional(call)))

/** What is known now. */
export const summarize = (call: Call): Effect.Effect<CollectedResults, RetrieveBatchError> =>
  Effect.suspend(() => {
    const { batch } = call.state
    return batch === undefined
      ? Effect.zipRight(readBatch(call), summarize(call))
      : Effect.succeed(State.summarize(call.state, batch))
  })

/** As `summarize`; reads the batch again where its list of runs, and so their order, was not there yet. */
export const summarizeInOrder = (call: Call): Effect.Effect<CollectedResults, RetrieveBatchError> =>
  Effect.suspend(() => {
    const listed = new Set(call.state.batch?.runs)
    return State.runIds(call.state).every((runId) => listed.has(runId))
      ? summarize(call)
      : Effect.zipRight(readBatch(call), summarize(call))
  })

/** What spans say about a call. */
export const attributesOf = (call: Call, collected: CollectedResults): Record<string, unknown> => ({
  ...State.attributesOf(collected),
  "trigger.batch.sources": [...call.sources].join(",")
})
