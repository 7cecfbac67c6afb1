/**
 * Reads the whole body of a response as text, unless it has more bytes than a limit.
 */
import { type HttpClientError, ResponseError } from "@effect/platform/HttpClientError"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import { constVoid } from "effect/Function"
import * as Stream from "effect/Stream"
import { type Bounds, type Collector, declaredLength, makeCollector, TooLarge } from "./collector.js"
import { type NativeBody, nativeBody } from "./nativeBody.js"

/** Whether the body was not read to its end because it is over the limit. */
export const isTooLarge = (error: HttpClientError): boolean => error.cause instanceof TooLarge

const failure = (response: HttpClientResponse, cause: unknown): ResponseError =>
  new ResponseError({ request: response.request, response, reason: "Decode", cause })

/** Fails where the text is longer than a string of the engine can be. */
const textOf = (collector: Collector, response: HttpClientResponse): Effect.Effect<string, ResponseError> =>
  Effect.try({ try: collector.text, catch: (cause) => failure(response, cause) })

const readNative = (
  response: HttpClientResponse,
  body: NativeBody,
  bounds: Bounds
): Effect.Effect<string, HttpClientError> =>
  // not `Effect.tryPromise`, whose abort signal costs more than the rest of this function
  Effect.async<string, HttpClientError>((resume) => {
    const stop = body.read(
      bounds,
      // the closure keeps the response reachable: the platform aborts a response that is garbage collected
      (collector) => resume(textOf(collector, response)),
      (cause) => resume(failure(response, cause))
    )
    return Effect.sync(stop)
  })

const readStream = (response: HttpClientResponse, bounds: Bounds): Effect.Effect<string, HttpClientError> =>
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
      Effect.catchAll((error) => error.reason === "EmptyBody" ? Effect.void : Effect.fail(error)),
      Effect.zipRight(textOf(collector, response))
    )
  })

/** `onChunk` is called for each chunk, so that a time limit can start again. */
export const text = (
  response: HttpClientResponse,
  limit: number,
  onChunk: () => void = constVoid
): Effect.Effect<string, HttpClientError> => {
  const bounds: Bounds = { limit, onChunk }
  const body = nativeBody(response)
  if (body === undefined) {
    return readStream(response, bounds)
  }
  // a wrapper of the user's has read it; the platform keeps the text
  return body.isUsed ? response.text : readNative(response, body, bounds)
}
