/**
 * The `user-agent` of requests. Browsers send their own, and a header of ours would need a CORS preflight.
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"

/** The version in package.json, which a test compares. */
export const version = "0.1.0"

export const withUserAgent: (request: HttpClientRequest.HttpClientRequest) => HttpClientRequest.HttpClientRequest =
  "document" in globalThis
    ? (request) => request
    : HttpClientRequest.setHeader("user-agent", `effect-trigger-dev/${version}`)
