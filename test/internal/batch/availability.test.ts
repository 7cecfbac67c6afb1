import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, TestClock } from "effect"
import { make } from "../../../src/internal/batch/availability.js"

/** Asserts that something becomes possible after so many seconds, and not a second earlier. */
const becomesPossibleAfter = (seconds: number, isPossible: Effect.Effect<boolean>) =>
  Effect.gen(function*() {
    yield* TestClock.adjust((seconds - 1) * 1000)
    assert.isFalse(yield* isPossible, `already after ${seconds - 1} seconds`)
    yield* TestClock.adjust(1000)
    assert.isTrue(yield* isPossible, `not yet after ${seconds} seconds`)
  })

describe("a client that has not asked for the feed yet", () => {
  it.effect("may read it and hold a request", () =>
    Effect.gen(function*() {
      const { canHold, canRead } = make()
      assert.deepStrictEqual([yield* canRead, yield* canHold], [true, true])
    }))
})

describe("after a failure", () => {
  it.effect("the feed is left alone for 30 seconds, twice as long after each further failure, at most 15 minutes", () =>
    Effect.gen(function*() {
      const { canRead, failed } = make()
      for (const seconds of [30, 60, 120, 240, 480, 900, 900]) {
        yield* failed
        yield* becomesPossibleAfter(seconds, canRead)
      }
    }))

  it.effect("reads that were under way at the same time fail once", () =>
    Effect.gen(function*() {
      const { canRead, failed } = make()
      for (const seconds of [30, 60]) {
        yield* failed
        yield* failed
        yield* failed
        yield* becomesPossibleAfter(seconds, canRead)
      }
    }))

  it.effect("a success takes the feed back, and later pauses are shorter: its server has a feed", () =>
    Effect.gen(function*() {
      const { canRead, failed, worked } = make()
      yield* failed
      yield* TestClock.adjust("30 seconds")
      yield* failed
      yield* worked
      assert.isTrue(yield* canRead)
      for (const seconds of [2, 4, 8, 16, 32, 60, 60]) {
        yield* failed
        yield* becomesPossibleAfter(seconds, canRead)
      }
    }))

  it.effect("a request may still be held: it belongs to a call that reads already", () =>
    Effect.gen(function*() {
      const { canHold, failed } = make()
      yield* failed
      assert.isTrue(yield* canHold)
    }))
})

describe("after a refusal to hold a request", () => {
  it.effect("none is held for 15 seconds, however many refusals there are, and snapshots may be read", () =>
    Effect.gen(function*() {
      const { canHold, canRead, refused } = make()
      yield* refused(Duration.zero)
      yield* refused(Duration.zero)
      assert.isTrue(yield* canRead)
      yield* becomesPossibleAfter(15, canHold)
    }))

  it.effect("none is held for as long as the server asks for, at most a minute", () =>
    Effect.gen(function*() {
      for (const [hint, seconds] of [[5, 15], [40, 40], [61, 60], [Number.POSITIVE_INFINITY, 60]] as const) {
        const { canHold, refused } = make()
        yield* refused(Duration.seconds(hint))
        yield* becomesPossibleAfter(seconds, canHold)
      }
    }))

  it.effect("a snapshot that works does not shorten the pause", () =>
    Effect.gen(function*() {
      const { canHold, refused, worked } = make()
      yield* refused(Duration.zero)
      yield* worked
      assert.isFalse(yield* canHold)
    }))
})

describe("two clients", () => {
  it.effect("do not know of each other", () =>
    Effect.gen(function*() {
      const one = make()
      const other = make()
      yield* one.failed
      yield* one.refused(Duration.zero)
      assert.deepStrictEqual([yield* other.canRead, yield* other.canHold], [true, true])
    }))
})
