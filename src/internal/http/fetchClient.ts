/**
 * The platform's `fetch` client, which asks for compressed responses where Node's own undici is sure to serve `fetch`, and
 * is not version 7: that one may crash the process (`docs/SECURITY.md`).
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { builtInUndici } from "../settings/runtime.js"

/** Where undici 6 and 7, built in or installed, keep the dispatcher that serves `fetch`. Each sets it when it is loaded first. */
const dispatcherKey = Symbol.for("undici.globalDispatcher.1")

/** What serves `fetch`. */
interface Served {
  readonly fetch: unknown
  readonly dispatcher: unknown
}

const current = (): Served => ({
  fetch: Reflect.get(globalThis, "fetch"),
  dispatcher: Reflect.get(globalThis, dispatcherKey)
})

/** What Node itself has put in place. Undefined where another undici may have been first. */
let nodesOwn: Served | undefined

const findNodesOwn = (): void => {
  const version = builtInUndici()
  if (
    nodesOwn !== undefined || version === undefined || version.startsWith("7.") || current().dispatcher !== undefined
  ) {
    return
  }
  // Node loads its undici with the first use of any of its globals
  if (Reflect.get(globalThis, "Response") !== undefined && current().dispatcher !== undefined) {
    nodesOwn = current()
  }
}

/** A program may install another dispatcher or another `fetch` at any time, or hand one of them to the client. */
const isNodesOwn = (context: Context.Context<never>): boolean => {
  const { dispatcher, fetch } = current()
  const init = Context.getOption(context, FetchHttpClient.RequestInit)
  return nodesOwn !== undefined && dispatcher === nodesOwn.dispatcher && fetch === nodesOwn.fetch &&
    Option.getOrElse(Context.getOption(context, FetchHttpClient.Fetch), (): unknown => fetch) === fetch &&
    !Option.exists(init, (init) => "dispatcher" in init)
}

const asksForCompression = HttpClient.mapRequestEffect((request) =>
  Effect.contextWith((context: Context.Context<never>) =>
    isNodesOwn(context) ? HttpClientRequest.setHeader(request, "accept-encoding", "gzip, deflate") : request
  )
)

/** Finds out what serves `fetch` when it is built. */
export const layer: Layer.Layer<HttpClient.HttpClient> = Layer.effect(
  HttpClient.HttpClient,
  Effect.map(HttpClient.HttpClient, (client) => {
    findNodesOwn()
    return asksForCompression(client)
  })
).pipe(Layer.provide(FetchHttpClient.layer))
