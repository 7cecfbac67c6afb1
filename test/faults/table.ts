/**
 * The faults, as data: what the server does, and what a call of `getBatchResults` becomes. `docs/reliability.md` is made
 * from this table, and `faults.slow.test.ts` holds the client to it.
 */
import type { Socket } from "node:net"
import { brotliCompressSync, gzipSync } from "node:zlib"
import type { ClientName } from "./clients.js"
import {
  bomb,
  chunk,
  chunked,
  close,
  gzip,
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

/** What becomes of a call. */
export type Outcome =
  | { readonly value: { readonly id: string; readonly items: number }; readonly attempts: number }
  | { readonly error: string; readonly fields: { readonly [name: string]: unknown }; readonly attempts: number }

export interface Fault {
  /** What goes wrong, in the words of the documentation. */
  readonly name: string
  readonly group: Group
  readonly serve: (exchange: Exchange) => void
  /** Done as soon as there is a connection. */
  readonly connected?: (socket: Socket) => void
  /** Whether the server has gone away before the call. */
  readonly down?: boolean
  /** Whether a good call comes before this one, and what has become of its connection. */
  readonly after?: "a kept connection" | "a closed connection"
  /** Where to, if not to the server. */
  readonly url?: (port: number) => string
  /** What becomes of the call under every client, or under those that are not named in `except`. */
  readonly outcome: Outcome
  readonly except?: { readonly [client in ClientName]?: Outcome }
  /** Clients that leave the connection to the garbage collector, and why. */
  readonly lingers?: { readonly [client in ClientName]?: string }
  /** Milliseconds. */
  readonly timeout?: number
  /** Bytes. */
  readonly maxResponseSize?: number
}

export const groups = [
  "The connection",
  "Time",
  "Framing",
  "Compression",
  "Size",
  "Content",
  "Statuses and headers",
  "Attacks"
] as const

export type Group = typeof groups[number]

/** Every row has this many attempts where the failure may pass, the first one included. */
export const maxAttempts = 3

// ---------------------------------------------------------------------------------------------------------- outcomes

const ok = (items = 2, id = "batch_1"): Outcome => ({ value: { id, items }, attempts: 1 })

const transport = (reason: string): Outcome => ({
  error: "TransportError",
  fields: { reason },
  attempts: reason === "TooLarge" ? 1 : maxAttempts
})

const invalid = (path: string, reason?: string): Outcome => ({
  error: "InvalidResponse",
  fields: { path, ...(reason === undefined ? {} : { reason }) },
  attempts: 1
})

const notJson = invalid("", "the body is not JSON, but its content type says so")

const notJsonIn = (encoding: string) =>
  invalid("", `the body is not JSON, but its content type says so; its encoding is ${encoding}`)

const unexpected = (status: number, fields: { readonly [name: string]: unknown } = {}): Outcome => ({
  error: "UnexpectedResponse",
  fields: { status, ...fields },
  attempts: 1
})

const failed = (error: string, fields: { readonly [name: string]: unknown }, attempts: number): Outcome => ({
  error,
  fields,
  attempts
})

// ------------------------------------------------------------------------------------------------------------ responses

const batch = {
  id: "batch_1",
  items: [
    {
      ok: true,
      id: "run_1",
      taskIdentifier: "task",
      output: "{\"json\":\"1 € 🙂\"}",
      outputType: "application/super+json"
    },
    { ok: false, id: "run_2", taskIdentifier: "task", error: { type: "INTERNAL_ERROR", code: "TASK_RUN_CANCELLED" } }
  ]
}

const body = Buffer.from(JSON.stringify(batch))

/** One whose connection stays open. */
const kept = Buffer.concat([Buffer.from(head([json, ["content-length", String(body.length)]])), body])

/** As the lines of a header, or of a body, would quote it. */
const authorizationOf = ({ request }: Exchange): string => /^authorization: (.*)$/im.exec(request)?.[1] ?? "missing"

const promised = head([json, ["content-length", String(body.length)], close])

const zipped = gzipSync(body)

const corrupt = Buffer.from(zipped)
corrupt.fill(0xff, 30, 60)

const cut = (share: number): Buffer => body.subarray(0, Math.floor(body.length * share / 10))

const tenths = [1, 2, 3, 4, 5, 6, 7, 8, 9]

const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth)

// ------------------------------------------------------------------------------------------------------------- table

const connection: ReadonlyArray<Omit<Fault, "group">> = [
  {
    name: "the host name does not resolve",
    url: () => "http://no-such-host.invalid",
    serve: () => {},
    outcome: transport("Dns")
  },
  {
    name: "nothing listens there",
    down: true,
    serve: () => {},
    outcome: transport("Refused")
  },
  {
    name: "the URL says https and the server speaks http",
    url: (port) => `https://127.0.0.1:${port}`,
    connected: (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"),
    serve: () => {},
    outcome: transport("Tls")
  },
  {
    name: "reset before the headers",
    serve: ({ socket }) => socket.resetAndDestroy(),
    outcome: transport("Reset")
  },
  {
    name: "closed before the headers",
    serve: ({ socket }) => socket.end(),
    outcome: transport("Reset")
  },
  {
    name: "closed in the middle of the headers",
    serve: sendAndClose(promised.slice(0, 40)),
    outcome: transport("Reset")
  },
  { name: "reset after the headers", serve: sendAndReset(promised), outcome: transport("CutOff") },
  { name: "closed after the headers", serve: sendAndClose(promised), outcome: transport("CutOff") },
  ...tenths.map((tenth) => ({
    name: `body with a length, cut off after ${tenth}0 %`,
    serve: sendAndClose(promised, cut(tenth)),
    outcome: transport("CutOff")
  })),
  ...tenths.map((tenth) => ({
    name: `chunked body, cut off after ${tenth}0 %`,
    serve: sendAndClose(chunked, chunk(cut(tenth))),
    outcome: transport("CutOff")
  })),
  { name: "body reset half way", serve: sendAndReset(promised, cut(5)), outcome: transport("CutOff") },
  { name: "chunked body reset half way", serve: sendAndReset(chunked, chunk(cut(5))), outcome: transport("CutOff") },
  { name: "chunk cut off half way", serve: sendAndClose(chunked, "ffff\r\n", cut(5)), outcome: transport("CutOff") },
  {
    name: "chunked body without its last chunk",
    serve: sendAndClose(chunked, chunk(body)),
    outcome: transport("CutOff")
  },
  {
    name: "the first two connections fail, the third works",
    serve: (exchange) => exchange.number < 2 ? exchange.socket.resetAndDestroy() : send(response(body))(exchange),
    outcome: { value: { id: "batch_1", items: 2 }, attempts: 3 }
  },
  {
    name: "a kept connection, closed between two calls",
    after: "a closed connection",
    serve: (exchange) => exchange.number === 0 ? sendAndClose(kept)(exchange) : send(response(body))(exchange),
    outcome: ok()
  },
  {
    name: "a kept connection, closed as the second call comes",
    after: "a kept connection",
    serve: (exchange) =>
      [send(kept), ({ socket }: Exchange) => void socket.end(), send(response(body))][exchange.number]?.(exchange),
    outcome: { value: { id: "batch_1", items: 2 }, attempts: 2 }
  },
  {
    name: "a kept connection, reset as the second call comes",
    after: "a kept connection",
    serve: (exchange) =>
      [send(kept), ({ socket }: Exchange) => void socket.resetAndDestroy(), send(response(body))][exchange.number]?.(
        exchange
      ),
    outcome: { value: { id: "batch_1", items: 2 }, attempts: 2 }
  }
]

const time: ReadonlyArray<Omit<Fault, "group">> = [
  { name: "no response", serve: () => {}, timeout: 60, outcome: transport("Timeout") },
  {
    name: "headers that stop half way",
    serve: send(promised.slice(0, 40)),
    timeout: 60,
    outcome: transport("Timeout")
  },
  { name: "headers without a body", serve: send(promised), timeout: 60, outcome: transport("Timeout") },
  { name: "a body that stops half way", serve: send(promised, cut(5)), timeout: 60, outcome: transport("Timeout") },
  {
    name: "a chunked body that stops half way",
    serve: send(chunked, chunk(cut(5))),
    timeout: 60,
    outcome: transport("Timeout")
  },
  {
    name: "one byte at a time, headers included",
    serve: ({ socket }) => {
      const bytes = response(body)
      const next = (index: number): void => {
        if (index < bytes.length) {
          socket.write(bytes.subarray(index, index + 1), () => setImmediate(next, index + 1))
        }
      }
      next(0)
    },
    outcome: ok()
  },
  {
    name: "one byte per chunk",
    serve: send(chunked, ...Array.from(body, (byte) => chunk(Uint8Array.of(byte))), "0\r\n\r\n"),
    outcome: ok()
  },
  {
    name: "a body that trickles for longer than the time-out",
    serve: ({ socket }) => {
      socket.write(chunked)
      const timer = setInterval(() => socket.write(chunk(Buffer.from(" "))), 10)
      socket.on("close", () => clearInterval(timer))
    },
    timeout: 60,
    outcome: transport("Timeout")
  }
]

const framing: ReadonlyArray<Omit<Fault, "group">> = [
  {
    name: "Content-Length too short",
    serve: send(head([json, ["content-length", String(body.length - 10)], close]), body),
    outcome: notJson
  },
  {
    name: "Content-Length too long, then closed",
    serve: sendAndClose(head([json, ["content-length", String(body.length + 10)], close]), body),
    outcome: transport("CutOff")
  },
  {
    name: "Content-Length too long, connection left open",
    serve: send(head([json, ["content-length", String(body.length + 10)], close]), body),
    timeout: 60,
    outcome: transport("Timeout")
  },
  {
    name: "Content-Length is not a number",
    serve: send(head([json, ["content-length", "abc"], close]), body),
    outcome: transport("Malformed")
  },
  {
    name: "two values of Content-Length",
    serve: send(head([json, ["content-length", "10"], ["content-length", "20"], close]), body),
    outcome: transport("Malformed")
  },
  {
    name: "Content-Length and Transfer-Encoding at once",
    serve: send(
      head([json, ["content-length", "10"], ["transfer-encoding", "chunked"], close]),
      chunk(body),
      "0\r\n\r\n"
    ),
    outcome: transport("Malformed")
  },
  {
    name: "neither; the end of the connection ends the body",
    serve: sendAndClose(head([json, close]), body),
    outcome: ok()
  },
  {
    name: "a chunk without a size",
    serve: send(chunked, chunk(cut(5)), "what?\r\n"),
    outcome: transport("Malformed"),
    // node:http reports only that the body ended early
    except: { "NodeHttpClient.layer": transport("CutOff") }
  },
  {
    name: "chunk extensions and trailers",
    serve: send(chunked, `${body.length.toString(16)};x=1\r\n`, body, "\r\n0\r\nx-trailer: 1\r\n\r\n"),
    outcome: ok()
  },
  { name: "not HTTP", serve: sendAndClose("SSH-2.0-OpenSSH_9.0\r\n"), outcome: transport("Malformed") },
  {
    name: "NUL bytes instead of a response",
    serve: sendAndClose(new Uint8Array(100)),
    outcome: transport("Malformed")
  },
  {
    name: "a header name that is not ASCII",
    serve: send(Buffer.from(head([["x-\u00e9", "1"], close]), "latin1")),
    outcome: transport("Malformed")
  },
  { name: "a NUL byte in a header", serve: send(head([["x-nul", "a\0b"], close])), outcome: transport("Malformed") },
  {
    name: "1 MB of headers",
    serve: send(
      head([...Array.from({ length: 1000 }, (_, index) => [`x-${index}`, "a".repeat(1000)] as const), close])
    ),
    outcome: transport("Malformed")
  },
  {
    name: "a header of 1 MB",
    serve: send(head([["x-long", "a".repeat(1_000_000)], close])),
    outcome: transport("Malformed")
  },
  {
    name: "103 Early Hints before the response",
    serve: send("HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n", response(body)),
    outcome: ok()
  },
  {
    name: "102 Processing before the response, three times",
    serve: send("HTTP/1.1 102 Processing\r\n\r\n".repeat(3), response(body)),
    outcome: ok()
  },
  {
    name: "100 Continue before the response",
    serve: send("HTTP/1.1 100 Continue\r\n\r\n", response(body)),
    outcome: ok(),
    // undici closes the connection, as it did not ask whether to continue
    except: { FetchHttpClient: transport("Reset"), "NodeHttpClient.layerUndici": transport("Reset") }
  },
  {
    name: "101 Switching Protocols",
    serve: send("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"),
    outcome: transport("Reset"),
    except: { "NodeHttpClient.layer": unexpected(101) },
    lingers: { "NodeHttpClient.layer": "node:http hands the connection over, and the platform drops it" }
  },
  {
    name: "two responses to one request",
    serve: send(response(body), response("{}")),
    outcome: ok()
  }
]

const compression: ReadonlyArray<Omit<Fault, "group">> = [
  {
    name: "gzip that was not asked for",
    serve: send(response(zipped, [json, gzip])),
    outcome: ok()
  },
  {
    name: "gzip that is corrupt",
    serve: send(response(corrupt, [json, gzip])),
    outcome: transport("Malformed")
  },
  {
    name: "gzip that ends early in a complete response",
    serve: send(response(zipped.subarray(0, zipped.length - 30), [json, gzip])),
    outcome: transport("Malformed"),
    except: { FetchHttpClient: notJsonIn("gzip") }
  },
  {
    name: "labelled as gzip, but plain",
    serve: send(response(body, [json, gzip])),
    outcome: ok(),
    except: { FetchHttpClient: transport("Malformed") }
  },
  {
    name: "brotli that was not asked for",
    serve: send(response(brotliCompressSync(body), [json, ["content-encoding", "br"]])),
    outcome: notJsonIn("br"),
    except: { FetchHttpClient: ok() }
  },
  {
    name: "an unknown encoding",
    serve: send(response(body, [json, ["content-encoding", "foo"]])),
    outcome: ok()
  },
  {
    name: "gzip that expands from 1 MB to 1 GB",
    serve: (exchange) => send(response(bomb(), [json, gzip]))(exchange),
    maxResponseSize: 32 * mebibyte,
    outcome: transport("TooLarge")
  }
]

const size: ReadonlyArray<Omit<Fault, "group">> = [
  {
    name: "a chunked body without end",
    serve: pour(chunked, chunk(Buffer.alloc(65_536, " "))),
    maxResponseSize: 4 * mebibyte,
    outcome: transport("TooLarge")
  },
  {
    name: "a body without length or end",
    serve: pour(head([json, close]), Buffer.alloc(65_536, " ")),
    maxResponseSize: 4 * mebibyte,
    outcome: transport("TooLarge")
  },
  {
    name: "a Content-Length of a terabyte",
    serve: pour(head([json, ["content-length", "1099511627776"], close]), Buffer.alloc(65_536, " ")),
    outcome: transport("TooLarge")
  },
  {
    name: "an error page without end",
    serve: pour(head([["content-type", "text/html"], close], "503 Service Unavailable"), Buffer.alloc(65_536, "x")),
    maxResponseSize: 4 * mebibyte,
    outcome: transport("TooLarge")
  },
  { name: "a body of exactly the limit", serve: send(response(body)), maxResponseSize: body.length, outcome: ok() },
  {
    name: "a body of one byte more",
    serve: send(response(body)),
    maxResponseSize: body.length - 1,
    outcome: transport("TooLarge")
  }
]

const content: ReadonlyArray<Omit<Fault, "group">> = [
  { name: "a valid response", serve: send(response(body)), outcome: ok() },
  {
    name: "bytes that are not UTF-8",
    serve: send(
      response(
        Buffer.concat([Buffer.from("{\"id\":\"batch_1"), Buffer.of(0xff, 0xc3), Buffer.from("\",\"items\":[]}")])
      )
    ),
    outcome: ok(0, "batch_1\ufffd\ufffd")
  },
  { name: "a byte order mark", serve: send(response(`\ufeff${body.toString()}`)), outcome: ok() },
  { name: "JSON that ends early", serve: send(response(cut(5))), outcome: notJson },
  { name: "JSON and then more", serve: send(response(`${body.toString()}}`)), outcome: notJson },
  {
    name: "JSON of another shape",
    serve: send(response("{\"id\":\"batch_1\",\"runs\":[]}")),
    outcome: invalid("items", "is missing")
  },
  { name: "JSON null", serve: send(response("null")), outcome: invalid("") },
  {
    name: "JSON nested 100,000 deep",
    serve: send(response(nested(100_000))),
    outcome: invalid("", "Expected BatchResults, actual an array")
  },
  {
    name: "JSON nested 100,000 deep in a field that is not read",
    serve: send(response(`{"id":"batch_1","items":[],"new":${nested(100_000)}}`)),
    outcome: ok(0)
  },
  {
    name: "JSON nested 100,000 deep in a result",
    serve: send(response(`{"id":"batch_1","items":[{"ok":true,"id":"run_1","output":${nested(100_000)}}]}`)),
    outcome: invalid("items[0].output", "Expected string, actual an array")
  },
  {
    name: "a discriminator that cannot be converted to a string",
    serve: send(response(`{"id":"batch_1","items":[{"ok":{"toString":0},"id":"run_1"}]}`)),
    outcome: invalid("", "it does not fit, and holds something that cannot be shown")
  },
  { name: "NUL bytes", serve: send(response(new Uint8Array(100))), outcome: notJson },
  {
    name: "NUL in a JSON string",
    serve: send(response("{\"id\":\"batch_1\\u0000\",\"items\":[]}")),
    outcome: ok(0, "batch_1\0")
  },
  {
    name: "`__proto__` as a field",
    serve: send(response("{\"__proto__\":{\"items\":[]},\"id\":\"batch_1\"}")),
    outcome: invalid("items", "is missing")
  },
  { name: "an empty 200", serve: send(response("")), outcome: unexpected(200, { bodyPreview: "" }) },
  {
    name: "a 200 with white space only",
    serve: send(response(" \r\n ")),
    outcome: unexpected(200, { bodyPreview: "" })
  },
  {
    name: "an HTML page with 200",
    serve: send(response("<!DOCTYPE html><p>Log in</p>", [["content-type", "text/html"]])),
    outcome: unexpected(200, { contentType: "text/html", bodyPreview: "<!DOCTYPE html><p>Log in</p>" })
  },
  { name: "a valid response without a content type", serve: send(response(body, [])), outcome: ok() },
  {
    name: "a valid response with the content type HTML",
    serve: send(response(body, [["content-type", "text/html"]])),
    outcome: ok()
  }
]

const redirect = (location: (exchange: Exchange) => string, status = "302 Found") => (exchange: Exchange): void =>
  send(response("", [["location", location(exchange)]], status))(exchange)

const limited = (headers: Headers) =>
  send(response("{\"error\":\"Rate limit exceeded\"}", [json, ...headers], "429 Too Many Requests"))

const hour = 3_600_000

/** First a 429 for 50 ms, from a server whose clock is off by `hours`, then a valid response. A `Date` has whole seconds. */
const limitedOnce = (hours: number) => (exchange: Exchange): void => {
  const time = new Date(Date.now() + hours * hour)
  time.setMilliseconds(0)
  const headers: Headers = [["date", time.toUTCString()], ["x-ratelimit-reset", String(time.getTime() + 50)]]
  return exchange.number === 0 ? limited(headers)(exchange) : send(response(body))(exchange)
}

const statuses: ReadonlyArray<Omit<Fault, "group">> = [
  { name: "204", serve: send(head([close], "204 No Content")), outcome: unexpected(204, { bodyPreview: "" }) },
  { name: "205", serve: send(response("", [], "205 Reset Content")), outcome: unexpected(205, { bodyPreview: "" }) },
  { name: "206", serve: send(response(body, [json], "206 Partial Content")), outcome: unexpected(206) },
  { name: "304", serve: send(head([close], "304 Not Modified")), outcome: unexpected(304, { bodyPreview: "" }) },
  { name: "a redirect within the origin", serve: redirect(() => "/elsewhere"), outcome: unexpected(302) },
  {
    name: "a redirect to another origin",
    serve: redirect(({ port }) => `http://localhost:${port}/elsewhere`),
    outcome: unexpected(302)
  },
  {
    name: "a redirect to itself",
    serve: redirect(({ request }) => request.split(" ")[1] ?? "/", "307 Temporary Redirect"),
    outcome: unexpected(307)
  },
  { name: "a redirect to an invalid URL", serve: redirect(() => "http://[::1"), outcome: unexpected(302) },
  {
    name: "a redirect without a location",
    serve: send(response("", [], "301 Moved Permanently")),
    outcome: unexpected(301)
  },
  {
    name: "401",
    serve: send(response("{\"error\":\"Invalid or Missing API Key\"}", [json], "401 Unauthorized")),
    outcome: failed("Unauthorized", { detail: "Invalid or Missing API Key" }, 1)
  },
  {
    name: "403 with an HTML page",
    serve: send(response("<html>", [["content-type", "text/html"]], "403 Forbidden")),
    outcome: unexpected(403)
  },
  {
    name: "404 of the API",
    serve: send(response("{\"error\":\"Batch not found\"}", [json], "404 Not Found")),
    outcome: failed("BatchNotFound", { batchId: "batch_1" }, 1)
  },
  {
    name: "404 with an HTML page",
    serve: send(response("<html>", [["content-type", "text/html"]], "404 Not Found")),
    outcome: unexpected(404)
  },
  {
    name: "408",
    serve: send(response("", [], "408 Request Timeout")),
    outcome: failed("ServerError", { status: 408 }, maxAttempts)
  },
  {
    name: "500",
    serve: send(response("{\"error\":\"Internal Server Error\"}", [json], "500 Internal Server Error")),
    outcome: failed("ServerError", { status: 500, detail: "Internal Server Error" }, maxAttempts)
  },
  {
    name: "502 with an HTML page",
    serve: send(response("<html>", [["content-type", "text/html"]], "502 Bad Gateway")),
    outcome: failed("ServerError", { status: 502 }, maxAttempts)
  },
  {
    name: "503 with an empty body",
    serve: send(response("", [], "503 Service Unavailable")),
    outcome: failed("ServerError", { status: 503 }, maxAttempts)
  },
  {
    name: "500 with x-should-retry: false",
    serve: send(response("{}", [json, ["x-should-retry", "false"]], "500 Internal Server Error")),
    outcome: failed("ServerError", { shouldRetry: false }, 1)
  },
  {
    name: "999",
    serve: send(response("", [], "999 What")),
    outcome: failed("ServerError", { status: 999 }, maxAttempts)
  },
  {
    name: "099",
    serve: send(response("", [], "099 What")),
    outcome: transport("Unknown"),
    except: { "NodeHttpClient.layer": unexpected(99) }
  },
  {
    name: "a content type sent twice",
    serve: send(response(body, [json, ["content-type", "text/html"]])),
    outcome: ok()
  },
  {
    name: "429 whose reset is sent twice",
    serve: limited([["x-ratelimit-reset", "1"], ["x-ratelimit-reset", "2"]]),
    outcome: failed("RateLimited", { retryAfter: undefined, resetAt: undefined }, maxAttempts)
  },
  ...["0", "-1", "NaN", "Infinity", "soon", ""].map((reset) => ({
    name: `429 whose reset is ${reset === "" ? "empty" : reset}`,
    serve: limited([["x-ratelimit-reset", reset]]),
    outcome: failed("RateLimited", { retryAfter: undefined }, maxAttempts)
  })),
  {
    name: "429 of a server whose clock is an hour ahead",
    serve: limitedOnce(1),
    outcome: { value: { id: "batch_1", items: 2 }, attempts: 2 }
  },
  {
    name: "429 of a server whose clock is an hour behind",
    serve: limitedOnce(-1),
    outcome: { value: { id: "batch_1", items: 2 }, attempts: 2 }
  },
  {
    name: "429 whose reset is an hour ahead",
    serve: (exchange) => limited([["x-ratelimit-reset", String(Date.now() + hour)]])(exchange),
    outcome: failed("RateLimited", {}, 1)
  },
  {
    name: "429 whose reset was an hour ago",
    serve: (exchange) => limited([["x-ratelimit-reset", String(Date.now() - hour)]])(exchange),
    outcome: failed("RateLimited", { retryAfter: undefined }, maxAttempts)
  },
  {
    name: "429 whose reset is in seconds instead of milliseconds",
    serve: limited([["x-ratelimit-reset", "1790000000"]]),
    outcome: failed("RateLimited", { retryAfter: undefined, resetAt: 1_790_000_000 }, maxAttempts)
  },
  {
    name: "429 whose reset is in the year 9999",
    serve: limited([["x-ratelimit-reset", "253370764800000"]]),
    outcome: failed("RateLimited", { resetAt: 253_370_764_800_000 }, 1)
  },
  {
    name: "429 with Retry-After: a day",
    serve: limited([["retry-after", "86400"]]),
    outcome: failed("RateLimited", {}, 1)
  }
]

/** A server, or a proxy, that repeats the key wherever it can: no error may. */
const attacks: ReadonlyArray<Omit<Fault, "group">> = [
  {
    name: "the key in the body of a 401",
    serve: (exchange) =>
      send(response(JSON.stringify({ error: `Invalid ${authorizationOf(exchange)}` }), [json], "401 Unauthorized"))(
        exchange
      ),
    outcome: failed("Unauthorized", {}, 1)
  },
  {
    name: "the key in an HTML page",
    serve: (exchange) =>
      send(response(`<p>${exchange.request}</p>`, [["content-type", "text/html"]], "400 Bad Request"))(exchange),
    outcome: unexpected(400)
  },
  {
    name: "the key in the status text",
    serve: (exchange) => send(response("", [], `500 ${authorizationOf(exchange)}`))(exchange),
    outcome: failed("ServerError", { status: 500 }, maxAttempts)
  },
  {
    name: "the key in the content type",
    serve: (exchange) => send(response("", [["content-type", authorizationOf(exchange)]], "418 Teapot"))(exchange),
    outcome: unexpected(418)
  },
  {
    name: "the key in a redirect",
    serve: redirect((exchange) =>
      `https://127.0.0.1:1/${encodeURIComponent(authorizationOf(exchange))}?key=${
        encodeURIComponent(authorizationOf(exchange))
      }`
    ),
    outcome: unexpected(302)
  },
  {
    name: "the key where a field should be",
    serve: (exchange) => send(response(JSON.stringify({ id: "batch_1", items: authorizationOf(exchange) })))(exchange),
    outcome: invalid("items")
  },
  {
    name: "the key as the name of a field",
    serve: (exchange) =>
      send(response(JSON.stringify({ id: "batch_1", items: [{ [authorizationOf(exchange)]: 1 }] })))(exchange),
    outcome: invalid("items[0].ok")
  },
  {
    name: "the key in a response that is cut off",
    serve: (exchange) =>
      sendAndClose(
        promised.slice(0, -2),
        `x-echo: ${authorizationOf(exchange)}\r\n\r\n{"id":"${authorizationOf(exchange)}`
      )(exchange),
    outcome: transport("CutOff")
  },
  {
    name: "the key instead of HTTP",
    serve: (exchange) => sendAndClose(`${authorizationOf(exchange)}\r\n\r\n`)(exchange),
    outcome: transport("Malformed")
  },
  {
    name: "a presigned URL where a field should be",
    serve: send(response("{\"id\":\"batch_1\",\"items\":\"https://store.test/o?X-Amz-Signature=5e1f00d5e1f00d\"}")),
    outcome: invalid("items")
  }
]

const byGroup: { readonly [group in Group]: ReadonlyArray<Omit<Fault, "group">> } = {
  "The connection": connection,
  Time: time,
  Framing: framing,
  Compression: compression,
  Size: size,
  Content: content,
  "Statuses and headers": statuses,
  Attacks: attacks
}

export const faults: ReadonlyArray<Fault> = groups.flatMap((group) =>
  byGroup[group].map((fault) => ({ ...fault, group }))
)

export const outcomeOf = (fault: Fault, client: ClientName): Outcome => fault.except?.[client] ?? fault.outcome
