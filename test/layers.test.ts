import { FetchHttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Config, ConfigProvider, Data, Duration, Effect, Exit, Layer, Redacted } from "effect"
import {
  downloadOutput,
  getBatchResults,
  retrieveBatch,
  retrieveRun,
  RetryPolicy,
  TriggerAuth,
  TriggerClient,
  TriggerConfig,
  type TriggerConfigOptions
} from "effect-trigger-dev"
import { inspect } from "node:util"
import * as Scripted from "./support/scriptedHttp.js"

const env = (variables: Record<string, string>) =>
  Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables))))

const configFrom = (variables: Record<string, string>, layer = TriggerConfig.layerConfig()) =>
  TriggerConfig.pipe(Effect.provide(Layer.provide(layer, env(variables))))

describe("TriggerConfig", () => {
  it.effect("has a default for every option", () =>
    Effect.gen(function*() {
      const config = yield* Effect.provide(TriggerConfig, TriggerConfig.layer())
      assert.deepStrictEqual({ ...config, apiUrl: config.apiUrl.href }, {
        apiUrl: "https://api.trigger.dev/",
        previewBranch: undefined,
        requestTimeout: Duration.seconds(30),
        retryPolicy: RetryPolicy.default,
        realtime: "auto",
        concurrency: 16,
        compression: false,
        maxResponseSize: 256 * 1024 * 1024,
        maxOutputSize: 2 ** 29 - 24
      })
    }))

  it.effect("takes every option", () =>
    Effect.gen(function*() {
      const config = yield* Effect.provide(
        TriggerConfig,
        TriggerConfig.layer({
          apiUrl: new URL("http://localhost:3030/trigger//"),
          previewBranch: " feature/x ",
          requestTimeout: "5 seconds",
          retryPolicy: RetryPolicy.none,
          concurrency: 2.5,
          compression: true,
          maxResponseSize: 1000
        })
      )
      assert.strictEqual(config.apiUrl.href, "http://localhost:3030/trigger")
      assert.strictEqual(config.previewBranch, "feature/x")
      assert.deepStrictEqual(config.requestTimeout, Duration.seconds(5))
      assert.strictEqual(config.retryPolicy, RetryPolicy.none)
      assert.strictEqual(config.concurrency, 2)
      assert.isTrue(config.compression)
      assert.strictEqual(config.maxResponseSize, 1000)
    }))

  it.effect("reads no more of an answer or of an output than a text can hold", () =>
    Effect.gen(function*() {
      const sizes = yield* Effect.forEach([-1, 1000, 2 ** 29 - 24, 2 ** 29, Infinity], (size) =>
        Effect.map(
          Effect.provide(TriggerConfig, TriggerConfig.layer({ maxResponseSize: size, maxOutputSize: size })),
          (config) => [config.maxResponseSize, config.maxOutputSize]
        ))
      const most = 2 ** 29 - 24
      assert.deepStrictEqual(sizes, [[0, 0], [1000, 1000], [most, most], [most, most], [most, most]])
    }))

  it.effect("has one request under way at once, at least", () =>
    Effect.gen(function*() {
      const config = yield* Effect.provide(TriggerConfig, TriggerConfig.layer({ concurrency: 0 }))
      assert.strictEqual(config.concurrency, 1)
    }))

  it.effect("reads TRIGGER_API_URL and TRIGGER_PREVIEW_BRANCH", () =>
    Effect.gen(function*() {
      const config = yield* configFrom({
        TRIGGER_API_URL: "https://trigger.example.com/",
        TRIGGER_PREVIEW_BRANCH: "feature/x"
      })
      assert.strictEqual(config.apiUrl.href, "https://trigger.example.com/")
      assert.strictEqual(config.previewBranch, "feature/x")
    }))

  it.effect("without variables is the hosted API and no branch", () =>
    Effect.gen(function*() {
      const config = yield* configFrom({})
      assert.strictEqual(config.apiUrl.href, "https://api.trigger.dev/")
      assert.isUndefined(config.previewBranch)
    }))

  it.effect("takes an empty branch for none", () =>
    Effect.gen(function*() {
      assert.isUndefined((yield* configFrom({ TRIGGER_PREVIEW_BRANCH: " " })).previewBranch)
    }))

  it.effect("reads any option from a Config of the user's", () =>
    Effect.gen(function*() {
      const config = yield* configFrom(
        { TRIGGER_API_URL: "https://ignored.example.com", MY_URL: "https://mine.example.com", MY_TIMEOUT: "3 seconds" },
        TriggerConfig.layerConfig({
          apiUrl: Config.string("MY_URL"),
          requestTimeout: Config.duration("MY_TIMEOUT"),
          retryPolicy: Config.succeed(RetryPolicy.none)
        })
      )
      assert.strictEqual(config.apiUrl.href, "https://mine.example.com/")
      assert.deepStrictEqual(config.requestTimeout, Duration.seconds(3))
      assert.strictEqual(config.retryPolicy, RetryPolicy.none)
    }))

  const own = Config.nested(
    Config.all({
      apiUrl: Config.string("URL"),
      previewBranch: Config.string("BRANCH"),
      concurrency: Config.integer("N")
    }),
    "MY"
  )

  it.effect("reads all options from one Config of the user's, whatever the variables it does not need", () =>
    Effect.gen(function*() {
      const config = yield* configFrom(
        {
          "MY.URL": "https://mine.example.com",
          "MY.BRANCH": "mine",
          "MY.N": "3",
          TRIGGER_API_URL: "nonsense",
          TRIGGER_PREVIEW_BRANCH: "ä"
        },
        TriggerConfig.layerConfig(own)
      )
      assert.deepStrictEqual([config.apiUrl.href, config.previewBranch, config.concurrency], [
        "https://mine.example.com/",
        "mine",
        3
      ])
    }))

  it.effect("reads from the environment what one Config of the user's leaves out", () =>
    Effect.gen(function*() {
      const config = yield* configFrom(
        { TRIGGER_API_URL: "https://trigger.example.com", TRIGGER_PREVIEW_BRANCH: "feature/x" },
        TriggerConfig.layerConfig(Config.succeed({ concurrency: 3 }))
      )
      assert.deepStrictEqual([config.apiUrl.href, config.previewBranch, config.concurrency], [
        "https://trigger.example.com/",
        "feature/x",
        3
      ])
    }))

  it.effect("fails with the error of the one Config of the user's", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(configFrom(
        { "MY.URL": "https://mine.example.com", "MY.BRANCH": "mine" },
        TriggerConfig.layerConfig(own)
      ))
      assert.deepInclude(error, { _op: "MissingData", path: ["MY", "N"] })
    }))

  it.effect("takes an empty branch from a Config of the user's for none, whatever the variable says", () =>
    Effect.gen(function*() {
      const config = yield* configFrom(
        { TRIGGER_PREVIEW_BRANCH: "feature/x" },
        TriggerConfig.layerConfig({ previewBranch: Config.succeed("") })
      )
      assert.isUndefined(config.previewBranch)
    }))

  const badUrls: ReadonlyArray<readonly [url: string, says: string]> = [
    ["", "expected a URL such as"],
    ["api.trigger.dev", "expected a URL such as"],
    ["/api", "expected a URL such as"],
    ["ftp://api.trigger.dev", "scheme"],
    ["file:///etc/passwd", "scheme"],
    ["https://user@api.trigger.dev", "credentials"],
    ["https://:tr_dev_secret@api.trigger.dev", "credentials"],
    ["https://api.trigger.dev?x=1", "query string"],
    ["https://api.trigger.dev#x", "fragment"]
  ]

  for (const [url, says] of badUrls) {
    it.effect(`refuses ${JSON.stringify(url)} as a ConfigError that names the variable`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(configFrom({ TRIGGER_API_URL: url }))
        assert.deepInclude(error, { _op: "InvalidData", path: ["TRIGGER_API_URL"] })
        assert.include(String(error), says)
        assert.notInclude(String(error), "tr_dev_secret")
      }))
  }

  it.effect("refuses a branch that cannot stand in a header", () =>
    Effect.gen(function*() {
      for (const branch of ["a\nb", "ä", "a\u0000"]) {
        const error = yield* Effect.flip(configFrom({ TRIGGER_PREVIEW_BRANCH: branch }))
        assert.strictEqual(
          String(error),
          "(Invalid data at TRIGGER_PREVIEW_BRANCH: \"The preview branch cannot be sent in a header: it holds " +
            "characters outside of visible ASCII\")"
        )
      }
    }))

  const unusable: ReadonlyArray<readonly [options: TriggerConfigOptions, message: string]> = [
    [
      { apiUrl: "nonsense" },
      "(Invalid data at apiUrl: \"The API URL cannot be used: expected a URL such as https://api.trigger.dev\")"
    ],
    [
      { previewBranch: "ä" },
      "(Invalid data at previewBranch: \"The preview branch cannot be sent in a header: it holds characters outside " +
      "of visible ASCII\")"
    ],
    [{ concurrency: NaN }, "(Invalid data at concurrency: \"Expected a number of requests, and it is NaN\")"],
    [{ maxResponseSize: NaN }, "(Invalid data at maxResponseSize: \"Expected a number of bytes, and it is NaN\")"],
    [{ maxOutputSize: NaN }, "(Invalid data at maxOutputSize: \"Expected a number of bytes, and it is NaN\")"],
    ...([
      [NaN, "NaN"],
      [0, "0"],
      [-1, "-1"],
      [0n, "0"],
      ["0 seconds", "0 seconds"],
      [[0, 0], "[0,0]"],
      [Duration.zero, "0"],
      ["soon" as "1 second", "soon"]
    ] as const).map(([requestTimeout, was]) =>
      [
        { requestTimeout },
        `(Invalid data at requestTimeout: "Expected a duration longer than zero, and it is ${was}")`
      ] as const
    )
  ]

  for (const [options, message] of unusable) {
    const name = Object.entries(options).map(([option, value]) => `${option} ${inspect(value)}`).join()

    it.effect(`in code, ${name} is a defect that names the option`, () =>
      Effect.gen(function*() {
        const exit = yield* Effect.exit(Effect.provide(TriggerConfig, TriggerConfig.layer(options)))
        assert.deepStrictEqual(Exit.isFailure(exit) && Array.from(Cause.defects(exit.cause), String), [message])
      }))

    it.effect(`from a Config of the user's, ${name} is a ConfigError that names the option`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(configFrom({}, TriggerConfig.layerConfig(Config.succeed(options))))
        assert.strictEqual(String(error), message)
      }))
  }

  it.effect("an option from a Config of the user's is named, and not the variable that was not read", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(configFrom(
        { TRIGGER_API_URL: "https://trigger.example.com", MY_URL: "nonsense" },
        TriggerConfig.layerConfig({ apiUrl: Config.string("MY_URL") })
      ))
      assert.include(String(error), "Invalid data at apiUrl:")
    }))

  it.effect("a number that a Config of the user's makes of nothing is a ConfigError", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(configFrom(
        {},
        TriggerConfig.layerConfig({ concurrency: Config.map(Config.withDefault(Config.string("N"), "x"), Number) })
      ))
      assert.include(String(error), "Invalid data at concurrency:")
    }))

  it.effect("has no limit where infinity is asked for", () =>
    Effect.gen(function*() {
      const { concurrency, requestTimeout } = yield* Effect.provide(
        TriggerConfig,
        TriggerConfig.layer({ concurrency: Infinity, requestTimeout: Infinity })
      )
      assert.deepStrictEqual({ concurrency, requestTimeout }, {
        concurrency: Infinity,
        requestTimeout: Duration.infinity
      })
    }))
})

/** The `authorization` header that a client with these variables sends. */
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
      `(Missing data at TRIGGER_SECRET_KEY: "Expected a secret key, but it is empty") or ${
        absent("TRIGGER_ACCESS_TOKEN")
      }`
    ],
    [
      { TRIGGER_SECRET_KEY: "two words\nand lines" },
      "(Invalid data at TRIGGER_SECRET_KEY: \"Expected a secret key, but it contains white space: give the key alone, " +
      "without \"Bearer\"\")"
    ],
    [
      { TRIGGER_SECRET_KEY: "schlüssel" },
      "(Invalid data at TRIGGER_SECRET_KEY: \"Expected a secret key, but it contains characters other than visible ASCII\")"
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
    [" ", "(Missing data at the secret key: \"Expected a secret key, but it is empty\")"],
    [
      "Bearer tr_dev_3",
      "(Invalid data at the secret key: \"Expected a secret key, but it contains white space: give the key alone, " +
      "without \"Bearer\"\")"
    ],
    [
      "schlüssel",
      "(Invalid data at the secret key: \"Expected a secret key, but it contains characters other than visible ASCII\")"
    ]
  ]

  for (const [key, message] of refusedAtStart) {
    it.effect(`refuses ${JSON.stringify(key)} from a Config of the user's before any call`, () =>
      Effect.gen(function*() {
        const auth = Layer.provide(TriggerAuth.layerConfig(Config.redacted("MY_KEY")), env({ MY_KEY: key }))
        assert.strictEqual(String(yield* Effect.flip(Effect.provide(TriggerAuth, auth))), message)
      }))
  }

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

  class VaultSealed extends Data.TaggedError("VaultSealed")<{ readonly token: string }> {}

  const unobtainable: ReadonlyArray<readonly [name: string, Layer.Layer<TriggerAuth>, detail: string]> = [
    ["a tagged failure", TriggerAuth.layerEffect(new VaultSealed({ token: "hvs.SECRET" })), "VaultSealed"],
    ["an Error", TriggerAuth.layerEffect(Effect.fail(new RangeError("hvs.SECRET"))), "RangeError"],
    ["a record with a tag", TriggerAuth.layerEffect(Effect.fail({ _tag: "Sealed", token: "hvs.SECRET" })), "Sealed"],
    ["a record whose tag is no text", TriggerAuth.layerEffect(Effect.fail({ _tag: 7, name: "Odd" })), "obtained: Odd"],
    ["a record whose name is no text", TriggerAuth.layerEffect(Effect.fail({ name: 7 })), "obtained: it failed"],
    ["null", TriggerAuth.layerEffect(Effect.fail(null)), "obtained: it failed"],
    [
      "anything else",
      TriggerAuth.layerEffect(Effect.fail("hvs.SECRET")),
      "the secret key could not be obtained: it failed"
    ],
    ["an empty key", TriggerAuth.layer(Redacted.make(" ")), "the secret key is empty"],
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
        assert.strictEqual(error._tag === "Unauthorized" && error.reason, "NoCredential")
        assert.include(error.message, detail)
        assert.include(error.message, "GET /api/v1/batches/batch_1234/results")
        assert.notInclude(JSON.stringify(error) + error.message, "hvs.SECRET")
        assert.deepStrictEqual(http.requests, [])
      }))
  }
})

describe("TriggerClient", () => {
  const urls: ReadonlyArray<readonly [apiUrl: string, sent: string]> = [
    ["http://trigger.test", "http://trigger.test/api/v1/batches/batch_1/results"],
    ["http://trigger.test/", "http://trigger.test/api/v1/batches/batch_1/results"],
    ["http://trigger.test:8080/prefix", "http://trigger.test:8080/prefix/api/v1/batches/batch_1/results"],
    ["http://trigger.test/a/b//", "http://trigger.test/a/b/api/v1/batches/batch_1/results"]
  ]

  for (const [apiUrl, sent] of urls) {
    it.effect(`with ${apiUrl} asks ${sent}`, () =>
      Effect.gen(function*() {
        const http = Scripted.make([Scripted.ok])
        yield* Effect.provide(getBatchResults("batch_1"), Scripted.client(http, { apiUrl }))
        assert.deepStrictEqual(http.requests.map((request) => [request.method, request.url]), [["GET", sent]])
      }))
  }

  it.effect("asks for JSON, uncompressed, on the branch", () =>
    Effect.gen(function*() {
      const http = Scripted.make([Scripted.ok])
      yield* Effect.provide(getBatchResults("batch_1"), Scripted.client(http, { previewBranch: "feature/x" }))
      assert.deepStrictEqual({ ...http.requests[0]?.headers }, {
        accept: "application/json",
        "accept-encoding": "identity",
        "cache-control": "no-cache",
        "user-agent": "effect-trigger-dev/0.1.0",
        authorization: `Bearer ${Scripted.secretKey}`,
        "x-trigger-branch": "feature/x"
      })
    }))

  it.effect("with compression leaves the encoding to the HTTP client, and without a branch sends none", () =>
    Effect.gen(function*() {
      const http = Scripted.make([Scripted.ok])
      yield* Effect.provide(getBatchResults("batch_1"), Scripted.client(http, { compression: true }))
      assert.deepStrictEqual(Object.keys(http.requests[0]?.headers ?? {}).sort(), [
        "accept",
        "authorization",
        "cache-control",
        "user-agent"
      ])
    }))

  it.effect("layerConfig reads everything from the environment", () =>
    Effect.gen(function*() {
      const http = Scripted.make([Scripted.ok])
      yield* getBatchResults("batch_1").pipe(Effect.provide(
        TriggerClient.layerConfig().pipe(
          Layer.provide(http.layer),
          Layer.provide(env({ TRIGGER_SECRET_KEY: "tr_dev_1", TRIGGER_API_URL: "http://self.test/x/" }))
        )
      ))
      assert.strictEqual(http.requests[0]?.url, "http://self.test/x/api/v1/batches/batch_1/results")
      assert.strictEqual(http.requests[0]?.headers["authorization"], "Bearer tr_dev_1")
    }))

  it.effect("layerConfig takes the user's own sources", () =>
    Effect.gen(function*() {
      const http = Scripted.make([Scripted.ok])
      yield* getBatchResults("batch_1").pipe(Effect.provide(
        TriggerClient.layerConfig({
          apiUrl: Config.succeed("http://own.test"),
          previewBranch: Config.succeed("b"),
          secretKey: Config.succeed(Redacted.make("tr_preview_1"))
        }).pipe(Layer.provide(http.layer), Layer.provide(env({})))
      ))
      assert.strictEqual(http.requests[0]?.url, "http://own.test/api/v1/batches/batch_1/results")
      assert.strictEqual(http.requests[0]?.headers["x-trigger-branch"], "b")
    }))

  it.effect("layerFetch is the same over the platform's fetch, which is told not to follow redirects", () =>
    Effect.gen(function*() {
      const calls: Array<readonly [string, RequestInit | undefined]> = []
      const fetch: typeof globalThis.fetch = (input, init) => {
        calls.push([String(input), init])
        return Promise.resolve(new Response(JSON.stringify({ id: "batch_1", items: [] })))
      }
      yield* getBatchResults("batch_1").pipe(
        Effect.provide(TriggerClient.layerFetch.pipe(Layer.provide(env({ TRIGGER_SECRET_KEY: "tr_dev_1" })))),
        Effect.provideService(FetchHttpClient.Fetch, fetch)
      )
      assert.strictEqual(calls[0]?.[0], "https://api.trigger.dev/api/v1/batches/batch_1/results")
      assert.strictEqual(calls[0]?.[1]?.redirect, "manual")
    }))

  it.effect("layerFetch without a key is a ConfigError that names the variable", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Effect.provide(
        getBatchResults("batch_1"),
        Layer.provide(TriggerClient.layerFetch, env({}))
      ))
      assert.include(String(error), "TRIGGER_SECRET_KEY")
    }))

  it.effect("keeps the settings that a user gave to the fetch layer", () =>
    Effect.gen(function*() {
      const seen: Array<RequestInit | undefined> = []
      const http = FetchHttpClient.layer.pipe(
        Layer.provide(Layer.succeed(FetchHttpClient.RequestInit, { keepalive: true, redirect: "follow" })),
        Layer.provide(Layer.succeed(FetchHttpClient.Fetch, (_, init) => {
          seen.push(init)
          return Promise.resolve(new Response(JSON.stringify({ id: "batch_1", items: [] })))
        }))
      )
      yield* Effect.provide(getBatchResults("batch_1"), Scripted.client({ layer: http }))
      assert.deepStrictEqual([seen[0]?.keepalive, seen[0]?.redirect], [true, "manual"])
    }))

  it.effect("does not change the settings of fetch for the rest of the program", () =>
    Effect.gen(function*() {
      yield* Effect.provide(getBatchResults("batch_1"), Scripted.client(Scripted.make([Scripted.ok])))
      assert.strictEqual((yield* Effect.serviceOption(FetchHttpClient.RequestInit))._tag, "None")
    }))

  it.effect("layerTest answers with its stubs and dies, by name, on what it was not given", () =>
    Effect.gen(function*() {
      const stub = TriggerClient.layerTest({ getBatchResults: (id) => Effect.succeed({ id, items: [] }) })
      assert.deepStrictEqual(yield* Effect.provide(getBatchResults("batch_1"), stub), { id: "batch_1", items: [] })
      const nothing = TriggerClient.layerTest({})
      const calls: ReadonlyArray<readonly [name: string, call: Effect.Effect<unknown, unknown, TriggerClient>]> = [
        ["getBatchResults", getBatchResults("batch_1")],
        ["retrieveBatch", retrieveBatch("batch_1")],
        ["retrieveRun", retrieveRun("run_1")],
        ["downloadOutput", downloadOutput({ ok: true, id: "run_1" })]
      ]
      for (const [name, call] of calls) {
        const exit = yield* Effect.exit(Effect.provide(call, nothing))
        assert.isTrue(Exit.isFailure(exit) && Cause.pretty(exit.cause).includes(`"${name}"`), name)
      }
    }))
})
