import { afterEach, assert, beforeEach, describe, it, vi } from "@effect/vitest"
import { Cause, Deferred, Duration, Effect, Exit, Fiber, FiberId, FiberRef, Supervisor, TestClock } from "effect"
import { timeLimit } from "../../../src/internal/http/timeLimit.js"

const limit = Duration.seconds(30)

const limited = <A, E>(work: Effect.Effect<A, E>) => timeLimit(() => work, limit, () => "too late" as const)

describe("a time limit", () => {
  it.effect("lets a value, a failure, a defect and an interruption from inside through", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* Effect.exit(limited(Effect.succeed(1))), Exit.succeed(1))
      assert.deepStrictEqual(yield* Effect.exit(limited(Effect.fail("no"))), Exit.fail("no"))
      assert.deepStrictEqual(yield* Effect.exit(limited(Effect.die("defect"))), Exit.die("defect"))
      const interrupted = yield* Effect.exit(limited(Effect.interrupt))
      assert.isTrue(Exit.isFailure(interrupted) && Cause.isInterruptedOnly(interrupted.cause))
    }))

  it.effect("fails at the limit and not before", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.fork(Effect.exit(limited(Effect.never)))
      yield* TestClock.adjust("29999 millis")
      assert.isNull(fiber.unsafePoll())
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* Fiber.join(fiber), Exit.fail("too late"))
    }))

  it.effect("no fiber is left once the work has ended", () =>
    Effect.gen(function*() {
      const supervisor = yield* Supervisor.track
      yield* Effect.supervised(limited(Effect.yieldNow()), supervisor)
      yield* Effect.repeatN(Effect.yieldNow(), 9)
      assert.lengthOf(yield* supervisor.value, 0)
    }))

  it.effect("has interrupted the work to its end before it fails", () =>
    Effect.gen(function*() {
      const steps: Array<string> = []
      const closing = yield* Deferred.make<void>()
      const work = Effect.onInterrupt(Effect.never, () =>
        Effect.zipRight(Deferred.await(closing), Effect.sync(() => steps.push("closed"))))
      const fiber = yield* limited(work).pipe(
        Effect.tapError((error) =>
          Effect.sync(() => steps.push(error))
        ),
        Effect.exit,
        Effect.fork
      )
      yield* TestClock.adjust(limit)
      assert.isNull(fiber.unsafePoll())
      yield* Deferred.succeed(closing, undefined)
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(steps, ["closed", "too late"])
    }))

  it.effect("an interruption of the caller waits for the work's", () =>
    Effect.gen(function*() {
      const steps: Array<string> = []
      const work = Effect.onInterrupt(Effect.never, () =>
        Effect.zipRight(Effect.yieldNow(), Effect.sync(() => steps.push("closed"))))
      const caller = Effect.onInterrupt(limited(work), () =>
        Effect.sync(() => steps.push("gone on")))
      const fiber = yield* Effect.fork(caller)
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(steps, ["closed", "gone on"])
    }))

  it.effect("work that cannot be interrupted is waited for, and its time-out still told", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.fork(Effect.exit(limited(Effect.uninterruptible(Effect.sleep("60 seconds")))))
      yield* TestClock.adjust("59 seconds")
      assert.isNull(fiber.unsafePoll())
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual<unknown>(yield* Fiber.join(fiber), Exit.fail("too late"))
    }))

  it.effect("in a region that cannot be interrupted, such as an acquisition, work that hangs is given up", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.fork(Effect.exit(Effect.uninterruptible(limited(Effect.never))))
      yield* TestClock.adjust(limit)
      assert.deepStrictEqual(yield* Fiber.join(fiber), Exit.fail("too late"))
    }))

  it.effect("in a region that cannot be interrupted, work that ends in time is not held up by the clock", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* Effect.uninterruptible(limited(Effect.succeed(1))), 1)
    }))

  it.effect("what the work changes of its fiber references stays with it", () =>
    Effect.gen(function*() {
      const reference = FiberRef.unsafeMake(0)
      assert.strictEqual(yield* limited(Effect.zipRight(FiberRef.set(reference, 1), FiberRef.get(reference))), 1)
      assert.strictEqual(yield* FiberRef.get(reference), 0)
    }))
})

describe("a limit to how long work may stand still", () => {
  it.effect("starts anew with each progress", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.fork(Effect.exit(timeLimit(
        (progress) =>
          Effect.zipRight(
            Effect.repeatN(Effect.zipRight(Effect.sleep("29 seconds"), Effect.sync(progress)), 9),
            Effect.never
          ),
        limit,
        () => "too late" as const
      )))
      yield* TestClock.adjust("319999 millis")
      assert.isNull(fiber.unsafePoll())
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* Fiber.join(fiber), Exit.fail("too late"))
    }))

  it.effect("does not start anew once the work has ended", () =>
    Effect.gen(function*() {
      const supervisor = yield* Supervisor.track
      let late: () => void = () => {}
      yield* Effect.supervised(
        timeLimit(
          (progress) =>
            Effect.sync(() => {
              late = progress
              progress()
            }),
          limit,
          () => "too late"
        ).pipe(Effect.zipRight(Effect.sync(() => late()))),
        supervisor
      )
      yield* Effect.repeatN(Effect.yieldNow(), 9)
      assert.lengthOf(yield* supervisor.value, 0)
    }))
})

describe("a time limit on the real clock", () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it("fails at the limit and not before", async () => {
    const fiber = Effect.runFork(Effect.exit(limited(Effect.never)))
    await vi.advanceTimersByTimeAsync(29_999)
    assert.isNull(fiber.unsafePoll())
    await vi.advanceTimersByTimeAsync(1)
    assert.deepStrictEqual(fiber.unsafePoll(), Exit.succeed(Exit.fail("too late")))
  })

  it("leaves no timer behind once the work has ended, or was interrupted", async () => {
    const work = Deferred.unsafeMake<string>(FiberId.none)
    const ends = Effect.runFork(limited(Deferred.await(work)))
    // not Effect.never, which sets a timer of its own
    const interrupted = Effect.runFork(limited(Deferred.await(Deferred.unsafeMake<never>(FiberId.none))))
    assert.strictEqual(vi.getTimerCount(), 2)
    Deferred.unsafeDone(work, Effect.succeed("done"))
    await vi.advanceTimersByTimeAsync(0)
    assert.deepStrictEqual(ends.unsafePoll(), Exit.succeed("done"))
    assert.strictEqual(vi.getTimerCount(), 1)
    await Effect.runPromise(Fiber.interrupt(interrupted))
    assert.strictEqual(vi.getTimerCount(), 0)
  })

  it("has one timer at a time, whatever the progress, and none after an interruption", async () => {
    let progress: () => void = () => {}
    const fiber = Effect.runFork(timeLimit(
      (other) => {
        progress = other
        progress()
        return Deferred.await(Deferred.unsafeMake<never>(FiberId.none))
      },
      limit,
      () => "too late"
    ))
    progress()
    assert.strictEqual(vi.getTimerCount(), 1)
    await Effect.runPromise(Fiber.interrupt(fiber))
    progress()
    assert.strictEqual(vi.getTimerCount(), 0)
  })

  it("of more than a timer can be set for is none", async () => {
    for (const duration of [Duration.millis(2 ** 31), Duration.infinity]) {
      const fiber = Effect.runFork(timeLimit(() => Effect.never, duration, () => "too late"))
      await vi.advanceTimersByTimeAsync(2 ** 31)
      assert.isNull(fiber.unsafePoll())
      await Effect.runPromise(Fiber.interrupt(fiber))
    }
  })

  it("of the longest timer is kept", async () => {
    const fiber = Effect.runFork(
      Effect.exit(timeLimit(() => Effect.never, Duration.millis(2 ** 31 - 1), () => "too late"))
    )
    await vi.advanceTimersByTimeAsync(2 ** 31 - 1)
    assert.deepStrictEqual(fiber.unsafePoll(), Exit.succeed(Exit.fail("too late")))
  })
})
