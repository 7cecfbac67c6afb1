import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

/** `npm test` fails when the library's own code is covered less than this. */
const coverageMinimum = { lines: 95, branches: 95 }

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url))

export default defineConfig({
  resolve: {
    // Tests import the package by its name and get the sources, as tsconfig.json has it for the types.
    alias: [
      { find: /^effect-trigger-dev$/, replacement: source("index.ts") },
      { find: /^effect-trigger-dev\/testing$/, replacement: source("testing/index.ts") },
      { find: /^effect-trigger-dev\/((?!internal\/|cli\/|testing\/|index$).+)$/, replacement: source("$1.ts") }
    ]
  },
  test: {
    include: ["test/**/*.test.ts"],
    // the runtimes have a configuration of their own: `npm run runtimes`
    exclude: ["test/bench/**", "test/package/**", "test/runtimes/**"],
    // no test waits for the clock: one that is slow is so because the machine is, or has thousands of cases
    testTimeout: 60_000,
    reporters: ["default", ["json", { outputFile: ".tmp/test-results.json" }]],
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      reporter: ["text", "json-summary"],
      // Branches as the compiler sees them, not as V8's byte ranges suggest them.
      experimentalAstAwareRemapping: true,
      // The simulator and the command are reported, not enforced.
      thresholds: { "{src/*.ts,src/internal/**/*.ts}": coverageMinimum }
    }
  }
})
