/**
 * A limit to how many effects are under way at once; the others wait in line, first come first served.
 *
 * `Effect.Semaphore` wakes all that wait whenever one ends, and all but one go back to wait, each a few frames deeper in
 * its stack: in a long line that is time and memory for every one that waits, at every turn. Here a turn is handed to
 * the next in line, and nobody else is woken.
 */
import * as Effect from "effect/Effect"

export type Turns = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/** What one effect has: nothing yet, a place in line, or its turn. */
interface Slot {
  held: boolean
}

export const make = (atOnce: number): Turns => {
  let free = atOnce
  /** Those in line, in order, and what wakes each. */
  const line = new Map<Slot, () => void>()

  const enter = (slot: Slot): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (free > 0) {
        free--
        slot.held = true
        return Effect.void
      }
      return Effect.async((resume) => {
        line.set(slot, () => resume(Effect.void))
      })
    })

  const next = (): void => {
    for (const [slot, wake] of line) {
      line.delete(slot)
      slot.held = true
      wake()
      return
    }
    free++
  }

  /** Wherever it was interrupted, be it between the handing over and the waking up. */
  const leave = (slot: Slot): void => {
    line.delete(slot)
    if (slot.held) {
      next()
    }
  }

  return (effect) =>
    Effect.suspend(() => {
      const slot: Slot = { held: false }
      return Effect.ensuring(Effect.zipRight(enter(slot), effect), Effect.sync(() => leave(slot)))
    })
}
