/**
 * Compressed responses: whether to ask for them, and how to unpack those that the HTTP client leaves packed.
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import { constVoid } from "effect/Function"
import { unpacksSafely } from "../settings/runtime.js"
import { isRaw, nativeBody } from "./nativeBody.js"
import type { Headers } from "./retryHeaders.js"
import { type Read, readWebStream } from "./webStream.js"

/** The setting of `TriggerConfig`. */
export type Compression = "auto" | "on" | "off"

/** How a client asks for compression. It learns from its responses what its HTTP client does with compressed bodies. */
export interface Negotiation {
  /** The request, with an `accept-encoding` where one is needed. */
  readonly request: () => HttpClientRequest.HttpClientRequest
  readonly observe: (response: HttpClientResponse) => void
}

/**
 * The clients of Node give the bytes as they came, and never ask for compression: we ask, and unpack. Any other may be
 * `fetch`, which asks and unpacks by itself; where undici 7 is that `fetch`, it may crash the process.
 */
export const negotiate = (
  compression: Compression,
  request: HttpClientRequest.HttpClientRequest
): Negotiation => {
  const identity = HttpClientRequest.setHeader(request, "accept-encoding", "identity")
  const packed = HttpClientRequest.setHeader(request, "accept-encoding", "gzip")
  if (compression === "off" || typeof DecompressionStream === "undefined") {
    return { request: () => identity, observe: constVoid }
  }
  let current = compression === "on" || unpacksSafely() ? request : identity
  let isShared = false
  return {
    request: () => current,
    observe: (response) => {
      if (isRaw(response)) {
        // who reads bodies before us, such as a logger around the HTTP client, cannot unpack them
        isShared ||= nativeBody(response)?.isUsed === true
        current = isShared ? identity : packed
      }
    }
  }
}

const isGzip = ([first, second]: Uint8Array): boolean => first === 0x1f && second === 0x8b

/** The header of zlib: 8 is its only method, and the two bytes are a multiple of 31. */
const isZlib = ([first = 0, second = 0]: Uint8Array): boolean => first % 16 === 8 && (first * 256 + second) % 31 === 0

/** The format that the headers name. */
const labelOf = (headers: Headers): "gzip" | "deflate" | undefined => {
  switch (headers["content-encoding"]?.trim().toLowerCase()) {
    case "gzip":
    case "x-gzip":
      return "gzip"
    case "deflate":
      return "deflate"
    default:
      return undefined
  }
}

/**
 * The format of a body that is still packed. The headers alone do not tell: `fetch` keeps them when it has unpacked the body,
 * and some servers label a plain one.
 */
const formatOf = (headers: Headers, bytes: Uint8Array): "gzip" | "deflate" | undefined => {
  const label = labelOf(headers)
  return label !== undefined && (label === "gzip" ? isGzip(bytes) : isZlib(bytes)) ? label : undefined
}

/** Whether somebody who reads the body through the HTTP client gets the packed bytes. */
export const comesPacked = (response: HttpClientResponse): boolean =>
  isRaw(response) && labelOf(response.headers) !== undefined

/** How to read what a body holds, or undefined where it is not packed. */
export const unpack = (headers: Headers, bytes: Uint8Array): Read | undefined => {
  const format = formatOf(headers, bytes)
  const packed = format === undefined ? null : new Response(new Uint8Array(bytes)).body
  return format === undefined || packed === null || typeof DecompressionStream === "undefined"
    ? undefined
    : readWebStream(packed.pipeThrough(new DecompressionStream(format)))
}
