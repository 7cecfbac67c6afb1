/**
 * A semaphore that is first in, first out.
 *
 * `Effect.Semaphore` wakes every waiting fiber at each release, and all but one wait again, each with a deeper stack: in a
 * long queue that costs time and memory per waiter and release. Here a release hands its permit to the next waiter alone.
 */
import * as Effect from "effect/Effect"

/** Runs an effect with a permit. */
export type WithPermit = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

export interface FifoSemaphore {
  readonly withPermit: WithPermit
  /** Whether a permit is there, and so nobody waits for one. */
  readonly isFree: () => boolean
}

interface Waiter {
  hasPermit: boolean
}

export const make = (permits: number): FifoSemaphore => {
  let free = permits
  /** The waiters in order, and what wakes each. */
  const queue = new Map<Waiter, () => void>()

  const acquire = (waiter: Waiter): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (free > 0) {
        free--
        waiter.hasPermit = true
        return Effect.void
      }
      return Effect.async((resume) => {
        queue.set(waiter, () => resume(Effect.void))
      })
    })

  const handOver = (): void => {
    for (const [waiter, wake] of queue) {
      queue.delete(waiter)
      waiter.hasPermit = true
      wake()
      return
    }
    free++
  }

  /** Correct after an interruption at any point, also between the hand-over and the wake-up. */
  const release = (waiter: Waiter): void => {
    queue.delete(waiter)
    if (waiter.hasPermit) {
      handOver()
    }
  }

  return {
    withPermit: (effect) =>
      Effect.suspend(() => {
        const waiter: Waiter = { hasPermit: false }
        return Effect.ensuring(Effect.zipRight(acquire(waiter), effect), Effect.sync(() => release(waiter)))
      }),
    isFree: () => free > 0
  }
}
