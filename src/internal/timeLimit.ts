/**
 * A limit to how long an effect may take, as `Effect.timeoutFail` sets it, for less: that one races two fibers and joins
 * the winner with all its fiber references, which costs half as much again as the two fibers.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"

/**
 * The work runs in a fiber of its own, and what it changes of its fiber references ends with it. It has been interrupted
 * to its end before the limit fails, and before an interruption of the caller goes on.
 */
export const timeLimit = <A, E, E2>(
  work: Effect.Effect<A, E>,
  duration: Duration.Duration,
  onTimeout: () => E2
): Effect.Effect<A, E | E2> =>
  Effect.flatMap(
    Effect.fork(work),
    (worker) =>
      Effect.flatMap(Effect.fork(Effect.interruptible(Effect.sleep(duration))), (sleeper) =>
        Effect.async((resume) => {
          worker.addObserver((exit) => {
            sleeper.unsafeInterruptAsFork(sleeper.id())
            resume(exit)
          })
          sleeper.addObserver((exit) => {
            if (Exit.isSuccess(exit)) {
              resume(Effect.zipRight(Fiber.interrupt(worker), Effect.failSync(onTimeout)))
            }
          })
          return Effect.zipRight(Fiber.interruptFork(sleeper), Fiber.interrupt(worker))
        }))
  )
