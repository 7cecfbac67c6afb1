/**
 * Reads the whole body of a response as text, unless it has more bytes than a limit.
 */
import { type HttpClientError, ResponseError } from "@effect/platform/HttpClientError"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import { constVoid } from "effect/Function"
import * as Stream from "effect/Stream"
import { type Bounds, type Collector, declaredLength, makeCollector, TooLarge } from "./collector.js"
import { comesPacked, unpack } from "./compression.js"
import { nativeBody } from "./nativeBody.js"
import type { Read } from "./webStream.js"

/** Whether the body was not read to its end because it is over the limit. */
export const isTooLarge = (error: HttpClientError): boolean => error.cause instanceof TooLarge

const failure = (response: HttpClientResponse, cause: unknown): ResponseError =>
  new ResponseError({ request: response.request, response, reason: "Decode", cause })

/** It keeps a byte order mark, which is part of a text that a task returned. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

/** The text without a byte order mark at its start, which JSON may not have. */
export const withoutMark = (text: string): string => text.startsWith("\uFEFF") ? text.slice(1) : text

/** `Effect.tryPromise` has an abort signal that costs more than all the rest of a small body. */
const read = (
  response: HttpClientResponse,
  reading: Read,
  bounds: Bounds
): Effect.Effect<Collector, HttpClientError> =>
  Effect.async((resume) => {
    const stop = reading(
      bounds,
      (collector) => resume(Effect.succeed(collector)),
      // the closure keeps the response reachable: the platform aborts a response that is garbage collected
      (cause) => resume(failure(response, cause))
    )
    return Effect.sync(stop)
  })

/** Memory may be short, and a text longer than the engine allows. */
const evaluate = <A>(response: HttpClientResponse, compute: () => A): Effect.Effect<A, HttpClientError> =>
  Effect.try({ try: compute, catch: (cause) => failure(response, cause) })

/** Invalid UTF-8 becomes U+FFFD. */
const textOf = (
  response: HttpClientResponse,
  collector: Collector,
  bounds: Bounds
): Effect.Effect<string, HttpClientError> =>
  Effect.flatMap(evaluate(response, collector.bytes), (bytes) => {
    const unpacking = unpack(response.headers, bytes)
    return unpacking === undefined
      ? evaluate(response, () => decoder.decode(bytes))
      : Effect.flatMap(
        read(response, unpacking, bounds),
        (unpacked) => evaluate(response, () => decoder.decode(unpacked.bytes()))
      )
  })

const readStream = (response: HttpClientResponse, bounds: Bounds): Effect.Effect<Collector, HttpClientError> =>
  Effect.suspend(() => {
    const collector = makeCollector(bounds)
    const { headers } = response
    const isOver = declaredLength(headers["content-length"], headers["content-encoding"]) > bounds.limit
    return Stream.runForEachChunk(response.stream, (chunks) => {
      for (const chunk of chunks) {
        const cause = isOver ? new TooLarge(bounds.limit) : collector.add(chunk)
        if (cause !== undefined) {
          return Effect.fail(failure(response, cause))
        }
      }
      return Effect.void
    }).pipe(
      Effect.catchIf(({ reason }) => reason === "EmptyBody", () => Effect.void),
      Effect.as(collector)
    )
  })

/** What a wrapper of the user's has read. The platform keeps it as the text or the bytes that the wrapper asked for. */
const readByOthers = (response: HttpClientResponse): Effect.Effect<string, HttpClientError> =>
  comesPacked(response)
    ? Effect.fail(failure(response, new Error("something else has read the compressed body before")))
    : Effect.orElse(
      response.text,
      () => Effect.map(response.arrayBuffer, (bytes) => decoder.decode(bytes))
    )

/** `onChunk` is called for each chunk, so that a time limit can start again. */
export const text = (
  response: HttpClientResponse,
  limit: number,
  onChunk: () => void = constVoid
): Effect.Effect<string, HttpClientError> => {
  const bounds: Bounds = { limit, onChunk }
  const body = nativeBody(response)
  if (body?.isUsed === true) {
    return readByOthers(response)
  }
  const collected = body?.read === undefined ? readStream(response, bounds) : read(response, body.read, bounds)
  return Effect.flatMap(collected, (collector) => textOf(response, collector, bounds))
}
