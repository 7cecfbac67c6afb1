import { FetchHttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Config, ConfigProvider, Context, Effect, Exit, identity, Layer, Redacted, Stream } from "effect"
import {
  awaitBatchResults,
  collectBatchResults,
  downloadOutput,
  getBatchResults,
  retrieveBatch,
  retrieveRun,
  type RunResult,
  streamBatchResults,
  subscribeToBatch,
  TriggerAuth,
  TriggerClient,
  type TriggerClientService,
  TriggerConfig
} from "effect-trigger-dev"
import { TriggerSimulator } from "effect-trigger-dev/testing"
import * as Scripted from "./support/scriptedHttp.js"

const env = (variables: Record<string, string>) =>
  Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables))))

class First extends Context.Tag("test/First")<First, TriggerClientService>() {}
class Second extends Context.Tag("test/Second")<Second, TriggerClientService>() {}

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

  it.effect("asks for JSON, uncompressed where the client may be fetch, on the branch", () =>
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
      yield* Effect.provide(getBatchResults("batch_1"), Scripted.client(http, { compression: "on" }))
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

  it.effect("a key in the place of the branch is not told by the error of a refusal", () =>
    Effect.gen(function*() {
      const http = Scripted.make([Scripted.json({ error: "no" }, {}, 401)])
      const key = "tr_prod_AbCdEfGh1234"
      const error = yield* getBatchResults("batch_1234").pipe(
        Effect.provide(Scripted.client(http, { previewBranch: key })),
        Effect.flip
      )
      assert.notInclude(JSON.stringify(error) + error.message, key)
      assert.include(error.message, "for the branch \"<redacted>\"")
    }))

  const keyed = [
    {
      name: "layer",
      client: (key: string) =>
        TriggerClient.layer.pipe(
          Layer.provide(TriggerAuth.layer(Redacted.make(key))),
          Layer.provide(TriggerConfig.layer({ apiUrl: `http://${key}.test` }))
        )
    },
    {
      name: "layerConfig",
      client: (key: string) =>
        TriggerClient.layerConfig({
          apiUrl: Config.succeed(`http://${key}.test`),
          secretKey: Config.succeed(Redacted.make(key))
        })
    }
  ]

  for (const { client, name } of keyed) {
    it.effect(`${name} gives each key of a program a client of its own`, () =>
      Effect.gen(function*() {
        const http = Scripted.make([Scripted.ok, Scripted.ok])
        const clients = Layer.merge(
          Layer.project(client("tr_dev_1"), TriggerClient, First, identity),
          Layer.project(client("tr_dev_2"), TriggerClient, Second, identity)
        )
        yield* Effect.flatMap(First, ({ getBatchResults }) => getBatchResults("batch_1")).pipe(
          Effect.zipRight(Effect.flatMap(Second, ({ getBatchResults }) => getBatchResults("batch_1"))),
          Effect.provide(clients.pipe(Layer.provide(http.layer), Layer.provide(env({}))))
        )
        assert.deepStrictEqual(
          http.requests.map(({ headers, url }) => [headers["authorization"], new URL(url).hostname]),
          [["Bearer tr_dev_1", "tr_dev_1.test"], ["Bearer tr_dev_2", "tr_dev_2.test"]]
        )
      }))

    it.effect(`${name} with a key is one client wherever a program provides the same constant`, () =>
      Effect.gen(function*() {
        const constant = client("tr_dev_1")
        const clients = Layer.merge(
          Layer.project(constant, TriggerClient, First, identity),
          Layer.project(constant, TriggerClient, Second, identity)
        )
        const [first, second] = yield* Effect.all([First, Second]).pipe(
          Effect.provide(clients.pipe(Layer.provide(Scripted.make([]).layer), Layer.provide(env({}))))
        )
        assert.strictEqual(first, second)
      }))
  }

  const merged = {
    layer: Layer.effect(First, TriggerClient).pipe(
      Layer.provideMerge(TriggerClient.layer),
      Layer.provide(TriggerAuth.layer(Redacted.make("tr_dev_1"))),
      Layer.provide(TriggerConfig.layer()),
      Layer.provide(Scripted.make([]).layer)
    ),
    layerFetch: Layer.effect(First, TriggerClient).pipe(
      Layer.provideMerge(TriggerClient.layerFetch),
      Layer.provide(env({ TRIGGER_SECRET_KEY: "tr_dev_1" }))
    )
  }

  for (const [name, layers] of Object.entries(merged)) {
    it.effect(`${name} is one client where provideMerge gives it to a service and to the program`, () =>
      Effect.gen(function*() {
        const [service, program] = yield* Effect.provide(Effect.all([First, TriggerClient]), layers)
        assert.strictEqual(service, program)
      }))
  }

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

  it.effect("layerFetch gives each ConfigProvider of a program a client of its own", () =>
    Effect.gen(function*() {
      const keys: Array<string | null> = []
      const fetch: typeof globalThis.fetch = (_, init) => {
        keys.push(new Headers(init?.headers).get("authorization"))
        return Promise.resolve(new Response(Scripted.ok.body, { headers: { "content-type": "application/json" } }))
      }
      const client = (key: string) => TriggerClient.layerFetch.pipe(Layer.provide(env({ TRIGGER_SECRET_KEY: key })))
      const clients = Layer.merge(
        Layer.project(client("tr_dev_1"), TriggerClient, First, identity),
        Layer.project(client("tr_dev_2"), TriggerClient, Second, identity)
      )
      yield* Effect.flatMap(First, ({ getBatchResults }) => getBatchResults("batch_1")).pipe(
        Effect.zipRight(Effect.flatMap(Second, ({ getBatchResults }) => getBatchResults("batch_1"))),
        Effect.provide(clients),
        Effect.provideService(FetchHttpClient.Fetch, fetch)
      )
      assert.deepStrictEqual(keys, ["Bearer tr_dev_1", "Bearer tr_dev_2"])
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

  it.effect("a client of Layer.mock collects from the operations that it was given", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      yield* createBatch({ id: "batch_1", runs: [{ id: "run_1", output: 1 }] })
      const { getBatchResults, retrieveBatch, retrieveRun } = yield* TriggerClient
      const mock = Layer.mock(TriggerClient, { getBatchResults, retrieveBatch, retrieveRun })
      const ids = (results: Iterable<RunResult>) => Array.from(results, ({ id }) => id)
      const collected = yield* Effect.provide(collectBatchResults("batch_1"), mock)
      const awaited = yield* Effect.provide(awaitBatchResults("batch_1"), mock)
      const streamed = yield* Effect.provide(Stream.runCollect(streamBatchResults("batch_1")), mock)
      assert.deepStrictEqual([ids(collected.results), ids(awaited.results), ids(streamed)], [["run_1"], ["run_1"], [
        "run_1"
      ]])
    }).pipe(Effect.provide(TriggerSimulator.layerClient())))

  it.effect("make is a client as a value, with the settings and the key of where it is made", () =>
    Effect.gen(function*() {
      const http = Scripted.make([Scripted.ok])
      const client = yield* TriggerClient.make.pipe(
        Effect.provide(Layer.mergeAll(
          TriggerConfig.layer({ apiUrl: "http://trigger.test" }),
          TriggerAuth.layer(Redacted.make("tr_dev_1")),
          http.layer
        ))
      )
      yield* client.getBatchResults("batch_1")
      assert.deepStrictEqual(http.requests.map(({ headers }) => headers["authorization"]), ["Bearer tr_dev_1"])
    }))

  it.effect("layerTest calls its stubs and dies, by name, on what it was not given", () =>
    Effect.gen(function*() {
      const stub = TriggerClient.layerTest({ getBatchResults: (id) => Effect.succeed({ id, items: [] }) })
      assert.deepStrictEqual(yield* Effect.provide(getBatchResults("batch_1"), stub), { id: "batch_1", items: [] })
      const nothing = TriggerClient.layerTest({})
      const calls: ReadonlyArray<readonly [name: string, call: Effect.Effect<unknown, unknown, TriggerClient>]> = [
        ["getBatchResults", getBatchResults("batch_1")],
        ["retrieveBatch", retrieveBatch("batch_1")],
        ["retrieveRun", retrieveRun("run_1")],
        ["subscribeToBatch", Stream.runDrain(subscribeToBatch("batch_1"))],
        ["downloadOutput", downloadOutput({ ok: true, id: "run_1" })]
      ]
      for (const [name, call] of calls) {
        const exit = yield* Effect.exit(Effect.provide(call, nothing))
        assert.isTrue(Exit.isFailure(exit) && Cause.pretty(exit.cause).includes(`"${name}"`), name)
      }
    }))
})
