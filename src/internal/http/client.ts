/**
 * How the user's HTTP client is used: it follows no redirects, reads nothing from an HTTP cache, and has no span of its own.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import { constTrue } from "effect/Function"
import * as Option from "effect/Option"

/** `fetch` follows redirects by itself, with the key. The `fetch` of Next.js 13 and 14 caches responses. */
const withoutCache = { redirect: "manual", cache: "no-store" } as const

/** Workers with a compatibility date before 2024-11-11 throw on the field `cache`. */
const takesCache = (): boolean => {
  try {
    new Request("http://localhost", withoutCache)
    return true
  } catch {
    return false
  }
}

let requestInit: RequestInit | undefined

const fetchOptions = (): RequestInit => requestInit ??= takesCache() ? withoutCache : { redirect: "manual" }

/** The options are merged with those of the user, which only the client's own context holds. */
const setFetchOptions: Effect.Effect<void> = FiberRef.update(
  FiberRef.currentContext,
  (context) =>
    Context.add(context, FetchHttpClient.RequestInit, {
      ...Option.getOrUndefined(Context.getOption(context, FetchHttpClient.RequestInit)),
      ...fetchOptions()
    })
)

/** The client's own span lists every header and the whole URL. */
const setNoSpan: Effect.Effect<void> = FiberRef.set(HttpClient.currentTracerDisabledWhen, constTrue)

/**
 * Both are set from within the client, because wrappers of the user may set them around it. They are not restored: use the client
 * only in a fiber that ends with the request.
 */
export const prepareClient: (client: HttpClient.HttpClient) => HttpClient.HttpClient = HttpClient.mapRequestEffect(
  (request) => Effect.as(Effect.zipRight(setFetchOptions, setNoSpan), request)
)
