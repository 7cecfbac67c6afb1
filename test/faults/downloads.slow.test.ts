import { HttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Redacted, Supervisor } from "effect"
import {
  downloadOutput,
  RetryPolicy,
  type RunSuccess,
  TriggerAuth,
  TriggerClient,
  TriggerConfig
} from "effect-trigger-dev"
import { expectNoSecret, recording } from "../support/leaks.js"
import { clientNames, layers } from "./clients.js"
import { downloadFaults, downloadOutcomeOf, signature } from "./downloads.js"
import { response } from "./responses.js"
import { listen } from "./server.js"
import { maxAttempts } from "./table.js"

const key = "tr_dev_kq3Vx9TzLw7Rn2Yd5Bp8"

const retryPolicy = RetryPolicy.make({ maxRetries: maxAttempts - 1, base: 0, jitter: "none" })

const stored: RunSuccess = { ok: true, id: "run_1", output: "run_1/output.json", outputType: "application/store" }

/** Those fields of an error that are expected. */
const picked = (error: unknown, expected: { readonly error: string; readonly fields: object }): object => {
  assert.instanceOf(error, Error)
  const fields = Object.keys(expected.fields).map((name) => [name, Reflect.get(error, name)])
  return { error: Reflect.get(error, "_tag"), fields: Object.fromEntries(fields) }
}

for (const client of clientNames) {
  describe(`Downloads, under ${client}`, () => {
    for (const fault of downloadFaults) {
      it.scopedLive(fault.name, () =>
        Effect.gen(function*() {
          const outcome = downloadOutcomeOf(fault, client)
          const received: Array<string> = []
          const store = yield* listen((exchange) => {
            received.push(exchange.request)
            fault.serve(exchange)
          })
          if (fault.down === true) {
            yield* store.stop
          }
          const origin = `http://127.0.0.1:${store.port}`
          const api = yield* listen(({ number, socket }) =>
            socket.write(response(JSON.stringify({
              presignedUrl: `${origin}/packets/output.json?X-Amz-Expires=300&n=${number}&X-Amz-Signature=${signature}`
            })))
          )
          const asked: Array<string> = []
          const http = Layer.effect(
            HttpClient.HttpClient,
            Effect.map(
              HttpClient.HttpClient,
              HttpClient.tapRequest(({ url }) => Effect.sync(() => url.startsWith(origin) && asked.push(url)))
            )
          ).pipe(Layer.provide(layers[client]))
          const services = yield* Layer.build(TriggerClient.layer.pipe(
            Layer.provide(TriggerConfig.layer({
              apiUrl: `http://127.0.0.1:${api.port}`,
              previewBranch: "feature/x",
              retryPolicy,
              requestTimeout: fault.timeout ?? 5000,
              ...(fault.maxOutputSize === undefined ? {} : { maxOutputSize: fault.maxOutputSize })
            })),
            Layer.provide(TriggerAuth.layer(Redacted.make(key))),
            Layer.provide(http)
          ))

          const supervisor = yield* Supervisor.track
          const { exit, texts } = yield* downloadOutput(stored).pipe(
            Effect.supervised(supervisor),
            recording,
            Effect.provide(services)
          )

          if ("text" in outcome) {
            assert.deepStrictEqual(Exit.map(exit, ({ text }) => text), Exit.succeed(outcome.text))
          } else {
            const error = yield* Effect.flip(exit)
            const { cause, requests: _, ...expected } = outcome
            assert.deepStrictEqual(picked(error, expected), expected)
            if (cause === undefined) {
              assert.isUndefined(error.cause)
            } else {
              assert.deepStrictEqual(picked(error.cause, cause), cause)
            }
          }
          const requests = outcome.requests + (fault.redirects ?? 0)
          assert.strictEqual(asked.length, requests)
          assert.strictEqual(new Set(asked).size, requests, "URLs that were used but once")
          assert.strictEqual(api.requests(), outcome.requests)
          assert.strictEqual(store.requests(), fault.down === true ? 0 : requests)
          assert.notMatch(received.join("\n"), /authorization|x-trigger-branch|tr_dev_/i)
          expectNoSecret(texts, [key, signature])
          assert.deepStrictEqual(yield* supervisor.value, [], "fibers that are left")
          yield* Effect.timeoutFail(Effect.zipRight(store.closed, api.closed), {
            duration: "2 seconds",
            onTimeout: () => new Error(`${store.open()} sockets to the store and ${api.open()} to the API are left`)
          })
        }))
    }
  })
}
