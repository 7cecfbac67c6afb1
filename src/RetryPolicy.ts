/**
 * When a failed attempt is made again: a `Schedule` that sees the error of the attempt.
 *
 * Any schedule will do. Errors that cannot get better (a refused key, a body that does not decode, a server that says
 * `x-should-retry: false`) never reach it.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as ScheduleDecision from "effect/ScheduleDecision"
import * as ScheduleInterval from "effect/ScheduleInterval"
import { longestHint } from "./internal/http/retryHeaders.js"
import type { ApiError, BatchNotFound, RunNotFound } from "./TriggerError.js"

/**
 * What an attempt can fail with, and so what a policy can see.
 *
 * @since 0.1.0
 * @category models
 */
export type AttemptError = ApiError | BatchNotFound | RunNotFound

/**
 * @since 0.1.0
 * @category models
 */
export type RetryPolicy = Schedule.Schedule<unknown, AttemptError>

/**
 * @since 0.1.0
 * @category models
 */
export interface RetryPolicyOptions {
  /** How often an attempt is made again; `Infinity` is for ever, less than 1 never. Default: 4. */
  readonly maxRetries?: number
  /** The back-off before the first retry. Default: 500 ms. */
  readonly base?: Duration.DurationInput
  /** By how much the back-off grows: finite, and not negative. Default: 2. */
  readonly factor?: number
  /** The most that the back-off grows to. Default: 10 s. */
  readonly maxDelay?: Duration.DurationInput
  /** `full`: the back-off is drawn between zero and its full length, so that clients spread out. Default: `full`. */
  readonly jitter?: "full" | "none"
  /** A hint of the server that is further off than this is not waited for; the error carries it. Default: 60 s. */
  readonly maxRetryAfter?: Duration.DurationInput
  /** For how long a 404 counts as "not there yet", for batches created a moment ago. Default: zero. */
  readonly notFoundGrace?: Duration.DurationInput
}

/** Whether making the attempt again can help at all. What it depends on beyond that is the policy's to say. */
const isRetryable = (error: AttemptError): boolean => {
  switch (error._tag) {
    case "RateLimited":
    case "ServerError":
    case "BatchNotFound":
    case "RunNotFound":
      return error.shouldRetry ?? true
    case "Unauthorized":
    case "Forbidden":
    case "UnexpectedResponse":
      return error.shouldRetry ?? false
    case "TransportError":
      return error.reason !== "TooLarge"
    case "InvalidResponse":
      return false
  }
}

const isMissing = (error: AttemptError): boolean =>
  (error._tag === "BatchNotFound" || error._tag === "RunNotFound") && error.shouldRetry !== true

const hintOf = (error: AttemptError): number =>
  (error._tag === "RateLimited" || error._tag === "ServerError") && error.retryAfter !== undefined
    ? Duration.toMillis(error.retryAfter)
    : 0

const refuse = (option: keyof RetryPolicyOptions, expected: string, value: unknown): never => {
  throw new RangeError(`RetryPolicy.make: expected "${option}" to be ${expected}, and it is ${String(value)}`)
}

const make = (options: RetryPolicyOptions = {}): RetryPolicy => {
  const maxRetries = options.maxRetries ?? 4
  const base = Duration.toMillis(options.base ?? 500)
  const factor = options.factor ?? 2
  // no number of retries is as many as NaN, and a back-off that is NaN is none
  if (Number.isNaN(maxRetries)) {
    refuse("maxRetries", "a number of retries", maxRetries)
  }
  if (!Number.isFinite(factor) || factor < 0) {
    refuse("factor", "a finite number that is not negative", factor)
  }
  const maxDelay = Duration.toMillis(options.maxDelay ?? "10 seconds")
  const maxRetryAfter = Duration.toMillis(options.maxRetryAfter ?? longestHint)
  const notFoundGrace = Duration.toMillis(options.notFoundGrace ?? 0)
  const draw = options.jitter === "none" ? Effect.succeed(1) : Random.next
  return Schedule.makeWithState(
    { retries: 0, startedAt: Number.POSITIVE_INFINITY },
    (now, error: AttemptError, state) => {
      const startedAt = Math.min(state.startedAt, now)
      const next = { retries: state.retries + 1, startedAt }
      const hint = hintOf(error)
      const exhausted = isMissing(error) ? now - startedAt >= notFoundGrace : state.retries >= maxRetries
      if (exhausted || hint > maxRetryAfter || !isRetryable(error)) {
        return Effect.succeed([next, Duration.zero, ScheduleDecision.done])
      }
      // infinite after a thousand retries by 2, and zero times that is NaN
      const growth = Math.min(factor ** state.retries, Number.MAX_VALUE)
      const backoff = Math.min(base * growth, maxDelay)
      return Effect.map(draw, (fraction) => {
        const delay = Math.max(backoff * fraction, hint)
        return [next, Duration.millis(delay), ScheduleDecision.continueWith(ScheduleInterval.after(now + delay))]
      })
    }
  )
}

/**
 * The policy for the effects it is provided to; without it, the one of `TriggerConfig` holds.
 *
 * @since 0.1.0
 * @category references
 */
class Current extends Context.Reference<Current>()("effect-trigger-dev/RetryPolicy/Current", {
  defaultValue: (): RetryPolicy | undefined => undefined
}) {}

const override: {
  (policy: RetryPolicy): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(self: Effect.Effect<A, E, R>, policy: RetryPolicy): Effect.Effect<A, E, R>
} = dual(
  2,
  <A, E, R>(self: Effect.Effect<A, E, R>, policy: RetryPolicy): Effect.Effect<A, E, R> =>
    Effect.provideService(self, Current, policy)
)

/**
 * The policies that come with the client, and what one builds others with.
 *
 * @example
 * ```ts
 * import { Effect, Schedule } from "effect"
 * import { getBatchResults, RetryPolicy, TriggerConfig } from "effect-trigger-dev"
 *
 * // for every call of a client
 * const config = TriggerConfig.layer({ retryPolicy: RetryPolicy.make({ maxRetries: 8, maxRetryAfter: "5 minutes" }) })
 *
 * // for one scope
 * const once = getBatchResults("batch_1234").pipe(RetryPolicy.override(RetryPolicy.none))
 *
 * // any schedule is a policy
 * const patient = getBatchResults("batch_1234").pipe(
 *   Effect.provideService(RetryPolicy.Current, Schedule.spaced("1 second"))
 * )
 * ```
 *
 * @since 0.1.0
 * @category policies
 */
export const RetryPolicy = {
  /**
   * Builds a policy: exponential back-off with full jitter, never earlier than the server's hint. Throws a `RangeError` for
   * a `maxRetries` that is NaN and for a `factor` that is NaN, infinite or negative, such as `Number` makes of a variable
   * that is not set.
   */
  make,
  /** Up to 4 retries, from 500 ms by 2 with full jitter, at most 10 s apart; hints up to 60 s are honoured. */
  default: make(),
  /** One attempt, no retry. */
  none: Schedule.stop,
  Current,
  /** Runs an effect under another policy; data-first and data-last. */
  override,
  /** Whether making the attempt again can help at all; errors for which this is false never reach a policy. */
  isRetryable
}
