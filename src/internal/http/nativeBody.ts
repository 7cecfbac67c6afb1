/**
 * Reads the body of a response from the object that the HTTP client wraps: a web `Response`, or a body of Node. Through
 * the platform's `Stream` a call for 100 kB takes half as long again; docs/decisions/0007-native-bodies.md has the figures,
 * and the condition under which this module goes.
 */
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import { constVoid } from "effect/Function"
import { declaredLength, makeCollector, TooLarge } from "./collector.js"
import { type Read, readWebStream } from "./webStream.js"

export interface NativeBody {
  /** Whether something else has begun to read it. */
  readonly isUsed: boolean
  readonly read: Read
}

const readWeb = (source: Response): Read => (bounds, done, failed) => {
  const body: ReadableStream<Uint8Array> | null = source.body
  if (body === null) {
    done(makeCollector(bounds))
    return constVoid
  }
  if (declaredLength(source.headers.get("content-length"), source.headers.get("content-encoding")) > bounds.limit) {
    void body.cancel().catch(constVoid)
    failed(new TooLarge(bounds.limit))
    return constVoid
  }
  return readWebStream(body)(bounds, done, failed)
}

/** The body of a response of undici or of `node:http`. */
interface NodeBody {
  readonly on: (event: string, listener: (value: Uint8Array) => void) => unknown
  readonly destroy: () => unknown
  readonly readableDidRead: boolean
  /** A destroyed body emits no further event. */
  readonly destroyed?: boolean
}

const isNodeBody = (body: unknown): body is NodeBody =>
  typeof body === "object" && body !== null && "readableDidRead" in body &&
  "destroy" in body && typeof body.destroy === "function" && "on" in body && typeof body.on === "function"

const readNode = (body: NodeBody, { headers }: HttpClientResponse): Read => (bounds, done, failed) => {
  const collector = makeCollector(bounds)
  let isOver = false
  const stop = (cause: unknown) => {
    if (!isOver) {
      isOver = true
      failed(cause)
      // destroying the body closes the connection
      body.destroy()
    }
  }
  const closed = () => isOver ? undefined : stop(new Error("the body was closed before its end"))
  body.on("error", stop)
  body.on("close", closed)
  if (body.destroyed === true) {
    closed()
  } else if (declaredLength(headers["content-length"], headers["content-encoding"]) > bounds.limit) {
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

/**
 * The platform keeps the wrapped object in `source`, which its types do not show. Without a FinalizationRegistry the
 * platform aborts, after 5 seconds, every body that is not read through its own interface.
 */
const sourceOf = (response: HttpClientResponse): unknown => {
  if (!("FinalizationRegistry" in globalThis)) {
    return undefined
  }
  const inner: unknown = "original" in response ? response.original : response
  return typeof inner === "object" && inner !== null && "source" in inner ? inner.source : undefined
}

/** Undici's response has a body; the response of `node:http` is one. */
const bodyOf = (source: unknown): unknown =>
  typeof source === "object" && source !== null && "body" in source ? source.body : source

/** Whether the bytes are as the server sent them. `fetch` has unpacked a compressed body already. */
export const isRaw = (response: HttpClientResponse): boolean => isNodeBody(bodyOf(sourceOf(response)))

/** Undefined where the client wraps something else: then the stream of the platform serves. */
export const nativeBody = (response: HttpClientResponse): NativeBody | undefined => {
  const source = sourceOf(response)
  if (source instanceof Response) {
    return { isUsed: source.bodyUsed || source.body?.locked === true, read: readWeb(source) }
  }
  const body = bodyOf(source)
  return isNodeBody(body) ? { isUsed: body.readableDidRead, read: readNode(body, response) } : undefined
}
