/**
 * The faults of the realtime feed, as data: what the server does with a request of the feed, and what becomes of
 * `collectBatchResults` and `subscribeToBatch`. `docs/reliability.md` is made from these tables, too, and
 * `feed.slow.test.ts` holds the client to them.
 */
import type { ClientName } from "./clients.js"
import {
  chunk,
  chunked,
  close,
  head,
  type Headers,
  json,
  mebibyte,
  pour,
  response,
  send,
  sendAndClose,
  sendAndReset
} from "./responses.js"
import type { Exchange } from "./server.js"
import { maxAttempts } from "./table.js"

/** What a subscription says: each update in few words, and the error that ends it. */
export interface Subscribed {
  readonly updates: ReadonlyArray<string>
  readonly error?: { readonly error: string; readonly fields: { readonly [name: string]: unknown } }
  /** How many requests of the feed it takes. */
  readonly requests: number
}

/** The collected results are always complete. How many requests of the feed, and of other routes, they take. */
export interface Collected {
  readonly feed: number
  readonly others: number
}

interface Outcomes {
  readonly collected: Collected
  /** Absent where it does not end: then it is a row of `heldFaults`. */
  readonly subscribed?: Subscribed
}

/** A fault of the first request of the feed, which is for a snapshot. */
export interface SnapshotFault extends Outcomes {
  /** What goes wrong, in the words of the documentation. */
  readonly name: string
  readonly serve: (exchange: Exchange) => void
  readonly except?: { readonly [client in ClientName]?: Outcomes }
  /** Milliseconds. */
  readonly timeout?: number
  /** Bytes. */
  readonly maxResponseSize?: number
}

/** What the feed is asked for. */
export type Kind = "snapshot" | "held"

/** A fault of requests that the server should hold. `held` is how many of them came before this one. */
export interface HeldFault {
  readonly name: string
  readonly serve: (exchange: Exchange, held: number) => void
  /** What snapshots after the first one become, where it is not the whole batch. */
  readonly later?: (exchange: Exchange) => void
  readonly updates: ReadonlyArray<string>
  /** The requests in their order; those of `forEver` are the ones of the first 10 seconds. */
  readonly requests: ReadonlyArray<Kind>
  /** Whether the fault never ends, so that the subscription goes on. */
  readonly forEver?: boolean
}

// ------------------------------------------------------------------------------------------------------------ responses

const row = (run: string, status: string) => ({
  key: run,
  headers: { operation: "insert" },
  value: {
    id: run,
    friendlyId: `run_${run}`,
    taskIdentifier: "task",
    status,
    createdAt: "2026-01-01T00:00:00.000",
    output: "1 € 🙂",
    outputType: "text/plain",
    error: null
  }
})

const upToDate = { headers: { control: "up-to-date" } }

const place: Headers = [["electric-handle", "h"], ["electric-offset", "1_0"]]

const page = (messages: ReadonlyArray<unknown>): string => JSON.stringify([...messages, upToDate])

const done = "COMPLETED_SUCCESSFULLY"

const whole = Buffer.from(page([row("1", done), row("2", done)]))

const feedResponse = (body: string | Uint8Array, headers: Headers = [], status?: string): Buffer =>
  response(body, [json, ...place, ...headers], status)

/** The snapshot of a batch whose runs have finished. */
export const finished = feedResponse(whole)

/** The snapshot of a batch of which one run has finished. */
export const unfinished = feedResponse(page([row("1", done), row("2", "EXECUTING")]))

/** The other run has finished, too. */
const news = send(feedResponse(page([row("2", done)])))

const promised = head([json, ...place, ["content-length", String(whole.length)], close])

const half = whole.subarray(0, whole.length / 2)

const serverError = response("{\"error\":\"Something went wrong\"}", [json], "500 Internal Server Error")

const limited = (...headers: Headers): Buffer =>
  response("{\"error\":\"Too many concurrent requests\"}", [json, ...headers], "429 Too Many Requests")

const mustRefetch = (handle: string): Buffer =>
  response(
    JSON.stringify([{ headers: { control: "must-refetch" } }]),
    [json, ["electric-handle", handle]],
    "409 Conflict"
  )

const authorizationOf = ({ request }: Exchange): string => /^authorization: (.*)$/im.exec(request)?.[1] ?? "missing"

const html = [["content-type", "text/html"]] as const

// ---------------------------------------------------------------------------------------------------------- outcomes

const both = ["run_1 COMPLETED", "run_2 COMPLETED"]

/** The batch, the results route, and each of the two runs. */
const runByRun: Collected = { feed: 1, others: 4 }

const failed = (
  error: string,
  fields: { readonly [name: string]: unknown },
  requests: number = maxAttempts
): Outcomes => ({ collected: runByRun, subscribed: { updates: [], error: { error, fields }, requests } })

const transport = (reason: string): Outcomes =>
  failed("TransportError", { reason }, reason === "TooLarge" ? 1 : maxAttempts)

/** A feed whose connection was lost is asked once more. */
const disconnected = (reason: "Reset" | "CutOff"): Outcomes => ({
  ...transport(reason),
  collected: { ...runByRun, feed: 2 }
})

const invalid = (path: string, reason: string): Outcomes => failed("InvalidResponse", { path, reason }, 1)

const read: Outcomes = { collected: { feed: 1, others: 1 }, subscribed: { updates: both, requests: 1 } }

// ------------------------------------------------------------------------------------------------------------- tables

export const snapshotFaults: ReadonlyArray<SnapshotFault> = [
  { name: "a valid snapshot", serve: send(finished), ...read },
  { name: "reset before the headers", serve: ({ socket }) => socket.resetAndDestroy(), ...disconnected("Reset") },
  { name: "closed before the headers", serve: ({ socket }) => socket.end(), ...disconnected("Reset") },
  { name: "closed after the headers", serve: sendAndClose(promised), ...disconnected("CutOff") },
  { name: "cut off half way", serve: sendAndClose(promised, half), ...disconnected("CutOff") },
  { name: "reset half way", serve: sendAndReset(promised, half), ...disconnected("CutOff") },
  { name: "no response", serve: () => {}, timeout: 500, ...transport("Timeout") },
  { name: "stops half way", serve: send(promised, half), timeout: 500, ...transport("Timeout") },
  { name: "not HTTP", serve: sendAndClose("SSH-2.0-OpenSSH_9.0\r\n"), ...transport("Malformed") },
  {
    name: "without end",
    serve: pour(chunked, chunk(Buffer.alloc(65_536, " "))),
    maxResponseSize: 4 * mebibyte,
    ...transport("TooLarge")
  },
  {
    name: "the first connection fails, the second works",
    serve: (exchange) => exchange.number < 1 ? exchange.socket.resetAndDestroy() : send(finished)(exchange),
    collected: { feed: 2, others: 1 },
    subscribed: { updates: both, requests: 2 }
  },
  {
    name: "the first two connections fail, the third works",
    serve: (exchange) => exchange.number < 2 ? exchange.socket.resetAndDestroy() : send(finished)(exchange),
    collected: { ...runByRun, feed: 2 },
    subscribed: { updates: both, requests: 3 }
  },
  {
    name: "401",
    serve: send(response("{\"error\":\"Invalid or Missing API Key\"}", [json], "401 Unauthorized")),
    ...failed("Unauthorized", {}, 1)
  },
  {
    name: "403, as for a key without access to the feed",
    serve: send(response("{\"error\":\"Unauthorized\"}", [json], "403 Forbidden")),
    ...failed("Forbidden", {}, 1)
  },
  {
    name: "404 of the API",
    serve: send(response("{\"error\":\"Not found\"}", [json], "404 Not Found")),
    ...failed("BatchNotFound", { batchId: "batch_1" }, 1)
  },
  {
    name: "404 with an HTML page, as without the route",
    serve: send(response("<html>", html, "404 Not Found")),
    ...failed("UnexpectedResponse", { status: 404 }, 1)
  },
  { name: "500", serve: send(serverError), ...failed("ServerError", { status: 500 }) },
  {
    name: "503 with a text, as without a backend",
    serve: send(response("Service Unavailable", [["content-type", "text/plain"]], "503 Service Unavailable")),
    ...failed("ServerError", { status: 503 })
  },
  { name: "429", serve: send(limited()), ...failed("RateLimited", {}) },
  {
    name: "429 with Retry-After: a day",
    serve: send(limited(["retry-after", "86400"])),
    ...failed("RateLimited", {}, 1)
  },
  {
    name: "409 that asks to start again, once",
    serve: (exchange) => send(exchange.number === 0 ? mustRefetch("g") : finished)(exchange),
    collected: { feed: 2, others: 1 },
    subscribed: { updates: both, requests: 2 }
  },
  {
    name: "409 that asks to start again, for ever",
    serve: (exchange) => send(mustRefetch(`g${exchange.number}`))(exchange),
    collected: { ...runByRun, feed: 6 }
  },
  {
    name: "JSON that ends early",
    serve: send(feedResponse(half)),
    ...invalid("", "the body is not JSON, but its content type says so")
  },
  {
    name: "NUL bytes",
    serve: send(feedResponse(new Uint8Array(100))),
    ...invalid("", "the body is not JSON, but its content type says so")
  },
  {
    name: "JSON of another shape",
    serve: send(feedResponse("{\"rows\":[]}")),
    ...invalid("", "Expected a list of messages, actual an object")
  },
  {
    name: "a row without a run id",
    serve: send(feedResponse(page([{ ...row("1", done), value: { status: done } }]))),
    ...invalid("[0].value.friendlyId", "Expected a run id such as \"run_1234\", actual nothing")
  },
  {
    name: "an HTML page with 200",
    serve: send(response("<p>Log in</p>", [...html, ...place])),
    ...failed("UnexpectedResponse", { status: 200 }, 1)
  },
  {
    name: "without the handle of the log",
    serve: send(response(whole, [json, ["electric-offset", "1_0"]])),
    ...invalid("headers[\"electric-handle\"]", "Expected the handle of the log, actual nothing")
  },
  {
    name: "more to read, but no place further on",
    serve: send(feedResponse(JSON.stringify([row("1", done)]))),
    // it is read once more from the beginning
    collected: { feed: 4, others: 3 },
    subscribed: {
      updates: ["run_1 COMPLETED"],
      error: { error: "InvalidResponse", fields: { path: "headers[\"electric-offset\"]" } },
      requests: 4
    }
  },
  {
    name: "the key in an HTML page with 500",
    serve: (exchange) => send(response(authorizationOf(exchange), html, "500 Internal Server Error"))(exchange),
    ...failed("ServerError", { status: 500 })
  },
  {
    name: "the key in a column",
    serve: (exchange) =>
      send(feedResponse(page([{ ...row("1", done), value: { friendlyId: authorizationOf(exchange) } }])))(exchange),
    ...failed("InvalidResponse", { path: "[0].value.friendlyId" }, 1)
  }
]

const all = ["run_1 COMPLETED", "run_2 EXECUTING", "run_2 COMPLETED"]

const beforeIt = all.slice(0, 2)

/** A lost response is never sent again, so that a snapshot follows. */
const lost = (serve: HeldFault["serve"]): Omit<HeldFault, "name"> => ({
  serve,
  updates: all,
  requests: ["snapshot", "held", "snapshot"]
})

/** The server holds nothing: the next request comes at once, then after 1, 2 and 4 seconds. */
const notHeld = (...parts: ReadonlyArray<string | Uint8Array>): Omit<HeldFault, "name"> => ({
  serve: send(...parts),
  updates: beforeIt,
  requests: ["snapshot", "held", "held", "held", "held", "held"],
  forEver: true
})

/** As `notHeld`, with a snapshot before each request. */
const alwaysLost = (serve: HeldFault["serve"]): Omit<HeldFault, "name"> => ({
  serve,
  later: send(unfinished),
  updates: beforeIt,
  requests: [1, 2, 3, 4, 5].flatMap((): ReadonlyArray<Kind> => ["snapshot", "held"]),
  forEver: true
})

export const heldFaults: ReadonlyArray<HeldFault> = [
  { name: "a change", serve: news, updates: all, requests: ["snapshot", "held"] },
  { name: "reset before the headers", ...lost(({ socket }) => void socket.resetAndDestroy()) },
  { name: "closed before the headers", ...lost(({ socket }) => void socket.end()) },
  { name: "cut off half way", ...lost(sendAndClose(promised, half)) },
  { name: "reset half way", ...lost(sendAndReset(promised, half)) },
  { name: "no response for longer than servers hold a request", ...lost(() => {}) },
  { name: "stops half way", ...lost(send(promised, half)) },
  { name: "500", ...lost(send(serverError)) },
  { name: "429", ...lost(send(limited())) },
  { name: "429 with Retry-After: a day", ...lost(send(limited(["retry-after", "86400"]))) },
  { name: "409 that asks to start again", ...lost(send(mustRefetch("g"))) },
  {
    name: "204, then a change",
    serve: (exchange, held) => held === 0 ? send(head([close], "204 No Content"))(exchange) : news(exchange),
    updates: all,
    requests: ["snapshot", "held", "held"]
  },
  {
    name: "an empty 200, then a change",
    serve: (exchange, held) => held === 0 ? send(feedResponse(""))(exchange) : news(exchange),
    updates: all,
    requests: ["snapshot", "held", "held"]
  },
  { name: "204 at once, for ever", ...notHeld(head([close], "204 No Content")) },
  { name: "an empty 200 at once, for ever", ...notHeld(feedResponse("")) },
  { name: "up-to-date at once, for ever", ...notHeld(feedResponse(page([]))) },
  { name: "429, for ever", ...alwaysLost(send(limited())) },
  { name: "reset, for ever", ...alwaysLost(({ socket }) => void socket.resetAndDestroy()) },
  {
    name: "409 that asks to start again, for ever",
    serve: send(mustRefetch("g")),
    later: send(mustRefetch("h")),
    updates: beforeIt,
    requests: ["snapshot", "held", "snapshot", "snapshot", "snapshot", "snapshot"],
    forEver: true
  }
]

export const snapshotOutcomeOf = (fault: SnapshotFault, client: ClientName): Outcomes => fault.except?.[client] ?? fault
