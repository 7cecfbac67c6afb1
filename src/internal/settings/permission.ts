/**
 * What a runtime does not permit a program to read.
 */
import * as Cause from "effect/Cause"
import * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/** The error of Deno, and its older name. */
const isNotPermitted = (defect: unknown): defect is Error =>
  defect instanceof Error && (defect.name === "NotCapable" || defect.name === "PermissionDenied")

/** Deno throws where a program may not read a variable, and the `ConfigProvider` of Effect lets that through as a defect. */
export const orConfigError = <A, E, R>(
  reading: Effect.Effect<A, E, R>
): Effect.Effect<A, E | ConfigError.ConfigError, R> =>
  Effect.catchSomeDefect(reading, (defect) =>
    isNotPermitted(defect)
      ? Option.some(
        Effect.fail(ConfigError.SourceUnavailable(["the environment"], defect.message, Cause.die(defect)))
      )
      : Option.none())
