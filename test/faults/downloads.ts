/**
 * The faults of an object store, as data: what the store does, and what a call of `downloadOutput` becomes.
 * `docs/reliability.md` is made from this table, too, and `downloads.slow.test.ts` holds the client to it.
 */
import { gzipSync } from "node:zlib"
import type { ClientName } from "./clients.js"
import {
  chunk,
  chunked,
  close,
  gzip,
  head,
  type Headers,
  mebibyte,
  pour,
  response,
  send,
  sendAndClose,
  sendAndReset
} from "./responses.js"
import type { Exchange } from "./server.js"
import { maxAttempts } from "./table.js"

interface Failure {
  readonly error: string
  readonly fields: { readonly [name: string]: unknown }
}

/** What becomes of a download, and how many requests for the object it takes, each with a URL of its own. */
export type DownloadOutcome =
  | {
    readonly text: string
    /** What is odd about the text. */
    readonly but?: string
    readonly requests: number
  }
  | Failure & { readonly cause?: Failure; readonly requests: number }

export interface DownloadFault {
  /** What goes wrong, in the words of the documentation. */
  readonly name: string
  /** What the store does. */
  readonly serve: (exchange: Exchange) => void
  /** How many redirects are followed, with one request each. */
  readonly redirects?: number
  /** Whether there is no store. */
  readonly down?: boolean
  /** What becomes of the call under every client, or under those that are not named in `except`. */
  readonly outcome: DownloadOutcome
  readonly except?: { readonly [client in ClientName]?: DownloadOutcome }
  /** Milliseconds. */
  readonly timeout?: number
  /** Bytes. */
  readonly maxOutputSize?: number
}

/** The secret part of every URL. */
export const signature = "98444b18c4874a51b2d169ee754f8e0652bbb4e2821bc7b03522a17c40900deb"

// ---------------------------------------------------------------------------------------------------------- outcomes

const whole = "{\"json\":{\"text\":\"1 € 🙂\"}}".repeat(50)

const bytes = Buffer.from(whole)

const text = (text = whole, requests = 1, but?: string): DownloadOutcome => ({
  text,
  requests,
  ...(but === undefined ? {} : { but })
})

/** What may pass has been tried as often as the policy allows. */
const failed = (
  error: string,
  fields: { readonly [name: string]: unknown },
  requests: number = maxAttempts
): DownloadOutcome => ({
  error: "OutputUnavailable",
  fields: { reason: "Failed" },
  cause: { error, fields },
  requests
})

const transport = (reason: string): DownloadOutcome => failed("TransportError", { reason })

const unavailable = (reason: string, detail: string, requests = 1): DownloadOutcome => ({
  error: "OutputUnavailable",
  fields: { reason, detail },
  requests
})

/** To a new URL each time. */
const redirect = (exchange: Exchange): void =>
  send(
    response(
      "",
      [["location", `/elsewhere?n=${exchange.number}&X-Amz-Signature=${signature}`]],
      "307 Temporary Redirect"
    )
  )(exchange)

const tooLarge = (limit: number): DownloadOutcome => ({ error: "OutputTooLarge", fields: { limit }, requests: 1 })

// ------------------------------------------------------------------------------------------------------------ responses

const type = ["content-type", "application/super+json"] as const

const object = response(bytes, [type])

const promised = head([type, ["content-length", String(bytes.length)], close])

const half = bytes.subarray(0, bytes.length / 2)

/** As S3 and its like refuse. */
const xml = (status: string, code: string, rest = "", headers: Headers = []): Buffer =>
  response(
    `<?xml version="1.0"?><Error><Code>${code}</Code><Message>No</Message>${rest}</Error>`,
    [["content-type", "application/xml"], ...headers],
    status
  )

const urlOf = ({ request }: Exchange): string => `http://store.test${request.split(" ")[1] ?? ""}`

/** Keeps coming, a piece at a time. */
const slowly = ({ socket }: Exchange): void => {
  const pieces = 6
  const length = Math.ceil(bytes.length / pieces)
  socket.write(promised)
  const next = (index: number): void => {
    if (index < pieces && !socket.destroyed) {
      socket.write(bytes.subarray(index * length, (index + 1) * length))
      setTimeout(next, 100, index + 1)
    }
  }
  next(0)
}

const zipped = gzipSync(bytes)

const corrupt = Buffer.from(zipped)
corrupt.fill(0xff, 10, 20)

const bomb = gzipSync(Buffer.alloc(16 * mebibyte, " "))

// -------------------------------------------------------------------------------------------------------------- table

export const downloadFaults: ReadonlyArray<DownloadFault> = [
  { name: "a valid response", serve: send(object), outcome: text() },
  { name: "nothing listens there", down: true, serve: () => {}, outcome: transport("Refused") },
  {
    name: "reset before the headers",
    serve: ({ socket }) => socket.resetAndDestroy(),
    outcome: transport("Reset")
  },
  { name: "closed before the headers", serve: ({ socket }) => socket.end(), outcome: transport("Reset") },
  { name: "closed after the headers", serve: sendAndClose(promised), outcome: transport("CutOff") },
  { name: "body cut off half way", serve: sendAndClose(promised, half), outcome: transport("CutOff") },
  { name: "body reset half way", serve: sendAndReset(promised, half), outcome: transport("CutOff") },
  { name: "chunked body cut off half way", serve: sendAndClose(chunked, chunk(half)), outcome: transport("CutOff") },
  {
    name: "body cut off half way twice, then complete",
    serve: (exchange) => (exchange.number < 2 ? sendAndClose(promised, half) : send(object))(exchange),
    outcome: text(whole, 3)
  },
  { name: "no response", serve: () => {}, timeout: 60, outcome: transport("Timeout") },
  { name: "headers without a body", serve: send(promised), timeout: 60, outcome: transport("Timeout") },
  {
    name: "a body that stops half way",
    serve: send(promised, half),
    timeout: 60,
    outcome: transport("Timeout")
  },
  {
    name: "a body that takes longer than the time-out without stopping",
    serve: slowly,
    timeout: 400,
    outcome: text()
  },
  {
    name: "Content-Length too short",
    serve: send(head([type, ["content-length", String(half.length)], close]), bytes),
    outcome: text(half.toString(), 1, "up to there")
  },
  {
    name: "Content-Length too long, then closed",
    serve: sendAndClose(head([type, ["content-length", String(bytes.length + 1)], close]), bytes),
    outcome: transport("CutOff")
  },
  {
    name: "no length; the end of the connection ends the body",
    serve: sendAndClose(head([type, close]), bytes),
    outcome: text()
  },
  { name: "not HTTP", serve: sendAndClose("SSH-2.0-OpenSSH_9.0\r\n"), outcome: transport("Malformed") },
  {
    name: "bytes that are not UTF-8",
    serve: send(response(Buffer.concat([bytes, Buffer.of(0xff, 0xc3), bytes]), [type])),
    outcome: text(`${whole}\ufffd\ufffd${whole}`)
  },
  { name: "an empty 200", serve: send(response("", [type])), outcome: text("") },
  {
    name: "gzip that was not asked for",
    serve: send(response(zipped, [type, gzip])),
    outcome: text()
  },
  {
    name: "gzip that is corrupt",
    serve: send(response(corrupt, [type, gzip])),
    outcome: transport("Malformed")
  },
  {
    name: "gzip that expands from 16 kB to 16 MB",
    serve: send(response(bomb, [type, gzip])),
    maxOutputSize: mebibyte,
    outcome: tooLarge(mebibyte)
  },
  { name: "an output of exactly the limit", serve: send(object), maxOutputSize: bytes.length, outcome: text() },
  {
    name: "an output of one byte more",
    serve: send(object),
    maxOutputSize: bytes.length - 1,
    outcome: tooLarge(bytes.length - 1)
  },
  {
    name: "a chunked body without end",
    serve: pour(chunked, chunk(Buffer.alloc(65_536, " "))),
    maxOutputSize: mebibyte,
    outcome: tooLarge(mebibyte)
  },
  {
    name: "a Content-Length of a terabyte",
    serve: pour(head([type, ["content-length", "1099511627776"], close]), Buffer.alloc(65_536, " ")),
    maxOutputSize: mebibyte,
    outcome: tooLarge(mebibyte)
  },
  {
    name: "an error page without end",
    serve: pour(head([["content-type", "text/html"], close], "503 Service Unavailable"), Buffer.alloc(65_536, "x")),
    outcome: failed("ServerError", { status: 503 })
  },
  {
    name: "204",
    serve: send(head([close], "204 No Content")),
    outcome: unavailable("Failed", "the object store returned 204")
  },
  {
    name: "206",
    serve: send(response(half, [type], "206 Partial Content")),
    outcome: unavailable("Failed", "the object store returned 206")
  },
  {
    name: "a redirect to the object",
    serve: (exchange) => (exchange.number === 0 ? redirect : send(object))(exchange),
    redirects: 1,
    outcome: text(whole)
  },
  {
    name: "redirects without end",
    serve: redirect,
    redirects: 3,
    outcome: unavailable("Failed", "the object store returned 307, a redirect that is not followed")
  },
  {
    name: "403 that quotes the signature",
    serve: send(
      xml("403 Forbidden", "SignatureDoesNotMatch", `<SignatureProvided>${signature}</SignatureProvided>`)
    ),
    outcome: unavailable("Refused", "the object store returned 403 (SignatureDoesNotMatch)", 2)
  },
  {
    name: "403 for an expired URL, then a valid response for the next",
    serve: (exchange) => send(exchange.number === 0 ? xml("403 Forbidden", "AccessDenied") : object)(exchange),
    outcome: text(whole, 2)
  },
  {
    name: "403 whose code is the signature",
    serve: send(xml("403 Forbidden", signature)),
    outcome: unavailable("Refused", "the object store returned 403 (<redacted>)", 2)
  },
  {
    name: "404",
    serve: send(xml("404 Not Found", "NoSuchKey")),
    outcome: unavailable("NotFound", "the object store returned 404 (NoSuchKey)")
  },
  {
    name: "429",
    serve: send(xml("429 Too Many Requests", "TooManyRequests")),
    outcome: failed("RateLimited", { detail: "TooManyRequests" })
  },
  {
    name: "429 with Retry-After: a day",
    serve: send(xml("429 Too Many Requests", "TooManyRequests", "", [["retry-after", "86400"]])),
    outcome: failed("RateLimited", { detail: "TooManyRequests" }, 1)
  },
  {
    name: "500 with the URL in the body",
    serve: (exchange) =>
      send(response(urlOf(exchange), [["content-type", "text/plain"]], "500 Internal Server Error"))(exchange),
    outcome: failed("ServerError", { status: 500, detail: undefined })
  },
  {
    name: "503 whose code is the signature",
    serve: send(xml("503 Service Unavailable", signature)),
    outcome: failed("ServerError", { status: 503, detail: "<redacted>" })
  },
  {
    name: "the URL in the status text",
    serve: (exchange) => send(response("", [], `500 ${urlOf(exchange)}`))(exchange),
    outcome: failed("ServerError", { status: 500 })
  },
  {
    name: "the URL in a response that is cut off",
    serve: (exchange) =>
      sendAndClose(promised.slice(0, -2), `x-echo: ${urlOf(exchange)}\r\n\r\n${urlOf(exchange)}`)(exchange),
    outcome: transport("CutOff")
  },
  {
    name: "the URL instead of HTTP",
    serve: (exchange) => sendAndClose(`${urlOf(exchange)}\r\n\r\n`)(exchange),
    outcome: transport("Malformed")
  }
]

export const downloadOutcomeOf = (fault: DownloadFault, client: ClientName): DownloadOutcome =>
  fault.except?.[client] ?? fault.outcome
