/**
 * Builds the client of a command from the environment and the options that override it, or over the simulator.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { readFile } from "node:fs/promises"
import { readSecretKey } from "../internal/settings/secretKey.js"
import { TriggerClient, type TriggerClientConfig } from "../TriggerClient.js"
import { codeOf, messageOf } from "./files.js"
import type { ConnectionOptions } from "./options.js"
import { brief, patient } from "./retries.js"

/** The file that `--key-file` names cannot be read, or holds no key that can be sent. */
export class KeyFileUnusable extends Data.TaggedError("KeyFileUnusable")<{
  readonly file: string
  readonly reason: string
}> {}

/** Checked already here, where a refusal names the file. */
const keyFrom = (file: string): Effect.Effect<Redacted.Redacted, KeyFileUnusable> =>
  Effect.tryPromise({
    try: () => readFile(file, "utf8"),
    catch: (error) => codeOf(error) === "EISDIR" ? "it is a folder" : messageOf(error)
  }).pipe(
    Effect.flatMap((text) => Either.mapLeft(readSecretKey(Redacted.make(text)), (fault) => `it ${fault}`)),
    Effect.mapBoth({ onFailure: (reason) => new KeyFileUnusable({ file, reason }), onSuccess: Redacted.make })
  )

/** Wraps the HTTP client, to record responses. */
export type Observe = (client: HttpClient.HttpClient) => HttpClient.HttpClient

export interface ClientOptions extends ConnectionOptions {
  /** Whether retries go on for minutes. */
  readonly patient?: boolean
}

const settings = (
  options: ClientOptions
): Effect.Effect<TriggerClientConfig, KeyFileUnusable> =>
  Effect.map(options.keyFile === undefined ? Effect.succeed(undefined) : keyFrom(options.keyFile), (key) => ({
    retryPolicy: Config.succeed(options.patient === true ? patient : brief),
    ...(options.apiUrl === undefined ? {} : { apiUrl: Config.succeed(options.apiUrl) }),
    ...(options.branch === undefined ? {} : { previewBranch: Config.succeed(options.branch) }),
    ...(key === undefined ? {} : { secretKey: Config.succeed(key) })
  }))

export const layer = (
  options: ClientOptions,
  observe: Observe
): Layer.Layer<TriggerClient, ConfigError.ConfigError | KeyFileUnusable> => {
  const observed = Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, observe))
  return options.demo === true
    // loaded only for demonstrations
    ? Layer.unwrapEffect(Effect.map(Effect.promise(() => import("./demo.js")), (demo) => demo.layer(observed)))
    : Layer.unwrapEffect(Effect.map(settings(options), TriggerClient.layerConfig)).pipe(
      Layer.provide(observed),
      Layer.provide(FetchHttpClient.layer)
    )
}
