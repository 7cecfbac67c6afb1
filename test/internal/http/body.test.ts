import { HttpClientRequest, HttpClientResponse } from "@effect/platform"
import { afterEach, assert, beforeEach, describe, it, vi } from "@effect/vitest"
import { Deferred, Effect, Fiber, Stream } from "effect"
import { Readable } from "node:stream"
import type { ReadableStream as WebStream } from "node:stream/web"
import { deflateSync, gzipSync } from "node:zlib"
import * as Body from "../../../src/internal/http/body.js"
import { tooLargeCode } from "../../../src/internal/http/collector.js"

const request = HttpClientRequest.get("http://trigger.test")

type Chunks = ReadonlyArray<Uint8Array>

/** Counts what was taken from it, and whether it was told to stop. */
const bodyOf = (chunks: Iterable<Uint8Array>) => {
  const state = { pulled: 0, cancelled: 0 }
  const iterator = chunks[Symbol.iterator]()
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const next = iterator.next()
      if (next.done === true) {
        return controller.close()
      }
      state.pulled++
      controller.enqueue(next.value)
    },
    cancel: () => {
      state.cancelled++
    }
  }, { highWaterMark: 0 })
  return { state, stream }
}

const web = (body: ReadableStream<Uint8Array> | null, headers: Record<string, string> = {}) =>
  HttpClientResponse.fromWeb(request, new Response(body, { headers }))

/** As of a client that is not made of `fetch`: all there is, is the stream. */
const other = (body: ReadableStream<Uint8Array> | null, headers: Record<string, string> = {}) =>
  new Proxy(web(body, headers), {
    get: (target, key) => key === "source" ? undefined : Reflect.get(target, key, target)
  })

/** As of undici, whose response has a stream of Node for its body. */
const node = (body: ReadableStream<Uint8Array> | null, headers: Record<string, string> = {}) => {
  const source = {
    body: body === null
      ? Readable.from([])
      : Readable.fromWeb(body as WebStream, { highWaterMark: 0, objectMode: true })
  }
  return new Proxy(web(null, headers), {
    get: (target, key) => key === "source" ? source : Reflect.get(target, key, target)
  })
}

const bytes = (...values: ReadonlyArray<number>) => Uint8Array.from(values)
const utf8 = (text: string) => new TextEncoder().encode(text)

const endless: Iterable<Uint8Array> = {
  *[Symbol.iterator]() {
    for (;;) {
      yield new Uint8Array(10)
    }
  }
}

for (
  const [kind, make] of [["a web response", web], ["a response of Node", node], ["any other response", other]] as const
) {
  describe(`the body of ${kind}`, () => {
    const texts: ReadonlyArray<readonly [name: string, chunks: Chunks, text: string]> = [
      ["no bytes", [], ""],
      ["one chunk", [utf8("{}")], "{}"],
      ["many chunks", [utf8("{\"a\""), utf8(":"), utf8("1}")], "{\"a\":1}"],
      ["empty chunks in between", [utf8("a"), bytes(), utf8("b")], "ab"],
      ["a character in two chunks", [bytes(0xe2, 0x82), bytes(0xac)], "€"],
      ["an emoji byte by byte", [...utf8("🙂")].map((byte) => bytes(byte)), "🙂"],
      ["what is not UTF-8", [utf8("a"), bytes(0xff, 0xfe), utf8("b"), bytes(0xe2)], "a\ufffd\ufffdb\ufffd"],
      ["NUL bytes", [bytes(0, 0x61, 0)], "\0a\0"]
    ]
    it.effect("keeps a byte order mark, which may be a part of an output", () =>
      Effect.gen(function*() {
        const marked = bodyOf([bytes(0xef, 0xbb, 0xbf), utf8("a")])
        assert.strictEqual(yield* Body.text(make(marked.stream), 100), "\ufeffa")
      }))

    for (const [name, chunks, text] of texts) {
      it.effect(`with ${name} is the text that Response.text gives`, () =>
        Effect.gen(function*() {
          assert.strictEqual(yield* Body.text(make(bodyOf(chunks).stream), 100), text)
          const expected = yield* Effect.promise(() => new Response(bodyOf(chunks).stream).text())
          assert.strictEqual(expected, text)
        }))
    }

    it.effect("that is not there is empty", () =>
      Effect.gen(function*() {
        assert.strictEqual(yield* Body.text(make(null), 0), "")
      }))

    it.effect("of exactly the limit passes", () =>
      Effect.gen(function*() {
        const { state, stream } = bodyOf([utf8("12345"), utf8("67890")])
        assert.strictEqual(yield* Body.text(make(stream), 10), "1234567890")
        assert.strictEqual(state.cancelled, 0)
      }))

    it.effect("of one byte more fails, and the rest is not read", () =>
      Effect.gen(function*() {
        const { state, stream } = bodyOf(endless)
        const error = yield* Effect.flip(Body.text(make(stream), 29))
        assert.strictEqual(error._tag, "ResponseError")
        assert.include(error.cause, { code: tooLargeCode })
        assert.isTrue(Body.isTooLarge(error))
        assert.include(String(error.cause), "more than 29 bytes")
        assert.deepStrictEqual(state, { pulled: 3, cancelled: 1 })
      }))

    it.effect("that says it is exactly the limit passes", () =>
      Effect.gen(function*() {
        const { stream } = bodyOf([utf8("12345"), utf8("67890")])
        assert.strictEqual(yield* Body.text(make(stream, { "content-length": "10" }), 10), "1234567890")
      }))

    it.effect("of many megabytes is whole, and in order", () =>
      Effect.gen(function*() {
        const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQR".split("")
        const mebibyte = 1024 * 1024
        const text = yield* Body.text(
          make(bodyOf(letters.map((letter) => new Uint8Array(mebibyte).fill(letter.charCodeAt(0)))).stream),
          64 * mebibyte
        )
        // not of the texts themselves, which a failing test would print
        assert.strictEqual(text.length, letters.length * mebibyte)
        assert.isTrue(text === letters.map((letter) => letter.repeat(mebibyte)).join(""))
      }))

    it.effect("that says it is over the limit is not taken in", () =>
      Effect.gen(function*() {
        const { state, stream } = bodyOf(endless)
        const error = yield* Effect.flip(Body.text(make(stream, { "content-length": "31" }), 30))
        assert.include(error.cause, { code: tooLargeCode })
        assert.isAtMost(state.pulled, 1)
        assert.strictEqual(state.cancelled, 1)
      }))

    it.effect("that is compressed is counted as it unfolds, whatever it says of its length", () =>
      Effect.gen(function*() {
        const { stream } = bodyOf([utf8("12345")])
        const headers = { "content-length": "31", "content-encoding": "gzip" }
        assert.strictEqual(yield* Body.text(make(stream, headers), 30), "12345")
        const plain = make(bodyOf([utf8("12345")]).stream, { ...headers, "content-encoding": "identity" })
        assert.isTrue(Body.isTooLarge(yield* Effect.flip(Body.text(plain, 30))))
      }))

    const packings: ReadonlyArray<readonly [encoding: string, packed: Uint8Array]> = [
      ["gzip", gzipSync("{\"a\":\"é\"}")],
      ["x-gzip", gzipSync("{\"a\":\"é\"}")],
      [" GZIP ", gzipSync("{\"a\":\"é\"}")],
      ["gzip", Buffer.concat([gzipSync("{\"a\":"), gzipSync("\"é\"}")])],
      ["deflate", deflateSync("{\"a\":\"é\"}")]
    ]
    for (const [encoding, packed] of packings) {
      it.effect(`that is still packed as ${JSON.stringify(encoding)} (${packed.length} bytes) is unpacked`, () =>
        Effect.gen(function*() {
          const { stream } = bodyOf([...packed].map((byte) => bytes(byte)))
          assert.strictEqual(yield* Body.text(make(stream, { "content-encoding": encoding }), 100), "{\"a\":\"é\"}")
        }))
    }

    const plain: ReadonlyArray<readonly [encoding: string | undefined, text: string]> = [
      ["gzip", ""],
      ["gzip", "{"],
      ["deflate", "{}"],
      ["deflate", "x"],
      ["br", "{}"],
      [undefined, "\u001f"]
    ]
    for (const [encoding, text] of plain) {
      it.effect(`that is called ${encoding ?? "nothing"} and is ${JSON.stringify(text)} is taken as it is`, () =>
        Effect.gen(function*() {
          const { stream } = bodyOf([utf8(text)])
          const headers = encoding === undefined ? {} : { "content-encoding": encoding }
          assert.strictEqual(yield* Body.text(make(stream, headers), 100), text)
        }))
    }

    it.effect("that is not called gzip is not unpacked", () =>
      Effect.gen(function*() {
        const packed = gzipSync("{}")
        assert.strictEqual(
          yield* Body.text(make(bodyOf([packed]).stream), 100),
          new TextDecoder().decode(packed)
        )
      }))

    it.effect("that unpacks to more than the limit fails, and is not unpacked to its end", () =>
      Effect.gen(function*() {
        const packed = gzipSync(Buffer.alloc(64 * 1024 * 1024, " "))
        let chunks = 0
        const error = yield* Effect.flip(
          Body.text(make(bodyOf([packed]).stream, { "content-encoding": "gzip" }), 1024 * 1024, () => chunks++)
        )
        assert.isTrue(Body.isTooLarge(error))
        // a chunk of the runtime has 16 kB or more; all of them would be 4,096
        assert.isBelow(chunks, 100)
      }))

    for (
      const [fault, packed] of [
        ["is damaged", gzipSync("{}").fill(0xff, 12)],
        ["ends early", gzipSync("{}").subarray(0, -4)]
      ] as const
    ) {
      it.effect(`that is packed and ${fault} fails`, () =>
        Effect.gen(function*() {
          const response = make(bodyOf([packed]).stream, { "content-encoding": "gzip" })
          const error = yield* Effect.flip(Body.text(response, 100))
          assert.strictEqual(error._tag, "ResponseError")
          assert.match(String(Object(error.cause).code), /^Z_/)
        }))
    }

    it.effect("of many small chunks is whole, in order, and no longer than the limit", () =>
      Effect.gen(function*() {
        const count = 10_000
        const letters = Array.from({ length: count }, (_, i) => 97 + i % 26)
        const chunks = letters.map((letter) => bytes(letter))
        assert.strictEqual(yield* Body.text(make(bodyOf(chunks).stream), count), String.fromCharCode(...letters))
        assert.isTrue(Body.isTooLarge(yield* Effect.flip(Body.text(make(bodyOf(chunks).stream), count - 1))))
      }))

    it.effect("whose chunk cannot be taken in fails, and is let go of", () =>
      Effect.gen(function*() {
        const { state, stream } = bodyOf(endless)
        const cause = new RangeError("Array buffer allocation failed")
        const error = yield* Effect.flip(Body.text(make(stream), 1000, () => {
          throw cause
        }))
        assert.strictEqual(error.cause, cause)
        assert.strictEqual(state.cancelled, 1)
      }))

    for (const length of ["10", "0", "-1", "NaN", "", "1e9x"]) {
      it.effect(`that says its length is ${JSON.stringify(length)} is still counted`, () =>
        Effect.gen(function*() {
          const error = yield* Effect.flip(Body.text(make(bodyOf(endless).stream, { "content-length": length }), 30))
          assert.include(error.cause, { code: tooLargeCode })
        }))
    }

    it.effect("that fails half way fails with its cause", () =>
      Effect.gen(function*() {
        const cause = new TypeError("terminated")
        let pulls = 0
        const stream = new ReadableStream<Uint8Array>({
          pull: (controller) => pulls++ === 0 ? controller.enqueue(utf8("{")) : controller.error(cause)
        }, { highWaterMark: 0 })
        const error = yield* Effect.flip(Body.text(make(stream), 30))
        assert.strictEqual(error._tag, "ResponseError")
        assert.strictEqual(error.cause, cause)
        assert.isFalse(Body.isTooLarge(error))
      }))

    it.effect("is told of chunk by chunk, as they come", () =>
      Effect.gen(function*() {
        const told: Array<string> = []
        function* coming() {
          for (const text of ["{", "}", " "]) {
            told.push("sent")
            yield utf8(text)
          }
        }
        yield* Body.text(make(bodyOf(coming()).stream), 30, () => told.push("told"))
        assert.deepStrictEqual(told, ["sent", "told", "sent", "told", "sent", "told"])
      }))

    it.effect("that is too long for a string fails, and does not die", () =>
      Effect.gen(function*() {
        const cause = new RangeError("Invalid string length")
        const decode = vi.spyOn(TextDecoder.prototype, "decode").mockImplementation(() => {
          throw cause
        })
        const error = yield* Body.text(make(bodyOf([utf8("{}")]).stream), 30).pipe(
          Effect.flip,
          Effect.ensuring(Effect.sync(() => decode.mockRestore()))
        )
        assert.strictEqual(error.cause, cause)
      }))

    it.effect("that stalls is let go of when the reader is interrupted", () =>
      Effect.gen(function*() {
        const stalled = yield* Deferred.make<void>()
        let cancelled = 0
        let pulls = 0
        const stream = new ReadableStream<Uint8Array>({
          pull: (controller) => {
            if (pulls++ === 0) {
              return controller.enqueue(utf8("{"))
            }
            Deferred.unsafeDone(stalled, Effect.void)
            return new Promise(() => {})
          },
          cancel: () => {
            cancelled++
          }
        }, { highWaterMark: 0 })
        const fiber = yield* Effect.fork(Body.text(make(stream), 30))
        yield* Deferred.await(stalled)
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(cancelled, 1)
      }))
  })
}

describe("the body of a response of Node", () => {
  const response = (body: Readable) =>
    new Proxy(web(null), {
      get: (target, key) => key === "source" ? { body } : Reflect.get(target, key, target)
    })

  it.effect("whose chunk cannot be taken in fails, and is closed", () =>
    Effect.gen(function*() {
      const cause = new RangeError("Array buffer allocation failed")
      const chunk = {
        get byteLength() {
          throw cause
        }
      }
      const body = Readable.from([chunk, chunk])
      const error = yield* Effect.flip(Body.text(response(body), 30))
      assert.strictEqual(error.cause, cause)
      assert.isTrue(body.destroyed)
    }))

  it.effect("whose chunks cannot be joined fails, and does not die", () =>
    Effect.gen(function*() {
      const cause = new RangeError("Array buffer allocation failed")
      const chunk = {
        byteLength: 1,
        get length() {
          throw cause
        }
      }
      const error = yield* Effect.flip(Body.text(response(Readable.from([chunk, chunk])), 30))
      assert.strictEqual(error.cause, cause)
    }))

  it.effect("that was closed before anybody began to read it fails at once", () =>
    Effect.gen(function*() {
      const body = new Readable({ read: () => {} })
      body.destroy()
      yield* Effect.async<void>((resume) => void body.once("close", () => resume(Effect.void)))
      const fiber = yield* Effect.fork(Effect.flip(Body.text(response(body), 30)))
      yield* Effect.yieldNow()
      assert.isNotNull(fiber.unsafePoll())
      assert.include(String((yield* Fiber.join(fiber)).cause), "closed before its end")
    }))

  it.effect("that is closed without an error before its end fails", () =>
    Effect.gen(function*() {
      const body = new Readable({ read: () => {} })
      const fiber = yield* Effect.fork(Effect.flip(Body.text(response(body), 30)))
      yield* Effect.yieldNow()
      body.push("{")
      body.destroy()
      assert.include(String((yield* Fiber.join(fiber)).cause), "closed before its end")
    }))
})

const platformReads: ReadonlyArray<readonly [where: string, setUp: () => void]> = [
  ["where the engine cannot tell what is collected as garbage", () => vi.stubGlobal("FinalizationRegistry", undefined)],
  ["in a Worker", () => vi.stubGlobal("navigator", { userAgent: "Cloudflare-Workers" })]
]

describe.each(platformReads)("%s", (_, setUp) => {
  beforeEach(setUp)
  afterEach(() => vi.unstubAllGlobals())

  it.effect("the body is read as the platform reads it, which would abort it otherwise", () =>
    Effect.gen(function*() {
      let streams = 0
      const response = new Proxy(web(bodyOf([utf8("{}")]).stream), {
        get: (target, key) => {
          streams += key === "stream" ? 1 : 0
          return Reflect.get(target, key, target)
        }
      })
      assert.strictEqual(yield* Body.text(response, 30), "{}")
      assert.strictEqual(streams, 1)
    }))

  it.effect("a body that another client has read before is had from that client", () =>
    Effect.gen(function*() {
      const response = web(bodyOf([utf8("{}")]).stream)
      yield* response.text
      assert.strictEqual(yield* Body.text(response, 30), "{}")
    }))
})

describe("a response that is made of something else", () => {
  const sources: ReadonlyArray<readonly [name: string, source: unknown]> = [
    ["nothing", null],
    ["a number", 1],
    ["a response without a body", {}],
    ["a body that is none", { body: null }],
    ["a body that is a text", { body: "{}" }],
    ["a body that cannot be destroyed", { body: { readableDidRead: false, on: () => {} } }],
    ["a body that has no events", { body: { readableDidRead: false, destroy: () => {} } }],
    ["a body of which nobody knows whether it was read", { body: { on: () => {}, destroy: () => {} } }],
    ["a body whose members are no functions", { body: { readableDidRead: false, on: 1, destroy: 1 } }],
    ["a body that cannot be destroyed after all", { body: { readableDidRead: false, on: () => {}, destroy: 1 } }],
    ["a body whose events are none", { body: { readableDidRead: false, on: 1, destroy: () => {} } }]
  ]
  for (const [name, source] of sources) {
    it.effect(`such as ${name} is read as a stream`, () =>
      Effect.gen(function*() {
        const response = new Proxy(web(bodyOf([utf8("{}")]).stream), {
          get: (target, key) => key === "source" ? source : Reflect.get(target, key, target)
        })
        assert.strictEqual(yield* Body.text(response, 30), "{}")
      }))
  }

  for (const original of [null, 1]) {
    it.effect(`such as one around ${original} is read as a stream`, () =>
      Effect.gen(function*() {
        const response = new Proxy(web(bodyOf([utf8("{}")]).stream), {
          get: (target, key) => key === "original" ? original : Reflect.get(target, key, target),
          has: (target, key) => key === "original" || Reflect.has(target, key)
        })
        assert.strictEqual(yield* Body.text(response, 30), "{}")
      }))
  }
})

describe("a body that another client has read before", () => {
  it.effect("is had from that client", () =>
    Effect.gen(function*() {
      const response = web(bodyOf([utf8("{}")]).stream)
      yield* response.text
      assert.strictEqual(yield* Body.text(response, 30), "{}")
    }))

  it.effect("in part fails, and does not die", () =>
    Effect.gen(function*() {
      const response = web(bodyOf([utf8("{}"), utf8("{}")]).stream)
      yield* Stream.runHead(response.stream)
      const error = yield* Effect.flip(Body.text(response, 30))
      assert.strictEqual(error._tag, "ResponseError")
    }))

  it.effect("not yet, but has locked, fails, and does not die", () =>
    Effect.gen(function*() {
      const { stream } = bodyOf([utf8("{}")])
      const response = web(stream)
      stream.getReader()
      const error = yield* Effect.flip(Body.text(response, 30))
      assert.strictEqual(error._tag, "ResponseError")
    }))
})
