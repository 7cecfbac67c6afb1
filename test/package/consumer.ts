/** A program of a user who has installed the package. The package check compiles it and runs it with plain node. */
import { Effect, Either } from "effect"
import { collectBatchResults, getBatchResults, RunResult } from "effect-trigger-dev"
import { BatchId } from "effect-trigger-dev/BatchId"
import { TriggerSimulator } from "effect-trigger-dev/testing"

const program = Effect.gen(function*() {
  const simulator = yield* TriggerSimulator
  const { id } = yield* simulator.createBatch({ engine: "v1", runs: [{ output: "text" }, { status: "CANCELED" }] })
  const batch = yield* getBatchResults(id)
  const collected = yield* collectBatchResults(id)
  const missing = yield* Effect.either(getBatchResults("batch_unknown"))
  return {
    counts: RunResult.counts(batch.items),
    collected: collected.results.length,
    missing: Either.isLeft(missing) ? missing.left._tag : "found",
    branded: BatchId.make("batch_1")
  }
})

const seen = JSON.stringify(await Effect.runPromise(Effect.provide(program, TriggerSimulator.layerClient())))
const expected =
  "{\"counts\":{\"total\":2,\"succeeded\":1,\"failed\":1},\"collected\":2,\"missing\":\"BatchNotFound\",\"branded\":\"batch_1\"}"
if (seen !== expected) {
  throw new Error(`expected ${expected}, and saw ${seen}`)
}
console.log(seen)
