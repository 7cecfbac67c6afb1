/**
 * Gathers the chunks of a body up to a limit: a small compressed body can unpack to gigabytes, and a chunked body need
 * not end.
 */

/** The code of the cause where a body is over the limit. */
export const tooLargeCode = "ERR_RESPONSE_TOO_LARGE"

export class TooLarge extends Error {
  readonly code = tooLargeCode
  constructor(limit: number) {
    super(`the body has more than ${limit} bytes, the maxResponseSize of TriggerConfig`)
  }
}

export interface Bounds {
  /** The most bytes that are read. */
  readonly limit: number
  /** Called for each chunk. */
  readonly onChunk: () => void
}

export interface Collector {
  /** Adds a chunk. Returns the cause where it cannot: over the limit, or out of memory. Never throws. */
  readonly add: (chunk: Uint8Array) => unknown
  /** All chunks as one. */
  readonly bytes: () => Uint8Array
}

/** Up to this many bytes are kept as chunks and joined once at the end, which is fastest and holds them twice. */
const maxLooseBytes = 16 * 1024 * 1024

/** A chunk costs some 200 bytes besides its content, and a server may send a body byte by byte. */
const maxLooseChunks = 4096

/** Joins the chunks at the end, or earlier where they are many or large. */
export const makeCollector = ({ limit, onChunk }: Bounds): Collector => {
  let chunks: Array<Uint8Array> = []
  let size = 0
  let joined: Uint8Array = new Uint8Array()
  let joinedSize = 0
  const join = (capacity: number): void => {
    if (capacity > joined.byteLength) {
      const larger = new Uint8Array(capacity)
      larger.set(joined)
      joined = larger
    }
    for (const chunk of chunks) {
      joined.set(chunk, joinedSize)
      joinedSize += chunk.byteLength
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
        if (size - joinedSize > maxLooseBytes || chunks.length >= maxLooseChunks) {
          join(size > joined.byteLength ? Math.min(limit, 2 * size) : joined.byteLength)
        }
        return undefined
      } catch (cause) {
        return cause
      }
    },
    bytes: () => {
      const [first] = chunks
      if (first?.byteLength === size) {
        return first
      }
      join(size)
      return joined.subarray(0, size)
    }
  }
}

/** The length that the headers declare. That of a compressed body says nothing about the unpacked one. */
export const declaredLength = (
  contentLength: string | null | undefined,
  contentEncoding: string | null | undefined
): number => (contentEncoding ?? "identity") === "identity" ? Number(contentLength ?? 0) || 0 : 0
