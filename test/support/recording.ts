/**
 * Reads the recordings of genuine responses in `test/wire`: the raw status line, headers and body of one response each.
 */
import { readdirSync, readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"

const folder = new URL("../wire/", import.meta.url)

export interface Recording {
  readonly name: string
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The bytes of the body as they were sent, without the chunks of the transfer. */
  readonly body: Uint8Array
  /** The body as a client sees it: decompressed. */
  readonly text: string
}

type Headers = Readonly<Record<string, string>>

/** The start line, the headers and the body of a request or a response. */
export const split = (bytes: Buffer): readonly [start: string, headers: Headers, body: Buffer] => {
  const end = bytes.indexOf("\r\n\r\n")
  const [start = "", ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n")
  const headers = lines.map((line) => {
    const colon = line.indexOf(":")
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  return [start, Object.fromEntries(headers), bytes.subarray(end + 4)]
}

/**
 * Each chunk is its size in hexadecimal digits, a line end, its bytes, and a line end. Some recordings were stored without
 * the chunks of the transfer, although their header names them.
 */
export const withoutChunks = (body: Buffer): Buffer => {
  if (!/^[0-9a-f]+\r\n/i.test(body.subarray(0, 20).toString("latin1"))) {
    return body
  }
  const chunks: Array<Buffer> = []
  for (let at = 0; at < body.length;) {
    const lineEnd = body.indexOf("\r\n", at)
    const size = Number.parseInt(body.subarray(at, lineEnd).toString("latin1"), 16)
    chunks.push(body.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = lineEnd + 2 + size + 2
  }
  return Buffer.concat(chunks)
}

/** `name` is the file's, without its ending. */
export const read = (name: string): Recording => {
  const [start, headers, chunked] = split(readFileSync(new URL(`${name}.http`, folder)))
  const body = withoutChunks(chunked)
  return {
    name,
    status: Number(start.split(" ")[1]),
    headers,
    body,
    text: (headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString("utf8")
  }
}

export const names: ReadonlyArray<string> = readdirSync(folder)
  .filter((file) => file.endsWith(".http"))
  .map((file) => file.slice(0, -".http".length))
  .sort()
