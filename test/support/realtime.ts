/**
 * The recordings of the realtime feed in `test/wire/realtime`: a response, the request that it responds to, and the updates
 * that it holds, which were written down from the recorded bytes without the library.
 */
import { Schema } from "effect"
import { RunUpdate } from "effect-trigger-dev"
import { readFileSync } from "node:fs"
import { read, type Recording } from "./recording.js"

const folder = new URL("../wire/realtime/", import.meta.url)

const Expected = Schema.parseJson(
  Schema.Record({
    key: Schema.String,
    value: Schema.Array(RunUpdate).annotations({ parseOptions: { onExcessProperty: "preserve" } })
  })
)

/** One recorded output is a single letter many times over: `z×3` stands for `zzz`. */
const unabridged = (text: string): string => text.replace(/z×(\d+)/g, (_, times: string) => "z".repeat(Number(times)))

const expected = Schema.decodeUnknownSync(Expected)(
  unabridged(readFileSync(new URL("updates.json", folder), "utf8"))
)

export interface Exchange extends Recording {
  /** The query of the request. */
  readonly query: Readonly<Record<string, string>>
  /** The rows of the response, as updates. */
  readonly updates: ReadonlyArray<RunUpdate>
}

export const names: ReadonlyArray<string> = Object.keys(expected)

export const exchange = (name: string): Exchange => {
  const requestLine = readFileSync(new URL(`${name}.req`, folder), "utf8").split(/\r?\n/, 1)[0] ?? ""
  const target = new URL(requestLine.split(" ")[1] ?? "", "http://localhost")
  return {
    ...read(`realtime/${name}`),
    query: Object.fromEntries(target.searchParams),
    updates: expected[name] ?? []
  }
}
