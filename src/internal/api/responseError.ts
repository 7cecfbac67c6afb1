/**
 * Tells which error an answer means: the table of `docs/errors.md`, as pure functions.
 */
import { hasProperty } from "effect/Predicate"
import {
  type ApiError,
  Forbidden,
  RateLimited,
  ServerError,
  Unauthorized,
  UnexpectedResponse
} from "../../TriggerError.js"
import type { Preview } from "../describe/redact.js"
import { type Headers, numberIn, retryAfter, shouldRetry } from "../http/retryHeaders.js"

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

/** What every error needs of the question. */
export interface Asked {
  readonly endpoint: string
  /** Where the API is thought to be. */
  readonly apiUrl: string
  /** Makes what an error may tell of a text from outside. */
  readonly preview: Preview
}

/** What the reader of an answer knows of the question. */
export interface Question<NotFound> extends Asked {
  readonly branch: string | undefined
  /** Epoch milliseconds. */
  readonly now: number
  /** The error for a 404 that the API itself answered. */
  readonly notFound: (fields: AnswerFields) => NotFound
}

/** What the errors that come from a status have in common. */
export interface AnswerFields {
  readonly endpoint: string
  readonly detail?: string
  readonly shouldRetry?: boolean
}

/** The API's own errors are `{"error": text}`. */
const apiError = (body: string): string | undefined => {
  if (body.trimStart().startsWith("{")) {
    try {
      const json: unknown = JSON.parse(body)
      return hasProperty(json, "error") && typeof json.error === "string" ? json.error : undefined
    } catch {
      // not JSON, so not the API's
    }
  }
  return undefined
}

const hintFor = (status: number, headers: Headers, { apiUrl, preview }: Asked): string => {
  const check = `check the API URL, ${apiUrl} (TRIGGER_API_URL)`
  if (status < 300) {
    return `The API answers 200 with JSON: ${check}, and what is between here and there.`
  }
  if (status < 400) {
    const location = headers["location"]
    const target = location === undefined || !URL.canParse(location, "http://localhost")
      ? ""
      : ` to ${preview(new URL(location, "http://localhost").pathname)}`
    return `It is a redirect${target}, and the API has none: ${check}; ` +
      `redirects are not followed, so that the key stays with the host it is for.`
  }
  if (status === 404) {
    return `The API answers a missing batch or run in JSON: ${check}.`
  }
  return `The API does not answer so: ${check}, and what is between here and there.`
}

export const unexpected = ({ body, headers, status }: Answer, question: Asked): UnexpectedResponse => {
  const contentType = headers["content-type"]
  const retry = shouldRetry(headers)
  return new UnexpectedResponse({
    endpoint: question.endpoint,
    status,
    bodyPreview: question.preview(body),
    hint: hintFor(status, headers, question),
    ...(contentType === undefined ? {} : { contentType: question.preview(contentType) }),
    ...(retry === undefined ? {} : { shouldRetry: retry })
  })
}

const rateLimited = ({ headers, status }: Answer, fields: AnswerFields, now: number): RateLimited => {
  const wait = retryAfter(status, headers, now)
  const limit = numberIn(headers, "x-ratelimit-limit")
  const remaining = numberIn(headers, "x-ratelimit-remaining")
  const resetAt = numberIn(headers, "x-ratelimit-reset")
  return new RateLimited({
    ...fields,
    ...(wait === undefined ? {} : { retryAfter: wait }),
    ...(limit === undefined ? {} : { limit }),
    ...(remaining === undefined ? {} : { remaining }),
    ...(resetAt === undefined ? {} : { resetAt })
  })
}

const serverError = ({ headers, status }: Answer, fields: AnswerFields, now: number): ServerError => {
  const wait = retryAfter(status, headers, now)
  return new ServerError({ ...fields, status, ...(wait === undefined ? {} : { retryAfter: wait }) })
}

/** The error that an answer other than a 200 means. */
export const failure = <NotFound>(answer: Answer, question: Question<NotFound>): ApiError | NotFound => {
  const { body, headers, status } = answer
  const said = apiError(body)
  const retry = shouldRetry(headers)
  const fields: AnswerFields = {
    endpoint: question.endpoint,
    ...(said === undefined ? {} : { detail: question.preview(said) }),
    ...(retry === undefined ? {} : { shouldRetry: retry })
  }
  if (status === 401) {
    return new Unauthorized({ ...fields, ...(question.branch === undefined ? {} : { branch: question.branch }) })
  }
  if (status === 403) {
    return new Forbidden(fields)
  }
  if (status === 404 && said !== undefined) {
    return question.notFound(fields)
  }
  if (status === 429) {
    return rateLimited(answer, fields, question.now)
  }
  if (status === 408 || status >= 500) {
    return serverError(answer, fields, question.now)
  }
  return unexpected(answer, question)
}
