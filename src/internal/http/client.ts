/**
 * How the user's HTTP client is used: it follows no redirects, and its own span, which lists every header, is off.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import { constTrue } from "effect/Function"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"

/**
 * The client without following redirects, which `fetch` does on its own. The setting of `fetch` is added to what the
 * client's layer has captured, so a user's own settings stay. It is not taken back: for a fiber that then ends.
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

/**
 * Makes a span the parent, and switches off the client's own; for a fiber that then ends. Two references set cost a tenth
 * of two provided: those are taken back, which cannot be interrupted.
 */
export const inSpan = (span: Tracer.Span): Effect.Effect<void> =>
  Effect.zipRight(
    FiberRef.set(HttpClient.currentTracerDisabledWhen, constTrue),
    FiberRef.update(FiberRef.currentContext, Context.add(Tracer.ParentSpan, span))
  )

/** Where a request goes, for its span. */
export const serverAttributes = (url: URL) => ({
  "server.address": url.hostname,
  "server.port": url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port)
})
