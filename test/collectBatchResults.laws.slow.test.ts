import { assert, describe, it } from "@effect/vitest"
import { Chunk, Effect, FastCheck as fc, Fiber, type Layer, Schedule, Stream, TestClock } from "effect"
import { awaitBatchResults, collectBatchResults, type RunResult, streamBatchResults } from "effect-trigger-dev"
import * as Fake from "./support/fakeBatch.js"
import * as Scripted from "./support/scriptedHttp.js"

const run = fc.record({
  engine: fc.constantFrom("V1" as const, "V2" as const),
  status: fc.constantFrom(
    "COMPLETED" as const,
    "COMPLETED" as const,
    "FAILED" as const,
    "CANCELED" as const,
    "CRASHED" as const,
    "SYSTEM_FAILURE" as const,
    "EXPIRED" as const,
    "TIMED_OUT" as const
  ),
  finishesAt: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 60_000 })),
  output: fc.oneof(fc.constant(undefined), fc.jsonValue({ maxDepth: 2 })),
  hasAttempt: fc.boolean()
})

const faults: ReadonlyArray<Scripted.Answer> = [
  { status: 500, body: "{\"error\":\"Something went wrong, please try again.\"}" },
  { status: 503, body: "<html>" },
  { status: 404, body: "{\"error\":\"Not found\"}", headers: { "x-should-retry": "true" } },
  { status: 429, body: "{\"error\":\"Rate limit exceeded\"}" }
]

const batch = fc.record({
  runs: fc.oneof(
    { weight: 5, arbitrary: fc.array(run, { maxLength: 30 }) },
    { weight: 1, arbitrary: fc.array(run, { minLength: 100, maxLength: 200 }) }
  ),
  /** Which runs stand in the batch once more. */
  again: fc.array(fc.nat(199), { maxLength: 5 }),
  order: fc.integer(),
  status: fc.constantFrom("PENDING", "COMPLETED", "PARTIAL_FAILED"),
  failedToStart: fc.nat(3),
  createdAt: fc.constantFrom(0, 0, 30_000),
  latency: fc.constantFrom(0, 0, 600),
  limit: fc.constantFrom(undefined, undefined, { bucket: 40, refill: 40, interval: 10_000 }),
  /** A path fails in one way, at most three times: within the retry budget. */
  faulty: fc.array(fc.tuple(fc.nat(30), fc.nat(3), fc.integer({ min: 1, max: 3 })), { maxLength: 3 })
})

type Generated = typeof batch extends fc.Arbitrary<infer A> ? A : never

const fakeOf = (generated: Generated): Fake.FakeBatch => {
  const runs = generated.runs.map((fields, index): Fake.FakeRun => ({ ...fields, id: `run_${index}` }))
  const ids = runs.map(({ id }) => id)
  const listed = [...ids, ...generated.again.flatMap((index) => ids[index] ?? [])]
  // any order: a permutation that depends on nothing but the number
  listed.sort((a, b) => (Number(a.slice(4)) * generated.order) % 101 - (Number(b.slice(4)) * generated.order) % 101)
  const faultOf = new Map(generated.faulty.map(([index, kind, times]) => [
    // now and then it is the batch or the endpoint that fails
    index === 30
      ? `/api/v2/batches/${Fake.batchId}`
      : index === 29
      ? `/api/v1/batches/${Fake.batchId}/results`
      : `/api/v3/runs/run_${index}`,
    { answer: faults[kind] as Scripted.Answer, times }
  ]))
  const { createdAt, failedToStart, latency, limit, status } = generated
  return {
    createdAt,
    failedToStart,
    latency,
    status,
    ...(limit === undefined ? {} : { limit }),
    runs,
    listed,
    fault: (path, number) => {
      const fault = faultOf.get(path)
      return fault !== undefined && number <= fault.times ? fault.answer : undefined
    }
  }
}

const unique = (ids: ReadonlyArray<string>) => [...new Set(ids)]

const onFreshServer = <A, E>(
  fake: Fake.FakeBatch,
  effect: Effect.Effect<A, E, Layer.Layer.Success<ReturnType<typeof Scripted.client>>>
) =>
  Effect.gen(function*() {
    yield* TestClock.setTime(0)
    const server = Fake.make(fake)
    const fiber = yield* Effect.fork(Effect.provide(effect, Scripted.client(server)))
    yield* TestClock.adjust("1 hour")
    const value = yield* Fiber.join(fiber)
    assert.deepStrictEqual([...server.finishedReads].filter(([, times]) => times > 1), [], "a finished run read twice")
    return value
  })

describe("for any batch", () => {
  it.effect.prop(
    "collect, await and stream agree with each other and with the truth: nothing lost, nothing twice, order kept",
    [batch],
    ([generated]) =>
      Effect.gen(function*() {
        const fake = fakeOf(generated)
        const byId = new Map(fake.runs.map((run) => [run.id, run]))
        const order = unique(fake.listed ?? [])
        const truth = order.flatMap((id) => {
          const run = byId.get(id)
          return run === undefined ? [] : [Fake.truthOf(run)]
        })
        const options = { schedule: Schedule.spaced("20 seconds") }

        const awaited = yield* onFreshServer(fake, awaitBatchResults(Fake.batchId, options))
        assert.deepStrictEqual(awaited.results, truth)
        assert.deepStrictEqual(awaited.pending, [])
        assert.strictEqual(awaited.failedToStart.length, generated.failedToStart)
        assert.isTrue(awaited.complete)

        const streamed = yield* onFreshServer(fake, Stream.runCollect(streamBatchResults(Fake.batchId, options)))
        const position = (result: RunResult) => order.indexOf(result.id)
        assert.deepStrictEqual(
          Chunk.toReadonlyArray(streamed).slice().sort((a, b) => position(a) - position(b)),
          truth
        )

        const collected = yield* onFreshServer(
          fake,
          Effect.delay(collectBatchResults(Fake.batchId), "20 seconds")
        )
        // in exactly one of both, each in batch order
        const listed = unique(collected.batch.runs)
        const isFinished = new Set(collected.results.map(({ id }) => id))
        assert.deepStrictEqual(collected.results.map(({ id }) => id), listed.filter((id) => isFinished.has(id)))
        assert.deepStrictEqual(collected.pending, listed.filter((id) => !isFinished.has(id)))
        assert.deepStrictEqual(collected.results, truth.filter(({ id }) => isFinished.has(id)))
        for (const id of collected.pending) {
          assert.isAbove(byId.get(id)?.finishesAt ?? 0, 20_000)
        }
      }),
    { fastCheck: { numRuns: 12 }, timeout: 120_000 }
  )

  it.effect.prop(
    "await and stream tell of the runs that cannot be read, and bring all others: each run in one place, once",
    [batch, fc.array(fc.nat(30), { minLength: 1, maxLength: 5 })],
    ([generated, unreadable]) =>
      Effect.gen(function*() {
        const fake = fakeOf(generated)
        const isBroken = new Set(unreadable.map((index) => `run_${index}`))
        const broken: Fake.FakeBatch = {
          ...fake,
          fault: (path, number) =>
            isBroken.has(path.slice("/api/v3/runs/".length))
              ? { status: 200, body: "{\"id\": 7}" }
              : fake.fault?.(path, number)
        }
        const order = unique(fake.listed ?? [])
        const truthOf = (ids: ReadonlyArray<string>) =>
          ids.flatMap((id) => fake.runs.filter((run) => run.id === id).map(Fake.truthOf))
        const schedule = Schedule.spaced("20 seconds")

        const awaited = yield* onFreshServer(broken, awaitBatchResults(Fake.batchId, { onError: "report", schedule }))
        const isUnavailable = new Set(awaited.unavailable.map(({ id }) => id))
        assert.deepStrictEqual(awaited.unavailable.map(({ id }) => id), order.filter((id) => isUnavailable.has(id)))
        assert.deepStrictEqual([...isUnavailable].filter((id) => !isBroken.has(id)), [])
        assert.deepStrictEqual(awaited.results, truthOf(order.filter((id) => !isUnavailable.has(id))))
        assert.deepStrictEqual(awaited.pending, [])
        assert.strictEqual(awaited.complete, isUnavailable.size === 0)

        const handedOver: Array<string> = []
        const streamed = yield* onFreshServer(
          broken,
          Stream.runCollect(streamBatchResults(Fake.batchId, {
            schedule,
            onError: "report",
            onUnavailable: ({ id }) => Effect.sync(() => handedOver.push(id))
          }))
        )
        const emitted = Chunk.toReadonlyArray(streamed)
        assert.deepStrictEqual([...handedOver, ...emitted.map(({ id }) => id)].sort(), [...order].sort())
        assert.deepStrictEqual(handedOver.filter((id) => !isBroken.has(id)), [])
        assert.deepStrictEqual(emitted, truthOf(emitted.map(({ id }) => id)))
      }),
    { fastCheck: { numRuns: 12 }, timeout: 120_000 }
  )
})
