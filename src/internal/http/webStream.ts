/**
 * Reads a web stream of bytes to its end.
 */
import { constVoid } from "effect/Function"
import { type Bounds, type Collector, makeCollector } from "./collector.js"

/** Reads a body: calls `done` or `failed` once. The function that it returns stops the reading. */
export type Read = (
  bounds: Bounds,
  done: (collector: Collector) => void,
  failed: (cause: unknown) => void
) => () => void

export const readWebStream = (stream: ReadableStream<Uint8Array>): Read => (bounds, done, failed) => {
  const collector = makeCollector(bounds)
  const reader = stream.getReader()
  // cancelling closes the connection; its outcome is of no interest
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
  read()
  return cancel
}
