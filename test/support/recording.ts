/**
 * Reads the recordings of genuine answers in `test/wire`: the raw status line, headers and body of one answer each.
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

/** `name` is the file's, without its ending. */
export const read = (name: string): Recording => {
  const bytes = readFileSync(new URL(`${name}.http`, folder))
  const headEnd = bytes.indexOf("\r\n\r\n")
  const [statusLine = "", ...lines] = bytes.subarray(0, headEnd).toString("latin1").split("\r\n")
  const headers = Object.fromEntries(lines.map((line) => {
    const colon = line.indexOf(":")
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  }))
  const body = bytes.subarray(headEnd + 4)
  return {
    name,
    status: Number(statusLine.split(" ")[1]),
    headers,
    body,
    text: (headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString("utf8")
  }
}

export const names: ReadonlyArray<string> = readdirSync(folder)
  .filter((file) => file.endsWith(".http"))
  .map((file) => file.slice(0, -".http".length))
  .sort()
