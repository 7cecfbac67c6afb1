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
      { find: /^effect-trigger-dev\/(testing|workflow)$/, replacement: source("$1/index.ts") },
      { find: /^effect-trigger-dev\/(?!index$)(\w+)$/, replacement: source("$1.ts") }
    ]
  },
  test: {
    include: ["test/**/*.test.ts", "docs/examples/*.test.ts"],
    // The runtimes have a configuration of their own: `npm run runtimes`.
    exclude: ["**/node_modules/**", "test/runtimes/**"],
    // No test waits for the clock: one that takes long has thousands of cases, or the machine is busy.
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
