import { HttpClient, HttpClientError } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Config, type ConfigError, ConfigProvider, Effect, Exit, Fiber, Layer, Redacted, TestClock } from "effect"
import {
  getBatchResults,
  retrieveBatch,
  retrieveRun,
  RetryPolicy,
  TriggerAuth,
  TriggerClient,
  TriggerConfig
} from "effect-trigger-dev"
import { expectNoSecret, printings, recording } from "../support/leaks.js"
import * as Scripted from "../support/scriptedHttp.js"

const key = Scripted.secretKey
const authorization = `Bearer ${key}`

/** Everything that a call prints on its way and at its end, until the policy gives up. */
const printed = <A, E>(
  call: Effect.Effect<A, E, TriggerClient>,
  layer: Layer.Layer<TriggerClient>
) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(recording(Effect.provide(call, layer)))
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

const policy = RetryPolicy.make({ maxRetries: 1 })

/** One way to each error that a request can end with. */
const ways: ReadonlyArray<readonly [tag: string, step: Scripted.Step]> = [
  ["Unauthorized", { status: 401 }],
  ["Forbidden", { status: 403 }],
  ["BatchNotFound", Scripted.json({ error: "Batch not found" }, {}, 404)],
  ["RateLimited", { status: 429, headers: { "retry-after": "1" } }],
  ["ServerError", { status: 500 }],
  ["UnexpectedResponse", { status: 302, headers: { location: `https://evil.test/?key=${key}` } }],
  ["UnexpectedResponse", { status: 200, headers: { "content-type": "text/html" }, body: "<html>" }],
  ["InvalidResponse", Scripted.json({ id: "batch_1234" })],
  ["TransportError", "refused"],
  ["TransportError", "cut off"],
  ["TransportError", "hang"]
]

/** A server, or a proxy, that repeats what it was sent wherever it can. */
const echoes: ReadonlyArray<readonly [tag: string, step: Scripted.Step]> = [
  ["Unauthorized", Scripted.json({ error: `Invalid key ${key}` }, {}, 401)],
  ["Unauthorized", Scripted.json({ error: `Invalid header Authorization: ${authorization}` }, {}, 401)],
  ["Forbidden", Scripted.json({ error: authorization }, {}, 403)],
  ["BatchNotFound", Scripted.json({ error: `no batch for ${key.slice(0, 20)}` }, {}, 404)],
  ["RateLimited", Scripted.json({ error: `slow down, ${authorization}` }, { "x-ratelimit-limit": key }, 429)],
  ["ServerError", Scripted.json({ error: `crashed on ${authorization}` }, {}, 500)],
  ["UnexpectedResponse", { status: 400, headers: { "content-type": key }, body: authorization }],
  ["UnexpectedResponse", { status: 400, body: `${"x".repeat(185)}${authorization}` }],
  ["UnexpectedResponse", { status: 400, body: `${"x".repeat(4080)}${authorization}` }],
  ["UnexpectedResponse", { status: 302, headers: { location: `/login/${key}` }, body: key }],
  ["UnexpectedResponse", { status: 200, headers: { "content-type": "text/html" }, body: `<p>${authorization}</p>` }],
  ["InvalidResponse", Scripted.json({ id: "batch_1234", items: [{ ok: key, id: "run_1" }] })],
  ["InvalidResponse", Scripted.json({ id: "batch_1234", items: [{ ok: true, id: [authorization] }] })],
  ["InvalidResponse", { status: 200, headers: { "content-type": "application/json" }, body: `{"${key}` }]
]

describe("the secret stays secret", () => {
  for (const [tag, step] of [...ways, ...echoes]) {
    it.effect(`${tag}, from ${JSON.stringify(step).slice(0, 120)}`, () =>
      Effect.gen(function*() {
        const { exit, texts } = yield* printed(
          getBatchResults("batch_1234"),
          Scripted.client(Scripted.make([step]), { retryPolicy: policy })
        )
        assert.isTrue(Exit.isFailure(exit))
        assert.isTrue(texts.some(([, text]) => text.includes(tag)), "the error is printed at all")
        expectNoSecret(texts, [key])
      }))
  }

  describe("a key of a form that nobody knows", () => {
    const odd = "zQ9vK2mX7pL4wT8nR3bY6cD1fG5hJ0kN"
    const refusal = (echo: string) => Scripted.json({ error: `I do not know (${echo})` }, {}, 401)
    const echoes: ReadonlyArray<readonly [name: string, echo: Scripted.Step]> = [
      ["the key", refusal(odd)],
      ["the header", refusal(`Bearer ${odd}`)],
      ["the key many times in a value of another type", Scripted.json({ id: { "I do not know": Array(20).fill(odd) } })]
    ]
    for (const [name, echo] of echoes) {
      it.effect(`is redacted where the server echoes ${name}`, () =>
        Effect.gen(function*() {
          const layer = TriggerClient.layer.pipe(
            Layer.provide(TriggerConfig.layer({ apiUrl: "http://trigger.test", retryPolicy: RetryPolicy.none })),
            Layer.provide(Layer.succeed(TriggerAuth, { secretKey: Effect.succeed(Redacted.make(odd)) })),
            Layer.provide(Scripted.make([echo]).layer)
          )
          const { exit, texts } = yield* printed(getBatchResults("batch_1234"), layer)
          assert.isTrue(Exit.isFailure(exit))
          assert.isTrue(texts.some(([, text]) => text.includes("I do not know")), "the error is printed at all")
          expectNoSecret(texts, [odd])
        }))
    }
  })

  it.effect("of an id that is none, no more than 200 characters are told", () =>
    Effect.gen(function*() {
      const layer = Scripted.client(Scripted.make([]))
      const error = yield* Effect.flip(Effect.provide(getBatchResults("x".repeat(1000)), layer))
      assert.deepInclude(error, { _tag: "InvalidBatchId", batchId: "x".repeat(200) })
    }))

  it.effect("a good response", () =>
    Effect.gen(function*() {
      const { exit, texts } = yield* printed(
        Effect.zip(getBatchResults("batch_1234"), Effect.flip(retrieveRun("run_1"))),
        Scripted.client(Scripted.make([Scripted.ok]))
      )
      assert.isTrue(Exit.isSuccess(exit))
      expectNoSecret(texts, [key])
    }))

  it.effect("ids that are keys by mistake", () =>
    Effect.gen(function*() {
      const { texts } = yield* printed(
        Effect.all([
          Effect.flip(getBatchResults(key)),
          Effect.flip(retrieveBatch(`${key} `)),
          Effect.flip(retrieveRun(authorization))
        ]),
        Scripted.client(Scripted.make([]))
      )
      expectNoSecret(texts, [key])
    }))

  const ownCause = new Error(authorization)
  ownCause.cause = ownCause

  /** What undici and Node put in their messages and causes when a header or a connection is at fault. */
  const failures: ReadonlyArray<readonly [name: string, cause: unknown]> = [
    [
      "a message that quotes the header",
      new TypeError(`Headers.append: "${authorization}" is an invalid header value`)
    ],
    ["a cause that holds the request", new Error("failed", { cause: { request: { headers: { authorization } } } })],
    ["a cause with the key in its code", Object.assign(new Error("failed"), { code: key })],
    ["a list of causes", new AggregateError([new Error(`sent ${authorization}`)], "all failed")],
    ["a text", authorization],
    ["a cause that is its own cause", ownCause]
  ]

  for (const [name, cause] of failures) {
    it.effect(`an HTTP client that fails with ${name}`, () =>
      Effect.gen(function*() {
        const http = Layer.succeed(
          HttpClient.HttpClient,
          HttpClient.make((request) =>
            Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport", cause }))
          )
        )
        const { exit, texts } = yield* printed(
          getBatchResults("batch_1234"),
          Scripted.client({ layer: http }, { retryPolicy: policy })
        )
        assert.isTrue(Exit.isFailure(exit))
        expectNoSecret(texts, [key])
      }))
  }

  it.effect("layers and services", () =>
    Effect.gen(function*() {
      const live = Layer.merge(
        Scripted.client(Scripted.make([Scripted.ok])),
        Layer.merge(TriggerAuth.layer(Redacted.make(key)), TriggerConfig.layer())
      )
      const services = yield* Effect.provide(Effect.all([TriggerClient, TriggerAuth, TriggerConfig]), live)
      expectNoSecret(printings(services), [key])
    }))

  for (const bad of [`${key}\u0007`, authorization, `${key}\n${key}`, `“${key}”`]) {
    const from: ReadonlyArray<readonly [name: string, Layer.Layer<TriggerAuth, ConfigError.ConfigError>]> = [
      ["the environment", TriggerAuth.layerConfig()],
      ["a Config of the user's", TriggerAuth.layerConfig(Config.redacted("TRIGGER_SECRET_KEY"))]
    ]
    for (const [name, auth] of from) {
      it.effect(`a key of ${name} that is refused at start-up: ${JSON.stringify(bad.replaceAll(key, "…"))}`, () =>
        Effect.gen(function*() {
          const exit = yield* Effect.exit(Effect.provide(
            TriggerAuth,
            Layer.provide(
              auth,
              Layer.setConfigProvider(ConfigProvider.fromMap(new Map([["TRIGGER_SECRET_KEY", bad]])))
            )
          ))
          assert.isTrue(Exit.isFailure(exit))
          expectNoSecret(printings(exit), [key])
        }))
    }

    it.effect(`a key that is refused at a call: ${JSON.stringify(bad.replaceAll(key, "…"))}`, () =>
      Effect.gen(function*() {
        const { exit, texts } = yield* printed(
          getBatchResults("batch_1234"),
          TriggerClient.layer.pipe(
            Layer.provide(TriggerConfig.layer({ apiUrl: "http://trigger.test" })),
            Layer.provide(TriggerAuth.layer(Redacted.make(bad))),
            Layer.provide(Scripted.make([Scripted.ok]).layer)
          )
        )
        assert.isTrue(Exit.isFailure(exit))
        expectNoSecret(texts, [key])
      }))
  }
})

describe("what this suite relies on", () => {
  it("the raw error of an HTTP client does print the key", () => {
    const http = Scripted.make(["refused"])
    return Effect.gen(function*() {
      const client = yield* HttpClient.HttpClient
      const exit = yield* Effect.exit(client.get("http://trigger.test", { headers: { authorization } }))
      assert.throws(() => expectNoSecret(printings(exit), [key]), /A secret was printed/)
    }).pipe(Effect.provide(http.layer), Effect.runPromise)
  })
})
