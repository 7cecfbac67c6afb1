/**
 * Asks the simulator's realtime feed, and says what it sends in few words.
 */
import { HttpClient, HttpClientRequest } from "@effect/platform"
import { Effect, Layer } from "effect"
import { TriggerSimulator, type TriggerSimulatorOptions } from "effect-trigger-dev/testing"

export interface FeedReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
  /** Each message in the order of the body: `insert run_1 EXECUTING`, or the word of a control message. */
  readonly said: ReadonlyArray<string>
  /** The rows, by the id of the run. */
  readonly rows: Readonly<Record<string, Readonly<Record<string, string | null>>>>
}

interface Message {
  readonly value?: Readonly<Record<string, string | null>>
  readonly headers: Readonly<Record<string, unknown>>
}

/** The key of a row holds the id of the run without its beginning. */
const idIn = (key: string): string => `run_${/"([^"]+)"$/.exec(key)?.[1]}`

const reply = (status: number, headers: FeedReply["headers"], body: string): FeedReply => {
  const messages: ReadonlyArray<Message & { readonly key: string }> = body.startsWith("[") ? JSON.parse(body) : []
  return {
    status,
    headers,
    body,
    said: messages.map(({ headers, key, value }) =>
      value === undefined
        ? String(headers["control"])
        : [headers["operation"], idIn(key), value["status"]].filter((part) => part !== undefined).join(" ")
    ),
    rows: Object.fromEntries(messages.flatMap(({ key, value }) => value === undefined ? [] : [[idIn(key), value]]))
  }
}

export interface Asked {
  readonly method?: "GET" | "HEAD" | "OPTIONS"
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  /** Null for none. */
  readonly key?: string | null
}

export const versions = { "x-trigger-electric-version": "1.0.0-beta.1", "x-trigger-api-version": "2025-07-16" }

export const ask = (batchId: string, { headers = versions, key, method = "GET", query = {} }: Asked = {}) =>
  Effect.gen(function*() {
    const client = yield* HttpClient.HttpClient
    const bearer: Readonly<Record<string, string>> = key === null
      ? {}
      : { authorization: `Bearer ${key ?? TriggerSimulator.defaultKey}` }
    const response = yield* client.execute(
      HttpClientRequest.make(method)(`http://simulator/realtime/v1/batches/${batchId}`).pipe(
        HttpClientRequest.setUrlParams({ offset: "-1", ...query }),
        HttpClientRequest.setHeaders({ ...headers, ...bearer })
      )
    )
    return reply(response.status, response.headers, yield* response.text)
  })

/** What a client asks next. */
export const next = (last: FeedReply, live: boolean): Readonly<Record<string, string>> => ({
  handle: last.headers["electric-handle"] ?? "",
  offset: last.headers["electric-offset"] ?? "",
  ...(last.headers["electric-cursor"] === undefined ? {} : { cursor: last.headers["electric-cursor"] }),
  ...(live ? { live: "true" } : {})
})

/** A live request after this response. */
export const poll = (batchId: string, last: FeedReply) => ask(batchId, { query: next(last, true) })

export const layer = (options?: TriggerSimulatorOptions): Layer.Layer<TriggerSimulator | HttpClient.HttpClient> =>
  TriggerSimulator.layerHttpClient.pipe(Layer.provideMerge(TriggerSimulator.layer(options)))
