/**
 * A limit to how long an effect may take, as `Effect.timeoutFail` sets it, for a third of what that costs: it races two
 * fibers, each started through the scheduler, and joins the winner with all its fiber references.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { constVoid } from "effect/Function"
import * as Runtime from "effect/Runtime"

const realClock = Context.get(DefaultServices.liveServices, Clock.Clock)

/** A timer of JavaScript cannot be set for longer; to the clocks of Effect that is for ever. */
const longestTimer = 2 ** 31 - 1

/**
 * Calls back when the time is up, unless what it returns is called first. On the real clock a timer does; for any other,
 * as in tests, a fiber sleeps.
 */
const alarm = (
  clock: Clock.Clock,
  runtime: Runtime.Runtime<never>,
  duration: Duration.Duration,
  ring: () => void
): () => void => {
  if (clock === realClock) {
    const millis = Duration.toMillis(duration)
    // eslint-disable-next-line no-restricted-globals -- a test's clock is another, and takes the other way
    const timer = millis > longestTimer ? undefined : setTimeout(ring, millis)
    return timer === undefined ? constVoid : () => clearTimeout(timer)
  }
  const sleeper = Runtime.runFork(runtime, Effect.interruptible(clock.sleep(duration)))
  sleeper.addObserver((exit) => Exit.isSuccess(exit) ? ring() : undefined)
  return () => sleeper.unsafeInterruptAsFork(sleeper.id())
}

/**
 * Fails work that stands still for so long: each call of `progress` starts the time anew.
 *
 * The work runs in a fiber of its own, and what it changes of its fiber references ends with it. It has been interrupted
 * to its end before the limit fails, and before an interruption of the caller goes on.
 */
export const idleLimit = <A, E, E2>(
  work: (progress: () => void) => Effect.Effect<A, E>,
  duration: Duration.Duration,
  onTimeout: () => E2
): Effect.Effect<A, E | E2> =>
  Clock.clockWith((clock) =>
    Effect.flatMap(Effect.runtime<never>(), (runtime) =>
      Effect.async((resume) => {
        let isOver = false
        let silence: () => void = constVoid
        const start = (): void => {
          silence()
          if (!isOver) {
            silence = alarm(
              clock,
              runtime,
              duration,
              () => resume(Effect.zipRight(Fiber.interrupt(worker), Effect.failSync(onTimeout)))
            )
          }
        }
        const end = (): void => {
          isOver = true
          silence()
        }
        // where the caller cannot be interrupted, the limit holds all the same
        const worker = Runtime.runFork(runtime, Effect.interruptible(Effect.suspend(() => work(start))))
        start()
        worker.addObserver((exit) => {
          end()
          resume(exit)
        })
        return Effect.suspend(() => {
          end()
          return Fiber.interrupt(worker)
        })
      }))
  )

/** Fails work that takes so long. */
export const timeLimit = <A, E, E2>(
  work: Effect.Effect<A, E>,
  duration: Duration.Duration,
  onTimeout: () => E2
): Effect.Effect<A, E | E2> => idleLimit(() => work, duration, onTimeout)
