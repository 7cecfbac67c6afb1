import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Either } from "effect"
import * as http from "node:http"
import { timeLimit } from "../../../src/internal/http/timeLimit.js"

/** Keeps the process from everything else. */
const work = (millis: number): void => {
  const end = performance.now() + millis
  while (performance.now() < end) {
    // busy
  }
}

/** The text of a response that comes at once, after which the process is busy for so long. */
const request = (busy: number, delay: number) =>
  Effect.promise(() =>
    new Promise<string>((resolve, reject) => {
      const server = http.createServer((_, response) => {
        setTimeout(() => {
          response.end("here")
          work(busy)
        }, delay)
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        fetch(`http://127.0.0.1:${port}`).then((response) => response.text()).then(resolve, reject).finally(() => {
          server.close()
        })
      })
    })
  )

const limited = (busy: number, delay: number) =>
  Effect.either(timeLimit(() => request(busy, delay), Duration.millis(400), () => "too late" as const))

describe("a time limit on the real clock", () => {
  it.live("does not take a response for late that came while this process was busy", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* limited(1200, 0), Either.right("here"))
    }))

  it.live("takes one for late that comes after the limit", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* limited(0, 1000))._tag, "Left")
    }))
})
