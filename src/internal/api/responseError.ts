/**
 * Which error a response means: the table of `docs/errors.md`, as pure functions.
 */
import * as Option from "effect/Option"
import { hasProperty } from "effect/Predicate"
import {
  type ApiError,
  Forbidden,
  RateLimited,
  ServerError,
  Unauthorized,
  UnexpectedResponse
} from "../../TriggerError.js"
import { defined } from "../describe/defined.js"
import { type Preview, redact } from "../describe/redact.js"
import { isRedirect } from "../http/redirect.js"
import { type Headers, numberIn, retryAfter, shouldRetry } from "../http/retryHeaders.js"
import { parseJson } from "./decode.js"

/** A response whose body has been read. */
export interface TextResponse {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

/** What the errors that come from a status have in common. */
export interface ErrorFields {
  readonly endpoint: string
  readonly detail?: string
  readonly shouldRetry?: boolean
}

/** What an error says about the request. */
export interface RequestInfo {
  readonly endpoint: string
  readonly apiUrl: string
  /** Redacts and shortens a text from outside. */
  readonly preview: Preview
}

export interface FailedRequest<NotFound> extends RequestInfo {
  readonly branch: string | undefined
  /** Epoch milliseconds. */
  readonly now: number
  /** The error for a 404 of the API itself. */
  readonly notFound: (fields: ErrorFields) => NotFound
}

const parseError = (body: string): { readonly error: string; readonly isOnlyField: boolean } | undefined => {
  const json = body.trimStart().startsWith("{") ? Option.getOrUndefined(parseJson(body)) : undefined
  return hasProperty(json, "error") && typeof json.error === "string"
    ? { error: json.error, isOnlyField: Object.keys(json).length === 1 }
    : undefined
}

const isHtml = ({ body, headers }: TextResponse): boolean =>
  /\bhtml\b/i.test(headers["content-type"] ?? "") || /^\s*<(!doctype|html)/i.test(body)

/** A URL without its credentials and its query string. */
const shown = ({ origin, pathname }: URL): string => origin + pathname.replace(/%3Credacted%3E/g, "<redacted>")

const checkUrl = ({ apiUrl }: RequestInfo): string => `check the API URL (${apiUrl}; TRIGGER_API_URL or apiUrl sets it)`

const hintFor = (status: number, headers: Headers, info: RequestInfo): string => {
  const { apiUrl, preview } = info
  const check = checkUrl(info)
  if (isRedirect(status)) {
    // before it is parsed, which writes some characters of a secret in another way
    const location = preview(headers["location"] ?? "")
    const target = location === "" || !URL.canParse(location, apiUrl)
      ? ""
      : ` to ${preview(shown(new URL(location, apiUrl)))}`
    return `The API never redirects, and this response redirects${target}: ${check}. ` +
      `Redirects are not followed, so that the key is not sent to another host.`
  }
  if (status < 300) {
    return `A successful response of the API is JSON, so this one comes from something else: ${check} and any proxy in between.`
  }
  if (status === 407) {
    return `A proxy between here and ${apiUrl} asks for credentials: configure the HTTP client that you provide.`
  }
  if (status === 403) {
    return `If a key lacks a permission, the API sends JSON. This response probably comes from a firewall ` +
      `or a content delivery network: ${check} and any proxy in between.`
  }
  if (status === 404) {
    return `For a missing batch or run, the API sends JSON, so this response does not come from the API: ${check}.`
  }
  return `The API never responds like this: ${check} and any proxy in between.`
}

export const unexpected = ({ body, headers, status }: TextResponse, info: RequestInfo): UnexpectedResponse => {
  const contentType = headers["content-type"]
  return new UnexpectedResponse(defined({
    endpoint: info.endpoint,
    status,
    bodyPreview: info.preview(body),
    hint: hintFor(status, headers, info),
    contentType: contentType === undefined ? undefined : info.preview(contentType),
    shouldRetry: shouldRetry(headers)
  }))
}

const rateLimited = ({ headers, status }: TextResponse, fields: ErrorFields, now: number): RateLimited =>
  new RateLimited(defined({
    ...fields,
    retryAfter: retryAfter(status, headers, now),
    limit: numberIn(headers, "x-ratelimit-limit"),
    remaining: numberIn(headers, "x-ratelimit-remaining"),
    resetAt: numberIn(headers, "x-ratelimit-reset")
  }))

const serverError = <NotFound>(
  response: TextResponse,
  fields: ErrorFields,
  request: FailedRequest<NotFound>
): ServerError =>
  new ServerError(defined({
    ...fields,
    status: response.status,
    retryAfter: retryAfter(response.status, response.headers, request.now),
    hint: isHtml(response)
      ? `The response is HTML, so it may come from a proxy: ${checkUrl(request)} and any proxy in between.`
      : undefined
  }))

/** The error of a response that is not a success. */
export const failure = <NotFound>(
  response: TextResponse,
  request: FailedRequest<NotFound>
): ApiError | NotFound => {
  const { body, headers, status } = response
  const parsed = parseError(body)
  const fields: ErrorFields = defined({
    endpoint: request.endpoint,
    detail: parsed === undefined ? undefined : request.preview(parsed.error),
    shouldRetry: shouldRetry(headers)
  })
  if (status === 401) {
    // a key may stand in the place of the branch
    return new Unauthorized(defined({ ...fields, branch: request.branch && redact(request.branch) }))
  }
  if (status === 403 && !isHtml(response)) {
    return new Forbidden(fields)
  }
  // the errors of web frameworks have more fields, such as `statusCode` and `path`
  if (status === 404 && parsed?.isOnlyField === true) {
    return request.notFound(fields)
  }
  if (status === 429) {
    return rateLimited(response, fields, request.now)
  }
  if (status === 408 || status === 409 || status >= 500) {
    return serverError(response, fields, request)
  }
  return unexpected(response, request)
}
