/**
 * Puts the credential on a request.
 *
 * @since 0.1.0
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { endpointOf } from "./internal/http/endpoint.js"
import { faultOf } from "./internal/settings/secretKey.js"
import { Unauthorized } from "./TriggerError.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface TriggerAuthService {
  /** Called once for each attempt. A credential that cannot be had is an `Unauthorized`, and no request is sent. */
  readonly authenticate: (
    request: HttpClientRequest.HttpClientRequest
  ) => Effect.Effect<HttpClientRequest.HttpClientRequest, Unauthorized>
}

const unusable = (request: HttpClientRequest.HttpClientRequest, detail: string): Unauthorized =>
  new Unauthorized({ endpoint: endpointOf(request), reason: "NoCredential", detail })

/** The scheme is matched case-sensitively by the server: `bearer` gets a 401. */
const withBearer = (
  request: HttpClientRequest.HttpClientRequest,
  credential: Redacted.Redacted
): Effect.Effect<HttpClientRequest.HttpClientRequest, Unauthorized> => {
  const key = Redacted.value(credential).trim()
  const fault = faultOf(key)
  return fault === undefined
    ? Effect.succeed(HttpClientRequest.setHeader(request, "authorization", `Bearer ${key}`))
    : Effect.fail(unusable(request, `the secret key ${fault}`))
}

/** Only what names the failure: its message may quote whatever was asked for the credential. */
const nameOf = (error: unknown): string => {
  if (typeof error === "object" && error !== null) {
    if ("_tag" in error && typeof error._tag === "string") {
      return error._tag
    }
    if ("name" in error && typeof error.name === "string") {
      return error.name
    }
  }
  return "it failed"
}

/** None of the messages holds the value. An empty key counts as none, so that another variable may have one. */
const check = (
  path: Array<string>,
  credential: Redacted.Redacted
): Either.Either<Redacted.Redacted, ConfigError.ConfigError> => {
  const key = Redacted.value(credential).trim()
  if (key === "") {
    return Either.left(ConfigError.MissingData(path, "Expected a secret key, and it is empty"))
  }
  const fault = faultOf(key)
  return fault === undefined
    ? Either.right(credential)
    : Either.left(ConfigError.InvalidData(path, `Expected a secret key; it ${fault}`))
}

const keyFrom = (variable: string): Config.Config<Redacted.Redacted> =>
  // not Config.redacted: it replaces the messages as well; mapOrFail adds the path
  Config.mapOrFail(Config.string(variable), (text) => check([], Redacted.make(text)))

const fromEnvironment: Config.Config<Redacted.Redacted> = keyFrom("TRIGGER_SECRET_KEY").pipe(
  Config.orElseIf({ if: ConfigError.isMissingDataOnly, orElse: () => keyFrom("TRIGGER_ACCESS_TOKEN") })
)

/**
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
 * // keys that rotate: asked for at each attempt
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
  static readonly layer = (credential: Redacted.Redacted): Layer.Layer<TriggerAuth> =>
    Layer.succeed(TriggerAuth, { authenticate: (request) => withBearer(request, credential) })

  /**
   * The secret key from `TRIGGER_SECRET_KEY`, else from `TRIGGER_ACCESS_TOKEN`, or from a `Config` of your own. A key
   * that is missing, empty or cannot be a key is a `ConfigError` that never holds the value. It names the variable; of
   * what a `Config` of your own found, it says `the secret key`.
   *
   * @since 0.1.0
   */
  static readonly layerConfig = (
    config?: Config.Config<Redacted.Redacted>
  ): Layer.Layer<TriggerAuth, ConfigError.ConfigError> =>
    Layer.unwrapEffect(Effect.map(
      // what comes from the environment is checked already
      config === undefined ? fromEnvironment : Effect.flatMap(config, (key) => check(["the secret key"], key)),
      TriggerAuth.layer
    ))

  /**
   * Asks for the credential at each attempt, for keys that rotate. Where asking fails, the call fails with
   * `Unauthorized`, which names the failure but does not hold it; retry inside the effect if that can help.
   *
   * @since 0.1.0
   */
  static readonly layerEffect = <E, R>(
    credential: Effect.Effect<Redacted.Redacted, E, R>
  ): Layer.Layer<TriggerAuth, never, R> =>
    Layer.effect(
      TriggerAuth,
      Effect.map(Effect.context<R>(), (context) => ({
        authenticate: (request) =>
          Effect.matchEffect(Effect.provide(credential, context), {
            onFailure: (error) =>
              Effect.fail(unusable(request, `the credential could not be obtained: ${nameOf(error)}`)),
            onSuccess: (key) => withBearer(request, key)
          })
      }))
    )
}
