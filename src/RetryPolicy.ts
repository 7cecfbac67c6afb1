/**
 * When to retry a failed attempt: a `Schedule` whose input is the error of the attempt.
 *
 * Any schedule is a policy. Errors that a retry cannot fix (a refused key, a body that does not decode) never reach it. The
 * `x-should-retry` header of a response decides before the policy.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as ScheduleDecision from "effect/ScheduleDecision"
import * as ScheduleInterval from "effect/ScheduleInterval"
import { longestHint } from "./internal/http/retryHeaders.js"
import type { ApiError, BatchNotFound, CollectBatchResultsError, RunNotFound } from "./TriggerError.js"

/**
 * The errors of an attempt, which are the input of a policy.
 *
 * @since 0.1.0
 * @category models
 */
export type AttemptError = ApiError | BatchNotFound | RunNotFound

/**
 * A schedule whose input is the error of the attempt.
 *
 * @since 0.1.0
 * @category models
 */
export type RetryPolicy = Schedule.Schedule<unknown, AttemptError>

/**
 * The options of `RetryPolicy.make`.
 *
 * @since 0.1.0
 * @category models
 */
export interface RetryPolicyOptions {
  /** The maximum number of retries. `Infinity` retries for ever; less than 1 never retries. Default: 4. */
  readonly maxRetries?: number
  /** The back-off before the first retry. Default: 500 ms. */
  readonly base?: Duration.DurationInput
  /** The factor by which the back-off grows with each retry; a finite number of at least 0. Default: 2. */
  readonly factor?: number
  /** The maximum back-off. Default: 10 s. */
  readonly maxDelay?: Duration.DurationInput
  /** `full`: the delay is a random part of the back-off, so that clients do not retry all at once. Default: `full`. */
  readonly jitter?: "full" | "none"
  /** The maximum hint of the server to wait for. A longer hint fails at once; the error has it. Default: 60 s. */
  readonly maxRetryAfter?: Duration.DurationInput
  /**
   * How long to retry a 404, for batches that were created a moment ago. Default: if the response has `x-should-retry: true`,
   * at most two retries within a second; otherwise zero. Most routes send that header with every 404, because they cannot
   * tell a new id from a wrong one.
   */
  readonly notFoundGrace?: Duration.DurationInput
}

const isRetryable = (error: CollectBatchResultsError): boolean => {
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
      return error.reason !== "TooLarge" && error.reason !== "BlockedPort" && error.reason !== "NotPermitted"
    case "InvalidResponse":
    case "InvalidBatchId":
    case "InvalidRunId":
      return false
  }
}

const isNotFound = (error: AttemptError): error is BatchNotFound | RunNotFound =>
  error._tag === "BatchNotFound" || error._tag === "RunNotFound"

/** For a 404 that asks for a retry, unless the policy says otherwise. The last retry is at the end of the grace. */
const defaultGrace = { millis: 1000, retries: 2 }

const retryAfter = (error: CollectBatchResultsError): Duration.Duration =>
  error._tag === "RateLimited" || error._tag === "ServerError" ? error.retryAfter ?? Duration.zero : Duration.zero

const refuse = (option: keyof RetryPolicyOptions, expected: string, value: unknown): never => {
  throw new RangeError(`RetryPolicy.make: invalid "${option}": expected ${expected}, got ${String(value)}`)
}

const millisOf = (option: keyof RetryPolicyOptions, duration: Duration.DurationInput): number =>
  // Effect takes NaN for zero
  Option.match(Option.filter(Duration.decodeUnknown(duration), () => !Number.isNaN(duration)), {
    onNone: () => refuse(option, "a duration such as \"10 seconds\"", duration),
    onSome: Duration.toMillis
  })

const make = (options: RetryPolicyOptions = {}): RetryPolicy => {
  const given = options.maxRetries ?? 4
  const base = millisOf("base", options.base ?? 500)
  const factor = options.factor ?? 2
  // Comparisons with NaN are false: NaN retries would never end, and a back-off of NaN would not wait.
  if (typeof given !== "number" || Number.isNaN(given)) {
    refuse("maxRetries", "a number", given)
  }
  const maxRetries = Math.floor(given)
  if (!Number.isFinite(factor) || factor < 0) {
    refuse("factor", "a finite number of at least 0", factor)
  }
  const maxDelay = millisOf("maxDelay", options.maxDelay ?? "10 seconds")
  const maxRetryAfter = millisOf("maxRetryAfter", options.maxRetryAfter ?? longestHint)
  const notFoundGrace = options.notFoundGrace === undefined
    ? undefined
    : millisOf("notFoundGrace", options.notFoundGrace)
  const graceRetries = notFoundGrace === undefined
    ? Math.min(defaultGrace.retries, maxRetries)
    : Number.POSITIVE_INFINITY
  /** How long a 404 is retried still, in milliseconds. */
  const graceLeft = (error: BatchNotFound | RunNotFound, retries: number, elapsed: number): number =>
    notFoundGrace !== undefined
      ? notFoundGrace - elapsed
      : error.shouldRetry === true && retries < graceRetries
      ? defaultGrace.millis - elapsed
      : 0
  const draw = options.jitter === "none" ? Effect.succeed(1) : Random.next
  return Schedule.makeWithState(
    { retries: 0, startedAt: Number.POSITIVE_INFINITY },
    (now, error: AttemptError, state) => {
      const startedAt = Math.min(state.startedAt, now)
      const next = { retries: state.retries + 1, startedAt }
      const hint = Duration.toMillis(retryAfter(error))
      const grace = isNotFound(error) ? graceLeft(error, state.retries, now - startedAt) : Number.POSITIVE_INFINITY
      const isExhausted = isNotFound(error) ? grace <= 0 : state.retries >= maxRetries
      if (isExhausted || hint > maxRetryAfter || !isRetryable(error)) {
        return Effect.succeed([next, Duration.zero, ScheduleDecision.done])
      }
      // `factor ** retries` overflows to Infinity, and 0 × Infinity is NaN.
      const growth = Math.min(factor ** state.retries, Number.MAX_VALUE)
      const backoff = Math.min(base * growth, maxDelay)
      return Effect.map(draw, (fraction) => {
        const isLastOfGrace = isNotFound(error) && state.retries + 1 >= graceRetries
        // whole milliseconds: Effect.timed fails on a TestClock that stands on a fraction
        const delay = Math.ceil(isLastOfGrace ? grace : Math.min(Math.max(backoff * fraction, hint), grace))
        return [next, Duration.millis(delay), ScheduleDecision.continueWith(ScheduleInterval.after(now + delay))]
      })
    }
  )
}

const none: RetryPolicy = Schedule.stop

/**
 * The policy for the effects and streams that it is provided to. Without it, the policy of `TriggerConfig` applies.
 *
 * @since 0.1.0
 * @category references
 */
// Stryker disable next-line StringLiteral: any unique name will do
export class Current extends Context.Reference<Current>()("effect-trigger-dev/RetryPolicy/Current", {
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
 * The policies of this package, and functions to build and to apply others.
 *
 * @example
 * ```ts
 * import { Schedule } from "effect"
 * import { collectBatchResults, RetryPolicy, TriggerConfig } from "effect-trigger-dev"
 *
 * // for every call of a client
 * const config = TriggerConfig.layer({ retryPolicy: RetryPolicy.make({ maxRetries: 8, maxRetryAfter: "5 minutes" }) })
 *
 * // for one scope
 * const once = collectBatchResults("batch_1234").pipe(RetryPolicy.override(RetryPolicy.none))
 *
 * // any schedule is a policy; this one retries a 404 as well
 * const spaced = collectBatchResults("batch_1234").pipe(
 *   RetryPolicy.override(Schedule.intersect(Schedule.spaced("1 second"), Schedule.recurs(5)))
 * )
 * ```
 *
 * @since 0.1.0
 * @category policies
 */
export const RetryPolicy = {
  /**
   * Builds a policy: exponential back-off with full jitter, and never a retry before the server's hint. Throws a
   * `RangeError` if `maxRetries` is NaN, if `factor` is NaN, infinite or negative, or if a duration cannot be read as one.
   * (`Number(process.env.UNSET)` is NaN.)
   */
  make,
  /** Up to 4 retries, exponential from 500 ms by 2 with full jitter, at most 10 s; waits for hints of up to 60 s. */
  default: make(),
  /** One attempt, no retry. */
  none,
  /**
   * The policy of a scope, or undefined for that of `TriggerConfig`. For a stream:
   * `Stream.provideService(RetryPolicy.Current, policy)`.
   */
  Current,
  /** Runs an effect with another policy; data-first and data-last. For a stream, provide `Current`. */
  override,
  /**
   * Whether a retry can succeed at all; the policy decides the rest. Errors for which this is false never reach a policy. Also true
   * of a `BatchNotFound`: a new batch may appear in a moment.
   */
  isRetryable,
  /** How long the server asks to wait before the next attempt; zero if it does not say. For schedules of your own. */
  retryAfter
} as const
