/**
 * When a change of a run reaches the requests that are held for its batch.
 */
import { type Batch, ownRuns, type Run } from "../batch.js"

export interface Arrival {
  readonly run: Run
  /** When the change happened. */
  readonly at: number
  /** When it reaches the held requests. */
  readonly arrivesAt: number
}

/** A server tells a change at once, and then nothing for so long: what happens meanwhile comes together. Milliseconds. */
const window = 250

/** When a run changes: at its creation, on the way, and at its end if it has one. */
export const changeTimes = (run: Run): ReadonlyArray<number> =>
  [...run.changes.map(({ at }) => at), run.finishesAt].filter(Number.isFinite)

/** The changes of a batch's own runs in the order in which they arrive. */
const arrivals = (batch: Batch): ReadonlyArray<Arrival> => {
  const changes = ownRuns(batch)
    .flatMap((run) => changeTimes(run).map((at) => ({ run, at })))
    .sort((a, b) => a.at - b.at)
  let told = Number.NEGATIVE_INFINITY
  let next: number | undefined
  return changes.map(({ at, run }) => {
    if (next !== undefined && at > next) {
      told = next
      next = undefined
    }
    if (at === told || at >= told + window) {
      told = at
      next = undefined
      return { run, at, arrivesAt: at }
    }
    next = told + window
    return { run, at, arrivesAt: next }
  })
}

/** Remembers what it has worked out: the changes of a batch are known from its creation on. */
export const makeArrivals = (): (batch: Batch) => ReadonlyArray<Arrival> => {
  const known = new WeakMap<Batch, ReadonlyArray<Arrival>>()
  return (batch) => {
    const found = known.get(batch) ?? arrivals(batch)
    known.set(batch, found)
    return found
  }
}
