/**
 * What the headers of a response say about trying again: pure functions of the headers and the time.
 */
import * as Duration from "effect/Duration"

/** Header names in lower case, as HTTP clients give them. */
export type Headers = { readonly [name: string]: string | undefined }

/** `x-should-retry`, which overrides what the status alone would say. */
export const shouldRetry = (headers: Headers): boolean | undefined => {
  switch (headers["x-should-retry"]?.trim().toLowerCase()) {
    case "true":
      return true
    case "false":
      return false
    default:
      return undefined
  }
}

/** A header that holds one finite number. */
export const numberIn = (headers: Headers, name: string): number | undefined => {
  const text = headers[name]?.trim()
  if (text === undefined || text === "") {
    return undefined
  }
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}

/** The obsolete form of HTTP dates, such as `Sun Nov  6 08:49:37 1994`. It means UTC, and names no zone. */
const asctime = /^[a-z]{3} [a-z]{3} [ \d]\d \d\d:\d\d:\d\d \d{4}$/i

/** The other two forms. `Date.parse` takes much more for a date, such as `never 2099`. */
const withZone = /^[a-z]+, \d\d[ -][a-z]{3}[ -]\d{2,4} \d\d:\d\d:\d\d GMT$/i

/** An HTTP date (RFC 9110, section 5.6.7) in milliseconds since the epoch. */
const dateIn = (header: string | undefined): number | undefined => {
  const text = header?.trim() ?? ""
  const millis = asctime.test(text) ? Date.parse(`${text} GMT`) : withZone.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(millis) ? undefined : millis
}

/**
 * The longest hint, in milliseconds, that is waited for unless the policy says otherwise. Servers refill their buckets
 * within seconds: a longer hint comes from another kind of limit, or from a clock that is off.
 */
export const longestHint = 60_000

/** How far two clocks that agree may be apart, in milliseconds: `Date` has no fraction, and a response takes its time. */
const agree = { earliest: -1000, latest: 2000 }

/**
 * How long it is until `instant`, in milliseconds; undefined where it has passed. The server names an instant of its own
 * clock, so its `Date` decides, unless this machine's clock agrees with it: then this clock is the more precise one. Even so
 * it may be ahead by a moment, so it does not decide that an instant has passed.
 */
export const until = (instant: number, headers: Headers, now: number): number | undefined => {
  const serverTime = dateIn(headers["date"]) ?? now
  const ahead = now - serverTime
  const agrees = ahead >= agree.earliest && ahead <= agree.latest
  const wait = instant - (agrees && now < instant ? now : serverTime)
  return wait > 0 ? wait : undefined
}

/** `x-ratelimit-reset` is in milliseconds since the epoch. */
const resetDelay = (headers: Headers, now: number): number | undefined => {
  const reset = numberIn(headers, "x-ratelimit-reset")
  return reset === undefined ? undefined : until(reset, headers, now)
}

/** `Retry-After` (RFC 9110, section 10.2.3) is in seconds, or an HTTP date. */
const retryAfterDelay = (headers: Headers, now: number): number | undefined => {
  const seconds = numberIn(headers, "retry-after")
  if (seconds !== undefined) {
    return seconds > 0 ? seconds * 1000 : undefined
  }
  const date = dateIn(headers["retry-after"])
  return date === undefined ? undefined : until(date, headers, now)
}

/** A hint may be any number, and `Duration.format` throws for one that is near the largest. */
const longest = Number.MAX_SAFE_INTEGER

/** How long the server wants to be left alone. The reset counts for a 429 only: other responses have it all the time. */
export const retryAfter = (status: number, headers: Headers, now: number): Duration.Duration | undefined => {
  const millis = (status === 429 ? resetDelay(headers, now) : undefined) ?? retryAfterDelay(headers, now)
  return millis === undefined ? undefined : Duration.millis(Math.min(millis, longest))
}
