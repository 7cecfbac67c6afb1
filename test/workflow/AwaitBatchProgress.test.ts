import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { TriggerWorkflow } from "effect-trigger-dev/workflow"

const pauseAfter = (elapsed: Duration.DurationInput): Duration.Duration =>
  TriggerWorkflow.defaultPause({
    pages: 1,
    finished: 0,
    failed: 0,
    total: 1,
    unavailable: 0,
    notTaken: 0,
    elapsed: Duration.decode(elapsed),
    idle: Duration.zero
  })

/** The pages of a wait, without the time that they take. */
const pagesIn = (wait: Duration.DurationInput): number => {
  let pages = 1
  for (let elapsed = Duration.zero; Duration.lessThan(elapsed, wait); pages++) {
    elapsed = Duration.sum(elapsed, pauseAfter(elapsed))
  }
  return pages
}

describe("the default pause", () => {
  const pauses = [
    ["0 seconds", "10 seconds"],
    ["40 seconds", "10 seconds"],
    ["4 minutes", "1 minute"],
    ["1 hour", "15 minutes"],
    ["2 days", "15 minutes"]
  ] as const

  for (const [elapsed, pause] of pauses) {
    it(`after ${elapsed} is ${pause}`, () => {
      assert.strictEqual(Duration.toMillis(pauseAfter(elapsed)), Duration.toMillis(pause))
    })
  }

  const pages = [["10 minutes", 18], ["1 hour", 26], ["8 hours", 54], ["1 day", 118]] as const

  for (const [wait, count] of pages) {
    it(`makes ${count} pages in ${wait}`, () => {
      assert.strictEqual(pagesIn(wait), count)
    })
  }
})
