import { assert, describe, it } from "@effect/vitest"
import { Cause, Config, ConfigProvider, Duration, Effect, Exit, Layer } from "effect"
import { RetryPolicy, TriggerConfig, type TriggerConfigOptions } from "effect-trigger-dev"
import { inspect } from "node:util"

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
        compression: "auto",
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
          compression: "off",
          maxResponseSize: 1000
        })
      )
      assert.strictEqual(config.apiUrl.href, "http://localhost:3030/trigger")
      assert.strictEqual(config.previewBranch, "feature/x")
      assert.deepStrictEqual(config.requestTimeout, Duration.seconds(5))
      assert.strictEqual(config.retryPolicy, RetryPolicy.none)
      assert.strictEqual(config.concurrency, 2)
      assert.strictEqual(config.compression, "off")
      assert.strictEqual(config.maxResponseSize, 1000)
    }))

  it.effect("reads no more of a response or of an output than a text can hold", () =>
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
          "(Invalid data at TRIGGER_PREVIEW_BRANCH: \"TRIGGER_PREVIEW_BRANCH must have visible ASCII characters only, because it is " +
            "sent in a header\")"
        )
      }
    }))

  const unusable: ReadonlyArray<readonly [options: TriggerConfigOptions, message: string]> = [
    [
      { apiUrl: "nonsense" },
      "(Invalid data at apiUrl: \"apiUrl cannot be used: expected a URL such as https://api.trigger.dev\")"
    ],
    [
      { previewBranch: "ä" },
      "(Invalid data at previewBranch: \"previewBranch must have visible ASCII characters only, because it is sent in a " +
      "header\")"
    ],
    [
      { concurrency: NaN },
      "(Invalid data at concurrency: \"concurrency must be a number of requests, but it is NaN\")"
    ],
    [
      { maxResponseSize: NaN },
      "(Invalid data at maxResponseSize: \"maxResponseSize must be a number of bytes, but it is NaN\")"
    ],
    [
      { maxOutputSize: NaN },
      "(Invalid data at maxOutputSize: \"maxOutputSize must be a number of bytes, but it is NaN\")"
    ],
    [
      { realtime: "on" as "auto" },
      "(Invalid data at realtime: \"realtime must be \"auto\" or \"off\", but it is on\")"
    ],
    [
      { compression: "gzip" as "auto" },
      "(Invalid data at compression: \"compression must be \"auto\", \"on\" or \"off\", but it is gzip\")"
    ],
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
        `(Invalid data at requestTimeout: "requestTimeout must be a duration longer than zero, but it is ${was}")`
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
