import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer } from "effect"
import { TriggerConfig } from "effect-trigger-dev"

const configFrom = (variables: Record<string, string>) =>
  Effect.provide(
    TriggerConfig,
    TriggerConfig.layerConfig().pipe(
      Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables)))))
    )
  )

describe("the branch comes from the variables of the official SDK, in its order", () => {
  const rows: ReadonlyArray<readonly [variables: Record<string, string>, branch: string | undefined]> = [
    [{}, undefined],
    [{ TRIGGER_PREVIEW_BRANCH: "a", VERCEL_GIT_COMMIT_REF: "b", TRIGGER_DEV_BRANCH: "c" }, "a"],
    [{ VERCEL_GIT_COMMIT_REF: "b", TRIGGER_DEV_BRANCH: "c" }, "b"],
    [{ TRIGGER_DEV_BRANCH: "c" }, "c"],
    // the root of the dev environment
    [{ TRIGGER_DEV_BRANCH: "default" }, undefined],
    // a variable that is set, but empty, ends the search
    [{ TRIGGER_PREVIEW_BRANCH: "", VERCEL_GIT_COMMIT_REF: "b" }, undefined],
    [{ VERCEL_GIT_COMMIT_REF: "", TRIGGER_DEV_BRANCH: "c" }, undefined]
  ]
  for (const [variables, branch] of rows) {
    it.effect(`${JSON.stringify(variables)}: ${String(branch)}`, () =>
      Effect.gen(function*() {
        assert.strictEqual((yield* configFrom(variables)).previewBranch, branch)
      }))
  }
})

describe("an API URL with a port that fetch refuses", () => {
  for (const port of [1, 6000, 6667, 10_080]) {
    it.effect(`is a ConfigError that names it: ${port}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(configFrom({ TRIGGER_API_URL: `http://localhost:${port}` }))
        assert.include(String(error), "TRIGGER_API_URL")
        assert.include(String(error), `fetch refuses to connect to port ${port}`)
      }))
  }

  it.effect("is none with another port", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* configFrom({ TRIGGER_API_URL: "http://localhost:3030" })).apiUrl.port, "3030")
    }))
})
