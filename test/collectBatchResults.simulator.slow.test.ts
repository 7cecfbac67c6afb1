import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, FastCheck as fc, Fiber, Layer, Redacted, Schedule, Stream, TestClock } from "effect"
import {
  awaitBatchResults,
  collectBatchResults,
  getBatchResults,
  RetryPolicy,
  type RunError,
  RunOutput,
  type RunResult,
  streamBatchResults,
  TriggerAuth,
  TriggerClient,
  TriggerConfig
} from "effect-trigger-dev"
import { Fault, type Faults, type SimulatedRun, TriggerSimulator } from "effect-trigger-dev/testing"

/** Runs an effect while the clock goes on. */
const later = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

const boom: RunError = { type: "BUILT_IN_ERROR", name: "Error", message: "boom", stackTrace: "Error: boom\n    at run" }

/** Without the keys that superjson refuses, and without `-0`, which the run route shows as a text. */
const output = fc.jsonValue({ maxDepth: 2 })
  .map((value): unknown => JSON.parse(JSON.stringify(value)))
  .filter((value) => !/"(__proto__|constructor|prototype)":/.test(JSON.stringify(value)))

const run = fc.record({
  finishesAfter: fc.oneof(fc.constant(0), fc.nat(60_000)),
  createdAfter: fc.constantFrom(0, 0, 0, 10_000),
  ends: fc.oneof(
    fc.record({ output: fc.oneof(fc.constant(undefined), output) }),
    fc.constantFrom("FAILED" as const, "CRASHED" as const, "SYSTEM_FAILURE" as const).map((status) => ({
      status,
      error: boom
    })),
    fc.constantFrom("CANCELED" as const, "EXPIRED" as const, "TIMED_OUT" as const).map((status) => ({ status }))
  )
})

const batch = fc.record({
  engine: fc.constantFrom("v1" as const, "v2" as const, "v2 over v1" as const),
  runs: fc.oneof(
    { weight: 5, arbitrary: fc.array(run, { maxLength: 25 }) },
    { weight: 1, arbitrary: fc.array(run, { minLength: 100, maxLength: 200 }) }
  ),
  failedToStart: fc.nat(2),
  listed: fc.constantFrom("reversed" as const, "in batch order" as const),
  rateLimit: fc.constantFrom({}, { limit: 60, refill: 60 }),
  /** Which requests meet which fault: at most four, so that no call fails for good. */
  faults: fc.array(
    fc.tuple(
      fc.nat(15),
      fc.constantFrom(
        Fault.serverError(),
        Fault.reset,
        Fault.cutOff(20),
        Fault.status(503, { body: "<html>" }),
        Fault.delay("2 seconds")
      )
    ),
    { maxLength: 4 }
  )
})

type Generated = typeof batch extends fc.Arbitrary<infer A> ? A : never

/** What any way of collecting must say of a run, in a form in which both sources of results can be compared. */
const expected = (generated: Generated): ReadonlyArray<unknown> =>
  generated.runs.map(({ ends }, index) => {
    const id = `run_${index}`
    if ("output" in ends) {
      // the run route of today's engine does not tell an empty text from nothing
      const isShown = ends.output !== undefined && (ends.output !== "" || generated.engine === "v1")
      return { id, output: isShown ? JSON.stringify(ends.output) : undefined }
    }
    const error = "error" in ends
      ? boom.type
      : ends.status === "CANCELED"
      ? "TASK_RUN_CANCELLED"
      : ends.status === "TIMED_OUT"
      ? "MAX_DURATION_EXCEEDED"
      : "INTERNAL_ERROR"
    return { id, error }
  })

/** Run by run, a run that returned nothing is not told from one whose output is not shown: it has no type then. */
const found = (result: RunResult) =>
  result.ok && result.outputType === undefined
    ? Effect.succeed<unknown>({ id: result.id, output: undefined })
    : result.ok
    ? Effect.map(
      RunOutput.json(result),
      (output): unknown => ({
        id: result.id,
        output: result.output === undefined ? undefined : JSON.stringify(output)
      })
    )
    : Effect.succeed<unknown>({
      id: result.id,
      error: result.error !== undefined && "code" in result.error ? result.error.code : result.error?.type
    })

const comparable = (results: Iterable<RunResult>) => Effect.forEach(results, found)

/** What an effect makes of a fresh simulator with the batch. */
const onSimulator = <A, E>(
  generated: Generated,
  use: (batchId: string) => Effect.Effect<A, E, TriggerClient>
) => {
  const faults: Faults = Object.fromEntries(generated.faults.map(([number, fault]) => [number + 1, fault]))
  return later(Effect.gen(function*() {
    const simulator = yield* TriggerSimulator
    const { id } = yield* simulator.createBatch({
      engine: generated.engine,
      listed: generated.listed,
      runs: generated.runs.map(({ createdAfter, ends, finishesAfter }, index): SimulatedRun => ({
        id: `run_${index}`,
        createdAfter,
        finishesAfter,
        ...ends
      })),
      failedToStart: Array.from({ length: generated.failedToStart }, (_, index) => ({
        index: generated.runs.length + index,
        taskIdentifier: "missing",
        error: "Task not found"
      }))
    })
    return yield* use(id)
  })).pipe(
    Effect.provide(TriggerSimulator.layerClient({ faults, rateLimit: generated.rateLimit }, { realtime: "off" }))
  )
}

describe("on the simulator", () => {
  it.effect.prop(
    "collect, await and stream agree with each other and with what the batch was made of",
    [batch],
    ([generated]) =>
      Effect.gen(function*() {
        const options = { schedule: Schedule.spaced("20 seconds") }
        const truth = expected(generated)
        const awaited = yield* onSimulator(generated, (id) =>
          Effect.flatMap(
            awaitBatchResults(id, options),
            (collected) => Effect.map(comparable(collected.results), (results) => ({ ...collected, results }))
          ))
        assert.deepStrictEqual(awaited.results, truth)
        assert.deepStrictEqual(awaited.pending, [])
        assert.strictEqual(awaited.failedToStart.length, generated.failedToStart)

        const streamed = yield* onSimulator(generated, (id) =>
          Effect.flatMap(Stream.runCollect(streamBatchResults(id, options)), comparable))
        assert.sameDeepMembers([...streamed], [...truth])

        const collected = yield* onSimulator(generated, (id) =>
          Effect.flatMap(Effect.delay(collectBatchResults(id), "2 minutes"), ({ results }) =>
            comparable(results)))
        assert.deepStrictEqual(collected, truth)

        const early = yield* onSimulator(generated, (id) =>
          Effect.delay(collectBatchResults(id), "5 seconds"))
        assert.deepStrictEqual(
          [
            ...early.results.map(({ id }) =>
              id
            ),
            ...early.pending
          ].sort(),
          [...early.batch.runs].sort()
        )
      }),
    // a case takes seconds, so shrinking would run into the time-out, which hides the counterexample
    { fastCheck: { numRuns: 12, endOnFailure: true }, timeout: 120_000 }
  )

  it.effect("awaiting reports a run whose route sends garbage for ever, and brings all others", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { id, runs } = yield* simulator.createBatch({
        runs: [{ finishesAfter: "30 seconds", output: 0 }, { output: 1 }, { output: 2 }]
      })
      yield* simulator.setFaults(({ path }) => path.endsWith(`/${runs[1]}`) ? Fault.garbage : undefined)
      const { complete, pending, results, unavailable } = yield* later(awaitBatchResults(id, { onError: "report" }))
      assert.deepStrictEqual(results.map((result) => result.id), [runs[0], runs[2]])
      assert.deepStrictEqual(pending, [])
      assert.deepStrictEqual(unavailable.map(({ error, id }) => [id, error._tag]), [[runs[1], "InvalidResponse"]])
      assert.isFalse(complete)
      const reads = (yield* simulator.requests).filter(({ path }) => path.endsWith(`/${runs[1]}`))
      assert.strictEqual(reads.length, 1)
    }).pipe(Effect.provide(TriggerSimulator.layerClient({}, { realtime: "off" }))))

  it.effect("a stream outlives an outage of one run's route that outlives the retries", () =>
    Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { id, runs } = yield* simulator.createBatch({ runs: [{ output: 0 }, { output: 1 }] })
      yield* simulator.setFaults(({ path }) => path.endsWith(`/${runs[1]}`) ? Fault.reset : undefined)
      const handedOver: Array<string> = []
      const fiber = yield* streamBatchResults(id, {
        onError: "report",
        onUnavailable: ({ id }) => Effect.sync(() => handedOver.push(id))
      }).pipe(Stream.map((result) => result.id), Stream.runCollect, Effect.fork)
      yield* TestClock.adjust("5 minutes")
      yield* simulator.setFaults({})
      yield* TestClock.adjust("5 minutes")
      assert.deepStrictEqual([...yield* Fiber.join(fiber)], [...runs])
      assert.deepStrictEqual(handedOver, [])
    }).pipe(Effect.provide(TriggerSimulator.layerClient({}, { realtime: "off" }))))

  it.effect(
    "collects 1,000 runs behind the hosted service's limit without one 429, as fast as the limit allows",
    () =>
      Effect.gen(function*() {
        const simulator = yield* TriggerSimulator
        const { id } = yield* simulator.createBatch({ runs: Array.from({ length: 1000 }, (_, output) => ({ output })) })
        const [{ results }, took] = yield* later(Effect.zip(collectBatchResults(id), Clock.currentTimeMillis))
        assert.strictEqual(results.length, 1000)
        // one that was refused would have been sent again
        assert.strictEqual((yield* simulator.requests).length, 1002)
        assert.isAtMost(took, 1.2 * 20_000)
      }).pipe(Effect.provide(TriggerSimulator.layerClient({}, { realtime: "off" }))),
    60_000
  )

  it.effect("others with the same key cost time, and neither a run nor a second read of one", () => {
    const other = TriggerClient.layer.pipe(
      Layer.provide(TriggerConfig.layer({ apiUrl: "http://trigger.simulator" })),
      Layer.provide(TriggerAuth.layer(Redacted.make(TriggerSimulator.defaultKey))),
      Layer.provide(TriggerSimulator.layerHttpClient)
    )
    return Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      const { id } = yield* simulator.createBatch({ runs: Array.from({ length: 300 }, (_, output) => ({ output })) })
      // at each refill, in the midst of ours
      const greedy = getBatchResults("batch_other").pipe(
        RetryPolicy.override(RetryPolicy.none),
        Effect.either,
        Effect.repeatN(25),
        Effect.repeat(Schedule.fixed("10 seconds")),
        Effect.provide(other)
      )
      // one that is refused is no read
      const reads: Array<string> = []
      const collect = Effect.updateService(collectBatchResults(id), TriggerClient, (client) => ({
        ...client,
        retrieveRun: (runId) => Effect.tap(client.retrieveRun(runId), () => Effect.sync(() => reads.push(runId)))
      }))
      const { results } = yield* later(Effect.raceFirst(collect, Effect.zipRight(greedy, Effect.never)))
      assert.strictEqual(results.length, 300)
      assert.strictEqual(reads.length, 300)
      assert.strictEqual(new Set(reads).size, 300)
    }).pipe(Effect.provide(TriggerSimulator.layerClient({ rateLimit: { limit: 60, refill: 40 } }, { realtime: "off" })))
  }, 60_000)
})
