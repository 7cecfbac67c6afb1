/**
 * Log lines of this package, at Debug only.
 */
import * as Effect from "effect/Effect"

export const debug = (message: string): Effect.Effect<void> =>
  Effect.annotateLogs(Effect.logDebug(message), "package", "effect-trigger-dev")
