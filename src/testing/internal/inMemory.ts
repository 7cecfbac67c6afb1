/**
 * The simulator as an `HttpClient`: no socket, and the failures that a socket would bring.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import type { Outcome } from "./outcome.js"
import type { Request } from "./routes.js"

const coded = (message: string, cause: string, code: string): TypeError =>
  new TypeError(message, { cause: Object.assign(new Error(cause), { code }) })

/** A body that breaks off after so many bytes, as `fetch` shows it. */
const cutOff = (body: string, bytes: number): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start: (controller) => {
      controller.enqueue(new TextEncoder().encode(body).subarray(0, bytes))
    },
    pull: (controller) => {
      controller.error(coded("terminated", "other side closed", "UND_ERR_SOCKET"))
    }
  })

/** Statuses for which a body is an error. */
const bodyless: ReadonlySet<number> = new Set([204, 205, 304])

export const inMemory = (handle: (request: Request) => Effect.Effect<Outcome>): HttpClient.HttpClient =>
  HttpClient.make((request, url) => {
    const response = (
      status: number,
      headers: { readonly [name: string]: string },
      body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null
    ) =>
      HttpClientResponse.fromWeb(
        request,
        new Response(request.method === "HEAD" || bodyless.has(status) ? null : body, { status, headers })
      )
    return Effect.flatMap(
      handle({ method: request.method, url, target: url.pathname + url.search, headers: request.headers }),
      (outcome) => {
        switch (outcome._tag) {
          case "Response": {
            const { body, headers, status } = outcome.response
            // as bytes: `Response` gives a text a `content-type` of its own
            return Effect.succeed(response(status, headers, body === "" ? null : new TextEncoder().encode(body)))
          }
          case "CutOff": {
            const { body, headers, status } = outcome.response
            return Effect.succeed(response(status, headers, cutOff(body, outcome.bytes)))
          }
          case "Reset":
            return Effect.fail(
              new HttpClientError.RequestError({
                request,
                reason: "Transport",
                cause: coded("fetch failed", "read ECONNRESET", "ECONNRESET")
              })
            )
        }
      }
    )
  })
