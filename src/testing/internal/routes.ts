/**
 * How the simulated server responds to a request: the checks in the order in which a genuine one makes them.
 */
import * as Effect from "effect/Effect"
import type { Run } from "./batch.js"
import type { Feed } from "./realtime/feed.js"
import { knowsCurrentStatuses } from "./realtime/request.js"
import * as Responses from "./response.js"
import type { ApiResponse } from "./response.js"
import type { SimulatedRoute, TriggerSimulatorState } from "./state.js"
import * as Store from "./store.js"
import * as Wire from "./wire.js"

export interface Request {
  readonly method: string
  readonly url: URL
  /** The path as it was sent, before anything normalises it, with the query. */
  readonly target: string
  readonly headers: { readonly [name: string]: string | undefined }
}

type Headers = { readonly [name: string]: string }

const bearer = (authorization: string | undefined): string | undefined => /^Bearer (.+)$/.exec(authorization ?? "")?.[1]

const notFound = (headers: Headers): ApiResponse =>
  Responses.json(404, { error: "Not found" }, { ...headers, ...Responses.exposed, "x-should-retry": "true" })

/** The run whose output lies in the object store under this path; if it is lost there, only where there is no other. */
const runAt = (runs: Iterable<Run>, environment: string, path: string): Run | undefined => {
  let lost: Run | undefined
  for (const run of runs) {
    if (run.batch.environment === environment && Wire.storagePath(run) === path && run.stored.output !== undefined) {
      if (!Wire.isLost(run)) {
        return run
      }
      lost ??= run
    }
  }
  return lost
}

const packet = (
  runs: Iterable<Run>,
  path: string,
  environment: string,
  origin: string,
  now: number
): ApiResponse => {
  if (path.split("/").includes("..")) {
    return Responses.json(400, { error: "Invalid packet storage path" }, Responses.exposed)
  }
  // also where there is no such object, as on genuine servers
  return runAt(runs, environment, path)?.canBeSigned === false
    ? Responses.serverError(
      "Failed to generate presigned URL: Object store is not configured for protocol: default"
    )
    : Responses.json(200, { presignedUrl: Store.presign(origin, environment, path, now) }, Responses.exposed)
}

const storedObject = (runs: Iterable<Run>) => (environment: string, path: string): Store.StoredObject | undefined => {
  const run = runAt(runs, environment, path)
  return run === undefined || Wire.isLost(run)
    ? undefined
    : { body: run.stored.output ?? "", contentType: run.stored.outputType }
}

/** Undefined where what is to be read is malformed. */
const readable = <A>(read: () => A): A | undefined => {
  try {
    return read()
  } catch {
    return undefined
  }
}

const feedPath = /^\/realtime\/v1\/batches\/([^/]+)$/

export const isFeedPath = (path: string): boolean => feedPath.test(path)

/** The realtime feed of a batch. It has no rate limit. */
const respondToFeed = (
  state: TriggerSimulatorState,
  feed: Feed,
  { headers, method, url }: Request,
  id: string,
  now: number
): Effect.Effect<ApiResponse> => {
  if (method === "OPTIONS") {
    return Effect.succeed(Responses.json(200, {}, Responses.exposed))
  }
  if (method !== "GET" && method !== "HEAD") {
    return Effect.succeed(Responses.wrongMethod)
  }
  const access = state.accessOf(bearer(headers["authorization"]), headers["x-trigger-branch"])
  if (access === undefined) {
    return Effect.succeed(Responses.json(401, { error: "Invalid API key" }, Responses.exposed))
  }
  if (access.routes?.includes("realtime") === false) {
    return Effect.succeed(Responses.forbidden())
  }
  const { environment } = access
  const wanted = readable(() => decodeURIComponent(id))
  if (wanted === undefined) {
    return Effect.succeed(Responses.badRequest)
  }
  const batch = state.batch(wanted, environment, now)
  return batch === undefined ? Effect.succeed(notFound({})) : feed.respond(url, headers, batch, environment)
}

const routeOf = (path: string, isResults: boolean): SimulatedRoute => {
  switch (path) {
    case "v3/runs":
      return "runs"
    case "v1/packets":
      return "packets"
    default:
      return isResults ? "results" : "batches"
  }
}

/** The API, all of whose routes have the rate limit, but for packets. */
const respondToApi = (state: TriggerSimulatorState, request: Request, now: number): ApiResponse => {
  const { headers, method, url } = request
  if (headers["authorization"] === undefined) {
    return Responses.missingAuthorization
  }
  const isPacket = url.pathname.startsWith("/api/v1/packets/")
  const key = bearer(headers["authorization"])
  const limit = isPacket ? undefined : state.decide(headers["authorization"], now)
  const rate: Headers = limit === undefined ? {} : {
    "x-ratelimit-limit": String(limit.limit),
    "x-ratelimit-remaining": String(limit.remaining),
    "x-ratelimit-reset": String(limit.reset)
  }
  if (limit !== undefined && !limit.allowed) {
    return Responses.rateLimited(limit.limit, limit.reset, now, rate)
  }
  const [, route = "", id = "", rest = ""] =
    /^\/api\/(v1\/batches|v2\/batches|v3\/runs|v1\/packets)\/([^/]+)(\/.*)?$/.exec(url.pathname) ?? []
  const isResults = route === "v1/batches" && rest === "/results"
  if (route === "" || (rest !== "" && !isResults && !isPacket)) {
    return { ...Responses.noSuchPage, headers: { ...Responses.noSuchPage.headers, ...rate } }
  }
  if (method !== "GET") {
    return { ...Responses.wrongMethod, headers: { ...Responses.wrongMethod.headers, ...rate } }
  }
  const access = state.accessOf(key, headers["x-trigger-branch"])
  const mayUse = access?.routes?.includes(routeOf(route, isResults)) !== false
  if (access === undefined || (isResults && !mayUse)) {
    return isResults
      ? Responses.json(401, { error: "Invalid or Missing API Key" }, rate)
      : Responses.json(401, { error: "Invalid API key" }, { ...rate, ...Responses.exposed })
  }
  if (!mayUse) {
    return Responses.forbidden(rate)
  }
  const { environment } = access
  // the path is percent-decoded once
  const wanted = readable(() => decodeURIComponent(isPacket ? `${id}${rest}` : id))
  if (wanted === undefined) {
    return Responses.badRequest
  }
  if (isPacket) {
    return packet(state.runs(), wanted, environment, url.origin, now)
  }
  if (route === "v3/runs") {
    const run = state.run(wanted, environment, now)
    if (run === undefined) {
      return notFound(rate)
    }
    const presigned = (path: string) => Store.presign(url.origin, environment, path, now)
    const shown = readable(() => Wire.run(run, now, knowsCurrentStatuses(headers), presigned))
    return shown === undefined
      ? Responses.json(500, { error: "Something went wrong, please try again." }, rate)
      : Responses.json(200, shown, { ...rate, ...Responses.exposed })
  }
  const batch = state.batch(wanted, environment, now)
  if (isResults) {
    return batch === undefined
      ? Responses.json(404, { error: "Batch not found" }, rate)
      : Responses.json(200, Wire.results(batch, now), rate)
  }
  return batch === undefined
    ? notFound(rate)
    : Responses.json(200, Wire.batch(batch, now), { ...rate, ...Responses.exposed })
}

export const respond = (
  state: TriggerSimulatorState,
  feed: Feed,
  request: Request,
  now: number
): Effect.Effect<ApiResponse> => {
  const { headers, url } = request
  if (request.target.length > 16_000) {
    return Effect.succeed(Responses.headTooLarge)
  }
  if (Store.isStorePath(url.pathname)) {
    return Effect.succeed(Store.read(url, headers["authorization"], now, storedObject(state.runs())))
  }
  if (url.pathname.length > 1 && url.pathname.endsWith("/")) {
    return Effect.succeed(Responses.movedWithoutSlash(url.pathname.slice(0, -1) + url.search))
  }
  const [, feedOf] = feedPath.exec(url.pathname) ?? []
  if (feedOf !== undefined && feed.exists()) {
    return respondToFeed(state, feed, request, feedOf, now)
  }
  return Effect.succeed(
    url.pathname.startsWith("/api/") ? respondToApi(state, request, now) : Responses.noSuchPage
  )
}
