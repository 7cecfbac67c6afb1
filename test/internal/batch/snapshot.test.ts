import { assert, describe, it } from "@effect/vitest"
import { Clock, type Duration, Effect, Exit, Fiber, Option, Schedule, TestClock } from "effect"
import { awaitBatchResults, BatchHandle, collectBatchResults, RetryPolicy } from "effect-trigger-dev"
import { Fault, type ReceivedRequest, type SimulatedBatch, TriggerSimulator } from "effect-trigger-dev/testing"
import { ids, later, onSimulator, routes } from "../../support/simulator.js"
import { traced } from "../../support/spans.js"

/** Old enough for the feed to show all of its runs. */
const oldBatch = (batch: SimulatedBatch) =>
  Effect.gen(function*() {
    const { createBatch } = yield* TriggerSimulator
    const { id, runs } = yield* createBatch(batch)
    yield* TestClock.adjust("1 minute")
    return { id, runs }
  })

const outputs = (count: number) => Array.from({ length: count }, (_, index) => ({ output: { index } }))

describe("collecting over the realtime feed", () => {
  it.effect("1,000 finished runs cost two requests", () =>
    Effect.gen(function*() {
      const { id, runs } = yield* oldBatch({ runs: outputs(1000) })
      const { complete, results } = yield* collectBatchResults(id)
      assert.isTrue(complete)
      assert.deepStrictEqual(ids(results), runs)
      assert.deepStrictEqual(yield* routes, { batch: 1, snapshot: 1 })
    }).pipe(onSimulator()))

  it.effect("results are as rich as those of the results route", () =>
    Effect.gen(function*() {
      const { id, runs } = yield* oldBatch({ runs: [{ task: "a", output: { at: new Date(0) } }] })
      const { results } = yield* collectBatchResults(id)
      assert.deepStrictEqual(results.map(({ usage: _, ...result }) => result), [{
        ok: true,
        id: runs[0] ?? "",
        taskIdentifier: "a",
        status: "COMPLETED",
        output: "{\"json\":{\"at\":\"1970-01-01T00:00:00.000Z\"},\"meta\":{\"values\":{\"at\":[\"Date\"]}}}",
        outputType: "application/super+json"
      }])
      assert.isNumber(results[0]?.usage?.durationMs)
    }).pipe(onSimulator()))

  it.effect("a batch without runs does not ask for the feed", () =>
    Effect.gen(function*() {
      const { id } = yield* oldBatch({ runs: [] })
      assert.isTrue((yield* collectBatchResults(id)).complete)
      assert.deepStrictEqual(yield* routes, { batch: 1 })
    }).pipe(onSimulator()))

  it.effect("runs beyond the 1,000 that the feed shows are read one by one", () =>
    Effect.gen(function*() {
      const { id, runs } = yield* oldBatch({ runs: outputs(1010) })
      const { results } = yield* later(collectBatchResults(id))
      assert.deepStrictEqual(ids(results), runs)
      assert.deepStrictEqual(yield* routes, { batch: 1, snapshot: 1, results: 1, run: 10 })
    }).pipe(onSimulator()))

  it.effect("runs of the old engine get their results from the results route", () =>
    Effect.gen(function*() {
      const { id } = yield* oldBatch({ engine: "v1", runs: outputs(3) })
      const { complete, results } = yield* collectBatchResults(id)
      assert.isTrue(complete)
      assert.deepStrictEqual(results.map((result) => result.ok && result.output), [
        "{\"json\":{\"index\":0}}",
        "{\"json\":{\"index\":1}}",
        "{\"json\":{\"index\":2}}"
      ])
      assert.deepStrictEqual(yield* routes, { batch: 1, snapshot: 1, results: 1 })
    }).pipe(onSimulator()))

  it.effect("of a batch that was created just now, the feed is waited for", () =>
    Effect.gen(function*() {
      const { createBatch } = yield* TriggerSimulator
      const { id, runs } = yield* createBatch({ runs: outputs(100) })
      const { results } = yield* later(collectBatchResults(id))
      assert.deepStrictEqual(ids(results), runs)
      assert.deepStrictEqual(yield* routes, { batch: 1, snapshot: 3 })
    }).pipe(onSimulator({ realtime: { replicationLag: "900 millis" } })))

  for (const [age, snapshots] of [[1000, 5], [9999, 2], [10_000, 1]] as const) {
    it.effect(`a batch that is ${age} ms old and has a run that no snapshot shows gets ${snapshots} of them`, () =>
      Effect.gen(function*() {
        const { createBatch } = yield* TriggerSimulator
        const { runs: [reused = ""] } = yield* createBatch({ runs: outputs(1) })
        const { id } = yield* createBatch({ runs: [{ reuses: reused }] })
        yield* TestClock.adjust(age)
        assert.isTrue((yield* later(collectBatchResults(id))).complete)
        assert.deepStrictEqual(yield* routes, { batch: 1, snapshot: snapshots, results: 1, run: 1 })
      }).pipe(onSimulator()))
  }

  it.effect("the span of the call says which sources had results", () =>
    Effect.gen(function*() {
      const sourcesOf = (batch: SimulatedBatch) =>
        Effect.gen(function*() {
          const { id } = yield* oldBatch(batch)
          const { spans } = yield* traced(collectBatchResults(id))
          return spans.find(({ name }) => name === "collectBatchResults")?.attributes.get("trigger.batch.sources")
        })
      const { runs: [reused = ""] } = yield* oldBatch({ runs: outputs(1) })
      assert.strictEqual(yield* sourcesOf({ runs: outputs(2) }), "realtime")
      assert.strictEqual(yield* sourcesOf({ engine: "v1", runs: outputs(2) }), "realtime,results")
      assert.strictEqual(yield* sourcesOf({ runs: [...outputs(2), { reuses: reused }] }), "realtime,runs")
    }).pipe(onSimulator()))

  it.effect("`realtime: \"off\"` never asks for it", () =>
    Effect.gen(function*() {
      const { id } = yield* oldBatch({ runs: outputs(2) })
      assert.isTrue((yield* collectBatchResults(id)).complete)
      assert.deepStrictEqual(yield* routes, { batch: 1, results: 1, run: 2 })
    }).pipe(onSimulator({}, { realtime: "off" })))

  it.effect("a handle that knows the results sends no request for the runs", () =>
    Effect.gen(function*() {
      const { id } = yield* oldBatch({ runs: outputs(3) })
      const { results } = yield* collectBatchResults(id)
      const handle = yield* BatchHandle.make(id, { results })
      const { clearRequests } = yield* TriggerSimulator
      yield* clearRequests
      assert.deepStrictEqual((yield* collectBatchResults(handle)).results, results)
      assert.deepStrictEqual(yield* routes, { batch: 1 })
    }).pipe(onSimulator()))
})

describe("without a feed", () => {
  for (const backend of ["clickhouse down", "electric unreachable", "no route"] as const) {
    it.effect(`(${backend}) one attempt is made, runs are read one by one, and the next call does not ask again`, () =>
      Effect.gen(function*() {
        const { id } = yield* oldBatch({ runs: outputs(2) })
        const { clearRequests, setRealtime } = yield* TriggerSimulator
        assert.isTrue((yield* collectBatchResults(id)).complete)
        assert.deepStrictEqual(yield* routes, { batch: 1, snapshot: 1, results: 1, run: 2 })
        yield* clearRequests
        assert.isTrue((yield* collectBatchResults(id)).complete)
        assert.deepStrictEqual(yield* routes, { batch: 1, results: 1, run: 2 })
        // later it takes the feed back
        yield* setRealtime({})
        yield* TestClock.adjust("30 seconds")
        yield* clearRequests
        assert.isTrue((yield* collectBatchResults(id)).complete)
        assert.deepStrictEqual(yield* routes, { batch: 1, snapshot: 1 })
      }).pipe(onSimulator({ realtime: { backend } })))
  }
})

const isFeed = ({ path }: ReceivedRequest) => path.startsWith("/realtime/")

describe("a feed that does not respond", () => {
  it.effect("is waited for 5 seconds, and runs are read one by one", () =>
    Effect.gen(function*() {
      const { id } = yield* oldBatch({ runs: outputs(2) })
      const before = yield* Clock.currentTimeMillis
      const [{ complete }, endedAt] = yield* later(Effect.zip(collectBatchResults(id), Clock.currentTimeMillis))
      assert.deepStrictEqual([complete, endedAt - before], [true, 5000])
      assert.deepStrictEqual(yield* routes, { batch: 1, snapshot: 1, results: 1, run: 2 })
    }).pipe(onSimulator({ faults: (request) => isFeed(request) ? Fault.hang : undefined })))
})

describe("a feed that asks for a start from the beginning", () => {
  const restart = Fault.status(409, { headers: { "electric-handle": "another" }, body: "[]" })

  /** The first requests of the feed, and no others. */
  const restarting = (times: number) => {
    let asked = 0
    return onSimulator({ faults: (request) => isFeed(request) && ++asked <= times ? restart : undefined })
  }

  it.effect("five times is read", () =>
    Effect.gen(function*() {
      const { id } = yield* oldBatch({ runs: outputs(2) })
      assert.isTrue((yield* collectBatchResults(id)).complete)
      assert.deepStrictEqual(yield* routes, { batch: 1, snapshot: 6 })
    }).pipe(restarting(5)))

  it.effect("once more has failed: runs are read one by one, and the next call does not ask again", () =>
    Effect.gen(function*() {
      const { id } = yield* oldBatch({ runs: outputs(2) })
      const { clearRequests } = yield* TriggerSimulator
      assert.isTrue((yield* collectBatchResults(id)).complete)
      assert.deepStrictEqual(yield* routes, { batch: 1, snapshot: 6, results: 1, run: 2 })
      yield* clearRequests
      assert.isTrue((yield* collectBatchResults(id)).complete)
      assert.deepStrictEqual(yield* routes, { batch: 1, results: 1, run: 2 })
    }).pipe(restarting(6)))

  it.effect("once, after many parts, is read again from there", () =>
    Effect.gen(function*() {
      const { id } = yield* oldBatch({ runs: outputs(20) })
      assert.isTrue((yield* collectBatchResults(id)).complete)
      const { run, snapshot = 0 } = yield* routes
      assert.isUndefined(run)
      assert.isAtLeast(snapshot, 8 + 10)
    }).pipe(onSimulator({ realtime: { backend: "electric", chunkSize: 2, mustRefetchAfter: 8 } })))
})

describe("a feed that has more to read and never sends it", () => {
  it.effect("has failed after six such responses, and is not read for ever", () => {
    let asked = 0
    return Effect.gen(function*() {
      const { id } = yield* oldBatch({ runs: outputs(2) })
      assert.isTrue((yield* collectBatchResults(id)).complete)
      assert.deepStrictEqual(yield* routes, { batch: 1, snapshot: 6, results: 1, run: 2 })
    }).pipe(onSimulator({
      // not without an end, so that this test has one
      faults: (request) =>
        isFeed(request) && ++asked < 100
          ? Fault.status(200, {
            headers: { "electric-handle": "log", "electric-offset": `${asked}_0` },
            body: "[{\"headers\":{\"control\":\"snapshot-end\"}}]"
          })
          : undefined
    }))
  })
})

describe("a feed that sends one change after the other and never all of them", () => {
  it.effect("has failed after 100 responses", () => {
    let asked = 0
    return Effect.gen(function*() {
      const { id } = yield* oldBatch({ runs: [{ id: "run_1", output: 1 }, { id: "run_2", output: 2 }] })
      assert.isTrue((yield* collectBatchResults(id)).complete)
      assert.deepStrictEqual(yield* routes, { batch: 1, snapshot: 100, results: 1, run: 2 })
    }).pipe(onSimulator({
      faults: (request) => {
        if (!isFeed(request) || ++asked > 200) {
          return undefined
        }
        const columns = {
          id: "1",
          friendlyId: "run_1",
          taskIdentifier: "task",
          status: "EXECUTING",
          createdAt: "2026-11-25T12:00:00.000",
          usageDurationMs: `${asked}`
        }
        return Fault.status(200, {
          headers: { "electric-handle": "log", "electric-offset": `${asked}_0` },
          body: JSON.stringify([{ key: "1", value: columns, headers: { operation: "insert" } }])
        })
      }
    }))
  })
})

describe("a feed that fails once", () => {
  /** What collecting asks for if the first snapshot of the feed fails. */
  const afterOne = (fault: Fault) => {
    let asked = 0
    return Effect.gen(function*() {
      const { id } = yield* oldBatch({ runs: outputs(2) })
      assert.isTrue((yield* later(collectBatchResults(id))).complete)
      return yield* routes
    }).pipe(onSimulator({ faults: (request) => isFeed(request) && ++asked === 1 ? fault : undefined }))
  }

  it.effect("with a hint is asked again when the hint has passed", () => {
    let asked = 0
    return Effect.gen(function*() {
      const { id } = yield* oldBatch({ runs: outputs(2) })
      yield* later(collectBatchResults(id))
      const { requests } = yield* TriggerSimulator
      const [first = 0, second = 0] = (yield* requests).filter(isFeed).map(({ at }) => at)
      assert.strictEqual(second - first, 5000)
    }).pipe(onSimulator({
      faults: (request) =>
        isFeed(request) && ++asked === 1 ? Fault.status(503, { headers: { "retry-after": "5" } }) : undefined
    }))
  })

  const elsewhere = { batch: 1, snapshot: 1, results: 1, run: 2 }

  const rows: ReadonlyArray<readonly [how: string, fault: Fault, asked: object]> = [
    ["because the connection was lost is asked once more", Fault.reset, { batch: 1, snapshot: 2 }],
    [
      "with a 429 that is over in 5 seconds is asked once more",
      Fault.status(429, { headers: { "retry-after": "5" } }),
      { batch: 1, snapshot: 2 }
    ],
    ["with a 429 that is over later is not", Fault.status(429, { headers: { "retry-after": "6" } }), elsewhere],
    ["with a 503 without a hint is not", Fault.status(503), elsewhere],
    ["because it did not respond in time is not", Fault.hang, elsewhere]
  ]
  for (const [how, fault, asked] of rows) {
    it.effect(how, () => Effect.map(afterOne(fault), (routes) => assert.deepStrictEqual<object>(routes, asked)))
  }
})

describe("a feed that no longer knows the place that was reached", () => {
  for (const fault of [Fault.status(400), Fault.garbage]) {
    it.effect(`(${fault._tag}) is read from the beginning`, () =>
      Effect.gen(function*() {
        const { createBatch } = yield* TriggerSimulator
        const { id } = yield* createBatch({ runs: [{ finishesAfter: "20 seconds" }] })
        const fiber = yield* Effect.fork(awaitBatchResults(id, { schedule: Schedule.spaced("10 seconds") }))
        yield* TestClock.adjust("1 minute")
        assert.isTrue((yield* Effect.flatten(Effect.flatten(Fiber.poll(fiber)))).complete)
        const { run } = yield* routes
        assert.isUndefined(run)
      }).pipe(onSimulator({
        realtime: { connectionLimit: 0 },
        faults: (request) => isFeed(request) && request.query["handle"] !== undefined ? fault : undefined
      })))
  }
})

describe("a feed that fails for one batch", () => {
  /** What the collecting of a second batch asks for, after that of a first one whose feed has failed. */
  const afterFailing = (
    fail: (request: ReceivedRequest) => Fault | undefined,
    runs: SimulatedBatch["runs"],
    snapshots = 1
  ) =>
    Effect.gen(function*() {
      const { clearRequests, setFaults } = yield* TriggerSimulator
      const first = yield* oldBatch({ runs })
      const second = yield* oldBatch({ runs: outputs(2) })
      yield* setFaults((request) => isFeed(request) && request.path.endsWith(first.id) ? fail(request) : undefined)
      yield* collectBatchResults(first.id)
      assert.deepStrictEqual(yield* routes, { batch: 1, snapshot: snapshots, results: 1, run: runs.length })
      yield* clearRequests
      yield* collectBatchResults(second.id)
      return yield* routes
    })

  it.effect("because it is too large is read for others", () =>
    Effect.gen(function*() {
      const large = Array.from({ length: 20 }, () => ({ output: "x".repeat(1000) }))
      assert.deepStrictEqual(yield* afterFailing(() => undefined, large), { batch: 1, snapshot: 1 })
    }).pipe(onSimulator({}, { maxResponseSize: 10_000 })))

  it.effect("because the connection is lost is not asked for others at once", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* afterFailing(() => Fault.reset, outputs(2), 2), { batch: 1, results: 1, run: 2 })
    }).pipe(onSimulator()))
})

describe("a feed that refuses the key", () => {
  it.effect("is asked again by the next call, as keys rotate", () =>
    Effect.gen(function*() {
      const { id } = yield* oldBatch({ runs: outputs(2) })
      const { clearRequests, setFaults } = yield* TriggerSimulator
      yield* setFaults(({ path }) => path.startsWith("/realtime/") ? Fault.status(401) : undefined)
      assert.isTrue((yield* collectBatchResults(id)).complete)
      yield* setFaults({})
      yield* clearRequests
      assert.isTrue((yield* collectBatchResults(id)).complete)
      assert.deepStrictEqual(yield* routes, { batch: 1, snapshot: 1 })
    }).pipe(onSimulator()))
})

describe("collecting with a client whose feed has worked before", () => {
  const isBatch = ({ path }: { readonly path: string }) => path.startsWith("/api/v2/")

  /** The faults begin with the second batch. */
  const faulty = (fault: (request: ReceivedRequest) => Fault | undefined) => {
    let batches = 0
    return onSimulator({
      faults: (request) => {
        batches += isBatch(request) ? 1 : 0
        return batches > 1 ? fault(request) : undefined
      }
    })
  }

  const collectAnother = Effect.gen(function*() {
    const { id } = yield* oldBatch({ runs: outputs(1) })
    yield* collectBatchResults(id)
  })

  it.effect("asks for the batch and the feed at the same time", () =>
    Effect.gen(function*() {
      yield* collectAnother
      const { id } = yield* oldBatch({ runs: outputs(2) })
      const fiber = yield* Effect.fork(collectBatchResults(id))
      yield* TestClock.adjust("100 millis")
      assert.isTrue(Option.exists(yield* fiber.poll, Exit.isSuccess))
      assert.deepStrictEqual(yield* routes, { batch: 2, snapshot: 2 })
    }).pipe(faulty(() => Fault.delay("100 millis"))))

  it.effect("asks for the batch first where runs are known, because nothing more may be needed", () =>
    Effect.gen(function*() {
      yield* collectAnother
      const { id } = yield* oldBatch({ runs: outputs(2) })
      const handle = yield* BatchHandle.make(id, { results: (yield* collectBatchResults(id)).results })
      assert.isTrue((yield* collectBatchResults(handle)).complete)
      assert.deepStrictEqual(yield* routes, { batch: 3, snapshot: 2 })
    }).pipe(onSimulator()))

  const whileTheBatchIsRead = Effect.gen(function*() {
    yield* collectAnother
    const { id } = yield* oldBatch({ runs: [{ finishesAfter: "60500 millis" }] })
    const { complete } = yield* later(collectBatchResults(id))
    return { complete, routes: yield* routes }
  })

  const slowBatch = (delay: Duration.DurationInput) =>
    faulty((request) => isBatch(request) ? Fault.delay(delay) : undefined)

  it.effect("makes do with a snapshot that is a second older than the batch", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* whileTheBatchIsRead, { complete: false, routes: { batch: 2, snapshot: 2 } })
    }).pipe(slowBatch("1 second")))

  it.effect("takes a snapshot again that is older than that", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* whileTheBatchIsRead, { complete: true, routes: { batch: 2, snapshot: 3 } })
    }).pipe(slowBatch("1001 millis")))

  it.effect("takes a snapshot again where the batch was still missing", () =>
    Effect.gen(function*() {
      yield* collectAnother
      const { createBatch } = yield* TriggerSimulator
      const { id } = yield* createBatch({ runs: outputs(2), visibleAfter: "300 millis" })
      assert.isTrue((yield* later(collectBatchResults(id))).complete)
      assert.deepStrictEqual(yield* routes, { batch: 3, snapshot: 3 })
    }).pipe(Effect.provide(
      TriggerSimulator.layerClient({}, { retryPolicy: RetryPolicy.make({ jitter: "none" }) })
    )))

  const refusal = Fault.status(401, { body: "{\"error\":\"Invalid API key\"}" })

  it.effect("takes a snapshot again where the key was rotated between the two requests", () =>
    Effect.gen(function*() {
      yield* collectAnother
      const { id } = yield* oldBatch({ runs: outputs(2) })
      assert.isTrue((yield* collectBatchResults(id)).complete)
      assert.deepStrictEqual(yield* routes, { batch: 2, snapshot: 3 })
    }).pipe(faulty((request) => isFeed(request) && request.number <= 4 ? refusal : undefined)))

  it.effect("does not wait for the feed where the batch cannot be read", () =>
    Effect.gen(function*() {
      yield* collectAnother
      const fiber = yield* Effect.fork(Effect.flip(collectBatchResults("batch_1")))
      yield* TestClock.adjust(0)
      assert.isTrue(Option.exists(yield* fiber.poll, Exit.isSuccess))
    }).pipe(faulty((request) => isBatch(request) ? refusal : Fault.delay("10 seconds"))))

  it.effect("blames the feed for nothing that the batch route refuses too", () =>
    Effect.gen(function*() {
      yield* collectAnother
      const { id } = yield* oldBatch({ runs: outputs(2) })
      assert.strictEqual((yield* Effect.flip(collectBatchResults(id)))._tag, "Unauthorized")
      assert.isTrue((yield* collectBatchResults(id)).complete)
      assert.deepStrictEqual(yield* routes, { batch: 3, snapshot: 3 })
    }).pipe(faulty(({ number }) => number <= 4 ? refusal : undefined)))

  it.effect("asks for the batch first again after the feed has failed", () =>
    Effect.gen(function*() {
      yield* collectAnother
      const { id } = yield* oldBatch({ runs: outputs(1) })
      yield* collectBatchResults(id)
      yield* TestClock.adjust("1 minute")
      const fiber = yield* Effect.fork(collectBatchResults(id))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* routes, { batch: 3, snapshot: 2, results: 1, run: 1 })
      yield* Fiber.interrupt(fiber)
    }).pipe(faulty((request) =>
      request.path.startsWith("/realtime/")
        ? Fault.serverError()
        : isBatch(request) && request.number > 6
        ? Fault.delay("10 seconds")
        : undefined
    )))
})
