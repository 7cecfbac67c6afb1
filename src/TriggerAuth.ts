/**
 * The secret key that the client sends.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import { hasProperty, isString } from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { orConfigError } from "./internal/settings/permission.js"
import { emptyKey, readSecretKey } from "./internal/settings/secretKey.js"
import { Unauthorized } from "./TriggerError.js"

/**
 * How the client gets the secret key.
 *
 * @since 0.1.0
 * @category models
 */
export interface TriggerAuthService {
  /**
   * The secret key. The client asks for it once per attempt, within `requestTimeout`. If that fails, no request is sent.
   */
  readonly secretKey: Effect.Effect<Redacted.Redacted, Unauthorized>
}

/** The name of a failure. Its message is left out, because it may quote what the key was requested with. */
const nameOf = (error: unknown): string => {
  const names = [hasProperty(error, "_tag") && error._tag, hasProperty(error, "name") && error.name]
  // a text that is no name may quote as much as a message
  return names.filter(isString).find((name) => /^[\w.$/@-]{1,80}$/.test(name)) ?? "an error without a name"
}

/** An empty key counts as missing, so that the next variable is read. No message holds the value. */
const check = (
  path: Array<string>,
  name: string,
  key: Redacted.Redacted
): Either.Either<Redacted.Redacted, ConfigError.ConfigError> =>
  Either.mapBoth(readSecretKey(key), {
    onLeft: (fault) =>
      (fault === emptyKey ? ConfigError.MissingData : ConfigError.InvalidData)(path, `${name} ${fault}`),
    onRight: () => key
  })

const keyFrom = (variable: string): Config.Config<Redacted.Redacted> =>
  // not Config.redacted, which also redacts the message; mapOrFail adds the path
  Config.mapOrFail(Config.string(variable), (text) => check([], `The secret key in ${variable}`, Redacted.make(text)))

/** The whole message of a `Config.redacted` that found no key: it redacts its messages as well. */
const redactedMessage = "<redacted>"

const describeMissing = (error: ConfigError.ConfigError): ConfigError.ConfigError => {
  switch (error._op) {
    case "And":
      return ConfigError.And(describeMissing(error.left), describeMissing(error.right))
    case "Or":
      return ConfigError.Or(describeMissing(error.left), describeMissing(error.right))
    case "MissingData":
      return error.message === redactedMessage
        ? ConfigError.MissingData([...error.path], `There is no secret key in ${error.path.join(".")}`)
        : error
    case "InvalidData":
    case "SourceUnavailable":
    case "Unsupported":
      return error
  }
}

const fromConfig = (
  config: Config.Config<Redacted.Redacted>
): Effect.Effect<Redacted.Redacted, ConfigError.ConfigError> =>
  Effect.flatMap(
    Effect.mapError(config, describeMissing),
    (key) => check(["the secret key"], "The secret key", key)
  )

const fromEnvironment: Config.Config<Redacted.Redacted> = keyFrom("TRIGGER_SECRET_KEY").pipe(
  Config.orElseIf({ if: ConfigError.isMissingDataOnly, orElse: () => keyFrom("TRIGGER_ACCESS_TOKEN") })
)

/**
 * The source of the secret key.
 *
 * @example
 * ```ts
 * import { TriggerAuth } from "effect-trigger-dev"
 * import { Config, Effect, Redacted } from "effect"
 *
 * // from TRIGGER_SECRET_KEY, else TRIGGER_ACCESS_TOKEN
 * const fromEnvironment = TriggerAuth.layerConfig()
 *
 * // from elsewhere
 * const fromOwnVariable = TriggerAuth.layerConfig(Config.redacted("MY_KEY"))
 *
 * // keys that rotate: obtained anew for each attempt
 * declare const vault: { readonly read: (name: string) => Effect.Effect<string> }
 * const rotating = TriggerAuth.layerEffect(Effect.map(vault.read("trigger"), Redacted.make))
 * ```
 *
 * @since 0.1.0
 * @category services
 */
export class TriggerAuth extends Context.Tag("effect-trigger-dev/TriggerAuth")<TriggerAuth, TriggerAuthService>() {
  /**
   * A fixed secret key.
   *
   * @since 0.1.0
   */
  static readonly layer = (secretKey: Redacted.Redacted): Layer.Layer<TriggerAuth> =>
    Layer.succeed(TriggerAuth, { secretKey: Effect.succeed(secretKey) })

  /**
   * The secret key from `TRIGGER_SECRET_KEY`, else from `TRIGGER_ACCESS_TOKEN`, or from a `Config` of your own. A missing,
   * empty or unusable key is a `ConfigError`, which never holds the value. It names the variable; for an empty or unusable key
   * from a `Config` of your own, it names `the secret key`.
   *
   * @since 0.1.0
   */
  static readonly layerConfig = (
    config?: Config.Config<Redacted.Redacted>
  ): Layer.Layer<TriggerAuth, ConfigError.ConfigError> =>
    Layer.unwrapEffect(Effect.map(
      // a key from the environment is checked already
      orConfigError(config === undefined ? fromEnvironment : fromConfig(config)),
      TriggerAuth.layer
    ))

  /**
   * A secret key that is obtained anew for each attempt, for keys that rotate. What the effect acquires is released as soon as
   * it has the key. If the effect fails, the call fails with `Unauthorized`, whose `detail` names the failure but not its
   * message.
   *
   * @since 0.1.0
   */
  static readonly layerEffect = <E, R>(
    secretKey: Effect.Effect<Redacted.Redacted, E, R>
  ): Layer.Layer<TriggerAuth, never, Exclude<R, Scope.Scope>> =>
    Layer.effect(
      TriggerAuth,
      Effect.map(Effect.context<Exclude<R, Scope.Scope>>(), (context) => ({
        secretKey: Effect.mapError(Effect.provide(Effect.scoped(secretKey), context), (error) =>
          new Unauthorized({
            reason: "NoSecretKey",
            detail: `the effect of TriggerAuth.layerEffect failed with ${nameOf(error)}`
          }))
      }))
    )
}
