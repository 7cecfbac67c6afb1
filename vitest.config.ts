import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

/** `npm test` fails when the library's own code is covered less than this. */
const coverageMinimum = { lines: 95, branches: 95 }

const slow = "test/**/*.slow.test.ts"

/** Tests with runners that hold their locks for seconds. */
const clusters = ["test/workflow/demo.slow.test.ts", "test/workflow/processes/*.test.ts"]

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
    projects: [
      {
        extends: true,
        test: { name: "quick", include: ["test/**/*.test.ts", "docs/examples/*.test.ts"], exclude: [slow] }
      },
      { extends: true, test: { name: "slow", include: [slow], exclude: clusters } },
      // one after the other, when all others have ended
      { extends: true, test: { name: "clusters", include: clusters, poolOptions: { forks: { singleFork: true } } } }
    ],
    // The runtimes have a configuration of their own: `npm run runtimes`.
    exclude: ["**/node_modules/**", "test/runtimes/**"],
    // A worker for each core. Its files share what they import, which each of them would take a second to load.
    maxWorkers: "100%",
    poolOptions: { forks: { isolate: false } },
    setupFiles: ["test/support/setup.ts"],
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
