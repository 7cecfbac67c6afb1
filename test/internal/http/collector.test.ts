import { assert, describe, it } from "@effect/vitest"
import { makeCollector } from "../../../src/internal/http/collector.js"

const mebibyte = 1024 * 1024

describe("the buffer of a body", () => {
  const rows: ReadonlyArray<
    readonly [what: string, chunks: number, chunkSize: number, limit: number, bufferSize: number]
  > = [
    ["has the size of a body that came in few chunks", 4095, 1, 100_000, 4095],
    ["is made early for many chunks, with room for as many again", 4096, 1, 100_000, 8192],
    ["stays the same until it is full", 8192, 1, 100_000, 8192],
    ["doubles once it is full", 12_288, 1, 100_000, 24_576],
    ["has the size of a body of 16 MiB", 16, mebibyte, 64 * mebibyte, 16 * mebibyte],
    ["is made early for a larger body, with room for as much again", 17, mebibyte, 64 * mebibyte, 34 * mebibyte],
    ["is filled by more than 16 MiB at a time", 35, mebibyte, 128 * mebibyte, 35 * mebibyte],
    ["is no larger than the limit", 4096, 1, 5000, 5000]
  ]
  for (const [what, chunks, chunkSize, limit, bufferSize] of rows) {
    it(what, () => {
      const collector = makeCollector({ limit, onChunk: () => {} })
      const chunk = new Uint8Array(chunkSize)
      for (let index = 0; index < chunks; index++) {
        assert.isUndefined(collector.add(chunk))
      }
      const bytes = collector.bytes()
      assert.strictEqual(bytes.byteLength, chunks * chunkSize)
      assert.strictEqual(bytes.buffer.byteLength, bufferSize)
    })
  }

  it("is the chunk itself where there is one", () => {
    const chunk = new Uint8Array(5)
    const collector = makeCollector({ limit: 10, onChunk: () => {} })
    collector.add(chunk)
    assert.strictEqual(collector.bytes(), chunk)
  })
})
