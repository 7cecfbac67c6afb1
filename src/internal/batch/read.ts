/**
 * Reads a batch from the sources that the API has, in the order of their cost: the batch, the realtime feed, the results
 * endpoint, and then run by run what none of them shows.
 *
 * The feed shows every run of today's engine with its output or error, outside the rate limit. The results endpoint lists
 * runs of the old engine, of which the feed and the run route have neither output nor error. The run route knows runs
 * that the feed does not show: those of other batches (idempotency keys), and those beyond its limit of 1,000.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schedule from "effect/Schedule"
import type { CollectedResults } from "../../CollectedResults.js"
import type { CollectBatchResultsError, RetrieveBatchError } from "../../TriggerError.js"
import { inBulk } from "../rateLimit/rateLimit.js"
import { type Call, needsRuns, startPoll, uncoveredRuns } from "./call.js"
import { fromRun, isFinished } from "./fromRun.js"
import * as Silence from "./silence.js"
import { readBatch, readBatchAndFeed } from "./snapshot.js"
import { concurrencyOf } from "./source.js"
import * as State from "./state.js"

/** Without a key nothing was sent, and so nothing refused. */
const isRefusal = (error: CollectBatchResultsError): boolean =>
  (error._tag === "Unauthorized" && error.reason === "Refused") || error._tag === "Forbidden"

/**
 * Asks the results endpoint for the provisional results, and for unread runs unless it lists nothing for this batch. What it
 * does not know more about is accepted. Unread runs can be read one by one as well, so a failure ends nothing as long as no
 * run is provisional. A restricted key is refused by this endpoint alone, and is not tried there again.
 */
const readResults = (call: Call, unread: ReadonlyArray<string>): Effect.Effect<void, CollectBatchResultsError> =>
  Effect.suspend(() => {
    const { onError, source, state } = call
    const provisional = State.provisionalRuns(state)
    if (provisional.length === 0 && (unread.length === 0 || state.known.listsNothing)) {
      return Effect.void
    }
    return Effect.matchEffect(inBulk(call.mark)(source.getBatchResults(state.known.batchId)), {
      onFailure: (error) => {
        if (isRefusal(error)) {
          State.step(state, { _tag: "ResultsRefused" })
        }
        const lost = State.provisionalRuns(state)
        if (onError === "report") {
          State.step(state, { _tag: "ReadFailed", runIds: lost, error })
          return Effect.void
        }
        return lost.length === 0 ? Effect.void : Effect.fail(error)
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

/**
 * Asks the results endpoint for what the feed does not show. After a long silence, that is every unread run, unless the batch, which
 * has just been read, says that runs are still to finish. Returns the runs that must be read one by one.
 */
export const readUncovered = (call: Call): Effect.Effect<ReadonlyArray<string>, CollectBatchResultsError> =>
  Effect.gen(function*() {
    const { batch } = call.state
    const isSilent = yield* Silence.isTooLong(call)
    if (isSilent) {
      yield* Silence.restart(call)
    }
    const isDoubtful = isSilent && (batch === undefined || !State.isRunning(batch))
    const unread = () => isDoubtful ? State.unreadRuns(call.state) : uncoveredRuns(call)
    yield* readResults(call, unread())
    return unread()
  })

/** Reads all sources that show many runs at once. Returns the runs that must be read one by one. */
export const readShared = (
  call: Call
): Effect.Effect<ReadonlyArray<string>, CollectBatchResultsError> =>
  Effect.gen(function*() {
    startPoll(call)
    const { known } = call.state
    const finished = known.runs.size
    yield* readBatchAndFeed(call)
    yield* Silence.afterFirstRead(call, known.runs.size > finished)
    return yield* readUncovered(call)
  })

/**
 * Such an error is about the client, not about the run that met it: all other runs would meet it, too. Not a `Forbidden`: the token
 * of a batch may read the runs that the batch created, and not those that it reuses.
 */
const isCommon = (error: CollectBatchResultsError): boolean =>
  error._tag === "Unauthorized" || error._tag === "RateLimited"

const retrieveRun = (call: Call, runId: string): Effect.Effect<void, CollectBatchResultsError> =>
  Effect.flatMap(call.source.retrieveRun(runId), (run) => {
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

/** Reads one run, unless its result has become known meanwhile. The caller marks it as bulk reading. */
const readUnmarked = (call: Call, runId: string): Effect.Effect<void, CollectBatchResultsError> =>
  Effect.suspend(() => {
    const { commonError, onError, state } = call
    if (State.stateOf(state, runId)._tag !== "Unread") {
      return Effect.void
    }
    return Effect.catchAll(
      commonError === undefined ? retrieveRun(call, runId) : Effect.fail(commonError),
      (error) => {
        if (State.resultOf(state, runId) !== undefined) {
          // another call with the same handle has read it
          return Effect.void
        }
        if (onError === "fail") {
          return Effect.fail(error)
        }
        State.step(state, { _tag: "ReadFailed", runIds: [runId], error })
        call.commonError = isCommon(error) ? error : call.commonError
        return Effect.void
      }
    )
  })

/** Reads one run, unless its result has become known meanwhile. */
export const readRun = (call: Call, runId: string): Effect.Effect<void, CollectBatchResultsError> =>
  inBulk(call.mark)(readUnmarked(call, runId))

/** Asks the results endpoint about the runs that the run route shows without output and error. */
export const settleProvisional = (call: Call): Effect.Effect<void, CollectBatchResultsError> => readResults(call, [])

/** Reads the given runs one by one, and settles what is provisional then. `onRead` is run after each run. */
export const readRuns = <E, R>(
  call: Call,
  runIds: ReadonlyArray<string>,
  onRead: Effect.Effect<void, E, R>
): Effect.Effect<void, CollectBatchResultsError | E, R> =>
  Effect.forEach(runIds, (runId) => Effect.zipRight(readUnmarked(call, runId), onRead), {
    concurrency: concurrencyOf(call.source),
    discard: true
  }).pipe(
    // one mark for all runs: a mark for each took 5 % of the time
    inBulk(call.mark),
    Effect.zipRight(settleProvisional(call))
  )

/** What is known now. */
export const summarize = (call: Call): Effect.Effect<CollectedResults, RetrieveBatchError> =>
  Effect.suspend(() => {
    const { batch } = call.state
    return batch === undefined
      ? Effect.zipRight(readBatch(call), summarize(call))
      : Effect.succeed(State.summarize(call.state, batch))
  })

/** Whether the batch lists every run that is known, and so their order. */
const isInOrder = ({ state }: Call): boolean => {
  const listed = new Set(state.batch?.runs)
  return State.runIds(state).every((runId) => listed.has(runId))
}

/** The pause before a batch is asked again for its list of runs, in milliseconds. */
const pause = 500

/**
 * As `summarize`; reads the batch again where its list of runs, and so their order, was not there yet. A batch whose runs
 * have all finished lists them within moments, so it is waited for.
 */
export const summarizeInOrder = (call: Call): Effect.Effect<CollectedResults, RetrieveBatchError> =>
  Effect.suspend(() =>
    isInOrder(call) ? Effect.void : Effect.repeat(readBatch(call), {
      until: () => isInOrder(call) || needsRuns(call),
      schedule: Schedule.spaced(pause),
      times: 3
    })
  ).pipe(Effect.zipRight(summarize(call)))

/** What spans say about a call. */
export const attributesOf = (call: Call, collected: CollectedResults): Record<string, unknown> => ({
  ...State.attributesOf(collected),
  "trigger.batch.sources": [...call.sources].join(",")
})
