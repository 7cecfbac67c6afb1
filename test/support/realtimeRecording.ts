/**
 * Reads the recordings of the realtime feed in `test/wire/realtime`: each is a request and the response to it.
 */
import { readdirSync, readFileSync } from "node:fs"
import { split, withoutChunks } from "./recording.js"

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
      body: withoutChunks(body).toString("utf8")
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
