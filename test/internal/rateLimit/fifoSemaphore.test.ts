import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, FiberRef, type Scheduler } from "effect"
import * as FifoSemaphore from "../../../src/internal/rateLimit/fifoSemaphore.js"

const inLine = (
  count: number,
  { withPermit }: FifoSemaphore.FifoSemaphore,
  work: (index: number) => Effect.Effect<void>
) =>
  Effect.forEach(
    Array.from({ length: count }, (_, index) => index),
    (index) => Effect.zipLeft(Effect.fork(withPermit(work(index))), Effect.yieldNow())
  )

describe("semaphore", () => {
  it.effect("no more effects are under way at once than are allowed", () =>
    Effect.gen(function*() {
      let underWay = 0
      let most = 0
      const gate = yield* Deferred.make<void>()
      const fibers = yield* inLine(20, FifoSemaphore.make(3), () =>
        Effect.suspend(() => {
          most = Math.max(most, ++underWay)
          return Effect.zipRight(Deferred.await(gate), Effect.sync(() => underWay--))
        }))
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.joinAll(fibers)
      assert.strictEqual(most, 3)
    }))

  it.effect("who comes first is served first", () =>
    Effect.gen(function*() {
      const served: Array<number> = []
      const gate = yield* Deferred.make<void>()
      const fibers = yield* inLine(5, FifoSemaphore.make(1), (index) =>
        Effect.zipRight(
          Deferred.await(gate),
          Effect.sync(() => served.push(index))
        ))
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.joinAll(fibers)
      assert.deepStrictEqual(served, [0, 1, 2, 3, 4])
    }))

  it.effect("a turn goes on to the next when its effect fails, dies or is interrupted", () =>
    Effect.gen(function*() {
      const semaphore = FifoSemaphore.make(1)
      const [, , hangs] = yield* inLine(3, semaphore, (index) =>
        index === 0 ? Effect.die("defect") : index === 1 ? Effect.interrupt : Effect.never)
      const last = yield* Effect.fork(semaphore.withPermit(Effect.succeed("served")))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(hangs ?? Fiber.void)
      assert.strictEqual(yield* Fiber.join(last), "served")
    }))

  it.effect("who is interrupted in line loses no turn and gives none away, neither while it waits nor when it has just been handed one", () =>
    Effect.gen(function*() {
      const semaphore = FifoSemaphore.make(1)
      const gate = yield* Deferred.make<void>()
      let begun = 0
      const [, waiting, handed] = yield* inLine(3, semaphore, () =>
        Effect.suspend(() => {
          begun++
          return Deferred.await(gate)
        }))
      yield* Fiber.interrupt(waiting ?? Fiber.void)
      yield* Effect.yieldNow()
      assert.strictEqual(begun, 1)
      // hands over to the third, which is interrupted before it has run
      Deferred.unsafeDone(gate, Effect.void)
      yield* Fiber.interruptFork(handed ?? Fiber.void)
      assert.strictEqual(yield* semaphore.withPermit(Effect.succeed("served")), "served")
    }))

  it.effect("a turn that ends wakes one fiber, however many wait", () =>
    Effect.gen(function*() {
      const semaphore = FifoSemaphore.make(1)
      const scheduler = yield* FiberRef.get(FiberRef.currentScheduler)
      let tasks = 0
      const counting: Scheduler.Scheduler = {
        shouldYield: (fiber) => scheduler.shouldYield(fiber),
        scheduleTask: (task, priority, fiber) => {
          tasks++
          scheduler.scheduleTask(task, priority, fiber)
        }
      }
      const gate = yield* Deferred.make<void>()
      const [first] = yield* inLine(100, semaphore, (index) => index === 0 ? Deferred.await(gate) : Effect.never)
        .pipe(Effect.withScheduler(counting))
      tasks = 0
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.await(first ?? Fiber.void)
      yield* Effect.yieldNow()
      assert.isBelow(tasks, 10)
    }))

  it.effect("is free while a permit is there", () =>
    Effect.gen(function*() {
      const semaphore = FifoSemaphore.make(1)
      assert.isTrue(semaphore.isFree())
      const [holder] = yield* inLine(1, semaphore, () => Effect.never)
      assert.isFalse(semaphore.isFree())
      yield* Fiber.interrupt(holder ?? Fiber.void)
      assert.isTrue(semaphore.isFree())
    }))
})
