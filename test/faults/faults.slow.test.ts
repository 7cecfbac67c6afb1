import { HttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Redacted, Supervisor } from "effect"
import { getBatchResults, RetryPolicy, TriggerAuth, TriggerClient, TriggerConfig } from "effect-trigger-dev"
import { expectNoSecret, recording } from "../support/leaks.js"
import { clientNames, layers } from "./clients.js"
import { listen } from "./server.js"
import { faults, groups, maxAttempts, outcomeOf } from "./table.js"

const key = "tr_dev_kq3Vx9TzLw7Rn2Yd5Bp8"

const retryPolicy = RetryPolicy.make({ maxRetries: maxAttempts - 1, base: 0, jitter: "none" })

for (const client of clientNames) {
  for (const group of groups) {
    describe(`${group}, under ${client}`, () => {
      for (const fault of faults) {
        if (fault.group !== group) {
          continue
        }
        it.scopedLive(fault.name, () =>
          Effect.gen(function*() {
            const outcome = outcomeOf(fault, client)
            const server = yield* listen(fault.serve, fault.connected)
            if (fault.down === true) {
              yield* server.stop
            }
            let attempts = 0
            const http = Layer.effect(
              HttpClient.HttpClient,
              Effect.map(HttpClient.HttpClient, HttpClient.tapRequest(() => Effect.sync(() => attempts++)))
            ).pipe(Layer.provide(layers[client]))
            const apiUrl = fault.url?.(server.port) ?? `http://127.0.0.1:${server.port}`
            const services = yield* Layer.build(TriggerClient.layer.pipe(
              Layer.provide(TriggerConfig.layer({
                apiUrl,
                retryPolicy,
                requestTimeout: fault.timeout ?? 5000,
                ...(fault.maxResponseSize === undefined ? {} : { maxResponseSize: fault.maxResponseSize })
              })),
              Layer.provide(TriggerAuth.layer(Redacted.make(key))),
              Layer.provide(http)
            ))

            if (fault.after !== undefined) {
              yield* Effect.provide(getBatchResults("batch_1"), services)
              if (fault.after === "a closed connection") {
                yield* server.closed
              }
            }
            const before = { attempts, requests: server.requests() }

            const supervisor = yield* Supervisor.track
            const { exit, texts } = yield* getBatchResults("batch_1").pipe(
              Effect.supervised(supervisor),
              recording,
              Effect.provide(services)
            )

            if ("value" in outcome) {
              assert.deepStrictEqual(
                Exit.map(exit, ({ id, items }) => ({ id, items: items.length })),
                Exit.succeed(outcome.value)
              )
            } else {
              const error = yield* Effect.flip(exit)
              const fields = Object.keys(outcome.fields).map((name) => [name, Reflect.get(error, name)])
              assert.deepStrictEqual(
                { error: error._tag, ...Object.fromEntries(fields) },
                { error: outcome.error, ...outcome.fields }
              )
            }
            const made = attempts - before.attempts
            assert.strictEqual(made, outcome.attempts)
            if (fault.url === undefined && fault.down !== true) {
              assert.strictEqual(server.requests() - before.requests, made, "the server has seen no other requests")
            }
            expectNoSecret(texts, [key])
            assert.deepStrictEqual(yield* supervisor.value, [], "fibers that are left")
            if (fault.lingers?.[client] === undefined) {
              yield* Effect.timeoutFail(server.closed, {
                duration: "2 seconds",
                onTimeout: () => new Error(`${server.open()} sockets are left`)
              })
            }
          }))
      }
    })
  }
}
