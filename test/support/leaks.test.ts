import { expect, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Redacted from "effect/Redacted"
import { describe } from "vitest"
import { expectNoSecret, printings, recording } from "./leaks.js"

// no other test looks for this one, which stays in a metric of the process
const secret = "tr_dev_LeAkS7qXwVuZpRmNcBtYh"

/** The ways of printing that show the secret. */
const telling = (value: unknown): ReadonlyArray<string> =>
  printings(value).filter(([, text]) => text.includes(secret)).map(([way]) => way)

describe("printings", () => {
  it("find a secret in a field of an error", () => {
    expect(telling(Object.assign(new Error("failed"), { headers: { authorization: secret } }))).toEqual(
      expect.arrayContaining([
        "JSON.stringify",
        "util.inspect",
        "every property",
        "rejected promise, JSON.stringify",
        "structured logger",
        "pretty logger",
        "span exit"
      ])
    )
  })

  it("find a secret in the message of an error, whichever way it is told", () => {
    expect(telling(new Error(secret))).toEqual(
      expect.arrayContaining([
        "String",
        "stack",
        "Cause.pretty",
        "string logger",
        "logfmt logger",
        "JSON logger",
        "structured logger",
        "pretty logger",
        "span exception",
        "rejected promise, stack"
      ])
    )
  })

  it("find a secret in a hidden property, in a cause and in a defect", () => {
    const hidden = new Error("failed")
    Object.defineProperty(hidden, "request", { value: { key: secret }, enumerable: false })
    expect(telling(hidden)).toContain("every property")
    expect(telling(new Error("failed", { cause: new Error(secret) }))).toContain("Cause.pretty with causes")
    expect(telling(Exit.die({ key: secret }))).toContain("cause, JSON.stringify")
    expect(telling(Exit.succeed({ key: secret }))).toContain("util.inspect")
  })

  it("find nothing where the secret is redacted", () => {
    expect(telling(Object.assign(new Error("failed"), { key: Redacted.make(secret) }))).toEqual([])
  })
})

describe("recording", () => {
  it.effect("keeps what an effect tells to loggers, spans and metrics", () =>
    Effect.gen(function*() {
      const { exit, texts } = yield* recording(
        Effect.logDebug(`log ${secret}`).pipe(
          Effect.tap(() => Effect.annotateCurrentSpan("key", secret)),
          Effect.tap(() => Metric.increment(Metric.tagged(Metric.counter("leaks.test"), "key", secret))),
          Effect.zipRight(Effect.fail("no")),
          Effect.withSpan("span")
        )
      )
      expect(exit).toEqual(Exit.fail("no"))
      const ways = new Set(texts.filter(([, text]) => text.includes(secret)).map(([way]) => way))
      expect([...ways].sort()).toEqual([
        "JSON logger",
        "logfmt logger",
        "metrics",
        "pretty logger",
        "span attribute",
        "string logger",
        "structured logger"
      ])
    }))
})

describe("expectNoSecret", () => {
  it("fails for a secret, a piece of it, and its encoded forms, and says where it is", () => {
    for (
      const text of [
        `before ${secret} after`,
        `cut ${secret.slice(3, 15)}…`,
        secret.toUpperCase(),
        Buffer.from(secret).toString("base64"),
        encodeURIComponent("a b/c?d=e&f=g")
      ]
    ) {
      expect(() => expectNoSecret([["the way", text]], [secret, "a b/c?d=e&f=g"])).toThrow("the way: …")
    }
  })

  it("passes where there is none", () => {
    expectNoSecret([["log", "tr_dev_…"], ["cause", Cause.pretty(Cause.fail("no"))]], [secret])
  })
})
