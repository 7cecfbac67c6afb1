import { HttpClientRequest, HttpClientResponse } from "@effect/platform"
import { afterEach, assert, describe, it, vi } from "@effect/vitest"
import { Readable } from "node:stream"
import { deflateSync, gzipSync } from "node:zlib"
import { type Compression, negotiate, unpack } from "../../../src/internal/http/compression.js"

const request = HttpClientRequest.get("http://trigger.test")

const ofFetch = HttpClientResponse.fromWeb(request, new Response("{}"))

/** As of undici and of `node:http`. */
const ofNode = new Proxy(ofFetch, {
  get: (target, key) => key === "source" ? { body: Readable.from([]) } : Reflect.get(target, key, target)
})

/** What the first request asks for, and the one after a response. */
const asked = (compression: Compression, response: HttpClientResponse.HttpClientResponse) => {
  const { observe, request: next } = negotiate(compression, request)
  const first = next().headers["accept-encoding"]
  observe(response)
  return [first, next().headers["accept-encoding"]]
}

describe("accept-encoding", () => {
  afterEach(() => {
    vi.unstubAllGlobals()
  })

  const rows: ReadonlyArray<
    readonly [
      compression: Compression,
      runtime: string | undefined,
      fetch: ReadonlyArray<unknown>,
      node: ReadonlyArray<unknown>
    ]
  > = [
    ["auto", undefined, ["identity", "identity"], ["identity", "gzip"]],
    ["auto", "Node.js/24", ["identity", "identity"], ["identity", "gzip"]],
    ["auto", "Mozilla/5.0", ["identity", "identity"], ["identity", "gzip"]],
    ["auto", "Bun/1.3.0", [undefined, undefined], [undefined, "gzip"]],
    ["auto", "Deno/2.9.0", [undefined, undefined], [undefined, "gzip"]],
    ["auto", "Cloudflare-Workers", [undefined, undefined], [undefined, "gzip"]],
    ["on", "Node.js/24", [undefined, undefined], [undefined, "gzip"]],
    ["off", "Node.js/24", ["identity", "identity"], ["identity", "identity"]],
    ["off", "Bun/1.3.0", ["identity", "identity"], ["identity", "identity"]]
  ]
  for (const [compression, runtime, fetch, node] of rows) {
    it(`${compression}, where the runtime is ${runtime ?? "unnamed"}`, () => {
      vi.stubGlobal("navigator", runtime === undefined ? undefined : { userAgent: runtime })
      assert.deepStrictEqual(asked(compression, ofFetch), fetch)
      assert.deepStrictEqual(asked(compression, ofNode), node)
    })
  }

  it("is identity where the runtime cannot unpack", () => {
    vi.stubGlobal("DecompressionStream", undefined)
    assert.deepStrictEqual(asked("on", ofNode), ["identity", "identity"])
  })
})

describe("a body is packed", () => {
  const rows: ReadonlyArray<readonly [what: string, label: string, bytes: Uint8Array, isPacked: boolean]> = [
    ["with the label and both bytes of gzip", "gzip", gzipSync("{}"), true],
    ["with the label and the header of zlib", "deflate", deflateSync("{}"), true],
    ["not with the first byte of gzip alone", "gzip", Uint8Array.of(0x1f, 0x20), false],
    ["not with the second byte of gzip alone", "gzip", Uint8Array.of(0x20, 0x8b), false],
    ["not with the method of zlib alone", "deflate", Uint8Array.of(0x78, 0x00), false],
    ["not with the check of zlib alone", "deflate", Uint8Array.of(0x00, 0x1f), false],
    ["not with the bytes of the other format", "deflate", gzipSync("{}"), false],
    ["not without bytes", "deflate", new Uint8Array(), false]
  ]
  for (const [what, label, bytes, isPacked] of rows) {
    it(what, () => {
      assert.strictEqual(unpack({ "content-encoding": label }, bytes) !== undefined, isPacked)
    })
  }
})
