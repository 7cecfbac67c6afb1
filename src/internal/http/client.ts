/**
 * How the user's HTTP client is used: it follows no redirects.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Option from "effect/Option"

/**
 * `fetch` follows redirects by itself, with the key. The option that stops it is merged with the options of the user, which
 * only the client's own context holds. The FiberRef is not restored: use the client only in a fiber that ends with the
 * request.
 */
export const withoutRedirects: (client: HttpClient.HttpClient) => HttpClient.HttpClient = HttpClient.mapRequestEffect(
  (request) =>
    Effect.as(
      FiberRef.update(FiberRef.currentContext, (context) =>
        Context.add(context, FetchHttpClient.RequestInit, {
          ...Option.getOrUndefined(Context.getOption(context, FetchHttpClient.RequestInit)),
          redirect: "manual"
        })),
      request
    )
)

/** Where a request goes, for its span. */
export const serverAttributes = (url: URL) => ({
  "server.address": url.hostname,
  "server.port": url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port)
})
