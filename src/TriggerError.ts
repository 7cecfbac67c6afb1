/**
 * Everything that can go wrong, as tagged errors, and the union that each operation can fail with.
 *
 * No error holds a request, a response or a header map: those print the secret key. What an error needs of them it
 * carries as plain, scrubbed values, so every error can be logged, serialised and sent across a process border.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { RunError } from "./RunError.js"
import { RunStatus } from "./RunStatus.js"

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

/** What every error that comes from a request carries. */
const request = {
  /** Method and path, such as `GET /api/v1/batches/batch_1234/results`; never a query string. */
  endpoint: Schema.String
}

/** What every error that comes from a response's status carries. */
const answer = {
  ...request,
  /** What the server said, in one line. */
  detail: optional(Schema.String),
  /** The server's own word, where it sent one in `x-should-retry`. */
  shouldRetry: optional(Schema.Boolean)
}

const said = (error: { readonly detail?: string }): string => error.detail === undefined ? "" : ` (“${error.detail}”)`

/**
 * The id is not a batch id, so no request was sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidBatchId extends Schema.TaggedError<InvalidBatchId>("effect-trigger-dev/InvalidBatchId")(
  "InvalidBatchId",
  {
    /** The id as it was given, cut after 200 characters. */
    batchId: Schema.String
  }
) {
  override get message(): string {
    return `Not a batch id: ${JSON.stringify(this.batchId)}. One is "batch_" and then letters, digits, "_" or "-", ` +
      `at most 128 characters. No request was sent.`
  }
}

/**
 * The id is not a run id, so no request was sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidRunId extends Schema.TaggedError<InvalidRunId>("effect-trigger-dev/InvalidRunId")("InvalidRunId", {
  /** The id as it was given, cut after 200 characters. */
  runId: Schema.String
}) {
  override get message(): string {
    return `Not a run id: ${JSON.stringify(this.runId)}. One is "run_" and then letters, digits, "_" or "-", ` +
      `at most 128 characters. No request was sent.`
  }
}

/**
 * - `Refused`: the server refused the key
 * - `NoCredential`: no usable key could be had, so no request was sent; `detail` says why
 *
 * @since 0.1.0
 * @category errors
 */
export const UnauthorizedReason = Schema.Literal("Refused", "NoCredential")

/**
 * @since 0.1.0
 * @category errors
 */
export type UnauthorizedReason = typeof UnauthorizedReason.Type

/**
 * 401: the key was refused; or no usable key could be had. Never retried.
 *
 * @since 0.1.0
 * @category errors
 */
export class Unauthorized extends Schema.TaggedError<Unauthorized>("effect-trigger-dev/Unauthorized")("Unauthorized", {
  ...answer,
  /** Method and path, such as `GET /api/v1/batches/batch_1234/results`. The client fills it in. */
  endpoint: Schema.propertySignature(Schema.String).pipe(Schema.withConstructorDefault(() => "")),
  reason: Schema.propertySignature(UnauthorizedReason).pipe(
    Schema.withConstructorDefault((): UnauthorizedReason => "Refused")
  ),
  /** The preview branch that was sent, where one was. */
  branch: optional(Schema.String)
}) {
  override get message(): string {
    if (this.reason === "NoCredential") {
      return `${this.endpoint} was not sent: there is no credential for it${said(this)}.`
    }
    return `${this.endpoint} was not authorized${said(this)}. ` +
      `It takes a secret key (tr_dev_…, tr_prod_…, tr_stg_… or tr_preview_…), as in TRIGGER_SECRET_KEY; ` +
      `public keys (pk_…) are refused. ` +
      (this.branch === undefined
        ? `A preview key also needs its branch: TRIGGER_PREVIEW_BRANCH or TriggerConfig's previewBranch.`
        : `The branch sent was "${this.branch}": check that it exists in the key's environment.`)
  }
}

/**
 * 403: the key is known but may not do this. Never retried.
 *
 * @since 0.1.0
 * @category errors
 */
export class Forbidden extends Schema.TaggedError<Forbidden>("effect-trigger-dev/Forbidden")("Forbidden", answer) {
  override get message(): string {
    return `${this.endpoint} is forbidden for this key${said(this)}. Check the permissions of the key.`
  }
}

/**
 * 404 with the API's own JSON error: there is no such batch in the key's environment. A batch that was created a moment
 * ago may not be readable yet; see `RetryPolicy.make({ notFoundGrace })`.
 *
 * @since 0.1.0
 * @category errors
 */
export class BatchNotFound extends Schema.TaggedError<BatchNotFound>("effect-trigger-dev/BatchNotFound")(
  "BatchNotFound",
  { ...answer, batchId: Schema.String }
) {
  override get message(): string {
    return `No batch ${this.batchId} in the environment of this key: ${this.endpoint} answered 404${said(this)}. ` +
      `Check that the id and the key are of the same environment (dev, staging, preview branch, production).`
  }
}

/**
 * 404 with the API's own JSON error: there is no such run in the key's environment.
 *
 * @since 0.1.0
 * @category errors
 */
export class RunNotFound extends Schema.TaggedError<RunNotFound>("effect-trigger-dev/RunNotFound")("RunNotFound", {
  ...answer,
  runId: Schema.String
}) {
  override get message(): string {
    return `No run ${this.runId} in the environment of this key: ${this.endpoint} answered 404${said(this)}. ` +
      `Check that the id and the key are of the same environment (dev, staging, preview branch, production).`
  }
}

/**
 * 429: too many requests. Retried after the server's hint; one that is further off than the policy's `maxRetryAfter` is not
 * waited for, and then the error carries it.
 *
 * @since 0.1.0
 * @category errors
 */
export class RateLimited extends Schema.TaggedError<RateLimited>("effect-trigger-dev/RateLimited")("RateLimited", {
  ...answer,
  /** How long to wait from when the answer came, where the server said so. */
  retryAfter: optional(Schema.DurationFromMillis),
  /** The size of the bucket, in requests. */
  limit: optional(Schema.Number),
  /** The requests left in the bucket. */
  remaining: optional(Schema.Number),
  /** When the bucket is refilled, in milliseconds since the Unix epoch. */
  resetAt: optional(Schema.Number)
}) {
  override get message(): string {
    const limit = this.limit === undefined ? "" : ` of ${this.limit} requests`
    const wait = this.retryAfter === undefined ? "later" : `in ${Duration.format(this.retryAfter)}`
    return `${this.endpoint} ran into the rate limit${limit}${said(this)}. Try again ${wait}.`
  }
}

/**
 * 408, or any 5xx: the server could not answer. Retried.
 *
 * @since 0.1.0
 * @category errors
 */
export class ServerError extends Schema.TaggedError<ServerError>("effect-trigger-dev/ServerError")("ServerError", {
  ...answer,
  status: Schema.Number,
  /** How long to wait from when the answer came, where the server said so. */
  retryAfter: optional(Schema.DurationFromMillis)
}) {
  override get message(): string {
    return `${this.endpoint} answered ${this.status}${said(this)}. The fault is the server's; try again later.`
  }
}

/**
 * An answer that the API does not give: another status, a redirect, an HTML page, an empty 200. Most often the API URL
 * is wrong, or a proxy answered. Never retried.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnexpectedResponse
  extends Schema.TaggedError<UnexpectedResponse>("effect-trigger-dev/UnexpectedResponse")("UnexpectedResponse", {
    ...request,
    shouldRetry: answer.shouldRetry,
    status: Schema.Number,
    contentType: optional(Schema.String),
    /** The first 200 characters of the body, in one line; empty where there is none. */
    bodyPreview: Schema.String,
    /** What is probably wrong. */
    hint: Schema.String
  })
{
  override get message(): string {
    const body = this.bodyPreview === "" ? "an empty body" : `“${this.bodyPreview}”`
    return `${this.endpoint} answered ${this.status} ${this.contentType ?? "without a content type"} with ${body}. ` +
      this.hint
  }
}

/**
 * A 200 whose body arrived whole and is not what the API promises. Never retried.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidResponse
  extends Schema.TaggedError<InvalidResponse>("effect-trigger-dev/InvalidResponse")("InvalidResponse", {
    ...request,
    /** Where the first issue is, such as `items[17].ok`; empty for the body as a whole. */
    path: Schema.String,
    /** What was expected there, and what was found. */
    reason: Schema.String
  })
{
  override get message(): string {
    const where = this.path === "" ? "its body" : this.path
    return `${this.endpoint} answered 200, but ${where} is not what the API promises: ${this.reason}`
  }
}

/**
 * Why no whole answer came.
 *
 * @since 0.1.0
 * @category models
 */
export type TransportReason = typeof TransportReason.Type

/**
 * - `Refused`: nothing listens there, or there is no way to it
 * - `Dns`: the host name does not resolve
 * - `Tls`: the certificate or the handshake is at fault
 * - `Reset`: the connection was dropped before the answer
 * - `CutOff`: the connection was dropped in the middle of the answer
 * - `Timeout`: no whole answer within the attempt's time-out
 * - `Malformed`: what came is not HTTP, or its encoding is broken
 * - `TooLarge`: the body has more bytes than `maxResponseSize` of `TriggerConfig`; never retried
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
  "Unknown"
)

/**
 * No whole answer came. Retried, unless it was too large.
 *
 * @since 0.1.0
 * @category errors
 */
export class TransportError
  extends Schema.TaggedError<TransportError>("effect-trigger-dev/TransportError")("TransportError", {
    ...request,
    reason: TransportReason,
    /** The message of the innermost cause, in one line. */
    detail: Schema.String,
    /** The code of the innermost cause, such as `ECONNREFUSED`. */
    code: optional(Schema.String)
  })
{
  override get message(): string {
    return `${this.endpoint} got no whole answer (${this.reason}): ${this.detail}`
  }
}

/**
 * What any request can fail with.
 *
 * @since 0.1.0
 * @category models
 */
export type ApiError =
  | Unauthorized
  | Forbidden
  | RateLimited
  | ServerError
  | UnexpectedResponse
  | InvalidResponse
  | TransportError

/**
 * What `getBatchResults` can fail with.
 *
 * @since 0.1.0
 * @category models
 */
export type GetBatchResultsError = InvalidBatchId | BatchNotFound | ApiError

/**
 * What `retrieveBatch` can fail with.
 *
 * @since 0.1.0
 * @category models
 */
export type RetrieveBatchError = InvalidBatchId | BatchNotFound | ApiError

/**
 * What `retrieveRun` can fail with.
 *
 * @since 0.1.0
 * @category models
 */
export type RetrieveRunError = InvalidRunId | RunNotFound | ApiError

/**
 * What `collectBatchResults`, `awaitBatchResults` and `streamBatchResults` can fail with. An error about one run names
 * it: `runId` in `RunNotFound`, the path in the `endpoint` of all others.
 *
 * @since 0.1.0
 * @category models
 */
export type CollectBatchResultsError = InvalidBatchId | InvalidRunId | BatchNotFound | RunNotFound | ApiError

/**
 * What a run that cannot be read does, all retries included. `fail`: the whole call fails with its error. `report`: the
 * call goes on, and lists the run under `unavailable` with its error.
 *
 * @since 0.1.0
 * @category models
 */
export type OnError = "fail" | "report"

/**
 * What `collectBatchResults` and `awaitBatchResults` can fail with: with `onError: "report"`, only what reading the batch
 * itself can.
 *
 * @since 0.1.0
 * @category models
 */
export type CollectError<M extends OnError> = M extends "report" ? RetrieveBatchError : CollectBatchResultsError

/** What every error about the result of a run carries. */
const run = {
  runId: Schema.String,
  taskIdentifier: optional(Schema.String)
}

const named = (error: { readonly runId: string; readonly taskIdentifier?: string }): string =>
  error.taskIdentifier === undefined ? error.runId : `${error.runId} (task ${JSON.stringify(error.taskIdentifier)})`

const oneLine = (text: string): string => {
  const line = text.slice(0, 2048).replace(/[\s\p{Cc}]+/gu, " ").trim()
  return line.length > 300 ? `${line.slice(0, 299)}…` : line
}

/** The lines of a stack trace that are places in code. They follow the message, which may have several lines itself. */
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
 * The run did not return, so it has no output. The stack of this error is the one of the task, where the server sent
 * one, and so `Cause.pretty` shows where the task failed.
 *
 * @since 0.1.0
 * @category errors
 */
export class RunFailed extends Schema.TaggedError<RunFailed>("effect-trigger-dev/RunFailed")("RunFailed", {
  ...run,
  /** How the run ended, where the result says. */
  status: optional(RunStatus),
  /** Why it failed, in the words of the API. */
  error: optional(RunError)
}) {
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
    return `Run ${named(this)} failed${status}: ` +
      (this.error === undefined ? "no reason given" : oneLine(RunError.message(this.error)))
  }
}

/**
 * The run returned `undefined`, and the decoder does not accept that.
 *
 * @since 0.1.0
 * @category errors
 */
export class OutputMissing
  extends Schema.TaggedError<OutputMissing>("effect-trigger-dev/OutputMissing")("OutputMissing", {
    ...run,
    /** Where in the output: empty, for the output as a whole. */
    path: Schema.String
  })
{
  override get message(): string {
    return `Run ${named(this)} has no output: its task returned undefined, and the decoder needs a value`
  }
}

/**
 * The output is not what its type says it is: broken JSON or super+json, or nested beyond all measure.
 *
 * @since 0.1.0
 * @category errors
 */
export class OutputParseError
  extends Schema.TaggedError<OutputParseError>("effect-trigger-dev/OutputParseError")("OutputParseError", {
    ...run,
    /** Where in the output; empty for the output as a whole. */
    path: Schema.String,
    /** The type of the output, such as `application/json`. */
    outputType: Schema.String,
    /** What is wrong with the text. */
    reason: Schema.String
  })
{
  override get message(): string {
    const where = this.path === "" ? "" : ` at ${this.path}`
    return `The output of run ${named(this)} cannot be read as ${this.outputType}${where}: ${this.reason}`
  }
}

/**
 * The output was read, and is not what the decoder expects.
 *
 * @since 0.1.0
 * @category errors
 */
export class OutputMismatch
  extends Schema.TaggedError<OutputMismatch>("effect-trigger-dev/OutputMismatch")("OutputMismatch", {
    ...run,
    /** Where the first issue is, such as `lines[17].price`; empty for the output as a whole. */
    path: Schema.String,
    /** What was expected there, and what was found. */
    reason: Schema.String,
    /**
     * All issues, the first one included, a hundred at most: where there are several, and the decoder looked for all, as
     * with `errors: "all"`.
     */
    issues: optional(Schema.Array(Schema.Struct({ path: Schema.String, reason: Schema.String })))
  })
{
  override get message(): string {
    const where = this.path === "" ? "" : ` at ${this.path}`
    const more = this.issues === undefined ? "" : ` (and ${this.issues.length - 1} more)`
    return `The output of run ${named(this)} does not fit${where}: ${this.reason}${more}`
  }
}

/**
 * The output is larger than `TriggerConfig`'s `maxOutputSize`. It was read no further than that.
 *
 * @since 0.1.0
 * @category errors
 */
export class OutputTooLarge
  extends Schema.TaggedError<OutputTooLarge>("effect-trigger-dev/OutputTooLarge")("OutputTooLarge", {
    ...run,
    /** The limit, in bytes. */
    limit: Schema.Number
  })
{
  override get message(): string {
    return `The output of run ${named(this)} is larger than ${this.limit} bytes, ` +
      `which is as much as TriggerConfig's maxOutputSize lets in`
  }
}

/**
 * - `InvalidPath`: the result names a place that must not be asked for; no request was sent
 * - `NoUrl`: the API gave no URL that could be used
 * - `Refused`: the object store refused a new URL as well
 * - `NotFound`: the object store does not have the output (any more)
 * - `Failed`: the API or the object store could not answer; `cause` says why, where it is one of the request errors
 *
 * @since 0.1.0
 * @category schemas
 */
export const OutputUnavailableReason = Schema.Literal("InvalidPath", "NoUrl", "Refused", "NotFound", "Failed")

/**
 * Why an output could not be downloaded.
 *
 * @since 0.1.0
 * @category models
 */
export type OutputUnavailableReason = typeof OutputUnavailableReason.Type

/**
 * The output is too large to be part of the result, and could not be downloaded. What can pass has been retried.
 *
 * @since 0.1.0
 * @category errors
 */
export class OutputUnavailable
  extends Schema.TaggedError<OutputUnavailable>("effect-trigger-dev/OutputUnavailable")("OutputUnavailable", {
    ...run,
    reason: OutputUnavailableReason,
    /** What happened, in one line. */
    detail: Schema.String,
    /** The last error of the API or of the object store. */
    cause: optional(
      Schema.Union(
        Unauthorized,
        Forbidden,
        RunNotFound,
        InvalidRunId,
        RateLimited,
        ServerError,
        UnexpectedResponse,
        InvalidResponse,
        TransportError
      )
    )
  })
{
  override get message(): string {
    return `The output of run ${named(this)} could not be downloaded (${this.reason}): ${this.detail}`
  }
}

/**
 * The task is none of those that the program can decode.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnknownTask extends Schema.TaggedError<UnknownTask>("effect-trigger-dev/UnknownTask")("UnknownTask", {
  ...run,
  /** The tasks that could have been decoded. */
  known: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `No schema was given for the task of run ${named(this)}, only for: ${oneLine(this.known.join(", "))}`
  }
}

/**
 * What `downloadOutput` can fail with.
 *
 * @since 0.1.0
 * @category models
 */
export type DownloadOutputError = OutputUnavailable | OutputTooLarge

/**
 * What reading an output can fail with, before it is decoded.
 *
 * @since 0.1.0
 * @category models
 */
export type ReadOutputError = RunFailed | OutputParseError | DownloadOutputError

/**
 * What decoding an output can fail with.
 *
 * @since 0.1.0
 * @category models
 */
export type DecodeOutputError = ReadOutputError | OutputMissing | OutputMismatch
