/**
 * The tagged errors of this package, and for each operation the union of errors that it can fail with.
 *
 * No error holds a request, a response or a header map, because those print the secret key. An error holds plain values
 * with all secrets removed, so it can be logged, encoded with its schema and sent to another process. `JSON.stringify`
 * writes its `_tag`, its `message` and its fields, and no stack.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { isResultsEndpoint } from "./internal/describe/endpoint.js"
import { optional } from "./internal/describe/optional.js"
import { idForm } from "./internal/settings/id.js"
import { RunError } from "./RunError.js"
import { RunStatus } from "./RunStatus.js"

/** The fields of every error about a request. */
const requestFields = {
  /** Method and path, such as `GET /api/v1/batches/batch_1234/results`; never a query string. */
  endpoint: Schema.String
}

/** The fields of every error that stands for the status of a response. */
const statusFields = {
  ...requestFields,
  /** The error message in the response, on one line. */
  detail: optional(Schema.String),
  /** The `x-should-retry` header of the response. It decides about a retry, whatever the status. */
  shouldRetry: optional(Schema.Boolean)
}

interface Tagged {
  readonly _tag: string
  readonly message: string
  readonly toJSON: () => unknown
}

/**
 * JSON leaves out the message of an error, which is not a property of its own. Effect's loggers write JSON, too. The prototype
 * is not one of Effect's: `Schema.TaggedError` makes a class for each call.
 */
const withMessage = <C extends { new(...args: never): Tagged; readonly prototype: Tagged }>(TaggedError: C): C => {
  const { toJSON } = TaggedError.prototype
  Object.defineProperty(TaggedError.prototype, "toJSON", {
    value(this: Tagged): unknown {
      return Object.assign({ _tag: this._tag, message: this.message }, toJSON.call(this))
    },
    configurable: true,
    writable: true
  })
  return TaggedError
}

/** For a longer wait than this, a message says only "Retry later.". */
const longestWait = Duration.weeks(5200)

const retryWhen = ({ retryAfter }: { readonly retryAfter?: Duration.Duration }): string =>
  // a decoded error may hold any number of milliseconds, of which `format` cannot take the largest
  retryAfter === undefined || Duration.greaterThan(retryAfter, longestWait)
    ? "Retry later."
    : `Retry in ${Duration.format(retryAfter)}.`

const detailOf = (error: { readonly detail?: string }): string =>
  error.detail === undefined ? "" : ` (“${error.detail}”)`

const sentence = (text: string): string => /[.!?…]$/.test(text) ? text : `${text}.`

const checkEnvironment = "Check that the id and the key belong to the same environment " +
  "(development, staging, production or a preview branch)."

/**
 * The batch id is invalid. No request was sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidBatchId extends withMessage(
  Schema.TaggedError<InvalidBatchId>("effect-trigger-dev/InvalidBatchId")(
    "InvalidBatchId",
    {
      /** The invalid id: its first 200 characters, without anything that looks like a secret key. */
      batchId: Schema.String
    }
  )
) {
  override get message(): string {
    return `Invalid batch id ${JSON.stringify(this.batchId)}: expected ${idForm("batch")}. No request was sent.`
  }
}

/**
 * The run id is invalid. No request was sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidRunId extends withMessage(
  Schema.TaggedError<InvalidRunId>("effect-trigger-dev/InvalidRunId")("InvalidRunId", {
    /** The invalid id: its first 200 characters, without anything that looks like a secret key. */
    runId: Schema.String
  })
) {
  override get message(): string {
    return `Invalid run id ${JSON.stringify(this.runId)}: expected ${idForm("run")}. No request was sent.`
  }
}

/**
 * - `Refused`: the server responded with a 401
 * - `NoSecretKey`: there was no usable key, so no request was sent; `detail` says why
 *
 * @since 0.1.0
 * @category schemas
 */
export const UnauthorizedReason = Schema.Literal("Refused", "NoSecretKey")

/**
 * Why a request was not authorized.
 *
 * @since 0.1.0
 * @category models
 */
export type UnauthorizedReason = typeof UnauthorizedReason.Type

/**
 * 401: the server refused the key. Or there was no usable key, and no request was sent. Retried only if
 * the response has `x-should-retry: true`.
 *
 * @example
 * ```ts
 * import { Console, Effect } from "effect"
 * import { collectBatchResults } from "effect-trigger-dev"
 *
 * const program = collectBatchResults("batch_1234").pipe(
 *   Effect.catchTag("Unauthorized", (error) =>
 *     error.reason === "NoSecretKey"
 *       ? Console.error(`no key: ${error.detail}`)
 *       : Console.error(error.message))
 * )
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class Unauthorized extends withMessage(
  Schema.TaggedError<Unauthorized>("effect-trigger-dev/Unauthorized")("Unauthorized", {
    ...statusFields,
    /** Method and path, such as `GET /api/v1/batches/batch_1234/results`. The client fills it in. */
    endpoint: Schema.propertySignature(Schema.String).pipe(Schema.withConstructorDefault(() => "")),
    reason: Schema.propertySignature(UnauthorizedReason).pipe(
      Schema.withConstructorDefault((): UnauthorizedReason => "Refused")
    ),
    /** The preview branch in the request, if it had one. */
    branch: optional(Schema.String)
  })
) {
  override get message(): string {
    if (this.reason === "NoSecretKey") {
      return `${this.endpoint} was not sent: there is no usable secret key${detailOf(this)}. ` +
        `Check the key that TriggerAuth was given, or the effect that obtains it.`
    }
    return `${this.endpoint} returned 401${detailOf(this)}: the server refused the key. ` +
      `Expected a secret key (tr_dev_…, tr_prod_…, tr_stg_… or tr_preview_…) as in TRIGGER_SECRET_KEY, ` +
      `not a public key (pk_…) or a personal access token (tr_pat_…). ` +
      (isResultsEndpoint(this.endpoint)
        ? `This endpoint also refuses restricted keys (tr_prod_sk_…) and public tokens; ` +
          `they can read batches and runs, so use collectBatchResults with them. `
        : "") +
      (this.branch === undefined
        ? `A preview key also needs its branch: set TRIGGER_PREVIEW_BRANCH or TriggerConfig's previewBranch.`
        : `The request was for the branch "${this.branch}": check that the key's environment has it.`)
  }
}

/**
 * 403: the server knows the key, and the key lacks a permission. Retried only if the response has `x-should-retry: true`.
 *
 * @since 0.1.0
 * @category errors
 */
export class Forbidden
  extends withMessage(Schema.TaggedError<Forbidden>("effect-trigger-dev/Forbidden")("Forbidden", statusFields))
{
  override get message(): string {
    return `${this.endpoint} returned 403${
      detailOf(this)
    }: the key lacks a permission. Check the permissions of the key.`
  }
}

/**
 * 404 with the API's own JSON error: the key's environment has no such batch. A batch is sometimes not readable for the
 * first moment after its creation; `RetryPolicy.make({ notFoundGrace })` retries that.
 *
 * @since 0.1.0
 * @category errors
 */
export class BatchNotFound extends withMessage(
  Schema.TaggedError<BatchNotFound>("effect-trigger-dev/BatchNotFound")(
    "BatchNotFound",
    { ...statusFields, batchId: Schema.String }
  )
) {
  override get message(): string {
    return `Batch ${this.batchId} not found: ${this.endpoint} returned 404${detailOf(this)}. ${checkEnvironment} ` +
      `If the batch was created a moment ago, set notFoundGrace in RetryPolicy.make.`
  }
}

/**
 * 404 with the API's own JSON error: the key's environment has no such run.
 *
 * @since 0.1.0
 * @category errors
 */
export class RunNotFound extends withMessage(
  Schema.TaggedError<RunNotFound>("effect-trigger-dev/RunNotFound")("RunNotFound", {
    ...statusFields,
    runId: Schema.String
  })
) {
  override get message(): string {
    return `Run ${this.runId} not found: ${this.endpoint} returned 404${detailOf(this)}. ${checkEnvironment}`
  }
}

/**
 * 429: the rate limit is exceeded. Retried once the server's hint has passed. If the hint is longer than the policy's
 * `maxRetryAfter`, the call fails at once, with the hint in `retryAfter`.
 *
 * @since 0.1.0
 * @category errors
 */
export class RateLimited extends withMessage(
  Schema.TaggedError<RateLimited>("effect-trigger-dev/RateLimited")("RateLimited", {
    ...statusFields,
    /** How long to wait, counted from when the response came. Absent if the server gave no hint. */
    retryAfter: optional(Schema.DurationFromMillis),
    /** The rate limit, in requests. */
    limit: optional(Schema.Number),
    /** The requests that are left. */
    remaining: optional(Schema.Number),
    /** When requests are allowed again, in milliseconds since the Unix epoch. */
    resetAt: optional(Schema.Number)
  })
) {
  override get message(): string {
    const limit = this.limit === undefined ? "" : ` of ${this.limit} requests`
    return `${this.endpoint} returned 429${detailOf(this)}: the rate limit${limit} is exceeded. ${retryWhen(this)}`
  }
}

/**
 * 408, 409 or 5xx: the server failed to handle the request. Retried.
 *
 * @since 0.1.0
 * @category errors
 */
export class ServerError extends withMessage(
  Schema.TaggedError<ServerError>("effect-trigger-dev/ServerError")("ServerError", {
    ...statusFields,
    status: Schema.Number,
    /** How long to wait, counted from when the response came. Absent if the server gave no hint. */
    retryAfter: optional(Schema.DurationFromMillis),
    /** What to check, if the response is an HTML page, which the API never sends. */
    hint: optional(Schema.String)
  })
) {
  override get message(): string {
    const hint = this.hint === undefined ? "" : ` ${this.hint}`
    return `${this.endpoint} returned ${this.status}${detailOf(this)}: the server failed. ${retryWhen(this)}${hint}`
  }
}

/**
 * A response that the API never gives: another status, a redirect, an HTML page, an empty 200. Usually the API URL is
 * wrong, or a proxy responded instead of the API. Retried only if the response has `x-should-retry: true`.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnexpectedResponse extends withMessage(
  Schema.TaggedError<UnexpectedResponse>("effect-trigger-dev/UnexpectedResponse")("UnexpectedResponse", {
    ...requestFields,
    shouldRetry: statusFields.shouldRetry,
    status: Schema.Number,
    contentType: optional(Schema.String),
    /** The first 200 characters of the body, on one line; empty if there is no body. */
    bodyPreview: Schema.String,
    /** What is probably wrong, and what to check. */
    hint: Schema.String
  })
) {
  override get message(): string {
    const body = this.bodyPreview === "" ? "an empty body" : `the body “${this.bodyPreview}”`
    return `${this.endpoint} returned ${this.status} (${
      this.contentType ?? "no content type"
    }) with ${body}. ${this.hint}`
  }
}

/**
 * A complete response that does not match the API's contract. Never retried.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidResponse extends withMessage(
  Schema.TaggedError<InvalidResponse>("effect-trigger-dev/InvalidResponse")("InvalidResponse", {
    ...requestFields,
    /** The path of the first issue, such as `items[17].ok`; empty if the issue is the body as a whole. */
    path: Schema.String,
    /** What was expected there, and what was found. */
    reason: Schema.String
  })
) {
  override get message(): string {
    const where = this.path === "" ? "" : ` at ${this.path}`
    return `${this.endpoint} returned a response that does not match the API's contract${where}: ${
      sentence(this.reason)
    } ` +
      `Check the API URL, or update effect-trigger-dev.`
  }
}

/**
 * Why there is no complete response.
 *
 * @since 0.1.0
 * @category models
 */
export type TransportReason = typeof TransportReason.Type

/**
 * - `Refused`: nothing listens at the address, or there is no route to it
 * - `Dns`: the host name does not resolve
 * - `Tls`: the certificate or the TLS handshake failed
 * - `Reset`: the connection closed before the response
 * - `CutOff`: the connection closed in the middle of the response
 * - `Timeout`: the response was not complete within the time-out of the attempt
 * - `Malformed`: the response is not valid HTTP, or its encoding is broken
 * - `TooLarge`: the body has more bytes than `maxResponseSize` of `TriggerConfig`; never retried
 * - `BlockedPort`: `fetch` sends no request to this port; never retried
 * - `NotPermitted`: the runtime or framework does not allow the request (Deno, Next.js); never retried
 * - `Unknown`: anything else
 *
 * @since 0.1.0
 * @category schemas
 */
export const TransportReason = Schema.Literal(
  "Refused",
  "Dns",
  "Tls",
  "Reset",
  "CutOff",
  "Timeout",
  "Malformed",
  "TooLarge",
  "BlockedPort",
  "NotPermitted",
  "Unknown"
)

const transportAdvice = (reason: TransportReason): string => {
  switch (reason) {
    case "Refused":
      return "Check the URL, and that its server is running."
    case "Dns":
      return "Check the host name in the URL."
    case "Tls":
      return "Check the server's certificate, and whether the URL needs http or https."
    case "Malformed":
      return "Check the URL, and any proxy in between."
    case "Timeout":
      return "Retry later, or set a longer requestTimeout in TriggerConfig."
    case "TooLarge":
      return "Set a larger maxResponseSize in TriggerConfig (at most 536870888)."
    case "BlockedPort":
      return "Use a URL with another port: fetch refuses those that other protocols use."
    case "NotPermitted":
      return "Allow the request: pass --allow-net to Deno; in Next.js, await connection() before the call."
    case "Reset":
    case "CutOff":
    case "Unknown":
      return "Retry later, and check any proxy in between."
  }
}

/**
 * There is no complete response. Retried, except for the reasons `TooLarge`, `BlockedPort` and `NotPermitted`.
 *
 * @since 0.1.0
 * @category errors
 */
export class TransportError extends withMessage(
  Schema.TaggedError<TransportError>("effect-trigger-dev/TransportError")("TransportError", {
    ...requestFields,
    reason: TransportReason,
    /** The message of the innermost cause, on one line. */
    detail: Schema.String,
    /** The code of the innermost cause, such as `ECONNREFUSED`. */
    code: optional(Schema.String)
  })
) {
  override get message(): string {
    return `${this.endpoint} received no complete response (${this.reason}): ${sentence(this.detail)} ` +
      transportAdvice(this.reason)
  }
}

/**
 * The errors of any request to the API.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ApiError = Schema.Union(
  Unauthorized,
  Forbidden,
  RateLimited,
  ServerError,
  UnexpectedResponse,
  InvalidResponse,
  TransportError
)

/**
 * The errors of any request to the API.
 *
 * @since 0.1.0
 * @category models
 */
export type ApiError = typeof ApiError.Type

/**
 * The errors of `getBatchResults`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const GetBatchResultsError = Schema.Union(InvalidBatchId, BatchNotFound, ApiError)

/**
 * The errors of `getBatchResults`.
 *
 * @since 0.1.0
 * @category models
 */
export type GetBatchResultsError = typeof GetBatchResultsError.Type

/**
 * The errors of `retrieveBatch` and `subscribeToBatch`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RetrieveBatchError = Schema.Union(InvalidBatchId, BatchNotFound, ApiError)

/**
 * The errors of `retrieveBatch` and `subscribeToBatch`.
 *
 * @since 0.1.0
 * @category models
 */
export type RetrieveBatchError = typeof RetrieveBatchError.Type

/**
 * The errors of `retrieveRun`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RetrieveRunError = Schema.Union(InvalidRunId, RunNotFound, ApiError)

/**
 * The errors of `retrieveRun`.
 *
 * @since 0.1.0
 * @category models
 */
export type RetrieveRunError = typeof RetrieveRunError.Type

/**
 * The errors of `collectBatchResults`, `awaitBatchResults` and `streamBatchResults`. An error about a single run names
 * that run: in `runId` of `RunNotFound` and `InvalidRunId`, in the path in `endpoint` of the others.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CollectBatchResultsError = Schema.Union(InvalidBatchId, InvalidRunId, BatchNotFound, RunNotFound, ApiError)

/**
 * The errors of `collectBatchResults`, `awaitBatchResults` and `streamBatchResults`. An error about a single run names
 * that run: in `runId` of `RunNotFound` and `InvalidRunId`, in the path in `endpoint` of the others.
 *
 * @since 0.1.0
 * @category models
 */
export type CollectBatchResultsError = typeof CollectBatchResultsError.Type

/**
 * What happens when a run cannot be read after all retries. `fail`: the whole call fails with that run's error. `report`:
 * the call continues, and lists the run in `unavailable` with its error; a stream passes it to `onUnavailable` instead.
 *
 * @since 0.1.0
 * @category models
 */
export type OnError = "fail" | "report"

/** The fields of every error about the result of a run. */
const runFields = {
  runId: Schema.String,
  taskIdentifier: optional(Schema.String)
}

const label = (error: { readonly runId: string; readonly taskIdentifier?: string }): string =>
  error.taskIdentifier === undefined ? error.runId : `${error.runId} (task ${JSON.stringify(error.taskIdentifier)})`

const oneLine = (text: string): string => {
  const line = text.slice(0, 2048).replace(/[\s\p{Cc}]+/gu, " ").trim()
  return line.length > 300 ? `${line.slice(0, 299)}…` : line
}

/** The frames of a stack trace, without the message before them. The message may have several lines. */
const framesOf = (stackTrace: string): string => {
  const lines = stackTrace.split("\n")
  const first = lines.findIndex((line) => /^\s*at\s/.test(line))
  return lines.slice(first === -1 ? 1 : first).join("\n")
}

interface RunFailedProps {
  readonly runId: string
  readonly taskIdentifier?: string
  readonly status?: RunStatus
  readonly error?: RunError
}

/**
 * The run failed, so it has no output. If the server sent the task's stack trace, it is the `stack` of this error, so
 * `Cause.pretty` shows where the task failed.
 *
 * @since 0.1.0
 * @category errors
 */
export class RunFailed extends withMessage(
  Schema.TaggedError<RunFailed>("effect-trigger-dev/RunFailed")("RunFailed", {
    ...runFields,
    /** How the run ended. Absent if the result has no status. */
    status: optional(RunStatus),
    /** Why the run failed, as the API reports it. */
    error: optional(RunError)
  })
) {
  /**
   * @since 0.1.0
   */
  constructor(props: RunFailedProps, options?: Schema.MakeOptions) {
    super(props, options)
    const stackTrace = this.error === undefined ? undefined : RunError.stackTrace(this.error)
    if (stackTrace !== undefined) {
      Object.defineProperty(this, "stack", {
        value: `${this.name}: ${this.message}\n${framesOf(stackTrace)}`,
        configurable: true,
        writable: true
      })
    }
  }

  override get message(): string {
    const status = this.status === undefined ? "" : ` (${this.status})`
    return `Run ${label(this)} failed${status}: ` +
      (this.error === undefined ? "the server reported no error" : oneLine(RunError.message(this.error)))
  }
}

/**
 * The task returned `undefined`, and the decoder does not accept `undefined`.
 *
 * @since 0.1.0
 * @category errors
 */
export class OutputMissing
  extends withMessage(Schema.TaggedError<OutputMissing>("effect-trigger-dev/OutputMissing")("OutputMissing", runFields))
{
  override get message(): string {
    return `Run ${label(this)} has no output: its task returned undefined, but the decoder expects a value. ` +
      `If undefined is valid, let the decoder accept it, for example with Schema.UndefinedOr.`
  }
}

/**
 * The output cannot be parsed as its `outputType`: it is not valid JSON or super+json, or it is nested too deeply.
 *
 * @since 0.1.0
 * @category errors
 */
export class OutputParseError extends withMessage(
  Schema.TaggedError<OutputParseError>("effect-trigger-dev/OutputParseError")("OutputParseError", {
    ...runFields,
    /** The type of the output, such as `application/json`. */
    outputType: Schema.String,
    /** Why the text cannot be parsed. */
    reason: Schema.String
  })
) {
  override get message(): string {
    return `Cannot parse the output of run ${label(this)} as ${this.outputType}: ${this.reason}`
  }
}

/**
 * The output is not what the decoder expects.
 *
 * @since 0.1.0
 * @category errors
 */
export class OutputMismatch extends withMessage(
  Schema.TaggedError<OutputMismatch>("effect-trigger-dev/OutputMismatch")("OutputMismatch", {
    ...runFields,
    /** The path of the first issue, such as `lines[17].price`; empty for the output as a whole. */
    path: Schema.String,
    /** What was expected there, and what was found. */
    reason: Schema.String,
    /**
     * All issues, the first one included, at most 100. Absent if there is one issue, or if the decoder stops at the
     * first, as schemas do without `errors: "all"`.
     */
    issues: optional(Schema.Array(Schema.Struct({ path: Schema.String, reason: Schema.String })))
  })
) {
  override get message(): string {
    const where = this.path === "" ? "" : ` at ${this.path}`
    const more = this.issues === undefined ? "" : ` (and ${this.issues.length - 1} more)`
    return `The output of run ${label(this)} does not match the schema${where}: ${this.reason}${more}`
  }
}

/**
 * The output is larger than `TriggerConfig`'s `maxOutputSize`. The download stopped at that size.
 *
 * @since 0.1.0
 * @category errors
 */
export class OutputTooLarge extends withMessage(
  Schema.TaggedError<OutputTooLarge>("effect-trigger-dev/OutputTooLarge")("OutputTooLarge", {
    ...runFields,
    /** The limit, in bytes. */
    limit: Schema.Number
  })
) {
  override get message(): string {
    return `The output of run ${label(this)} is larger than ${this.limit} bytes, TriggerConfig's maxOutputSize. ` +
      `Return less from the task, or set a larger maxOutputSize (at most 536870888).`
  }
}

/**
 * - `InvalidResult`: the value is not the result of a run, or its output cannot be downloaded; no request was sent
 * - `NotShown`: the result does not say whether there is an output, because the run route shows none. The task returned
 *   nothing or an empty text, or the server could not sign the download URL of a large output, or the old engine executed
 *   the run; no request was sent
 * - `InvalidPath`: the storage path in the result is invalid; no request was sent
 * - `NoUrl`: the API returned no usable URL
 * - `Refused`: the object store refused the URL, and a second, new one too
 * - `NotFound`: the object store does not have the output, or no longer has it
 * - `Failed`: the request to the API or to the object store failed; `cause` is its error, if there is one
 *
 * @since 0.1.0
 * @category schemas
 */
export const OutputUnavailableReason = Schema.Literal(
  "InvalidResult",
  "NotShown",
  "InvalidPath",
  "NoUrl",
  "Refused",
  "NotFound",
  "Failed"
)

/**
 * Why an output is not available.
 *
 * @since 0.1.0
 * @category models
 */
export type OutputUnavailableReason = typeof OutputUnavailableReason.Type

/** The reasons that concern the result itself. The others concern a download. */
const isAboutResult = (reason: OutputUnavailableReason): boolean => reason === "InvalidResult" || reason === "NotShown"

/**
 * The output cannot be read: its download failed after all retries, the result does not say whether there is an output, or
 * the value is not a result.
 *
 * @since 0.1.0
 * @category errors
 */
export class OutputUnavailable extends withMessage(
  Schema.TaggedError<OutputUnavailable>("effect-trigger-dev/OutputUnavailable")("OutputUnavailable", {
    ...runFields,
    reason: OutputUnavailableReason,
    /** What happened, on one line. */
    detail: Schema.String,
    /** The last error of the request to the API or to the object store. */
    cause: optional(Schema.Union(InvalidRunId, RunNotFound, ApiError))
  })
) {
  override get message(): string {
    const action = isAboutResult(this.reason) ? "read" : "download"
    return `Cannot ${action} the output of run ${label(this)} (${this.reason}): ${this.detail}`
  }
}

/**
 * `RunOutput.decodeByTask` has no schema for the task of this run.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnknownTask extends withMessage(
  Schema.TaggedError<UnknownTask>("effect-trigger-dev/UnknownTask")("UnknownTask", {
    ...runFields,
    /** The tasks that have a schema. */
    known: Schema.Array(Schema.String)
  })
) {
  override get message(): string {
    return `No schema for the task of run ${label(this)}. There are schemas for: ${oneLine(this.known.join(", "))}. ` +
      `Add a schema, or use the "otherwise" option of RunOutput.decodeByTask.`
  }
}

/**
 * The errors of `downloadOutput`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const DownloadOutputError = Schema.Union(OutputUnavailable, OutputTooLarge)

/**
 * The errors of `downloadOutput`.
 *
 * @since 0.1.0
 * @category models
 */
export type DownloadOutputError = typeof DownloadOutputError.Type

/**
 * The errors of reading an output, before it is decoded.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ReadOutputError = Schema.Union(RunFailed, OutputParseError, DownloadOutputError)

/**
 * The errors of reading an output, before it is decoded.
 *
 * @since 0.1.0
 * @category models
 */
export type ReadOutputError = typeof ReadOutputError.Type

/**
 * The errors of decoding an output.
 *
 * @since 0.1.0
 * @category schemas
 */
export const DecodeOutputError = Schema.Union(ReadOutputError, OutputMissing, OutputMismatch)

/**
 * The errors of decoding an output.
 *
 * @since 0.1.0
 * @category models
 */
export type DecodeOutputError = typeof DecodeOutputError.Type
