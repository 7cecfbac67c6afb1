/**
 * A limit to how long an effect may take. `Effect.timeoutFail` starts two fibers through the scheduler and joins the
 * winner's fiber references, which costs three times as much.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { constVoid, identity } from "effect/Function"
import * as Runtime from "effect/Runtime"
import * as Handover from "./handover.js"

const realClock = Context.get(DefaultServices.liveServices, Clock.Clock)

/** The longest delay of `setTimeout`; the clocks of Effect take a longer one for infinite. */
const longestTimer = 2 ** 31 - 1

/** A timer that rings so much later than it should, in milliseconds, shows that this process was busy or asleep. */
const late = 500

/** How long a response that came meanwhile may take to be read, in milliseconds: a process runs its timers first. */
const extra = 1000

/** As `setTimeout`, with some more time where it rings late. The function that it returns cancels it. */
const setAlarm = (clock: Clock.Clock, ring: () => void, millis: number): () => void => {
  const due = clock.unsafeCurrentTimeMillis() + millis
  const isLate = (): boolean => clock.unsafeCurrentTimeMillis() - due >= late
  let timer: Parameters<typeof clearTimeout>[0]
  const start = (then: () => void, delay: number): void => {
    // eslint-disable-next-line no-restricted-globals -- only on the real clock
    timer = setTimeout(then, delay)
  }
  start(() => isLate() ? start(ring, extra) : ring(), millis)
  return () => clearTimeout(timer)
}

/**
 * Calls `ring` when the time is up; the function that it returns cancels that. On the real clock this is a timer, on any
 * other, such as a `TestClock`, a sleeping fiber.
 */
const alarm = (
  clock: Clock.Clock,
  runtime: Runtime.Runtime<never>,
  duration: Duration.Duration,
  ring: () => void
): () => void => {
  if (clock === realClock) {
    const millis = Duration.toMillis(duration)
    return millis > longestTimer ? constVoid : setAlarm(clock, ring, millis)
  }
  const sleeper = Runtime.runFork(runtime, Effect.interruptible(clock.sleep(duration)))
  sleeper.addObserver((exit) => Exit.isSuccess(exit) ? ring() : undefined)
  return () => sleeper.unsafeInterruptAsFork(sleeper.id())
}

/** Changes the runtime that the work runs in, and so what the work sees, but not what the caller sees. */
export type InRuntime = (runtime: Runtime.Runtime<never>) => Runtime.Runtime<never>

/**
 * Fails work that takes longer than `duration`; each call of `progress` starts the time again.
 *
 * The work runs in a fiber of its own, so its changes of fiber references end with it. The work is interrupted, and its
 * finalizers have run, before the limit fails and before an interruption of the caller goes on.
 */
export const timeLimit = <A, E, E2>(
  work: (progress: () => void) => Effect.Effect<A, E>,
  duration: Duration.Duration,
  onTimeout: () => E2,
  inRuntime: InRuntime = identity
): Effect.Effect<A, E | E2> =>
  Clock.clockWith((clock) =>
    Effect.flatMap(Effect.runtime<never>(), (runtime) =>
      Effect.async((resume) => {
        let isOver = false
        let cancelAlarm: () => void = constVoid
        const start = (): void => {
          cancelAlarm()
          if (!isOver) {
            cancelAlarm = alarm(
              clock,
              runtime,
              duration,
              () => resume(Effect.zipRight(Fiber.interrupt(worker), Effect.failSync(onTimeout)))
            )
          }
        }
        const end = (): void => {
          isOver = true
          cancelAlarm()
        }
        const { put, take } = Handover.make<Exit.Exit<A, E>>()
        // interruptible: the limit must hold in an uninterruptible caller too
        const worker = Runtime.runFork(
          inRuntime(runtime),
          // a failure of the fiber itself would be logged as unhandled
          Effect.interruptible(Effect.map(Effect.exit(Effect.suspend(() => work(start))), put))
        )
        start()
        worker.addObserver((exit) => {
          end()
          resume(Exit.isSuccess(exit) ? Effect.flatten(take) : Exit.failCause(exit.cause))
        })
        return Effect.suspend(() => {
          end()
          return Fiber.interrupt(worker)
        })
      }))
  )
