/**
 * Whether a batch of many runs costs more per run than one of few, and whether waiting leaves anything behind. Against the
 * simulator in memory, whose own work is part of every figure. Prints JSON. Needs `node --expose-gc`.
 *
 * - `feed` and `runByRun`: microseconds per run, and bytes of heap that the results take per run, by the number of runs;
 * - `together`: milliseconds per batch for 1 and for 100 batches of 10 runs that are awaited at once;
 * - `day`: bytes of heap, after the first and after the last of 24 simulated hours of waiting for 100 runs.
 */
import { Effect, Fiber, TestClock, TestContext } from "effect"
import { awaitBatchResults, collectBatchResults } from "effect-trigger-dev"
import { TriggerSimulator } from "effect-trigger-dev/testing"

interface Collected {
  readonly runs: number
  readonly micros: number
  readonly bytes: number
}

export interface Growth {
  readonly feed: ReadonlyArray<Collected>
  readonly runByRun: ReadonlyArray<Collected>
  readonly together: ReadonlyArray<{ readonly batches: number; readonly millis: number }>
  readonly day: { readonly before: number; readonly after: number }
}

if (gc === undefined) {
  throw new Error("needs node --expose-gc")
}

/** Finalizers run between collections, so that one collection is not enough. */
const heapUsed = Effect.promise(async () => {
  for (let i = 0; i < 4; i++) {
    gc?.()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return process.memoryUsage().heapUsed
})

const median = (samples: ReadonlyArray<number>): number =>
  [...samples].sort((one, other) => one - other)[samples.length >> 1] ?? Number.NaN

const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const before = performance.now()
    const value = yield* effect
    return [performance.now() - before, value] as const
  })

const batchOf = (runs: number, finishesAfter = 0) =>
  Effect.flatMap(TriggerSimulator, ({ createBatch }) =>
    createBatch({
      runs: Array.from({ length: runs }, (_, index) => ({
        output: { index, text: "x".repeat(200) },
        finishesAfter: `${finishesAfter} seconds` as const
      }))
    }))

/** The feed shows at most 1,000 runs of a batch, so that the way to 10,000 is run by run. */
const collect = (realtime: "auto" | "off", runs: number) =>
  Effect.gen(function*() {
    const { id } = yield* batchOf(runs)
    yield* collectBatchResults(id)
    const times: Array<number> = []
    for (let round = 0; round < 10_000 / runs && round < 5; round++) {
      const [time] = yield* timed(collectBatchResults(id))
      times.push(time)
    }
    const before = yield* heapUsed
    const { results } = yield* collectBatchResults(id)
    const after = yield* heapUsed
    // used after the measurement, so that it is still in memory
    const read = results.length
    return { runs, read, micros: 1000 * median(times) / runs, bytes: (after - before) / runs }
  }).pipe(
    Effect.provide(TriggerSimulator.layerClient({ rateLimit: "off" }, { realtime }))
  )

const together = (batches: number) =>
  Effect.gen(function*() {
    const created = yield* Effect.replicateEffect(batchOf(10, 60), batches)
    const [time] = yield* timed(Effect.gen(function*() {
      const fiber = yield* Effect.fork(
        Effect.forEach(created, ({ id }) => awaitBatchResults(id), { concurrency: "unbounded" })
      )
      yield* TestClock.adjust("10 minutes")
      return yield* Fiber.join(fiber)
    }))
    return { batches, millis: time / batches }
  }).pipe(Effect.provide(TriggerSimulator.layerClient()), Effect.provide(TestContext.TestContext))

const day = Effect.gen(function*() {
  const { clearRequests } = yield* TriggerSimulator
  const { id } = yield* batchOf(100, 25 * 3600)
  const fiber = yield* Effect.fork(awaitBatchResults(id))
  // the simulator remembers every request
  const wait = (hours: number) => Effect.zipRight(TestClock.adjust(`${hours} hours`), clearRequests)
  yield* wait(1)
  const before = yield* heapUsed
  yield* wait(23)
  const after = yield* heapUsed
  yield* wait(2)
  const { results } = yield* Fiber.join(fiber)
  return { read: results.length, before, after }
}).pipe(Effect.provide(TriggerSimulator.layerClient()), Effect.provide(TestContext.TestContext))

await Effect.runPromise(Effect.gen(function*() {
  yield* collect("auto", 1000)
  yield* collect("off", 1000)
  yield* together(1)
  const growth: Growth = {
    feed: yield* Effect.forEach([100, 1000], (runs) => collect("auto", runs)),
    runByRun: yield* Effect.forEach([100, 1000, 10_000], (runs) => collect("off", runs)),
    together: yield* Effect.forEach([1, 100], together),
    day: yield* day
  }
  console.log(JSON.stringify(growth))
}))
process.exit()
