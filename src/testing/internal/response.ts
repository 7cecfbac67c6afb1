/**
 * The responses of the simulated server, with the headers and bodies that genuine servers send.
 */

import { notFoundHeaders, notFoundPage } from "./notFoundPage.js"

export interface ApiResponse {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly body: string
}

type Headers = { readonly [name: string]: string }

const common: Headers = {
  "strict-transport-security": "max-age=3153600000",
  "x-robots-tag": "noindex, nofollow",
  vary: "Accept-Encoding"
}

/** What routes that browsers may call, too, add. */
export const exposed: Headers = { "access-control-expose-headers": "x-trigger-jwt,x-trigger-jwt-claims" }

export const text = (status: number, contentType: string, body: string, headers: Headers = {}): ApiResponse => ({
  status,
  headers: { ...common, "content-type": contentType, ...headers },
  body
})

export const json = (status: number, value: unknown, headers: Headers = {}): ApiResponse =>
  text(status, "application/json; charset=utf-8", JSON.stringify(value), headers)

/** Problems are written over several lines, and with their length. */
const problem = (status: number, value: Headers | object, headers: Headers = {}): ApiResponse => {
  const body = JSON.stringify(value, null, 2)
  return text(status, "application/problem+json; charset=utf-8", body, {
    ...headers,
    "content-length": String(new TextEncoder().encode(body).length)
  })
}

const statusPage = (status: number) => `https://developer.mozilla.org/en-US/docs/Web/HTTP/Status/${status}`

export const missingAuthorization: ApiResponse = problem(401, {
  title: "Unauthorized",
  status: 401,
  type: statusPage(401),
  detail: "No authorization header provided",
  error: "No authorization header provided"
})

/** `reset` is in epoch milliseconds. */
export const rateLimited = (limit: number, reset: number, now: number, headers: Headers): ApiResponse => {
  const secondsUntilReset = (reset - now) / 1000
  const detail = `Rate limit exceeded 0/${limit} requests remaining. Retry in ${secondsUntilReset} seconds.`
  return problem(429, {
    title: "Rate Limit Exceeded",
    status: 429,
    type: statusPage(429),
    detail,
    reset,
    limit,
    remaining: -1,
    secondsUntilReset,
    error: detail
  }, headers)
}

export const noSuchPage: ApiResponse = {
  status: 404,
  headers: { ...common, ...notFoundHeaders },
  body: notFoundPage
}

/** `location` is the path without the slash, and the query. */
export const movedWithoutSlash = (location: string): ApiResponse =>
  text(301, "text/plain; charset=utf-8", `Moved Permanently. Redirecting to ${location}`, {
    location,
    vary: "Accept, Accept-Encoding",
    "content-length": String(`Moved Permanently. Redirecting to ${location}`.length)
  })

export const wrongMethod: ApiResponse = json(405, { message: "Unexpected Server Error" }, { "x-remix-error": "yes" })

/** A restricted key that may not use the route. */
export const forbidden = (headers: Headers = {}): ApiResponse =>
  json(
    403,
    { error: "Unauthorized", code: "unauthorized", param: "access_token", type: "authorization" },
    { ...headers, ...exposed }
  )

/** Of a route without a rate limit. */
export const serverError = (error: string): ApiResponse => json(500, { error }, exposed)

export const internalError: ApiResponse = serverError("Internal Server Error")

/** The environment has as many held requests as it may. There is no hint when to come again. */
export const tooManyConnections: ApiResponse = json(429, { error: "Too many concurrent requests" }, exposed)

/** The backend of the realtime feed cannot be reached. */
export const unreachable: ApiResponse = text(503, "text/plain;charset=UTF-8", "Network error occurred", exposed)

/** A path whose percent-encoding is broken. */
export const badRequest: ApiResponse = { status: 400, headers: common, body: "" }

/** The HTTP server itself refuses such a request, before the application sees it. */
export const headTooLarge: ApiResponse = { status: 431, headers: { connection: "close" }, body: "" }

/** What a server says in place of the right response, of which the rate limit's headers stay. */
export const failed = ({ headers }: ApiResponse, error: string): ApiResponse =>
  json(
    500,
    { error },
    Object.fromEntries(Object.entries(headers).filter(([name]) => name === "date" || name.startsWith("x-ratelimit-")))
  )
