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
import { RetryPolicy } from "./RetryPolicy.js"

/**
 * The settings of a client: checked, and with their defaults. `TriggerConfigOptions` says what each one does.
 *
 * @since 0.1.0
 * @category models
 */
export interface TriggerConfigService {
  /** Without a trailing slash. */
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
   * How long one attempt may take, from sending to the end of the body. A request that the realtime feed holds may take 23
   * seconds longer. Of a snapshot of the feed and of a download, it is the longest time without a chunk of the body. Longer
   * than zero; `Duration.infinity` is no limit. Default: 30 seconds.
   */
  readonly requestTimeout?: Duration.DurationInput
  /** When a failed attempt is retried. Default: `RetryPolicy.default`. */
  readonly retryPolicy?: RetryPolicy
  /**
   * How many requests of bulk reading (`collectBatchResults` and its like) are under way at once, and how many downloads.
   * Less than 1 counts as 1; `Infinity` is no limit. Default: 16.
   */
  readonly concurrency?: number
  /**
   * `auto`: `collectBatchResults`, `awaitBatchResults` and `streamBatchResults` read the realtime feed first, and read runs
   * one by one where there is none. `off`: they never ask for the feed. Default: `auto`.
   */
  readonly realtime?: "auto" | "off"
  /**
   * Whether responses may come compressed: the results of a thousand runs are then a few per cent of their size. `auto`: with
   * the HTTP clients of Node once a first response has come, and with `fetch` on Bun, Deno and Cloudflare Workers; not with
   * `fetch` on Node, where some versions of undici crash the process or lose the response (`docs/SECURITY.md`). `on`: with
   * `fetch` everywhere. `off`: never. Browsers ask for compression by themselves. Default: `auto`.
   */
  readonly compression?: "auto" | "on" | "off"
  /**
   * The most bytes of a response of the API that are read, counted after decompression; a larger one is a
   * `TransportError` with the reason `TooLarge`. Default: 268,435,456 (256 MiB), which is twice what a batch of a
   * thousand runs can hold in outputs of 128 KiB, beyond which they are offloaded. At most 512 MiB less 24 bytes.
   */
  readonly maxResponseSize?: number
  /**
   * The most bytes of an offloaded output that are downloaded; a larger one is an `OutputTooLarge`. Default, and the most
   * that can be: 536,870,888, which is 512 MiB less 24 bytes, the longest text that V8 holds.
   */
  readonly maxOutputSize?: number
}

/** The longest string of V8; those of other engines are longer. A text never has more units than its UTF-8 has bytes. */
const longestText = 2 ** 29 - 24

const defaultApiUrl = "https://api.trigger.dev"

type Checked<A> = Either.Either<A, ConfigError.ConfigError>

const checkApiUrl = (path: Array<string>, value: string | URL): Checked<URL> =>
  Either.mapLeft(
    parseApiUrl(value),
    (fault) => ConfigError.InvalidData(path, `The API URL cannot be used: ${fault}`)
  )

const checkPreviewBranch = (path: Array<string>, value: string): Checked<string> => {
  const branch = value.trim()
  return branch === "" || isHeaderValue(branch) ? Either.right(branch) : Either.left(ConfigError.InvalidData(
    path,
    "Expected a branch of visible ASCII characters, because it is sent in a header"
  ))
}

const unexpected = (option: keyof TriggerConfigOptions, expected: string, value: unknown): Checked<never> =>
  Either.left(ConfigError.InvalidData([option], `Expected ${expected}, but it is ${toStringUnknown(value, 0)}`))

/** Zero is also what a duration is that is not a number. With it, every attempt is over before it begins. */
const checkRequestTimeout = (value: Duration.DurationInput): Checked<Duration.Duration> =>
  Option.match(Option.filter(Duration.decodeUnknown(value), Duration.greaterThan(Duration.zero)), {
    onNone: () =>
      unexpected(
        "requestTimeout",
        "a duration longer than zero",
        Duration.isDuration(value) ? Duration.format(value) : value
      ),
    onSome: Either.right
  })

/** `Math.min` and `Math.max` let NaN through; as a limit it would let everything through, or nothing for ever. */
const checkNumber = (
  option: keyof TriggerConfigOptions,
  unit: string,
  value: number,
  least: number,
  most: number
): Checked<number> => {
  const clamped = Math.max(least, Math.min(value, most))
  return Number.isNaN(clamped) ? unexpected(option, `a number of ${unit}`, value) : Either.right(clamped)
}

const checkOneOf = <const A extends string>(
  option: keyof TriggerConfigOptions,
  allowed: ReadonlyArray<A>,
  value: string
): Checked<A> => {
  const known = allowed.find((one) => one === value)
  if (known !== undefined) {
    return Either.right(known)
  }
  const quoted = allowed.map((one) => `"${one}"`)
  return unexpected(option, `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`, value)
}

/** A refusal names the option. */
const make = (options: TriggerConfigOptions = {}): Checked<TriggerConfigService> =>
  Either.all({
    apiUrl: checkApiUrl(["apiUrl"], options.apiUrl ?? defaultApiUrl),
    previewBranch: Either.map(
      checkPreviewBranch(["previewBranch"], options.previewBranch ?? ""),
      (branch) => branch === "" ? undefined : branch
    ),
    requestTimeout: checkRequestTimeout(options.requestTimeout ?? "30 seconds"),
    retryPolicy: Either.right(options.retryPolicy ?? RetryPolicy.default),
    realtime: checkOneOf("realtime", ["auto", "off"], options.realtime ?? "auto"),
    concurrency: Either.map(
      checkNumber("concurrency", "requests", options.concurrency ?? defaultConcurrency, 1, Number.POSITIVE_INFINITY),
      Math.floor
    ),
    compression: checkOneOf("compression", ["auto", "on", "off"], options.compression ?? "auto"),
    maxResponseSize: checkNumber(
      "maxResponseSize",
      "bytes",
      options.maxResponseSize ?? 256 * 1024 * 1024,
      0,
      longestText
    ),
    maxOutputSize: checkNumber("maxOutputSize", "bytes", options.maxOutputSize ?? longestText, 0, longestText)
  })

const branchFrom = (variable: string): Config.Config<string> =>
  Config.mapOrFail(Config.string(variable), (branch) => checkPreviewBranch([], branch))

/** Checked already here, where a refusal names the variable. */
const fromEnvironment = {
  apiUrl: Config.string("TRIGGER_API_URL").pipe(
    Config.mapOrFail((url) => checkApiUrl([], url)),
    Config.withDefault(defaultApiUrl)
  ),
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
 * // from TRIGGER_API_URL and TRIGGER_PREVIEW_BRANCH
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
   * The configuration from `TRIGGER_API_URL` and `TRIGGER_PREVIEW_BRANCH`; any option may be read from another
   * `Config` instead, or all of them from one. What is given decides, and only what it leaves out comes from the
   * environment. A value that cannot be used is a `ConfigError`, which names the variable where it came from the
   * environment, and the option where it was given. A `TRIGGER_API_URL` that is set but empty is an error, not the
   * default: a self-hosted key must not travel to the public host because of a typing mistake.
   *
   * @since 0.1.0
   */
  static readonly layerConfig = (
    options: Config.Config.Wrap<TriggerConfigOptions> = {}
  ): Layer.Layer<TriggerConfig, ConfigError.ConfigError> =>
    Layer.effect(
      TriggerConfig,
      Effect.gen(function*() {
        const given = yield* Config.unwrap<TriggerConfigOptions>(
          // an empty record cannot be unwrapped, nor can a field that is undefined
          Config.isConfig(options) ? options : { retryPolicy: Config.succeed(RetryPolicy.default), ...defined(options) }
        )
        return yield* make({
          ...given,
          apiUrl: given.apiUrl ?? (yield* fromEnvironment.apiUrl),
          previewBranch: given.previewBranch ?? (yield* fromEnvironment.previewBranch)
        })
      })
    )
}
