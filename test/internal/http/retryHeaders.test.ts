import { afterAll, assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import * as Hints from "../../../src/internal/http/retryHeaders.js"

const now = Date.UTC(2026, 10, 23, 20, 32, 27)
const httpDate = (instant: number) => new Date(instant).toUTCString()

describe("x-should-retry", () => {
  const rows: ReadonlyArray<readonly [string | undefined, boolean | undefined]> = [
    ["true", true],
    ["false", false],
    [" TRUE ", true],
    ["False", false],
    ["1", undefined],
    ["", undefined],
    [undefined, undefined]
  ]
  for (const [header, expected] of rows) {
    it(`${JSON.stringify(header)} is ${String(expected)}`, () => {
      assert.strictEqual(Hints.shouldRetry({ "x-should-retry": header }), expected)
    })
  }
})

describe("a hint that is out of all proportion", () => {
  for (const value of ["1e300", "9".repeat(301), "1e305"]) {
    it(`${value.slice(0, 8)} is a duration that can be formatted`, () => {
      for (const [status, header] of [[429, "x-ratelimit-reset"], [503, "retry-after"]] as const) {
        const hint = Hints.retryAfter(status, { [header]: value }, now)
        assert.strictEqual(hint && Duration.format(hint), "104249991d 8h 59m 990ms 951424ns")
      }
    })
  }
})

describe("what is no HTTP date", () => {
  for (const text of ["never 2099", "tomorrow", "2099-01-01", "1/1/2099"]) {
    it(`${text} is no hint`, () => {
      assert.isUndefined(Hints.retryAfter(503, { "retry-after": text, date: httpDate(now) }, now))
    })
  }
})

describe("a number in a header", () => {
  const rows: ReadonlyArray<readonly [string | undefined, number | undefined]> = [
    ["750", 750],
    [" 1.5 ", 1.5],
    ["-1", -1],
    ["0", 0],
    ["1e3", 1000],
    ["NaN", undefined],
    ["Infinity", undefined],
    ["1, 2", undefined],
    ["", undefined],
    [" ", undefined],
    [undefined, undefined]
  ]
  for (const [header, expected] of rows) {
    it(`${JSON.stringify(header)} is ${String(expected)}`, () => {
      assert.strictEqual(Hints.numberIn({ x: header }, "x"), expected)
    })
  }
})

describe("the wait until an instant", () => {
  const hour = 3_600_000
  const rows: ReadonlyArray<
    readonly [what: string, instant: number, date: number | undefined, wait: number | undefined]
  > = [
    ["in a while", now + 5000, undefined, 5000],
    ["in a millisecond", now + 1, undefined, 1],
    ["now", now, undefined, undefined],
    ["past", now - 1, undefined, undefined],
    ["far, and no Date to doubt it", now + hour, undefined, hour],
    ["ahead of the server by less than a response takes", now + 5000, now - 2000, 5000],
    ["behind the server by less than the fraction that Date lacks", now + 5000, now + 1000, 5000],
    ["ahead of the server by more than that", now + 5000, now - 3000, 8000],
    ["behind the server by more than that", now + 5000, now + 2000, 3000],
    ["ahead of the server", now + 5000, now - 20_000, 25_000],
    ["behind the server", now + 60_000, now + 59_000, 1000],
    ["behind the server by hours", now + 2 * hour + 3000, now + 2 * hour, 3000],
    ["far on either clock", now + 2 * hour, now, 2 * hour],
    ["past on the server's clock", now + hour, now + 2 * hour, undefined],
    ["past here, to come on the server's clock", now - hour, now - hour - 3000, 3000],
    ["now here, to come on the server's clock", now, now - 3000, 3000],
    [
      "just past here, to come on the server's clock, which is behind by less than Date shows",
      now - 300,
      now - 1000,
      700
    ],
    ["now here, to come on the server's clock, which is behind by less than Date shows", now, now - 1000, 1000],
    ["just past here, and no Date", now - 300, undefined, undefined],
    ["just past on either clock", now - 1000, now - 1000, undefined],
    ["just past here, and on the server's clock, which is ahead", now - 300, now, undefined],
    ["past on either clock", now - hour, now, undefined]
  ]
  for (const [what, instant, date, wait] of rows) {
    it(what, () => {
      const headers = date === undefined ? {} : { date: httpDate(date) }
      assert.strictEqual(Hints.until(instant, headers, now), wait)
    })
  }

  it("an unreadable Date is none", () => {
    assert.strictEqual(Hints.until(now + 3_600_000, { date: "yesterday" }, now), 3_600_000)
  })
})

describe("how long the server wants to be left alone", () => {
  const rows: ReadonlyArray<readonly [status: number, headers: Record<string, string>, millis: number | undefined]> = [
    [429, {}, undefined],
    [429, { "x-ratelimit-reset": String(now + 4000) }, 4000],
    [429, { "x-ratelimit-reset": String(now + 4000), "retry-after": "9" }, 4000],
    [429, { "x-ratelimit-reset": String(now), "retry-after": "9" }, 9000],
    [429, { "retry-after": "1.5" }, 1500],
    [429, { "retry-after": "0" }, undefined],
    [429, { "retry-after": "-3" }, undefined],
    [429, { "retry-after": httpDate(now + 7000) }, 7000],
    [429, { "retry-after": httpDate(now - 7000) }, undefined],
    [429, { "retry-after": ` ${httpDate(now + 7000)} ` }, 7000],
    // the obsolete form of RFC 850
    [429, { "retry-after": "Monday, 23-Nov-26 20:32:34 GMT" }, 7000],
    [429, { "retry-after": "later" }, undefined],
    [503, { "x-ratelimit-reset": String(now + 4000) }, undefined],
    [503, { "x-ratelimit-reset": String(now + 4000), "retry-after": "9" }, 9000]
  ]
  for (const [status, headers, millis] of rows) {
    it(`${status} with ${JSON.stringify(headers)}: ${String(millis)} ms`, () => {
      assert.deepStrictEqual(
        Hints.retryAfter(status, headers, now),
        millis === undefined ? undefined : Duration.millis(millis)
      )
    })
  }
})

describe("an HTTP date in the obsolete form of asctime", () => {
  const timeZone = process.env["TZ"]
  afterAll(() => {
    if (timeZone === undefined) {
      delete process.env["TZ"]
    } else {
      process.env["TZ"] = timeZone
    }
  })

  for (const zone of ["UTC", "America/New_York", "Asia/Kolkata"]) {
    it(`means UTC where the time zone of the machine is ${zone}`, () => {
      process.env["TZ"] = zone
      assert.deepStrictEqual(
        Hints.retryAfter(429, { "retry-after": "Mon Nov 23 20:32:34 2026" }, now),
        Duration.millis(7000)
      )
    })
  }
})
