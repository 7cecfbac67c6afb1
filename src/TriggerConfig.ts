/**
 * Where the API is and how it is called.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { toStringUnknown } from "effect/Inspectable"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { defined } from "./internal/describe/defined.js"
import { parseApiUrl } from "./internal/settings/apiUrl.js"
import { defaultConcurrency } from "./internal/settings/concurrency.js"
import { isHeaderValue } from "./internal/settings/headerValue.js"
import { orConfigError } from "./internal/settings/permission.js"
import { RetryPolicy } from "./RetryPolicy.js"

/**
 * The settings of a client: checked, and with their defaults. `TriggerConfigOptions` says what each one does.
 *
 * @since 0.1.0
 * @category models
 */
export interface TriggerConfigService {
  /** A path prefix has no trailing slash. (The `href` of a URL without a path ends with a slash.) */
  readonly apiUrl: URL
  readonly previewBranch: string | undefined
  readonly requestTimeout: Duration.Duration
  readonly retryPolicy: RetryPolicy
  readonly realtime: "auto" | "off"
  readonly concurrency: number
  readonly compression: "auto" | "on" | "off"
  readonly maxResponseSize: number
  readonly maxOutputSize: number
}

/**
 * The options of `TriggerConfig.layer` and `TriggerConfig.layerConfig`.
 *
 * @since 0.1.0
 * @category models
 */
export interface TriggerConfigOptions {
  /**
   * The URL of the API: http or https, without credentials. A path prefix is kept. Default: `https://api.trigger.dev`.
   */
  readonly apiUrl?: string | URL
  /** The branch of a preview or dev environment. Default: none. */
  readonly previewBranch?: string
  /**
   * The time limit of one attempt, from sending to the end of the body. For the realtime feed and for a download, it limits the
   * time in which nothing comes, not the whole. A request that the feed holds gets 23 seconds and this time, but at most 28
   * seconds. A snapshot of the feed gets at most 5 seconds if the client can read the runs one by one instead. More than zero;
   * `Duration.infinity` is no limit. Default: 30 seconds.
   */
  readonly requestTimeout?: Duration.DurationInput
  /** When a failed attempt is retried. Default: `RetryPolicy.default`. */
  readonly retryPolicy?: RetryPolicy
  /**
   * The maximum number of requests of bulk reading (`collectBatchResults`, `awaitBatchResults`, `streamBatchResults`) in flight,
   * and of downloads. Less than 1 counts as 1; `Infinity` is no limit. Default: 16.
   */
  readonly concurrency?: number
  /**
   * `auto`: bulk reading asks the realtime feed first, and reads runs one by one if the feed does not work. `off`: it never
   * asks the feed. `subscribeToBatch` always does. Default: `auto`.
   */
  readonly realtime?: "auto" | "off"
  /**
   * Whether to ask for compressed responses. `auto`: with the HTTP clients of Node after a first response, and with `fetch` on
   * Bun, Deno and Cloudflare Workers; not with `fetch` on Node, where some versions of undici crash the process or lose the
   * response (`docs/SECURITY.md`). `on`: as `auto`, and with `fetch` on Node. `off`: never. Browsers always ask. Default: `auto`.
   */
  readonly compression?: "auto" | "on" | "off"
  /**
   * The maximum size of a response of the API, in bytes after decompression. A larger one is a `TransportError` with the reason
   * `TooLarge`. At most 512 MiB less 24 bytes. Default: 268,435,456 (256 MiB), twice what 1,000 runs can have in outputs that
   * are not in the object store.
   */
  readonly maxResponseSize?: number
  /**
   * The maximum size of an output in the object store, in bytes. A larger one is an `OutputTooLarge`. Default and maximum:
   * 536,870,888 (512 MiB less 24 bytes), the longest string of V8.
   */
  readonly maxOutputSize?: number
}

/** The longest string of V8; those of other engines are longer. A text never has more units than its UTF-8 has bytes. */
const longestText = 2 ** 29 - 24

const defaultApiUrl = "https://api.trigger.dev"

/** Checks the value of an option or a variable. The text that says what is wrong with it begins with its name. */
type Check<I, A> = (name: string, value: I) => Either.Either<A, string>

const checkApiUrl: Check<string | URL, URL> = (name, value) =>
  Either.mapLeft(parseApiUrl(value), (fault) => `${name} cannot be used: ${fault}`)

const checkPreviewBranch: Check<string, string> = (name, value) => {
  const branch = value.trim()
  return branch === "" || isHeaderValue(branch)
    ? Either.right(branch)
    : Either.left(`${name} must have visible ASCII characters only, because it is sent in a header`)
}

const unexpected = (name: string, expected: string, value: unknown): Either.Either<never, string> =>
  Either.left(`${name} must be ${expected}, but it is ${toStringUnknown(value, 0)}`)

/** Effect decodes NaN as a duration of zero. With a time-out of zero, every attempt is over before it begins. */
const checkRequestTimeout: Check<Duration.DurationInput, Duration.Duration> = (name, value) =>
  Option.match(Option.filter(Duration.decodeUnknown(value), Duration.greaterThan(Duration.zero)), {
    onNone: () =>
      unexpected(
        name,
        "a duration longer than zero",
        Duration.isDuration(value) ? Duration.format(value) : value
      ),
    onSome: Either.right
  })

/** `Math.min` and `Math.max` let NaN through; as a limit it would let everything through, or nothing for ever. */
const checkNumber = (unit: string, least: number, most: number): Check<number, number> => (name, value) => {
  const clamped = Math.max(least, Math.min(value, most))
  return Number.isNaN(clamped) ? unexpected(name, `a number of ${unit}`, value) : Either.right(clamped)
}

const checkOneOf = <const A extends string>(...allowed: ReadonlyArray<A>): Check<string, A> => (name, value) => {
  const known = allowed.find((one) => one === value)
  if (known !== undefined) {
    return Either.right(known)
  }
  const quoted = allowed.map((one) => `"${one}"`)
  return unexpected(name, `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`, value)
}

const invalid = (path: Array<string>) => (message: string): ConfigError.ConfigError =>
  ConfigError.InvalidData(path, message)

const option = <I, A>(
  name: keyof TriggerConfigOptions,
  check: Check<I, A>,
  value: I
): Either.Either<A, ConfigError.ConfigError> => Either.mapLeft(check(name, value), invalid([name]))

const make = (options: TriggerConfigOptions = {}): Either.Either<TriggerConfigService, ConfigError.ConfigError> =>
  Either.all({
    apiUrl: option("apiUrl", checkApiUrl, options.apiUrl ?? defaultApiUrl),
    previewBranch: Either.map(
      option("previewBranch", checkPreviewBranch, options.previewBranch ?? ""),
      (branch) => branch === "" ? undefined : branch
    ),
    requestTimeout: option("requestTimeout", checkRequestTimeout, options.requestTimeout ?? "30 seconds"),
    retryPolicy: Either.right(options.retryPolicy ?? RetryPolicy.default),
    realtime: option("realtime", checkOneOf("auto", "off"), options.realtime ?? "auto"),
    concurrency: Either.map(
      option(
        "concurrency",
        checkNumber("requests", 1, Number.POSITIVE_INFINITY),
        options.concurrency ?? defaultConcurrency
      ),
      Math.floor
    ),
    compression: option("compression", checkOneOf("auto", "on", "off"), options.compression ?? "auto"),
    maxResponseSize: option(
      "maxResponseSize",
      checkNumber("bytes", 0, longestText),
      options.maxResponseSize ?? 256 * 1024 * 1024
    ),
    maxOutputSize: option("maxOutputSize", checkNumber("bytes", 0, longestText), options.maxOutputSize ?? longestText)
  })

/** The path is left out, because `Config.mapOrFail` adds it. */
const variable = <A>(name: string, check: Check<string, A>): Config.Config<A> =>
  Config.mapOrFail(Config.string(name), (value) => Either.mapLeft(check(name, value), invalid([])))

const branchFrom = (name: string): Config.Config<string> => variable(name, checkPreviewBranch)

/** Checked already here, where an error can name the variable. */
const fromEnvironment = {
  apiUrl: Config.withDefault(variable("TRIGGER_API_URL", checkApiUrl), defaultApiUrl),
  // the variables and the order of the official SDK, which does not go on after one that is set but empty
  previewBranch: branchFrom("TRIGGER_PREVIEW_BRANCH").pipe(
    Config.orElseIf({ if: ConfigError.isMissingDataOnly, orElse: () => branchFrom("VERCEL_GIT_COMMIT_REF") }),
    Config.orElseIf({
      if: ConfigError.isMissingDataOnly,
      // `default` names the root of the dev environment, which has no branch
      orElse: () => Config.map(branchFrom("TRIGGER_DEV_BRANCH"), (branch) => branch === "default" ? "" : branch)
    }),
    Config.withDefault("")
  )
}

/**
 * Where the API is, and how it is called.
 *
 * @example
 * ```ts
 * import { TriggerConfig } from "effect-trigger-dev"
 * import { Config } from "effect"
 *
 * // in code
 * const selfHosted = TriggerConfig.layer({ apiUrl: "https://trigger.example.com", requestTimeout: "10 seconds" })
 *
 * // from TRIGGER_API_URL, and the variables of the branch
 * const fromEnvironment = TriggerConfig.layerConfig()
 *
 * // the same, with some of it read from elsewhere
 * const mixed = TriggerConfig.layerConfig({ requestTimeout: Config.duration("TRIGGER_TIMEOUT") })
 * ```
 *
 * @since 0.1.0
 * @category services
 */
export class TriggerConfig extends Context.Tag("effect-trigger-dev/TriggerConfig")<
  TriggerConfig,
  TriggerConfigService
>() {
  /**
   * The configuration in code. An invalid option (a malformed API URL, NaN) is a mistake in the program, and a defect that names
   * it; values that come from outside belong in `layerConfig`.
   *
   * @since 0.1.0
   */
  static readonly layer = (options?: TriggerConfigOptions): Layer.Layer<TriggerConfig> =>
    Layer.effect(TriggerConfig, Effect.orDie(Effect.suspend(() => make(options))))

  /**
   * The configuration from a record of `Config`s, or from one `Config` of all options. If it leaves out the API URL, that comes
   * from `TRIGGER_API_URL`; if it leaves out the branch, that comes from the first of `TRIGGER_PREVIEW_BRANCH`,
   * `VERCEL_GIT_COMMIT_REF` and `TRIGGER_DEV_BRANCH` that is set. All other options have defaults.
   *
   * An invalid value is a `ConfigError` that names the variable or the option. A `TRIGGER_API_URL` that is set but empty is
   * invalid, because the default would send the key of a self-hosted server to the public one.
   *
   * @since 0.1.0
   */
  static readonly layerConfig = (
    options: Config.Config.Wrap<TriggerConfigOptions> = {}
  ): Layer.Layer<TriggerConfig, ConfigError.ConfigError> =>
    Layer.effect(
      TriggerConfig,
      orConfigError(Effect.gen(function*() {
        const given = yield* Config.unwrap<TriggerConfigOptions>(
          // an empty record cannot be unwrapped, nor can a field that is undefined
          Config.isConfig(options) ? options : { retryPolicy: Config.succeed(RetryPolicy.default), ...defined(options) }
        )
        return yield* make({
          ...given,
          apiUrl: given.apiUrl ?? (yield* fromEnvironment.apiUrl),
          previewBranch: given.previewBranch ?? (yield* fromEnvironment.previewBranch)
        })
      }))
    )
}
