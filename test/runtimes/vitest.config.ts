/**
 * The tests of the packed package in every runtime: `npm run runtimes`, or `npm run runtimes -- node deno` for some.
 */
import { defineConfig, mergeConfig } from "vitest/config"
import base from "../../vitest.config.js"

export default mergeConfig(
  { resolve: base.resolve ?? {} },
  defineConfig({
    root: `${import.meta.dirname}/../..`,
    test: {
      include: ["test/runtimes/*.slow.test.ts"],
      globalSetup: ["test/runtimes/setup.ts"],
      maxWorkers: "100%",
      testTimeout: 120_000,
      hookTimeout: 120_000,
      reporters: ["default", "./test/runtimes/table.ts"]
    }
  })
)
