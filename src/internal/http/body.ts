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

/** Whether a body was given up because it is over the limit. */
export const isTooLarge = (error: HttpClientError): boolean => error.cause instanceof TooLarge

/** How much is taken in, and who is told of each chunk that comes. */
interface Bounds {
  readonly limit: number
  readonly onChunk: () => void
}

interface Collector {
  /** Takes a chunk in, or gives the cause why not: it is over the limit, or there is no memory. Never throws. */
  readonly add: (chunk: Uint8Array) => unknown
  /** As `Response.text` has it: what is not UTF-8 becomes U+FFFD, and a byte order mark is dropped. */
  readonly text: () => string
}

const decoder = new TextDecoder()

/** So many bytes may be in memory twice, as chunks and as a whole, for the shortest way from one to the other. */
const maxLoose = 16 * 1024 * 1024

/** A chunk of one byte takes two hundred of memory, and a server may send a body in such. */
const maxChunks = 4096

/** Chunks, which are poured together once: at the end, or from time to time where they are many. */
const makeCollector = ({ limit, onChunk }: Bounds): Collector => {
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
      try {
        onChunk()
        size += chunk.byteLength
        if (size > limit) {
          return new TooLarge(limit)
        }
        chunks.push(chunk)
        if (size - poured > maxLoose || chunks.length >= maxChunks) {
          pour(size > whole.byteLength ? Math.min(limit, 2 * size) : whole.byteLength)
        }
        return undefined
      } catch (cause) {
        return cause
      }
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

/** What the headers say of the body's length. That of a compressed one says nothing: it may unfold to less, too. */
const promisedBy = (contentLength: string | null | undefined, contentEncoding: string | null | undefined): number =>
  (contentEncoding ?? "identity") === "identity" ? Number(contentLength ?? 0) || 0 : 0

/** How a body is read: says once that it is there or why it is not, and stops when what it returns is called. */
type Read = (done: (whole: Collector) => void, failed: (cause: unknown) => void) => () => void

/** A plain loop: with a `Stream`, a call for 100 kB takes half as long again. */
const readWeb = (source: Response, bounds: Bounds): Read => (done, failed) => {
  const collector = makeCollector(bounds)
  const body: ReadableStream<Uint8Array> | null = source.body
  if (body === null) {
    done(collector)
    return constVoid
  }
  const reader = body.getReader()
  // this closes the connection; what becomes of that is of no interest
  const cancel = () => void reader.cancel().catch(constVoid)
  const stop = (cause: unknown) => {
    cancel()
    failed(cause)
  }
  const read = () => void reader.read().then(next).catch(stop)
  const next = ({ done: isOver, value }: Awaited<ReturnType<typeof reader.read>>): void => {
    if (isOver) {
      return done(collector)
    }
    const cause = collector.add(value)
    return cause === undefined ? read() : stop(cause)
  }
  if (promisedBy(source.headers.get("content-length"), source.headers.get("content-encoding")) > bounds.limit) {
    stop(new TooLarge(bounds.limit))
  } else {
    read()
  }
  return cancel
}

/** A body of Node: of undici, and of `node:http`. */
interface NodeBody {
  readonly on: (event: string, listener: (value: Uint8Array) => void) => unknown
  readonly destroy: () => unknown
  /** Whether anybody has begun to read it. */
  readonly readableDidRead: boolean
  /** Whether it is closed: then no event comes any more. */
  readonly destroyed?: boolean
}

const isNodeBody = (body: unknown): body is NodeBody =>
  typeof body === "object" && body !== null && "readableDidRead" in body &&
  "destroy" in body && typeof body.destroy === "function" && "on" in body && typeof body.on === "function"

/** The same, by events. To destroy the body closes the connection. */
const readNode = (body: NodeBody, { headers }: HttpClientResponse, bounds: Bounds): Read => (done, failed) => {
  const collector = makeCollector(bounds)
  let isOver = false
  const stop = (cause: unknown) => {
    if (!isOver) {
      isOver = true
      failed(cause)
      body.destroy()
    }
  }
  const closed = () => isOver ? undefined : stop(new Error("the body was closed before its end"))
  body.on("error", stop)
  body.on("close", closed)
  if (body.destroyed === true) {
    closed()
  } else if (promisedBy(headers["content-length"], headers["content-encoding"]) > bounds.limit) {
    stop(new TooLarge(bounds.limit))
  } else {
    body.on("data", (chunk) => {
      const cause = collector.add(chunk)
      if (cause !== undefined) {
        stop(cause)
      }
    })
    body.on("end", () => {
      isOver = true
      done(collector)
    })
  }
  return () => void body.destroy()
}

const readStream = (response: HttpClientResponse, bounds: Bounds): Effect.Effect<string, HttpClientError> =>
  Effect.suspend(() => {
    const collector = makeCollector(bounds)
    const { headers } = response
    const isOver = promisedBy(headers["content-length"], headers["content-encoding"]) > bounds.limit
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

const failure = (response: HttpClientResponse, cause: unknown): ResponseError =>
  new ResponseError({ request: response.request, response, reason: "Decode", cause })

/** Fails where the text is longer than the engine's strings may be. */
const textOf = (collector: Collector, response: HttpClientResponse): Effect.Effect<string, ResponseError> =>
  Effect.try({ try: collector.text, catch: (cause) => failure(response, cause) })

/**
 * What lies beneath: a web `Response` for `fetch` and for clients in memory, or an answer of Node. The interface does not
 * show it, so it may be gone in another version of the platform; then the stream does, more slowly. So it does where an
 * engine cannot tell what is collected as garbage: there the platform aborts whatever is not read its own way in 5 seconds.
 */
const sourceOf = (response: HttpClientResponse): unknown => {
  if (!("FinalizationRegistry" in globalThis)) {
    return undefined
  }
  const inner: unknown = "original" in response ? response.original : response
  return typeof inner === "object" && inner !== null && "source" in inner ? inner.source : undefined
}

/** Undici's answer has the body as a part; that of `node:http` is its own. */
const nodeBodyOf = (source: unknown): NodeBody | undefined => {
  const body = typeof source === "object" && source !== null && "body" in source ? source.body : source
  return isNodeBody(body) ? body : undefined
}

/** The whole body, unless it has more bytes than `limit`. */
export const text = (
  response: HttpClientResponse,
  limit: number,
  onChunk: () => void = constVoid
): Effect.Effect<string, HttpClientError> => {
  const bounds: Bounds = { limit, onChunk }
  const reading = (isBegun: boolean, read: Read) =>
    isBegun
      // by a client that somebody put between; the platform keeps the text for us
      ? response.text
      // not `tryPromise`: its abort signal costs more than all the rest
      : Effect.async<string, HttpClientError>((resume) => {
        const stop = read(
          // this also holds on to the response, which the platform would abort if it were collected as garbage
          (collector) => resume(textOf(collector, response)),
          (cause) => resume(failure(response, cause))
        )
        return Effect.sync(stop)
      })
  const source = sourceOf(response)
  if (source instanceof Response) {
    return reading(source.bodyUsed, readWeb(source, bounds))
  }
  const body = nodeBodyOf(source)
  return body === undefined
    ? readStream(response, bounds)
    : reading(body.readableDidRead, readNode(body, response, bounds))
}
