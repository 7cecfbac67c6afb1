import { assert, describe, it } from "@effect/vitest"
import { Cause, Config, ConfigProvider, Data, Effect, Exit, Fiber, Layer, Redacted, TestClock } from "effect"
import { getBatchResults, RetryPolicy, TriggerAuth, TriggerClient, TriggerConfig } from "effect-trigger-dev"
import * as Scripted from "./support/scriptedHttp.js"

const env = (variables: Record<string, string>) =>
  Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables))))

const sentBy = (auth: Layer.Layer<TriggerAuth, unknown>) => {
  const http = Scripted.make([Scripted.ok])
  return getBatchResults("batch_1234").pipe(
    Effect.provide(TriggerClient.layer.pipe(
      Layer.provide(auth),
      Layer.provide(TriggerConfig.layer({ apiUrl: "http://trigger.test" })),
      Layer.provide(http.layer)
    )),
    Effect.map(() => http.requests.map((request) => request.headers["authorization"]))
  )
}

describe("TriggerAuth", () => {
  it.effect("sends the key as a bearer, with the scheme in the one case that servers accept", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* sentBy(TriggerAuth.layer(Redacted.make("tr_dev_1"))), ["Bearer tr_dev_1"])
    }))

  const fromVariables: ReadonlyArray<readonly [Record<string, string>, string]> = [
    [{ TRIGGER_SECRET_KEY: "tr_dev_1" }, "Bearer tr_dev_1"],
    [{ TRIGGER_SECRET_KEY: " tr_dev_1\n" }, "Bearer tr_dev_1"],
    [{ TRIGGER_ACCESS_TOKEN: "tr_dev_2" }, "Bearer tr_dev_2"],
    [{ TRIGGER_SECRET_KEY: "tr_dev_1", TRIGGER_ACCESS_TOKEN: "tr_dev_2" }, "Bearer tr_dev_1"],
    [{ TRIGGER_SECRET_KEY: "", TRIGGER_ACCESS_TOKEN: "tr_dev_2" }, "Bearer tr_dev_2"]
  ]

  for (const [variables, header] of fromVariables) {
    it.effect(`with ${JSON.stringify(variables)} sends ${header}`, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* sentBy(Layer.provide(TriggerAuth.layerConfig(), env(variables))), [header])
      }))
  }

  const withoutKey: ReadonlyArray<Record<string, string>> = [
    {},
    { TRIGGER_SECRET_KEY: "" },
    { TRIGGER_SECRET_KEY: "  " },
    { TRIGGER_SECRET_KEY: "", TRIGGER_ACCESS_TOKEN: "" },
    { TRIGGER_SECRET_KEY: "two words\nand lines" },
    { TRIGGER_SECRET_KEY: "Bearer two words" },
    { TRIGGER_SECRET_KEY: "schlüssel" }
  ]

  for (const variables of withoutKey) {
    it.effect(`with ${JSON.stringify(variables)} is a ConfigError that names the variable and not the value`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(
          Effect.provide(TriggerAuth, Layer.provide(TriggerAuth.layerConfig(), env(variables)))
        )
        assert.include(String(error), "TRIGGER_SECRET_KEY")
        assert.notInclude(String(error), "schlüssel")
        assert.notInclude(String(error), "two words")
      }))
  }

  const absent = (variable: string) =>
    `(Missing data at ${variable}: "Expected ${variable} to exist in the provided map")`

  const said: ReadonlyArray<readonly [variables: Record<string, string>, message: string]> = [
    [{}, `${absent("TRIGGER_SECRET_KEY")} or ${absent("TRIGGER_ACCESS_TOKEN")}`],
    [
      { TRIGGER_SECRET_KEY: "" },
      `(Missing data at TRIGGER_SECRET_KEY: "The secret key in TRIGGER_SECRET_KEY is empty") or ${
        absent("TRIGGER_ACCESS_TOKEN")
      }`
    ],
    [
      { TRIGGER_SECRET_KEY: "two words\nand lines" },
      "(Invalid data at TRIGGER_SECRET_KEY: \"The secret key in TRIGGER_SECRET_KEY contains white space: give the key alone, " +
      "without \"Bearer\"\")"
    ],
    [
      { TRIGGER_SECRET_KEY: "\"tr_dev_1\"" },
      "(Invalid data at TRIGGER_SECRET_KEY: \"The secret key in TRIGGER_SECRET_KEY begins with a quotation mark: " +
      "give the key alone\")"
    ],
    [
      { TRIGGER_SECRET_KEY: "export KEY=tr_dev_1" },
      "(Invalid data at TRIGGER_SECRET_KEY: \"The secret key in TRIGGER_SECRET_KEY begins with the name of a variable: " +
      "give the key alone\")"
    ],
    [
      { TRIGGER_SECRET_KEY: "KEY=tr_dev_1" },
      "(Invalid data at TRIGGER_SECRET_KEY: \"The secret key in TRIGGER_SECRET_KEY begins with the name of a variable: " +
      "give the key alone\")"
    ],
    [
      { TRIGGER_SECRET_KEY: "schlüssel" },
      "(Invalid data at TRIGGER_SECRET_KEY: \"The secret key in TRIGGER_SECRET_KEY contains characters other than visible ASCII\")"
    ]
  ]

  for (const [variables, message] of said) {
    it.effect(`with ${JSON.stringify(variables)} says where and why`, () =>
      Effect.gen(function*() {
        const auth = Layer.provide(TriggerAuth.layerConfig(), env(variables))
        assert.strictEqual(String(yield* Effect.flip(Effect.provide(TriggerAuth, auth))), message)
      }))
  }

  it.effect("takes a Config of the user's", () =>
    Effect.gen(function*() {
      const auth = Layer.provide(TriggerAuth.layerConfig(Config.redacted("MY_KEY")), env({ MY_KEY: "tr_dev_3" }))
      assert.deepStrictEqual(yield* sentBy(auth), ["Bearer tr_dev_3"])
    }))

  const refusedAtStart: ReadonlyArray<readonly [key: string, message: string]> = [
    [" ", "(Missing data at the secret key: \"The secret key is empty\")"],
    [
      "Bearer tr_dev_3",
      "(Invalid data at the secret key: \"The secret key contains white space: give the key alone, " +
      "without \"Bearer\"\")"
    ],
    [
      "schlüssel",
      "(Invalid data at the secret key: \"The secret key contains characters other than visible ASCII\")"
    ]
  ]

  for (const [key, message] of refusedAtStart) {
    it.effect(`refuses ${JSON.stringify(key)} from a Config of the user's before any call`, () =>
      Effect.gen(function*() {
        const auth = Layer.provide(TriggerAuth.layerConfig(Config.redacted("MY_KEY")), env({ MY_KEY: key }))
        assert.strictEqual(String(yield* Effect.flip(Effect.provide(TriggerAuth, auth))), message)
      }))
  }

  it.effect("names the variables of a Config of the user's that are not set", () =>
    Effect.gen(function*() {
      const config = Config.orElse(Config.redacted("MY_KEY"), () => Config.redacted(Config.string("OLD_KEY")))
      const auth = Layer.provide(TriggerAuth.layerConfig(config), env({}))
      const error = yield* Effect.flip(Effect.provide(TriggerAuth, auth))
      assert.include(error.message, "There is no secret key in MY_KEY")
      assert.include(error.message, "There is no secret key in OLD_KEY")
    }))

  it.effect("keeps what a Config of the user's says itself", () =>
    Effect.gen(function*() {
      const auth = TriggerAuth.layerConfig(Config.fail("set VAULT_ADDR first"))
      assert.strictEqual((yield* Effect.flip(Effect.provide(TriggerAuth, auth))).message, "set VAULT_ADDR first")
    }))

  const notPermitted = (name: string) =>
    Layer.setConfigProvider({
      ...ConfigProvider.fromMap(new Map()),
      load: () => {
        throw Object.assign(new Error("Requires env access to \"TRIGGER_SECRET_KEY\""), { name })
      }
    })

  it.effect.each(["NotCapable", "PermissionDenied"])("fails where Deno throws %s", (name) =>
    Effect.gen(function*() {
      const auth = Layer.provide(TriggerAuth.layerConfig(), notPermitted(name))
      const error = yield* Effect.flip(Effect.provide(TriggerAuth, auth))
      assert.strictEqual(
        String(error),
        "(Source unavailable at the environment: \"Requires env access to \"TRIGGER_SECRET_KEY\"\")"
      )
    }))

  it.effect("passes on the other defects of a ConfigProvider", () =>
    Effect.gen(function*() {
      const auth = Layer.provide(TriggerAuth.layerConfig(), notPermitted("TypeError"))
      const exit = yield* Effect.exit(Effect.provide(TriggerAuth, auth))
      assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
    }))

  it.effect("takes blanks around a key of the user's Config for none of it", () =>
    Effect.gen(function*() {
      const auth = Layer.provide(TriggerAuth.layerConfig(Config.redacted("MY_KEY")), env({ MY_KEY: " tr_dev_3\n" }))
      assert.deepStrictEqual(yield* sentBy(auth), ["Bearer tr_dev_3"])
    }))

  it.effect("asks for a rotating key at each attempt", () =>
    Effect.gen(function*() {
      let asked = 0
      const http = Scripted.make(["refused", "refused", Scripted.ok])
      yield* getBatchResults("batch_1234").pipe(Effect.provide(TriggerClient.layer.pipe(
        Layer.provide(TriggerAuth.layerEffect(Effect.sync(() => Redacted.make(`tr_dev_${++asked}`)))),
        Layer.provide(TriggerConfig.layer({ retryPolicy: RetryPolicy.make({ base: 0 }) })),
        Layer.provide(http.layer)
      )))
      assert.deepStrictEqual(http.requests.map((request) => request.headers["authorization"]), [
        "Bearer tr_dev_1",
        "Bearer tr_dev_2",
        "Bearer tr_dev_3"
      ])
    }))

  it.effect("a cached key that rotated is read again after Unauthorized where the cache is invalidated, as the guide does", () =>
    Effect.gen(function*() {
      let current = "tr_dev_old"
      const [get, invalidate] = yield* Effect.cachedInvalidateWithTTL(
        Effect.sync(() => Redacted.make(current)),
        "1 minute"
      )
      const http = Scripted.make(({ headers }) =>
        headers["authorization"] === `Bearer ${current}`
          ? Scripted.ok
          : Scripted.json({ error: "Invalid or Missing API Key" }, {}, 401)
      )
      const call = getBatchResults("batch_1234").pipe(
        Effect.tapErrorTag("Unauthorized", () => invalidate),
        Effect.retry({ times: 3, while: (error) => error._tag === "Unauthorized" && error.reason === "Refused" }),
        Effect.provide(TriggerClient.layer.pipe(
          Layer.provide(TriggerAuth.layerEffect(get)),
          Layer.provide(TriggerConfig.layer()),
          Layer.provide(http.layer)
        ))
      )
      yield* call
      current = "tr_dev_new"
      yield* call
      assert.deepStrictEqual(http.requests.map((request) => request.headers["authorization"]), [
        "Bearer tr_dev_old",
        "Bearer tr_dev_old",
        "Bearer tr_dev_new"
      ])
    }))

  it.effect("what the effect of a rotating key acquires is released at each attempt", () =>
    Effect.gen(function*() {
      let open = 0
      const openAtRequest: Array<number> = []
      const key = Effect.as(
        Effect.acquireRelease(Effect.sync(() => open++), () => Effect.sync(() => open--)),
        Redacted.make("tr_dev_1")
      )
      const http = Scripted.make(() => {
        openAtRequest.push(open)
        return openAtRequest.length < 3 ? { status: 500 } : Scripted.ok
      })
      yield* getBatchResults("batch_1234").pipe(Effect.provide(TriggerClient.layer.pipe(
        Layer.provide(TriggerAuth.layerEffect(key)),
        Layer.provide(TriggerConfig.layer({ retryPolicy: RetryPolicy.make({ base: 0 }) })),
        Layer.provide(http.layer)
      )))
      assert.deepStrictEqual(openAtRequest, [0, 0, 0])
    }))

  it.effect("a key that takes longer than the requestTimeout is a time-out of TriggerAuth, not of the server", () =>
    Effect.gen(function*() {
      const http = Scripted.make([Scripted.ok])
      const fiber = yield* getBatchResults("batch_1234").pipe(
        Effect.provide(TriggerClient.layer.pipe(
          Layer.provide(TriggerAuth.layerEffect(Effect.never)),
          Layer.provide(TriggerConfig.layer({ retryPolicy: RetryPolicy.none })),
          Layer.provide(http.layer)
        )),
        Effect.flip,
        Effect.fork
      )
      yield* TestClock.adjust("30 seconds")
      const error = yield* Fiber.join(fiber)
      assert.strictEqual(error._tag === "TransportError" && error.reason, "Timeout")
      assert.include(error.message, "TriggerAuth gave no secret key within 30s, so no request was sent")
      assert.deepStrictEqual(http.requests, [])
    }))

  class VaultSealed extends Data.TaggedError("VaultSealed")<{ readonly token: string }> {}

  const wiped = Redacted.make("hvs.SECRET")
  Redacted.unsafeWipe(wiped)

  const unobtainable: ReadonlyArray<readonly [name: string, Layer.Layer<TriggerAuth>, detail: string]> = [
    ["a tagged failure", TriggerAuth.layerEffect(new VaultSealed({ token: "hvs.SECRET" })), "failed with VaultSealed"],
    ["an Error", TriggerAuth.layerEffect(Effect.fail(new RangeError("hvs.SECRET"))), "RangeError"],
    ["a record with a tag", TriggerAuth.layerEffect(Effect.fail({ _tag: "Sealed", token: "hvs.SECRET" })), "Sealed"],
    [
      "a record whose tag is no text",
      TriggerAuth.layerEffect(Effect.fail({ _tag: 7, name: "Odd" })),
      "failed with Odd"
    ],
    [
      "a record whose name is no text",
      TriggerAuth.layerEffect(Effect.fail({ name: 7 })),
      "failed with an error without a name"
    ],
    ["null", TriggerAuth.layerEffect(Effect.fail(null)), "failed with an error without a name"],
    [
      "anything else",
      TriggerAuth.layerEffect(Effect.fail("hvs.SECRET")),
      "the effect of TriggerAuth.layerEffect failed with an error without a name"
    ],
    ["an empty key", TriggerAuth.layer(Redacted.make(" ")), "the secret key is empty"],
    [
      "a key that was wiped from memory",
      TriggerAuth.layer(wiped),
      "the secret key is not a `Redacted` text, or was wiped"
    ],
    [
      "a plain string, from a program without types",
      TriggerAuth.layer("hvs.SECRET" as never),
      "the secret key is not a `Redacted` text, or was wiped"
    ],
    [
      "a rotating key that is a plain string",
      TriggerAuth.layerEffect(Effect.succeed("hvs.SECRET" as never)),
      "the secret key is not a `Redacted` text, or was wiped"
    ],
    [
      "a number, redacted",
      TriggerAuth.layer(Redacted.make(7) as never),
      "the secret key is not a `Redacted` text, or was wiped"
    ],
    [
      "a key with a line break",
      TriggerAuth.layer(Redacted.make("hvs.SECRET\nx")),
      "the secret key contains white space: give the key alone, without \"Bearer\""
    ],
    [
      "a key that was pasted with its scheme",
      TriggerAuth.layer(Redacted.make("Bearer hvs.SECRET")),
      "the secret key contains white space: give the key alone, without \"Bearer\""
    ],
    [
      "a rotating key with a blank inside",
      TriggerAuth.layerEffect(Effect.succeed(Redacted.make("hvs.SECRET x"))),
      "the secret key contains white space: give the key alone, without \"Bearer\""
    ],
    [
      "a key with a control character",
      TriggerAuth.layer(Redacted.make("hvs.SECRET\u0007x")),
      "the secret key contains characters other than visible ASCII"
    ]
  ]

  for (const [name, auth, detail] of unobtainable) {
    it.effect(`${name} is Unauthorized without a request, and does not tell the value`, () =>
      Effect.gen(function*() {
        const http = Scripted.make([Scripted.ok])
        const error = yield* getBatchResults("batch_1234").pipe(
          Effect.provide(TriggerClient.layer.pipe(
            Layer.provide(auth),
            Layer.provide(TriggerConfig.layer()),
            Layer.provide(http.layer)
          )),
          Effect.flip
        )
        assert.strictEqual(error._tag === "Unauthorized" && error.reason, "NoSecretKey")
        assert.include(error.message, detail)
        assert.include(error.message, "GET /api/v1/batches/batch_1234/results")
        assert.notInclude(JSON.stringify(error) + error.message, "hvs.SECRET")
        assert.deepStrictEqual(http.requests, [])
      }))
  }
})
