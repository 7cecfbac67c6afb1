/**
 * The client: its operations as a service, so that a program can be given another one, and the layers that build it.
 *
 * @since 0.1.0
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { Batch } from "./Batch.js"
import type { BatchResults } from "./BatchResults.js"
import * as operations from "./internal/api/operations.js"
import * as Request from "./internal/api/request.js"
import * as Availability from "./internal/batch/availability.js"
import { feedOperation } from "./internal/batch/feedOperation.js"
import type { FeedSource } from "./internal/batch/source.js"
import { subscribe } from "./internal/batch/subscribe.js"
import { prepareClient } from "./internal/http/client.js"
import * as Download from "./internal/output/download.js"
import * as RateLimit from "./internal/rateLimit/rateLimit.js"
import { describeId, isBatchId, isRunId } from "./internal/settings/id.js"
import { isolatesRequests } from "./internal/settings/runtime.js"
import type { Run } from "./Run.js"
import type { RunSuccess } from "./RunResult.js"
import type { RunUpdate } from "./RunUpdate.js"
import type { StoredOutput } from "./StoredOutput.js"
import { TriggerAuth } from "./TriggerAuth.js"
import { TriggerConfig, type TriggerConfigOptions } from "./TriggerConfig.js"
import {
  type DownloadOutputError,
  type GetBatchResultsError,
  InvalidBatchId,
  InvalidRunId,
  type RetrieveBatchError,
  type RetrieveRunError
} from "./TriggerError.js"

/**
 * The operations of the client.
 *
 * To change one, spread the client: `{ ...client, retrieveRun }`. A client that is written field by field has no realtime feed, so
 * that collecting reads the runs one by one. Collecting calls `retrieveRun` only for runs that the feed does not show, and never
 * calls `subscribeToBatch`.
 *
 * @since 0.1.0
 * @category models
 */
export interface TriggerClientService {
  /** `GET /api/v1/batches/{batchId}/results`. */
  readonly getBatchResults: (batchId: string) => Effect.Effect<BatchResults, GetBatchResultsError>
  /** `GET /api/v2/batches/{batchId}`. */
  readonly retrieveBatch: (batchId: string) => Effect.Effect<Batch, RetrieveBatchError>
  /** `GET /api/v3/runs/{runId}`. */
  readonly retrieveRun: (runId: string) => Effect.Effect<Run, RetrieveRunError>
  /** Every change of every run of a batch: `GET /realtime/v1/batches/{batchId}`. */
  readonly subscribeToBatch: (batchId: string) => Stream.Stream<RunUpdate, RetrieveBatchError>
  /** The output of a result whose `outputType` is `application/store`. */
  readonly downloadOutput: (result: RunSuccess) => Effect.Effect<StoredOutput, DownloadOutputError>
  /** The maximum number of requests of bulk reading in flight. Default: 16. */
  readonly concurrency?: number
  /** @internal */
  readonly feed?: FeedSource | undefined
}

const make = Effect.gen(function*() {
  const config = yield* TriggerConfig
  const { secretKey } = yield* TriggerAuth
  const client = prepareClient(yield* HttpClient.HttpClient)
  const isolated = isolatesRequests()
  const call = Request.make({
    ...config,
    client,
    secretKey,
    rateLimit: RateLimit.make({ concurrency: config.concurrency, isolated })
  })
  const feed: FeedSource = {
    read: (batchId, state, options) => withBatchId(batchId, () => call(feedOperation(state, options), batchId)),
    availability: Availability.make()
  }
  const service: TriggerClientService = {
    getBatchResults: (batchId) => withBatchId(batchId, () => call(operations.getBatchResults, batchId)),
    retrieveBatch: (batchId) => withBatchId(batchId, () => call(operations.retrieveBatch, batchId)),
    retrieveRun: (runId) =>
      isRunId(runId)
        ? call(operations.retrieveRun, runId)
        : Effect.fail(new InvalidRunId({ runId: describeId(runId) })),
    subscribeToBatch: (batchId) => subscribe(feed, batchId),
    downloadOutput: Download.make({ ...config, client, call, isolated }),
    concurrency: config.concurrency,
    feed: config.realtime === "off" ? undefined : feed
  }
  return service
})

const withBatchId = <A, E>(
  batchId: string,
  operation: () => Effect.Effect<A, E>
): Effect.Effect<A, E | InvalidBatchId> =>
  isBatchId(batchId) ? operation() : Effect.fail(new InvalidBatchId({ batchId: describeId(batchId) }))

const notStubbed = (operation: keyof TriggerClientService) => () =>
  Effect.dieMessage(
    `TriggerClient.layerTest has no "${operation}", and the program called it: add it to the stub. ` +
      `(collectBatchResults, awaitBatchResults and streamBatchResults call retrieveBatch, getBatchResults and retrieveRun.)`
  )

/**
 * A `Config` for each setting of the client. What is left out comes from the environment: `TRIGGER_SECRET_KEY` (else
 * `TRIGGER_ACCESS_TOKEN`), `TRIGGER_API_URL`, and for the branch `TRIGGER_PREVIEW_BRANCH`,
 * `VERCEL_GIT_COMMIT_REF` or `TRIGGER_DEV_BRANCH`.
 *
 * @since 0.1.0
 * @category models
 */
export type TriggerClientConfig =
  & { readonly secretKey?: Config.Config<Redacted.Redacted> }
  & { readonly [K in keyof TriggerConfigOptions]: Config.Config<Required<TriggerConfigOptions>[K]> }

/**
 * The client of the Trigger.dev API, as a service.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { TriggerAuth, TriggerClient, TriggerConfig } from "effect-trigger-dev"
 * import { Layer, Redacted } from "effect"
 *
 * // settings from the environment, over the platform's fetch
 * const simple = TriggerClient.layerFetch
 *
 * // every part by hand
 * declare const key: string
 * const custom = TriggerClient.layer.pipe(
 *   Layer.provide(TriggerConfig.layer({ apiUrl: "https://trigger.example.com" })),
 *   Layer.provide(TriggerAuth.layer(Redacted.make(key))),
 *   Layer.provide(FetchHttpClient.layer)
 * )
 * ```
 *
 * @since 0.1.0
 * @category services
 */
export class TriggerClient extends Context.Tag("effect-trigger-dev/TriggerClient")<
  TriggerClient,
  TriggerClientService
>() {
  /**
   * A client, as a value: for one that is built when it is needed, such as one for each tenant.
   *
   * @since 0.1.0
   */
  static readonly make: Effect.Effect<
    TriggerClientService,
    never,
    TriggerConfig | TriggerAuth | HttpClient.HttpClient
  > = make

  /**
   * The client over any `HttpClient`. It is a new layer each time it is read, so that each key of a program has a client of its
   * own: keep the layer with its key and settings in a constant, and provide that.
   *
   * @since 0.1.0
   */
  static get layer(): Layer.Layer<TriggerClient, never, TriggerConfig | TriggerAuth | HttpClient.HttpClient> {
    // a layer is built once per program, so the client of a second key would be that of the first
    return Layer.effect(TriggerClient, make)
  }

  /**
   * The client over any `HttpClient`, with settings and key from a record of `Config`s, and from the environment for the
   * rest.
   *
   * @example
   * ```ts
   * import { Config } from "effect"
   * import { TriggerClient } from "effect-trigger-dev"
   *
   * const layer = TriggerClient.layerConfig({
   *   secretKey: Config.redacted("INVOICES_TRIGGER_KEY"),
   *   apiUrl: Config.string("INVOICES_TRIGGER_URL")
   * })
   * ```
   *
   * @since 0.1.0
   */
  static readonly layerConfig = (
    { secretKey, ...settings }: TriggerClientConfig = {}
  ): Layer.Layer<TriggerClient, ConfigError.ConfigError, HttpClient.HttpClient> =>
    TriggerClient.layer.pipe(
      Layer.provide(TriggerConfig.layerConfig(settings)),
      Layer.provide(TriggerAuth.layerConfig(secretKey))
    )

  /**
   * The client over the platform's `fetch`, with its settings and its key from the environment. It is a new layer each time it
   * is read, as `layer` is.
   *
   * @since 0.1.0
   */
  static get layerFetch(): Layer.Layer<TriggerClient, ConfigError.ConfigError> {
    return Layer.provide(TriggerClient.layerConfig(), FetchHttpClient.layer)
  }

  /**
   * A stub for tests: what is not given dies with a message that names it. For a whole Trigger.dev in memory see
   * `TriggerSimulator` in `effect-trigger-dev/testing`.
   *
   * @example
   * ```ts
   * import { getBatchResults, TriggerClient } from "effect-trigger-dev"
   * import { Effect } from "effect"
   *
   * const stub = TriggerClient.layerTest({
   *   getBatchResults: (id) => Effect.succeed({ id, items: [] })
   * })
   *
   * const test = getBatchResults("batch_1234").pipe(Effect.provide(stub))
   * ```
   *
   * @since 0.1.0
   */
  static readonly layerTest = (stubs: Partial<TriggerClientService>): Layer.Layer<TriggerClient> =>
    Layer.succeed(TriggerClient, {
      getBatchResults: notStubbed("getBatchResults"),
      retrieveBatch: notStubbed("retrieveBatch"),
      retrieveRun: notStubbed("retrieveRun"),
      subscribeToBatch: notStubbed("subscribeToBatch"),
      downloadOutput: notStubbed("downloadOutput"),
      ...stubs
    })
}

/**
 * The results of the finished runs of a batch, exactly as `GET /api/v1/batches/{batchId}/results` lists them: in no
 * particular order, and usually none if today's engine executed the batch. `collectBatchResults` returns all of them.
 *
 * @example
 * ```ts
 * import { Console, Effect } from "effect"
 * import { getBatchResults, TriggerClient } from "effect-trigger-dev"
 *
 * const program = getBatchResults("batch_1234").pipe(
 *   Effect.tap((batch) => Console.log(`${batch.items.length} finished runs`)),
 *   Effect.catchTag("BatchNotFound", (error) => Console.error(error.message))
 * )
 *
 * program.pipe(Effect.provide(TriggerClient.layerFetch), Effect.runPromise)
 * ```
 *
 * @see https://trigger.dev/docs/management/batches/retrieve-results
 * @since 0.1.0
 * @category operations
 */
export const getBatchResults = (
  batchId: string
): Effect.Effect<BatchResults, GetBatchResultsError, TriggerClient> =>
  Effect.flatMap(TriggerClient, (client) => client.getBatchResults(batchId))

/**
 * A batch: its status, the ids of its runs in batch order, and the items that failed to start.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { retrieveBatch } from "effect-trigger-dev"
 *
 * const runIds = Effect.map(retrieveBatch("batch_1234"), (batch) => batch.runs)
 * ```
 *
 * @see https://trigger.dev/docs/management/batches/retrieve
 * @since 0.1.0
 * @category operations
 */
export const retrieveBatch = (batchId: string): Effect.Effect<Batch, RetrieveBatchError, TriggerClient> =>
  Effect.flatMap(TriggerClient, (client) => client.retrieveBatch(batchId))

/**
 * A run: its status, and its output or its error once it has finished.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { retrieveRun, RunStatus } from "effect-trigger-dev"
 *
 * const finished = Effect.map(retrieveRun("run_1234"), (run) => RunStatus.isFinished(run.status))
 * ```
 *
 * @see https://trigger.dev/docs/management/runs/retrieve
 * @since 0.1.0
 * @category operations
 */
export const retrieveRun = (runId: string): Effect.Effect<Run, RetrieveRunError, TriggerClient> =>
  Effect.flatMap(TriggerClient, (client) => client.retrieveRun(runId))

/**
 * Every change of every run of a batch, as it happens: first each run as it is now, then each run whenever it changes.
 *
 * It sends one request at a time, which the server holds until a run changes, and sends the next one when the stream is
 * pulled. It ends when it is interrupted, or when you end it (`Stream.takeUntil`): a batch may still get runs.
 * `streamBatchResults` emits the results, and ends with the batch. The feed is outside the rate limit of the API; a server
 * limits how many requests it holds at once for an environment.
 *
 * @example
 * ```ts
 * import { Console, Stream } from "effect"
 * import { RunStatus, subscribeToBatch } from "effect-trigger-dev"
 *
 * // until the first run has finished
 * const log = subscribeToBatch("batch_1234").pipe(
 *   Stream.takeUntil((run) => RunStatus.isFinished(run.status)),
 *   Stream.runForEach((run) => Console.log(`${run.id} (${run.taskIdentifier}) is ${run.status}`))
 * )
 * ```
 *
 * @see https://trigger.dev/docs/realtime
 * @since 0.1.0
 * @category operations
 */
export const subscribeToBatch = (batchId: string): Stream.Stream<RunUpdate, RetrieveBatchError, TriggerClient> =>
  Stream.unwrap(Effect.map(TriggerClient, (client) => client.subscribeToBatch(batchId)))

/**
 * The output of a result whose `outputType` is `application/store`, as text, as the object store holds it. `RunOutput.decode`
 * downloads such outputs by itself.
 *
 * The key is never sent to the object store. Up to `concurrency` downloads of a client run at once; on Cloudflare Workers, use the
 * `concurrency` of `Effect.forEach` instead. `requestTimeout` limits how long a download may make no progress, not how long
 * it may take.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { downloadOutput, type RunSuccess } from "effect-trigger-dev"
 *
 * declare const result: RunSuccess
 * const length = Effect.map(downloadOutput(result), ({ text }) => text.length)
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export const downloadOutput = (
  result: RunSuccess
): Effect.Effect<StoredOutput, DownloadOutputError, TriggerClient> =>
  Effect.flatMap(TriggerClient, (client) => client.downloadOutput(result))
