/**
 * The realtime feed of a batch: which backend serves a request, and which requests take a connection.
 */
import * as Effect from "effect/Effect"
import type { Batch } from "../batch.js"
import * as Responses from "../response.js"
import type { ApiResponse } from "../response.js"
import { makeDeliveries } from "./changes.js"
import { makeConnections } from "./connections.js"
import { makeElectric } from "./electric.js"
import { makeNative } from "./native.js"
import { settingsOf, type SimulatedRealtime } from "./options.js"
import { type FeedRequest, parse } from "./request.js"
import { type FeedResponse, feedResponse, isSendable } from "./response.js"

export interface Feed {
  /** Whether the server has the route at all. */
  readonly exists: () => boolean
  /** For a batch that exists, and a key that may read it. */
  readonly respond: (
    url: URL,
    headers: { readonly [name: string]: string | undefined },
    batch: Batch,
    environment: string
  ) => Effect.Effect<ApiResponse>
  readonly held: () => number
  readonly set: (options: SimulatedRealtime | undefined) => void
  readonly forgetHandles: Effect.Effect<void>
}

export const makeFeed = (options: SimulatedRealtime | undefined, currentTime: Effect.Effect<number>): Feed => {
  const connections = makeConnections()
  const deliveriesOf = makeDeliveries()
  const native = makeNative(currentTime, connections, deliveriesOf)
  const electric = makeElectric(currentTime, deliveriesOf)
  let settings = settingsOf(options)

  /** A live request takes a connection until the response is sent or the client is gone. */
  const held = (
    { environment }: FeedRequest,
    respond: Effect.Effect<FeedResponse, ApiResponse>
  ): Effect.Effect<FeedResponse, ApiResponse> =>
    Effect.acquireUseRelease(
      Effect.map(currentTime, (now) => connections.open(environment, settings.connectionLimit, now)),
      (opened) => opened ? respond : Effect.fail(Responses.tooManyConnections),
      (opened) =>
        Effect.map(currentTime, (now) => {
          if (opened) {
            connections.close(environment, now)
          }
        })
    )

  const backend = (request: FeedRequest): Effect.Effect<FeedResponse, ApiResponse> => {
    const { handle, live, offset } = request
    if (handle !== undefined && !isSendable(handle)) {
      return Effect.fail(Responses.internalError)
    }
    switch (settings.backend) {
      case "electric":
        return live && handle !== undefined
          ? held(request, electric.respond(request, settings))
          : electric.respond(request, settings)
      case "electric unreachable":
        return Effect.fail(Responses.unreachable)
      case "native":
      case "clickhouse down":
      case "no route":
        return live && handle !== undefined && offset !== "-1"
          ? held(request, native.live(request, handle, settings))
          : native.snapshot(request, settings)
    }
  }

  return {
    exists: () => settings.backend !== "no route",
    respond: (url, headers, batch, environment) => {
      const request = parse(url, headers, batch, environment)
      return Effect.merge(Effect.map(backend(request), (response) => feedResponse(request, response)))
    },
    held: connections.held,
    set: (options) => {
      settings = settingsOf(options)
    },
    forgetHandles: Effect.map(currentTime, (now) => {
      native.forget()
      electric.forget()
      connections.restart(now)
    })
  }
}
