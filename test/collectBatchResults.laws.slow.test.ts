/**
 * Over random batches, feeds and faults: whatever the sources of a batch do, every way of collecting says the truth.
 */
import { assert, describe, it } from "@effect/vitest"
import { Chunk, Clock, Effect, FastCheck as fc, Fiber, Option, Schedule, Stream, TestClock } from "effect"
import {
  awaitBatchResults,
  BatchHandle,
  collectBatchResults,
  type RunResult,
  streamBatchResults,
  type TriggerClient
} from "effect-trigger-dev"
import {
  Fault,
  type ReceivedRequest,
  type SimulatedBatch,
  type SimulatedRealtime,
  type SimulatedRun,
  TriggerSimulator
} from "effect-trigger-dev/testing"
import { type FakeRun, simulatedRun, truthOf } from "./support/fakeBatch.js"

const ending = {
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
  output: fc.oneof(fc.constant(undefined), fc.jsonValue({ maxDepth: 2 })),
  hasAttempt: fc.boolean()
}

const run = fc.record({
  ...ending,
  // steps: each moment at which the test clock stops costs 10 milliseconds of real time
  finishesAt: fc.oneof(
    fc.constant(0),
    fc.nat(15).map((steps) => steps * 1500),
    fc.nat(6).map((steps) => steps * 20_000)
  ),
  createdAfter: fc.constantFrom(0, 0, 0, 0, 15_000),
  /** How far the feed's list of runs is behind for this run alone. */
  lag: fc.constantFrom(undefined, undefined, undefined, 3000, 90_000, "never" as const)
})

/** Few moments: each costs real time in proportion to the size of the batch. */
const runOfMany = fc.record({
  ...ending,
  finishesAt: fc.constantFrom(0, 0, 0, 0, 0, 0, 2000, 5000, 40_000),
  createdAfter: fc.constant(0),
  lag: fc.constant(undefined)
})

const statusFault = (status: number, body: string, headers: Record<string, string> = {}) =>
  Fault.status(status, { body, headers: { "content-type": "application/json", ...headers } })

/** What a call survives up to three times. */
const passing = fc.constantFrom(
  Fault.serverError(),
  Fault.reset,
  Fault.lost,
  Fault.cutOff(20),
  Fault.status(503, { body: "<html>" }),
  Fault.delay("2 seconds"),
  statusFault(429, "{\"error\":\"Rate limit exceeded\"}")
)

/** What a call survives once: the grace for it is a second. */
const notFound = statusFault(404, "{\"error\":\"Not found\"}", { "x-should-retry": "true" })

const target = fc.constantFrom("batch", "results", 0, 1, 2, 3, 5, 8)

/** The feed may fail in any way, for as long as it likes: the runs are then read elsewhere. */
const ofFeed = fc.oneof(
  passing,
  fc.constantFrom(
    Fault.hang,
    Fault.garbage,
    statusFault(401, "{\"error\":\"Invalid API key\"}"),
    statusFault(403, "{\"error\":\"Unauthorized\"}"),
    statusFault(404, "{\"error\":\"Not found\"}"),
    statusFault(429, "{\"error\":\"Too many concurrent requests\"}")
  )
)

const feed: fc.Arbitrary<SimulatedRealtime> = fc.oneof(
  fc.record({
    backend: fc.constant("native" as const),
    hold: fc.constantFrom("20 seconds" as const, "17 seconds" as const, "3 seconds" as const),
    // longer than any batch lives: its runs are gone from the list until the setting changes
    replicationLag: fc.constantFrom("0 seconds" as const, "900 millis" as const, "1 day" as const),
    connectionLimit: fc.constantFrom(10, 10, 10, 0)
  }),
  fc.record({
    backend: fc.constant("electric" as const),
    chunkSize: fc.constantFrom(1000, 7, 1),
    partialUpdates: fc.boolean(),
    unchangedStatus: fc.constantFrom(200 as const, 204 as const),
    mustRefetchAfter: fc.constantFrom(1, 3, 1000)
  }),
  fc.record({
    backend: fc.constantFrom("clickhouse down" as const, "electric unreachable" as const, "no route" as const)
  })
)

const batch = fc.record({
  engine: fc.constantFrom("v1" as const, "v2" as const, "v2" as const, "v2 over v1" as const),
  runs: fc.oneof(
    { weight: 12, arbitrary: fc.array(run, { maxLength: 12 }) },
    { weight: 2, arbitrary: fc.array(run, { minLength: 30, maxLength: 60 }) },
    { weight: 1, arbitrary: fc.array(runOfMany, { minLength: 900, maxLength: 1200, size: "max" }) }
  ),
  /** Runs of another batch, and where they stand in this one. */
  reused: fc.record({
    engine: fc.constantFrom("v1" as const, "v2" as const),
    runs: fc.array(fc.tuple(run, fc.nat(1200)), { maxLength: 4 })
  }),
  /** Which runs stand in the batch once more. */
  again: fc.array(fc.nat(60), { maxLength: 3 }),
  failedToStart: fc.nat(2),
  listed: fc.constantFrom("reversed" as const, "in batch order" as const),
  rateLimit: fc.constantFrom("off" as const, { limit: 60, refill: 60 }),
  realtime: fc.constantFrom("auto" as const, "auto" as const, "auto" as const, "off" as const),
  feed,
  /** What becomes of the feed, and after how many milliseconds. */
  feedLater: fc.array(fc.tuple(fc.nat(90_000), fc.oneof(feed, fc.constant("forgets" as const))), { maxLength: 3 }),
  faults: fc.array(
    fc.oneof(
      fc.tuple(target, passing, fc.integer({ min: 1, max: 3 })),
      fc.tuple(target, fc.constant(notFound), fc.constant(1))
    ),
    { maxLength: 3 }
  ),
  feedFaults: fc.array(
    fc.record({ live: fc.boolean(), fault: ofFeed, from: fc.nat(4), times: fc.constantFrom(1, 2, 5, 1000) }),
    { maxLength: 2 }
  ),
  pause: fc.constantFrom(undefined, "20 seconds" as const)
})

type Generated = typeof batch extends fc.Arbitrary<infer A> ? A : never

type GeneratedRun = Generated["runs"][number]

interface Item {
  readonly fake: FakeRun
  readonly simulated: SimulatedRun
  /** Of another batch. */
  readonly isReused: boolean
  /** Batches that came over the old routes list a cancelled run without its message. */
  readonly isOverV1: boolean
}

const itemOf = (
  { createdAfter, finishesAt, lag, ...fields }: GeneratedRun,
  id: string,
  engine: Generated["engine"],
  isReused: boolean
): Item => {
  const fake: FakeRun = {
    ...fields,
    id,
    engine: engine === "v1" ? "V1" : "V2",
    finishesAt: Math.max(finishesAt, createdAfter)
  }
  return {
    fake,
    simulated: { ...simulatedRun(fake), createdAfter, ...(lag === undefined ? {} : { replicationLag: lag }) },
    isReused,
    isOverV1: engine === "v2 over v1"
  }
}

/** The batch that is collected, and the one whose runs it reuses. */
const batchesOf = (generated: Generated) => {
  const created = generated.runs.map((fields, index) => itemOf(fields, `run_${index}`, generated.engine, false))
  const reused = generated.reused.runs.map(([fields], index) =>
    itemOf({ ...fields, createdAfter: 0 }, `run_other${index}`, generated.reused.engine, true)
  )
  const order = [...created]
  generated.reused.runs.forEach(([, at], index) =>
    order.splice(at % (order.length + 1), 0, ...reused.slice(index, index + 1))
  )
  const all = [...order, ...generated.again.flatMap((index) => order[index] ?? [])]
  const other: SimulatedBatch = {
    id: "batch_other",
    engine: generated.reused.engine,
    runs: reused.map(({ simulated }) => simulated)
  }
  const own: SimulatedBatch = {
    id: "batch_own",
    engine: generated.engine,
    listed: generated.listed,
    runs: all.map(({ fake, isReused, simulated }) => isReused ? { reuses: fake.id } : simulated),
    failedToStart: Array.from({ length: generated.failedToStart }, (_, index) => ({
      index: all.length + index,
      taskIdentifier: "missing",
      error: "Task not found"
    }))
  }
  // a run of several items stands in its first place; today's engine lists it in the last one
  const isLast = generated.engine === "v2"
  const items = new Map((isLast ? [...all].reverse() : all).map((item) => [item.fake.id, item]))
  return { other, own, items: isLast ? new Map([...items].reverse()) : items }
}

/** The same for each way that a result may have become known. */
const comparable = ({ fake, isOverV1 }: Item, { usage: _, ...result }: RunResult): unknown => ({
  ...result,
  // without an output, only some sources are certain that there is none, and say its type
  ...(result.ok && result.output === undefined ? { outputType: "absent" } : {}),
  // the results route does not say how exactly a run failed
  status: result.status ?? fake.status,
  // of these runs only some sources have a message
  ...(!result.ok && ((fake.status === "CANCELED" && isOverV1) || (fake.status === "EXPIRED" && fake.engine === "V1"))
    ? { error: Object.entries(result.error ?? {}).filter(([field]) => field !== "message") }
    : {})
})

/** The faults as a function of the request. It also counts the reads of finished runs that met none. */
const script = (generated: Generated, unreadable: ReadonlySet<string>) => {
  const counts = new Map<string, number>()
  const count = (what: string): number => {
    const number = (counts.get(what) ?? 0) + 1
    counts.set(what, number)
    return number
  }
  const ofPath = new Map(generated.faults.map(([target, fault, times]) => [
    typeof target === "number" ? `/api/v3/runs/run_${target}` : target,
    { fault, times }
  ]))
  const reads: Array<ReceivedRequest> = []
  const faultOf = (request: ReceivedRequest): Fault | undefined => {
    if (request.path.startsWith("/realtime/")) {
      const number = count(`feed ${request.live}`)
      return generated.feedFaults.find(({ from, live, times }) =>
        live === request.live && number > from && number <= from + times
      )?.fault
    }
    if (unreadable.has(request.path.slice("/api/v3/runs/".length))) {
      return Fault.garbage
    }
    const target = request.path.startsWith("/api/v3/")
      ? request.path
      : request.path.endsWith("/results")
      ? "results"
      : "batch"
    const found = ofPath.get(target)
    return found !== undefined && count(target) <= found.times ? found.fault : undefined
  }
  return {
    reads,
    faults: (request: ReceivedRequest): Fault | undefined => {
      const fault = faultOf(request)
      if (fault === undefined && request.path.startsWith("/api/v3/")) {
        reads.push(request)
      }
      return fault
    }
  }
}

/** What an effect makes of a fresh server with the batch, as long as it takes. It has one call at a time, or several. */
const onSimulator = <A, E>(
  generated: Generated,
  use: (batchId: string) => Effect.Effect<A, E, TriggerClient>,
  { calls = 1, unreadable = new Set() }: { readonly calls?: number; readonly unreadable?: ReadonlySet<string> } = {}
) =>
  Effect.gen(function*() {
    const { items, other, own } = batchesOf(generated)
    const { faults, reads } = script(generated, unreadable)
    const createdAt = yield* Clock.currentTimeMillis
    const fiber = yield* Effect.gen(function*() {
      const simulator = yield* TriggerSimulator
      yield* simulator.createBatch(other)
      yield* simulator.createBatch(own)
      for (const [after, change] of generated.feedLater) {
        yield* Effect.fork(
          Effect.delay(change === "forgets" ? simulator.forgetHandles : simulator.setRealtime(change), after)
        )
      }
      return yield* use("batch_own")
    }).pipe(
      Effect.provide(TriggerSimulator.layerClient(
        { faults, rateLimit: generated.rateLimit, realtime: generated.feed },
        { realtime: generated.realtime }
      )),
      Effect.fork
    )
    yield* TestClock.adjust("1 hour")
    // to wait for a fiber that has not ended would hide the batch that it waits for
    assert.isTrue(Option.isSome(yield* Fiber.poll(fiber)), "the call has not ended within an hour")
    const value = yield* Fiber.join(fiber)
    const finishedReads = reads.flatMap(({ at, path }) => {
      const id = path.slice("/api/v3/runs/".length)
      return at - createdAt >= (items.get(id)?.fake.finishesAt ?? 0) ? [id] : []
    })
    assert.deepStrictEqual(
      finishedReads.filter((id) => finishedReads.filter((other) => other === id).length > calls),
      [],
      "a call has read a finished run twice"
    )
    return value
  })

/** What is true of a batch, in a form in which it can be compared with results from any source. */
const truthAbout = (generated: Generated) => {
  const { items } = batchesOf(generated)
  return {
    items,
    /** The ids of the runs in batch order, each once. */
    order: [...items.keys()],
    truthOfId: (id: string): unknown => {
      const item = items.get(id)
      return item === undefined ? undefined : comparable(item, truthOf(item.fake))
    },
    found: (result: RunResult): unknown => {
      const item = items.get(result.id)
      return item === undefined ? result : comparable(item, result)
    }
  }
}

const optionsOf = ({ pause }: Generated) => pause === undefined ? {} : { schedule: Schedule.spaced(pause) }

describe("for any batch", () => {
  it.effect.prop(
    "collect, await and stream agree with each other and with the truth: nothing lost, nothing twice, order kept",
    [batch, fc.nat(70_000)],
    ([generated, early]) =>
      Effect.gen(function*() {
        const { found, items, order, truthOfId } = truthAbout(generated)
        const truth = order.map(truthOfId)
        const options = optionsOf(generated)

        const awaited = yield* onSimulator(generated, (id) => awaitBatchResults(id, options))
        assert.deepStrictEqual(awaited.results.map(found), truth)
        assert.deepStrictEqual(awaited.pending, [])
        assert.deepStrictEqual(awaited.unavailable, [])
        assert.strictEqual(awaited.failedToStart.length, generated.failedToStart)
        assert.deepStrictEqual([awaited.missing, awaited.complete], [0, true])

        const streamed = yield* onSimulator(generated, (id) => Stream.runCollect(streamBatchResults(id, options)))
        const place = new Map(order.map((id, index) => [id, index]))
        assert.deepStrictEqual(
          Chunk.toReadonlyArray(streamed)
            .slice()
            .sort((a, b) => (place.get(a.id) ?? -1) - (place.get(b.id) ?? -1))
            .map(found),
          truth
        )

        const late = yield* onSimulator(generated, (id) => Effect.delay(collectBatchResults(id), "11 minutes"))
        assert.deepStrictEqual(late.results.map(found), truth)
        assert.isTrue(late.complete)

        const collected = yield* onSimulator(generated, (id) => Effect.delay(collectBatchResults(id), early))
        // each run that is known stands in exactly one of both, each in batch order once the batch lists its runs
        const inOrder = (ids: ReadonlyArray<string>) =>
          collected.batch.runs.length > 0 ? ids : [...ids].sort((a, b) => order.indexOf(a) - order.indexOf(b))
        const isFinished = new Set(collected.results.map(({ id }) => id))
        const known = new Set([...isFinished, ...collected.pending])
        assert.deepStrictEqual(
          [inOrder(collected.results.map(({ id }) => id)), inOrder(collected.pending)],
          [order.filter((id) => isFinished.has(id)), order.filter((id) => known.has(id) && !isFinished.has(id))]
        )
        assert.deepStrictEqual(collected.batch.runs.filter((id) => !known.has(id)), [])
        assert.deepStrictEqual(
          collected.results.map(found),
          collected.results.map(({ id }) => truthOfId(id))
        )
        // what had finished before the call is not pending
        assert.deepStrictEqual(
          collected.pending.filter((id) => (items.get(id)?.fake.finishesAt ?? 0) <= early),
          []
        )
      }),
    // a case takes seconds, so shrinking would run into the time-out, which hides the counterexample
    { fastCheck: { numRuns: Number(process.env["RUNS"] ?? 20), endOnFailure: true }, timeout: 900_000 }
  )

  it.effect.prop(
    "await and stream report the runs that cannot be read, and bring all others: each run in one place, once",
    [batch, fc.uniqueArray(fc.nat(15), { minLength: 1, maxLength: 5 })],
    ([generated, broken]) =>
      Effect.gen(function*() {
        const { found, order, truthOfId } = truthAbout(generated)
        const unreadable = new Set(broken.map((index) => index < 12 ? `run_${index}` : `run_other${index - 12}`))
        const options = { ...optionsOf(generated), onError: "report" } as const

        const awaited = yield* onSimulator(generated, (id) => awaitBatchResults(id, options), { unreadable })
        const unavailable = awaited.unavailable.map(({ error, id }) => [id, error._tag])
        const isUnavailable = new Set(awaited.unavailable.map(({ id }) => id))
        assert.deepStrictEqual(
          unavailable,
          order.filter((id) => isUnavailable.has(id) && unreadable.has(id)).map((id) => [id, "InvalidResponse"])
        )
        const read = order.filter((id) => !isUnavailable.has(id))
        assert.deepStrictEqual(awaited.results.map(found), read.map(truthOfId))
        assert.deepStrictEqual(awaited.pending, [])
        assert.strictEqual(awaited.complete, isUnavailable.size === 0)

        const handedOver: Array<string> = []
        const streamed = yield* onSimulator(generated, (id) =>
          Stream.runCollect(streamBatchResults(id, {
            ...options,
            onUnavailable: ({ id }) => Effect.sync(() => handedOver.push(id))
          })), { unreadable })
        const emitted = Chunk.toReadonlyArray(streamed)
        assert.deepStrictEqual([...handedOver, ...emitted.map(({ id }) => id)].sort(), [...order].sort())
        assert.deepStrictEqual(handedOver.filter((id) => !unreadable.has(id)), [])
        assert.deepStrictEqual(emitted.map(found), emitted.map(({ id }) => truthOfId(id)))
      }),
    { fastCheck: { numRuns: Number(process.env["RUNS"] ?? 12), endOnFailure: true }, timeout: 900_000 }
  )

  it.effect.prop(
    "calls that share a handle bring each run once, and their progress never falls and ends with the last run",
    [batch, fc.constantFrom(0, 3000, 15_000), fc.nat(30_000)],
    ([generated, busy, later]) =>
      Effect.gen(function*() {
        const { found, order, truthOfId } = truthAbout(generated)
        const truth = order.map(truthOfId)
        const byId = new Map(order.map((id, index) => [id, index]))
        const reports: Array<number> = []
        const options = optionsOf(generated)
        // each moment costs time in proportion to the size of the batch
        const consume = order.length < 20 ? Effect.sleep(busy) : Effect.void

        const [first, awaited, second] = yield* onSimulator(generated, (id) =>
          Effect.flatMap(BatchHandle.make(id), (handle) =>
            Effect.all([
              Stream.runCollect(Stream.tap(streamBatchResults(handle, options), () =>
                consume)),
              awaitBatchResults(handle, {
                ...options,
                onProgress: ({ finished }) => Effect.sync(() => reports.push(finished))
              }),
              Effect.delay(Stream.runCollect(streamBatchResults(handle, options)), later)
            ], { concurrency: "unbounded" })), { calls: 3 })
        for (const streamed of [first, second]) {
          const results = Chunk.toReadonlyArray(streamed)
          assert.deepStrictEqual(
            [...results].sort((a, b) =>
              (byId.get(a.id) ?? -1) - (byId.get(b.id) ?? -1)
            ).map(found),
            truth
          )
        }
        assert.deepStrictEqual(awaited.results.map(found), truth)
        assert.deepStrictEqual(reports, [...reports].sort((a, b) => a - b))
        assert.strictEqual(reports.at(-1), order.length)
      }),
    { fastCheck: { numRuns: Number(process.env["RUNS"] ?? 10), endOnFailure: true }, timeout: 900_000 }
  )
})
