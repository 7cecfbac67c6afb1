/**
 * Unit tests of a function of yours: with a stub where only results matter, with the simulator where time and faults do.
 *
 *     npm install --save-dev vitest@3 @effect/vitest@0.30
 */
import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Schema, TestClock } from "effect"
import { awaitBatchResults, BatchNotFound, RunOutput, TriggerClient } from "effect-trigger-dev"
import { Fault, TriggerSimulator } from "effect-trigger-dev/testing"

const Invoice = Schema.Struct({ number: Schema.String, total: Schema.Number })

/** The function under test. */
const sales = (batchId: string) =>
  Effect.gen(function*() {
    const { results } = yield* awaitBatchResults(batchId)
    const [failures, invoices] = yield* Effect.partition(results, RunOutput.decode(Invoice))
    return { total: invoices.reduce((sum, invoice) => sum + invoice.total, 0), failed: failures.length }
  }).pipe(
    Effect.catchTag("BatchNotFound", () => Effect.succeed({ total: 0, failed: 0 }))
  )

it.effect("a batch that does not exist has no sales", () =>
  Effect.gen(function*() {
    assert.deepStrictEqual(yield* sales("batch_1"), { total: 0, failed: 0 })
  }).pipe(Effect.provide(TriggerClient.layerTest({
    // an operation that is not here dies with a message that names it
    retrieveBatch: (batchId) => Effect.fail(new BatchNotFound({ batchId, endpoint: "a stub" }))
  }))))

it.effect("sales are the sum of the invoices, once the slowest run has finished", () =>
  Effect.gen(function*() {
    const simulator = yield* TriggerSimulator
    const batch = yield* simulator.createBatch({
      runs: [
        { output: { number: "2026-1", total: 40 } },
        { output: { number: "2026-2", total: 2 }, finishesAfter: "10 minutes" },
        { error: { type: "STRING_ERROR", raw: "card declined" }, finishesAfter: "1 minute" }
      ]
    })
    const waiting = yield* Effect.fork(sales(batch.id))
    yield* TestClock.adjust("11 minutes")
    assert.deepStrictEqual(yield* Fiber.join(waiting), { total: 42, failed: 1 })
  }).pipe(Effect.provide(TriggerSimulator.layerClient())))

it.effect("a bad moment of the server does not change the sales", () =>
  Effect.gen(function*() {
    const simulator = yield* TriggerSimulator
    const batch = yield* simulator.createBatch({ runs: [{ output: { number: "2026-1", total: 40 } }] })
    const waiting = yield* Effect.fork(sales(batch.id))
    yield* TestClock.adjust("1 minute")
    assert.deepStrictEqual(yield* Fiber.join(waiting), { total: 40, failed: 0 })
  }).pipe(Effect.provide(TriggerSimulator.layerClient({
    faults: { 1: Fault.status(503), 2: Fault.reset }
  }))))
