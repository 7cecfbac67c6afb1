/**
 * How vitest runs under Stryker, hundreds of times on end: fewer tests than otherwise, the quickest first, and in one thread.
 */
import { Tinypool } from "tinypool"
import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"
import config from "./vitest.config.js"

// Vitest starts a thread for each test file, and most of a mutant's time would go into loading `effect` in it. Here the
// thread is kept; what it has loaded of this project is loaded afresh all the same, because `isolate` stays on.
const { run } = Tinypool.prototype
Tinypool.prototype.run = function(this: Tinypool, task, options) {
  this.options.isolateWorkers = false
  return run.call(this, task, options)
}

/** The first test that fails ends the run of a mutant. */
class QuickestFirst extends BaseSequencer {
  override sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    const duration = ({ moduleId, project }: TestSpecification): number =>
      this.ctx.cache.getFileTestResults(`${project.name}:${moduleId.slice(this.ctx.config.root.length + 1)}`)
        ?.duration ?? 0
    return Promise.resolve([...files].sort((a, b) => duration(a) - duration(b)))
  }
}

/** The tests of an area, as `.ci/mutation.ts` names them. With Stryker's own `--testFiles`, code that runs at load is not mutated. */
const include = process.env["MUTATION_TESTS"]?.split(",") ?? config.test?.include ?? []

export default defineConfig({
  ...config,
  test: {
    ...config.test,
    include,
    exclude: [
      ...config.test?.exclude ?? [],
      // real sockets, the tests' own tools, and many thousands of random cases
      "test/faults/**",
      "test/testing/**",
      "test/support/**",
      "test/properties/**",
      "test/collect.law.test.ts",
      "test/collect.simulator.test.ts",
      "test/RunOutput.laws.test.ts"
    ],
    setupFiles: ["test/support/mutation.ts"],
    sequence: { sequencer: QuickestFirst },
    reporters: ["dot"]
  }
})
