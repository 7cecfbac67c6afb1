/**
 * Reads the body of an answer as text, and no more of it than a limit: a small compressed body can unfold to gigabytes,
 * and a chunked one need not end.
 */
import { type HttpClientError, ResponseError } from "@effect/platform/HttpClientError"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import { constVoid } from "effect/Function"
import * as Stream from "effect/Stream"

/** The code of the cause of a body that is over the limit. */
export const tooLargeCode = "ERR_RESPONSE_TOO_LARGE"

class TooLarge extends Error {
  readonly code = tooLargeCode
  constructor(limit: number) {
    super(`the body has more than ${limit} bytes, the maxResponseSize of TriggerConfig`)
  }
}

interface Collector {
  /** False where it is more than the limit. */
  readonly add: (chunk: Uint8Array) => boolean
  /** As `Response.text` has it: what is not UTF-8 becomes U+FFFD, and a byte order mark is dropped. */
  readonly text: () => string
}

const decoder = new TextDecoder()

/** So many bytes may be in memory twice, as chunks and as a whole, for the shortest way from one to the other. */
const maxLoose = 16 * 1024 * 1024

/** Chunks, which are poured together once: at the end, or from time to time where they are many. */
const makeCollector = (limit: number): Collector => {
  let chunks: Array<Uint8Array> = []
  let size = 0
  let whole: Uint8Array = new Uint8Array()
  let poured = 0
  const pour = (capacity: number): void => {
    if (capacity > whole.byteLength) {
      const larger = new Uint8Array(capacity)
      larger.set(whole)
      whole = larger
    }
    for (const chunk of chunks) {
      whole.set(chunk, poured)
      poured += chunk.byteLength
    }
    chunks = []
  }
  return {
    add: (chunk) => {
      size += chunk.byteLength
      if (size > limit) {
        return false
      }
      chunks.push(chunk)
      if (size - poured > maxLoose) {
        pour(size > whole.byteLength ? Math.min(limit, 2 * size) : whole.byteLength)
      }
      return true
    },
    text: () => {
      const [first] = chunks
      if (first?.byteLength === size) {
        return decoder.decode(first)
      }
      pour(size)
      return decoder.decode(whole.subarray(0, size))
    }
  }
}

/** What the header says of the body's length: the least that it has, as a compressed one unfolds. */
const promisedBy = (contentLength: string | null | undefined): number => Number(contentLength ?? 0) || 0

/** A plain loop: with a `Stream`, a call for 100 kB takes half as long again. */
const readWeb = async (source: Response, limit: number, signal: AbortSignal): Promise<string> => {
  const body: ReadableStream<Uint8Array> | null = source.body
  if (body === null) {
    return ""
  }
  const reader = body.getReader()
  // this closes the connection; what becomes of that is of no interest
  const cancel = () => void reader.cancel().catch(constVoid)
  signal.addEventListener("abort", cancel)
  const collector = makeCollector(limit)
  let fits = promisedBy(source.headers.get("content-length")) <= limit
  while (fits) {
    const { done, value } = await reader.read()
    if (done) {
      return collector.text()
    }
    fits = collector.add(value)
  }
  cancel()
  throw new TooLarge(limit)
}

/** A body of Node: of undici, and of `node:http`. */
interface NodeBody extends AsyncIterable<Uint8Array> {
  readonly destroy: () => unknown
  /** Whether anybody has begun to read it. */
  readonly readableDidRead: boolean
}

const isNodeBody = (body: unknown): body is NodeBody =>
  typeof body === "object" && body !== null && Symbol.asyncIterator in body && "readableDidRead" in body &&
  "destroy" in body && typeof body.destroy === "function"

/** The same loop. Leaving it early destroys the body, and so closes the connection. */
const readNode = async (
  body: NodeBody,
  contentLength: string | undefined,
  limit: number,
  signal: AbortSignal
): Promise<string> => {
  signal.addEventListener("abort", () => void body.destroy())
  const collector = makeCollector(limit)
  if (promisedBy(contentLength) > limit) {
    body.destroy()
    throw new TooLarge(limit)
  }
  for await (const chunk of body) {
    if (!collector.add(chunk)) {
      throw new TooLarge(limit)
    }
  }
  return collector.text()
}

const readStream = (response: HttpClientResponse, limit: number): Effect.Effect<string, HttpClientError> =>
  Effect.suspend(() => {
    const collector = makeCollector(limit)
    const isTooLarge = promisedBy(response.headers["content-length"]) > limit
    const tooLarge = Effect.suspend(() => failure(response, new TooLarge(limit)))
    return Stream.runForEachChunk(response.stream, (chunks) => {
      for (const chunk of chunks) {
        if (isTooLarge || !collector.add(chunk)) {
          return tooLarge
        }
      }
      return Effect.void
    }).pipe(
      Effect.catchAll((error) => error.reason === "EmptyBody" ? Effect.void : Effect.fail(error)),
      Effect.map(collector.text)
    )
  })

const failure = (response: HttpClientResponse, cause: unknown): ResponseError =>
  new ResponseError({ request: response.request, response, reason: "Decode", cause })

/**
 * What lies beneath: a web `Response` for `fetch` and for clients in memory, or an answer of Node. The interface does not
 * show it, so it may be gone in another version of the platform; then the stream does, more slowly.
 */
const sourceOf = (response: HttpClientResponse): unknown => {
  const inner: unknown = "original" in response ? response.original : response
  return typeof inner === "object" && inner !== null && "source" in inner ? inner.source : undefined
}

/** Undici's answer has the body as a part; that of `node:http` is its own. */
const nodeBodyOf = (source: unknown): NodeBody | undefined => {
  const body = typeof source === "object" && source !== null && "body" in source ? source.body : source
  return isNodeBody(body) ? body : undefined
}

/** The whole body. */
export const text = (response: HttpClientResponse, limit: number): Effect.Effect<string, HttpClientError> => {
  const loop = (isBegun: boolean, read: (signal: AbortSignal) => Promise<string>) =>
    isBegun
      // by a client that somebody put between; the platform keeps the text for us
      ? response.text
      : Effect.tryPromise({
        try: read,
        // this also holds on to the response, which the platform would abort if it were collected as garbage
        catch: (cause) => failure(response, cause)
      })
  const source = sourceOf(response)
  if (source instanceof Response) {
    return loop(source.bodyUsed, (signal) => readWeb(source, limit, signal))
  }
  const body = nodeBodyOf(source)
  return body === undefined
    ? readStream(response, limit)
    : loop(body.readableDidRead, (signal) => readNode(body, response.headers["content-length"], limit, signal))
}
