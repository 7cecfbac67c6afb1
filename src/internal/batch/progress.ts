/**
 * Reports the progress of a call: after each response that makes more runs known, and at least once per poll.
 */
import * as Effect from "effect/Effect"
import type { BatchProgress } from "../../CollectedResults.js"
import { inBulk } from "../rateLimit/rateLimit.js"
import type { Call } from "./call.js"
import * as State from "./state.js"

export interface Reporter<E, R> {
  /** Reports where a run has become known since the last report. */
  readonly changed: Effect.Effect<void, E, R>
  /** As `changed`, after a run that was read by itself. For a large batch, one report may stand for several runs. */
  readonly read: Effect.Effect<void, E, R>
  /** Reports at the end of a poll, unless the poll has reported the same already. */
  readonly polled: Effect.Effect<void, E, R>
}

/** How many reports the runs of a batch may cause, because each report counts all runs of the batch. */
const mostReports = 1000

export const progressOf = ({ state }: Call): BatchProgress | undefined =>
  state.batch === undefined ? undefined : State.progressOf(state, State.summarize(state, state.batch))

export const make = <E, R>(
  call: Call,
  onProgress: ((progress: BatchProgress) => Effect.Effect<unknown, E, R>) | undefined
): Reporter<E, R> => {
  if (onProgress === undefined) {
    return { changed: Effect.void, read: Effect.void, polled: Effect.void }
  }
  /** How many runs are accounted for: known to have finished, or not readable. */
  const accounted = (): number => call.state.known.settled + call.state.unavailable.size
  let reported = accounted()
  let hasReported = false
  // runs are read at the same time, and a program expects one report after the other
  const oneByOne = Effect.unsafeMakeSemaphore(1).withPermits(1)

  const reportIf = (isDue: () => boolean): Effect.Effect<void, E, R> =>
    oneByOne(Effect.suspend(() => {
      const progress = isDue() ? progressOf(call) : undefined
      if (progress === undefined) {
        return Effect.void
      }
      reported = accounted()
      hasReported = true
      // what the program does here is not bulk reading
      return Effect.asVoid(inBulk(undefined)(onProgress(progress)))
    }))

  return {
    changed: reportIf(() => accounted() !== reported),
    read: reportIf(() => {
      const interval = Math.ceil((call.state.batch?.runs.length ?? 0) / mostReports)
      return Math.abs(accounted() - reported) >= Math.max(1, interval)
    }),
    polled: Effect.tap(reportIf(() => !hasReported || accounted() !== reported), () => {
      hasReported = false
    })
  }
}
