import { HttpClientRequest, HttpClientResponse } from "@effect/platform"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { Readable } from "node:stream"
import { TooLarge } from "../../../src/internal/http/collector.js"
import { nativeBody } from "../../../src/internal/http/nativeBody.js"

const responseOf = (body: Readable) =>
  new Proxy(HttpClientResponse.fromWeb(HttpClientRequest.get("http://trigger.test"), new Response()), {
    get: (target, key) => key === "source" ? { body } : Reflect.get(target, key, target)
  })

it.effect("a body of Node that is over the limit fails once, whatever it emits until it is closed", () =>
  Effect.gen(function*() {
    const body = new Readable({
      read: () => {},
      // the body of undici does so
      destroy: (error, callback) => callback(error ?? new Error("aborted"))
    })
    body.push("12345")
    body.push("67890")
    const failures: Array<unknown> = []
    yield* Effect.async<void>((resume) => {
      body.once("close", () => resume(Effect.void))
      nativeBody(responseOf(body))?.read?.(
        { limit: 4, onChunk: () => {} },
        () => failures.push("done"),
        (cause) => failures.push(cause)
      )
    })
    assert.lengthOf(failures, 1)
    assert.instanceOf(failures[0], TooLarge)
  }))
