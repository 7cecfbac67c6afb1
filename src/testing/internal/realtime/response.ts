/**
 * The responses of the realtime feed: headers, and a list of messages as the body.
 */
import { type ApiResponse, json } from "../response.js"
import { type Row, schemaHeader } from "./columns.js"
import type { FeedRequest } from "./request.js"

export interface ChangeMessage {
  readonly key: string
  readonly value: Row
  readonly headers: { readonly operation: "insert" | "update"; readonly [name: string]: unknown }
}

export interface ControlMessage {
  readonly headers: { readonly control: "up-to-date" | "must-refetch"; readonly [name: string]: unknown }
}

export interface FeedResponse {
  readonly status?: 200 | 204 | 409
  readonly messages: ReadonlyArray<ChangeMessage | ControlMessage>
  readonly handle: string
  readonly offset?: string
  /** Of live responses. */
  readonly cursor?: string
  /** Whether the response has the header with the types of the columns. */
  readonly schema: boolean
  readonly headers: { readonly [name: string]: string }
}

/** The key of a row, as Electric writes it for the table of runs. */
export const keyOf = (runId: string): string => `"public"."TaskRun"/"${runId.slice("run_".length)}"`

/** Whether a handle that a client sent may stand in a header. */
export const isSendable = (handle: string): boolean => /^[\x21-\x7e]+$/.test(handle)

export const feedResponse = (request: FeedRequest, response: FeedResponse): ApiResponse => {
  const { cursor, handle, messages, offset, schema, status = 200 } = response
  const { body, headers } = json(status, messages, {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "*",
    ...response.headers,
    [request.olderHeaders ? "electric-shape-id" : "electric-handle"]: handle,
    ...(offset === undefined
      ? {}
      : { [request.olderHeaders ? "electric-chunk-last-offset" : "electric-offset"]: offset }),
    ...(cursor === undefined ? {} : { "electric-cursor": cursor }),
    ...(schema ? { "electric-schema": schemaHeader(request.skipColumns) } : {})
  })
  return {
    status,
    headers,
    body: status === 204
      ? ""
      : request.currentStatuses
      ? body
      // clients of older API versions do not know the status
      : body.replaceAll("\"status\":\"DEQUEUED\"", "\"status\":\"EXECUTING\"")
  }
}
