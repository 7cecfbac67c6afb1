/**
 * The rate limit of the simulated server: a bucket of tokens for each environment, which is refilled at intervals.
 */
import * as Duration from "effect/Duration"

/**
 * A bucket of requests for each environment, and for each key that belongs to none.
 *
 * @since 0.1.0
 * @category models
 */
export interface SimulatedRateLimit {
  /** The size of the bucket, in requests. Default: 750, as on the hosted service. */
  readonly limit?: number
  /** How many requests come back at each interval. Default: 250. */
  readonly refill?: number
  /** Default: 10 seconds. */
  readonly interval?: Duration.DurationInput
}

/** What becomes of a request: whether it may pass, and what the headers say. */
export interface Decision {
  readonly allowed: boolean
  readonly limit: number
  readonly remaining: number
  /** When the bucket is refilled next, in epoch milliseconds. */
  readonly reset: number
}

export const make = (options: SimulatedRateLimit = {}): (key: string, now: number) => Decision => {
  const limit = options.limit ?? 750
  const refill = options.refill ?? 250
  const interval = Duration.toMillis(options.interval ?? "10 seconds")
  const buckets = new Map<string, { tokens: number; refilledAt: number }>()
  return (key, now) => {
    const bucket = buckets.get(key) ?? { tokens: limit, refilledAt: now }
    const refills = Math.max(0, Math.floor((now - bucket.refilledAt) / interval))
    const tokens = Math.min(limit, bucket.tokens + refills * refill)
    const refilledAt = bucket.refilledAt + refills * interval
    const allowed = tokens >= 1
    const remaining = allowed ? tokens - 1 : 0
    buckets.set(key, { tokens: remaining, refilledAt })
    return { allowed, limit, remaining, reset: refilledAt + interval }
  }
}
