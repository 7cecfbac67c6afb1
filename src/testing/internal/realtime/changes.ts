/**
 * When a change of a run is delivered to the requests that are held for its batch.
 */
import type { Batch, Run } from "../batch.js"

export interface Delivery {
  readonly run: Run
  /** When the change happened. */
  readonly changedAt: number
  readonly deliveredAt: number
}

/** The server delivers a change at once, and coalesces those that follow within so many milliseconds. */
const coalesceWindow = 250

/** When a run changes: at its creation, on the way, and at its end if it has one. Each time once, in order. */
export const changeTimes = (run: Run): ReadonlyArray<number> =>
  [...new Set([...run.changes.map(({ at }) => at), run.finishesAt])].filter(Number.isFinite)

/** The changes of a batch's own runs, in the order of their delivery. */
const deliveries = (batch: Batch): ReadonlyArray<Delivery> => {
  const changes = batch.ownRuns
    .flatMap((run) => changeTimes(run).map((changedAt) => ({ run, changedAt })))
    .sort((a, b) => a.changedAt - b.changedAt)
  let last = Number.NEGATIVE_INFINITY
  let next: number | undefined
  return changes.map(({ changedAt, run }) => {
    if (next !== undefined && changedAt > next) {
      last = next
      next = undefined
    }
    if (changedAt === last || changedAt >= last + coalesceWindow) {
      last = changedAt
      next = undefined
      return { run, changedAt, deliveredAt: changedAt }
    }
    next = last + coalesceWindow
    return { run, changedAt, deliveredAt: next }
  })
}

/** Computes the deliveries of a batch once: all changes of a batch are known from its creation on. */
export const makeDeliveries = (): (batch: Batch) => ReadonlyArray<Delivery> => {
  const known = new WeakMap<Batch, ReadonlyArray<Delivery>>()
  return (batch) => {
    const found = known.get(batch) ?? deliveries(batch)
    known.set(batch, found)
    return found
  }
}
