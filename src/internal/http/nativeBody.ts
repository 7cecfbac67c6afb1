/**
 * Reads the body of a response from the object that the HTTP client wraps: a web `Response`, or a body of Node. Through
 * the platform's `Stream` a call for 100 kB takes half as long again; docs/decisions/0007-native-bodies.md has the figures,
 * and the condition under which this module goes.
 */
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import { constVoid } from "effect/Function"
import { hasProperty, isFunction } from "effect/Predicate"
import { isolatesRequests } from "../settings/runtime.js"
import { declaredLength, makeCollector, TooLarge } from "./collector.js"
import { type Read, readWebStream } from "./webStream.js"

export interface NativeBody {
  /** Whether something else has begun to read it. */
  readonly isUsed: boolean
  /** Undefined where the stream of the platform must serve. */
  readonly read: Read | undefined
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
  hasProperty(body, "readableDidRead") && hasProperty(body, "destroy") && isFunction(body.destroy) &&
  hasProperty(body, "on") && isFunction(body.on)

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
 * The platform aborts every request whose body is not read through its own interface: once the response is garbage, or
 * after 5 seconds without a FinalizationRegistry. In a Worker, the garbage of one request is collected during another one,
 * which must not abort anything of the first.
 */
const mayBypassPlatform = (): boolean => typeof FinalizationRegistry !== "undefined" && !isolatesRequests()

/** The platform keeps the wrapped object in `source`, which its types do not show. */
const sourceOf = (response: HttpClientResponse): unknown => {
  const inner: unknown = "original" in response ? response.original : response
  return hasProperty(inner, "source") ? inner.source : undefined
}

/** Undici's response has a body; the response of `node:http` is one. */
const bodyOf = (source: unknown): unknown => hasProperty(source, "body") ? source.body : source

/** Whether the bytes are as the server sent them. `fetch` has unpacked a compressed body already. */
export const isRaw = (response: HttpClientResponse): boolean => isNodeBody(bodyOf(sourceOf(response)))

/** Undefined where the client wraps something else. */
export const nativeBody = (response: HttpClientResponse): NativeBody | undefined => {
  const source = sourceOf(response)
  const ifAllowed = (read: Read): Read | undefined => mayBypassPlatform() ? read : undefined
  if (source instanceof Response) {
    return { isUsed: source.bodyUsed || source.body?.locked === true, read: ifAllowed(readWeb(source)) }
  }
  const body = bodyOf(source)
  return isNodeBody(body) ? { isUsed: body.readableDidRead, read: ifAllowed(readNode(body, response)) } : undefined
}
