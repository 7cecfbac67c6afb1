/**
 * Names a request in errors and spans: method and path, never the query string, which may hold a signature.
 */
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"

export const endpointOf = (request: HttpClientRequest.HttpClientRequest): string => {
  const path = URL.canParse(request.url) ? new URL(request.url).pathname : "(a URL that cannot be parsed)"
  return `${request.method} ${path}`
}
