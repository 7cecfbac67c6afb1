/**
 * The simulator as an application of an HTTP server.
 */
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import { hasProperty, isFunction } from "effect/Predicate"
import * as Stream from "effect/Stream"
import type { Outcome } from "./outcome.js"
import type { Request } from "./routes.js"

/**
 * Ends the connection of a request on Node: at once, or after what was written has left. Undefined on other servers, which
 * do not show the socket of a request.
 */
const dropOf = (
  { source }: HttpServerRequest.HttpServerRequest,
  how: "destroy" | "destroySoon"
): Effect.Effect<void> | undefined => {
  if (!hasProperty(source, "socket") || !hasProperty(source.socket, how)) {
    return undefined
  }
  const { socket } = source
  const end = socket[how]
  return isFunction(end) ? Effect.sync(() => void end.call(socket)) : undefined
}

/** In one piece and without its length, as genuine servers send bodies. */
const chunked = (body: string): Stream.Stream<Uint8Array> => Stream.sync(() => new TextEncoder().encode(body))

/** The type of the body is that of the headers, or none: with an empty type the platform does not add one of its own. */
const response = (
  status: number,
  headers: { readonly [name: string]: string },
  body: Stream.Stream<Uint8Array> | undefined
): HttpServerResponse.HttpServerResponse => {
  const empty = HttpServerResponse.empty({ status, headers })
  return body === undefined ? empty : HttpServerResponse.setBody(empty, HttpBody.stream(body, ""))
}

/** For a connection that cannot be dropped. On one that has been, it reaches nobody. */
const cannotDrop = HttpServerResponse.empty({ status: 500 })

export const onServer = (
  handle: (request: Request) => Effect.Effect<Outcome>
): Effect.Effect<HttpServerResponse.HttpServerResponse, never, HttpServerRequest.HttpServerRequest> =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
    const { host = "localhost" } = request.headers
    // put together as texts: a target such as `//host/x` is a path here, and not another host
    const asked = `http://${host}${request.url}`
    const url = new URL(URL.canParse(asked) ? asked : "http://localhost/")
    const received: Request = { method: request.method, url, target: request.url, headers: request.headers }
    // handlers are not interruptible by themselves; a server must be able to stop, and to see that a client is gone
    return Effect.flatMap(Effect.interruptible(handle(received)), (outcome) => {
      switch (outcome._tag) {
        case "Response": {
          const { body, headers, status } = outcome.response
          return Effect.succeed(response(status, headers, body === "" ? undefined : chunked(body)))
        }
        case "CutOff": {
          const { body, headers, status } = outcome.response
          const drop = dropOf(request, "destroySoon")
          if (drop === undefined) {
            return Effect.succeed(cannotDrop)
          }
          const cut = Stream.concat(
            Stream.map(chunked(body), (bytes) => bytes.subarray(0, outcome.bytes)),
            Stream.execute(Effect.zipRight(drop, Effect.interruptible(Effect.never)))
          )
          return Effect.succeed(response(status, headers, cut))
        }
        case "Reset":
          return Effect.as(dropOf(request, "destroy") ?? Effect.void, cannotDrop)
      }
    })
  })
