/**
 * Stands in for `src/internal/http/metrics.ts` in a client without metrics, to measure what they cost.
 */
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import type * as Metrics from "../../src/internal/http/metrics.js"

export const measureAttempt: typeof Metrics.measureAttempt = () => identity

export const countRetry: typeof Metrics.countRetry = () => Effect.void

export const measureWait: typeof Metrics.measureWait = identity
