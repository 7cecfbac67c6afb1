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
 * 401: the key was refused, or no usable key could be had. Never retried.
 *
 * @since 0.1.0
 * @category errors
 */
export class Unauthorized extends Schema.TaggedError<Unauthorized>("effect-trigger-dev/Unauthorized")("Unauthorized", {
  ...answer,
  /** The preview branch that was sent, where one was. */
  branch: optional(Schema.String)
}) {
  override get message(): string {
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
 * 429: too many requests. Retried after the server's hint; one that is further off than the policy's `maxHint` is not
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
    /** Where the first misfit is, such as `items[17].ok`; empty for the body as a whole. */
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
 * - `Refused`: nothing listens there
 * - `Dns`: the host name does not resolve
 * - `Tls`: the certificate or the handshake is at fault
 * - `Reset`: the connection was dropped before the answer
 * - `CutOff`: the connection was dropped in the middle of the answer
 * - `Timeout`: no whole answer within the attempt's time-out
 * - `Malformed`: what came is not HTTP, or its encoding is broken
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
  "Unknown"
)

/**
 * No whole answer came. Retried.
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
export type RequestError =
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
export type GetBatchResultsError = InvalidBatchId | BatchNotFound | RequestError

/**
 * What `retrieveBatch` can fail with.
 *
 * @since 0.1.0
 * @category models
 */
export type RetrieveBatchError = InvalidBatchId | BatchNotFound | RequestError

/**
 * What `retrieveRun` can fail with.
 *
 * @since 0.1.0
 * @category models
 */
export type RetrieveRunError = InvalidRunId | RunNotFound | RequestError

/**
 * What `collectBatchResults`, `awaitBatchResults` and `streamBatchResults` can fail with. An error about one run names
 * it: `runId` in `RunNotFound`, the path in the `endpoint` of all others.
 *
 * @since 0.1.0
 * @category models
 */
export type CollectBatchResultsError = InvalidBatchId | InvalidRunId | BatchNotFound | RunNotFound | RequestError
