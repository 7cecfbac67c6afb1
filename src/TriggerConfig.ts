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
import * as Layer from "effect/Layer"
import { parseApiUrl } from "./internal/apiUrl.js"
import { isHeaderValue } from "./internal/headerValue.js"
import { RetryPolicy } from "./RetryPolicy.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface TriggerConfigService {
  /** Without a trailing slash; a path prefix is kept. */
  readonly apiUrl: URL
  /** The branch of a preview (or dev) environment. */
  readonly previewBranch: string | undefined
  /** How long one attempt may take, from sending to the end of the body. */
  readonly requestTimeout: Duration.Duration
  readonly retryPolicy: RetryPolicy
  /** How many requests of bulk reading (`collectBatchResults` and its like) are under way at once. */
  readonly concurrency: number
  /** Whether compressed answers are asked for. */
  readonly compression: boolean
  /** The most bytes of an answer of the API that are read. */
  readonly maxResponseSize: number
  /** The most bytes of an offloaded output that are downloaded. */
  readonly maxOutputSize: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface TriggerConfigOptions {
  /** Default: `https://api.trigger.dev`. Must be http or https, without credentials. */
  readonly apiUrl?: string | URL
  /** Default: none. */
  readonly previewBranch?: string
  /** Default: 30 seconds. */
  readonly requestTimeout?: Duration.DurationInput
  /** Default: `RetryPolicy.default`. */
  readonly retryPolicy?: RetryPolicy
  /** Default: 16. */
  readonly concurrency?: number
  /**
   * Default: false. With it, large batches travel at a fraction of their size, but a process in which undici before
   * version 8 serves `fetch` (`@effect/platform-node` brings 7) may crash when a server closes such a connection. Only
   * `fetch` asks for compression then: `NodeHttpClient` never does.
   */
  readonly compression?: boolean
  /**
   * The most bytes of an answer of the API that are read, counted after decompression; a larger one is a
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

const make = (options: TriggerConfigOptions = {}): Either.Either<TriggerConfigService, ConfigError.ConfigError> => {
  const apiUrl = parseApiUrl(options.apiUrl ?? defaultApiUrl)
  if (Either.isLeft(apiUrl)) {
    return Either.left(ConfigError.InvalidData(["TRIGGER_API_URL"], `The API URL cannot be used: ${apiUrl.left}`))
  }
  const previewBranch = options.previewBranch?.trim()
  if (previewBranch !== undefined && previewBranch !== "" && !isHeaderValue(previewBranch)) {
    return Either.left(ConfigError.InvalidData(
      ["TRIGGER_PREVIEW_BRANCH"],
      "The preview branch cannot be sent in a header: it holds characters outside of visible ASCII"
    ))
  }
  return Either.right({
    apiUrl: apiUrl.right,
    previewBranch: previewBranch === "" ? undefined : previewBranch,
    requestTimeout: Duration.decode(options.requestTimeout ?? "30 seconds"),
    retryPolicy: options.retryPolicy ?? RetryPolicy.default,
    concurrency: Math.max(1, Math.floor(options.concurrency ?? 16)),
    compression: options.compression ?? false,
    maxResponseSize: Math.max(0, Math.min(options.maxResponseSize ?? 256 * 1024 * 1024, longestText)),
    maxOutputSize: Math.max(0, Math.min(options.maxOutputSize ?? longestText, longestText))
  })
}

const fromEnvironment = {
  apiUrl: Config.withDefault(Config.string("TRIGGER_API_URL"), defaultApiUrl),
  previewBranch: Config.withDefault(Config.string("TRIGGER_PREVIEW_BRANCH"), "")
}

/**
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
   * The configuration in code. An API URL or a branch that cannot be used is a mistake in the program, and a defect;
   * values that come from outside belong in `layerConfig`.
   *
   * @since 0.1.0
   */
  static readonly layer = (options?: TriggerConfigOptions): Layer.Layer<TriggerConfig> =>
    Layer.effect(TriggerConfig, Effect.orDie(Effect.suspend(() => make(options))))

  /**
   * The configuration from `TRIGGER_API_URL` and `TRIGGER_PREVIEW_BRANCH`; any option may be read from another
   * `Config` instead. A `TRIGGER_API_URL` that is set but empty is an error, not the default: a self-hosted key must
   * not travel to the public host because of a typing mistake.
   *
   * @since 0.1.0
   */
  static readonly layerConfig = (
    options: Config.Config.Wrap<TriggerConfigOptions> = {}
  ): Layer.Layer<TriggerConfig, ConfigError.ConfigError> =>
    Layer.effect(
      TriggerConfig,
      Effect.flatMap(Config.unwrap<TriggerConfigOptions>({ ...fromEnvironment, ...options }), make)
    )
}
