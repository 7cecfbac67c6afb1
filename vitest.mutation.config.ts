/**
 * The tests that Stryker runs, hundreds of times: all but the slow ones and those that are not about the library.
 * `MUTATION_TESTS` narrows them further: globs, with commas between them.
 */
import { defineConfig } from "vitest/config"
import config from "./vitest.config.js"

const { projects: _, ...test } = config.test ?? {}

export default defineConfig({
  ...config,
  test: {
    ...test,
    include: process.env["MUTATION_TESTS"]?.split(",") ?? ["test/**/*.test.ts"],
    exclude: ["**/*.slow.test.ts", "test/{docs,faults,soak,support,testing}/**"],
    reporters: ["dot"]
  }
})
