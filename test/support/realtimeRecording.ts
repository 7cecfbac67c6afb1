/**
 * Reads the recordings of the realtime feed in `test/wire/realtime`: each is a request and the response to it.
 */
import { readdirSync, readFileSync } from "node:fs"

const folder = new URL("../wire/realtime/", import.meta.url)

type Headers = Readonly<Record<string, string>>

export interface Exchange {
  readonly request: {
    readonly method: string
    /** Path and query, as they were sent. */
    readonly target: string
    readonly headers: Headers
  }
  readonly response: {
    readonly status: number
    readonly headers: Headers
    readonly body: string
  }
}

const split = (bytes: Buffer): readonly [start: string, headers: Headers, body: Buffer] => {
  const end = bytes.indexOf("\r\n\r\n")
  const [start = "", ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n")
  const headers = lines.map((line) => {
    const colon = line.indexOf(":")
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  return [start, Object.fromEntries(headers), bytes.subarray(end + 4)]
}

/** Each chunk is its size in hexadecimal digits, a line end, its bytes, and a line end. */
const withoutChunks = (bytes: Buffer): Buffer => {
  const chunks: Array<Buffer> = []
  for (let at = 0; at < bytes.length;) {
    const lineEnd = bytes.indexOf("\r\n", at)
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString("latin1"), 16)
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = lineEnd + 2 + size + 2
  }
  return Buffer.concat(chunks)
}

/** `name` is that of the files, without its ending. */
export const read = (name: string): Exchange => {
  const [requestLine, requestHeaders] = split(readFileSync(new URL(`${name}.req`, folder)))
  const [method = "", target = ""] = requestLine.split(" ")
  const [statusLine, headers, body] = split(readFileSync(new URL(`${name}.http`, folder)))
  return {
    request: { method, target, headers: requestHeaders },
    response: {
      status: Number(statusLine.split(" ")[1]),
      headers,
      body: (headers["transfer-encoding"] === "chunked" ? withoutChunks(body) : body).toString("utf8")
    }
  }
}

/** A row of the feed as it was recorded. */
export type Row = Readonly<Record<string, string | null>>

/** The rows of a recorded response, in their order. */
export const rows = (name: string): ReadonlyArray<Row> =>
  JSON.parse(read(name).response.body).flatMap((message: { readonly value?: Row }) => message.value ?? [])

export const names: ReadonlyArray<string> = readdirSync(folder)
  .filter((file) => file.endsWith(".http"))
  .map((file) => file.slice(0, -".http".length))
  .sort()
