import { assert, describe, it } from "@effect/vitest"
import {
  type Batch,
  InvalidResponse,
  type RunUpdate,
  ServerError,
  Unauthorized,
  type UnavailableRun
} from "effect-trigger-dev"
import * as Feed from "../../../src/internal/batch/feed.js"
import {
  attributesOf,
  type Event,
  isOver,
  isRunning,
  make,
  makeKnown,
  progressOf,
  resultOf,
  stateOf,
  step,
  summarize,
  unreadRuns
} from "../../../src/internal/batch/state.js"

const failure = { index: 0, taskIdentifier: "missing", error: "Task not found" }

const batch = (fields: Partial<Batch>): Batch => ({
  id: "batch_1",
  status: "COMPLETED",
  createdAt: new Date(0),
  updatedAt: new Date(0),
  runCount: 0,
  runs: [],
  ...fields
})

const state = (fields: Partial<Batch>) => {
  const state = make(makeKnown("batch_1"))
  state.batch = batch(fields)
  return state
}

const summaryOf = (fields: Partial<Batch>) => summarize(state(fields), batch(fields))

/** What the feed shows of run_1, which the old engine executed. */
const shown = (fields: Partial<RunUpdate> & Pick<RunUpdate, "status">): Event => ({
  _tag: "FeedRead",
  step: {
    state: Feed.start,
    updates: [{
      update: { id: "run_1", taskIdentifier: "task", createdAt: new Date(0), tags: [], ...fields },
      ofOldEngine: true,
      hasOutcome: true
    }]
  }
})

describe("a result of the old engine from the feed", () => {
  it("is not settled without its output because the results route refuses the key", () => {
    const state = make(makeKnown("batch_1"))
    step(state, shown({ status: "COMPLETED" }))
    step(state, { _tag: "ResultsRefused" })
    assert.strictEqual(stateOf(state, "run_1")._tag, "Provisional")
  })
})

describe("a result that was taken", () => {
  it("leaves behind how its run ended, and no output", () => {
    const state = make(makeKnown("batch_1", [{ ok: true, id: "run_1", status: "COMPLETED", output: "1" }]))
    state.batch = batch({ runs: ["run_1"], runCount: 1 })
    const before = progressOf(state, summarize(state, state.batch))
    step(state, { _tag: "Taken", runId: "run_1" })
    assert.deepStrictEqual(resultOf(state, "run_1"), { ok: true, id: "run_1", status: "COMPLETED" })
    assert.deepStrictEqual(progressOf(state, summarize(state, state.batch)), before)
  })
})

describe("a settled result", () => {
  it("stays, whatever another call reads later", () => {
    const known = makeKnown("batch_1", [{ ok: true, id: "run_1", output: "first", outputType: "text/plain" }])
    const state = make(known)
    const run = { id: "run_1", taskIdentifier: "task", status: "COMPLETED", createdAt: new Date(0) }
    // of the old engine: without an output, which only the results route has
    step(state, { _tag: "RunRead", run, result: { ok: true, id: "run_1" } })
    step(state, { _tag: "RunRead", run: { ...run, output: 2 }, result: { ok: true, id: "run_1", output: "2" } })
    step(state, shown({ status: "COMPLETED" }))
    step(state, shown({ status: "COMPLETED", output: "3" }))
    step(state, { _tag: "ResultsRead", results: [{ ok: true, id: "run_1", output: "4" }] })
    assert.deepStrictEqual(known.runs.get("run_1"), {
      _tag: "Settled",
      result: { ok: true, id: "run_1", output: "first", outputType: "text/plain" }
    })
    assert.strictEqual(known.settled, 1)
  })
})

describe("a provisional result", () => {
  const after = (...events: ReadonlyArray<Event>) => {
    const state = make(makeKnown("batch_1"))
    for (const event of events) {
      step(state, event)
    }
    return resultOf(state, "run_1")
  }

  it("gets from the results route how the run ended, and keeps its status and duration", () => {
    const error = { type: "STRING_ERROR", raw: "out of memory" } as const
    assert.deepStrictEqual(
      after(shown({ status: "CRASHED", durationMs: 7 }), {
        _tag: "ResultsRead",
        results: [{ ok: false, id: "run_1", error }]
      }),
      { ok: false, id: "run_1", status: "CRASHED", usage: { durationMs: 7 }, error }
    )
    assert.deepStrictEqual(
      after(shown({ status: "CRASHED" }), { _tag: "ResultsRead", results: [{ ok: false, id: "run_1", error }] }),
      { ok: false, id: "run_1", status: "CRASHED", error }
    )
  })

  it("gets status and duration from the results route where that says them", () => {
    const listed = { ok: false, id: "run_1", status: "TIMED_OUT", usage: { durationMs: 9 } } as const
    assert.deepStrictEqual(
      after(shown({ status: "CRASHED", durationMs: 7 }), { _tag: "ResultsRead", results: [listed] }),
      listed
    )
  })

  it("that nothing more is known about has no type of an output that no source has shown", () => {
    assert.deepStrictEqual(
      after(shown({ status: "COMPLETED", outputType: "application/json" }), { _tag: "Accepted", runIds: ["run_1"] }),
      { ok: true, id: "run_1", taskIdentifier: "task", status: "COMPLETED" }
    )
  })

  it("of a failure is accepted as it is", () => {
    assert.deepStrictEqual(
      after(shown({ status: "FAILED" }), { _tag: "Accepted", runIds: ["run_1", "run_2"] }),
      { ok: false, id: "run_1", taskIdentifier: "task", status: "FAILED" }
    )
  })

  it("is not a result before", () => {
    assert.isUndefined(after(shown({ status: "COMPLETED" })))
  })
})

describe("runs that an earlier call has seen", () => {
  const result = { ok: true, id: "run_1", output: "1" } as const

  const summaryAfter = (fields: Partial<Batch>) => {
    const state = make(makeKnown("batch_1", [result]))
    step(state, { _tag: "BatchRead", batch: batch(fields) })
    return summarize(state, batch(fields))
  }

  it("are those of a batch that lists none yet", () => {
    const { missing, results } = summaryAfter({ status: "PROCESSING", runCount: 3 })
    assert.deepStrictEqual([results, missing], [[result], 2])
  })

  it("are left out where the batch lists others", () => {
    const { pending, results } = summaryAfter({ runs: ["run_2"], runCount: 1 })
    assert.deepStrictEqual([results, pending], [[], ["run_2"]])
  })
})

describe("a batch without a pending run", () => {
  const rows: ReadonlyArray<
    readonly [status: string, runCount: number, failed: number, missing: number, toCome: number]
  > = [
    ["PENDING", 3, 0, 3, 3],
    ["PROCESSING", 3, 1, 2, 2],
    ["PROCESSING", 3, 3, 0, 0],
    ["PENDING", 1, 2, 0, 0],
    ["COMPLETED", 3, 0, 3, 0],
    ["PARTIAL_FAILED", 3, 1, 2, 0],
    ["ABORTED", 5, 0, 5, 0],
    ["NEW", 3, 0, 3, 3]
  ]
  for (const [status, runCount, failed, missing, toCome] of rows) {
    it(`that is ${status}, of ${runCount} items of which ${failed} failed to start, misses ${missing} and gets ${toCome}`, () => {
      const summary = summaryOf({
        status,
        runCount,
        processing: { errors: Array<typeof failure>(failed).fill(failure) }
      })
      assert.deepStrictEqual([summary.missing, summary.complete], [missing, missing === 0])
      assert.strictEqual(isOver(state({}), summary), toCome === 0)
      assert.strictEqual(summary.failedToStart.length, failed)
      assert.deepStrictEqual(progressOf(state({}), summary), {
        finished: 0,
        total: toCome,
        failed: 0,
        unavailable: 0,
        failedToStart: failed,
        missing,
        statuses: {}
      })
    })
  }

  it("misses none where two items share a run, which an old server lists twice", () => {
    const { missing, pending } = summaryOf({ status: "PENDING", runCount: 2, runs: ["run_1", "run_1"] })
    assert.deepStrictEqual([missing, pending], [0, ["run_1"]])
  })

  it("misses all where the server has worked through them, and lists neither a run nor an error", () => {
    const processingCompletedAt = new Date(0)
    const { complete, missing } = summaryOf({ status: "PENDING", runCount: 2, runs: [], processingCompletedAt })
    assert.deepStrictEqual([missing, complete], [2, false])
  })

  it("is running while its server waits for a run of each item, and not where items share one", () => {
    const processingCompletedAt = new Date(0)
    const running = (runs: ReadonlyArray<string>, status = "PENDING") =>
      isRunning(batch({ status, runCount: 2, runs, processingCompletedAt }))
    assert.deepStrictEqual(
      [running(["run_1", "run_2"]), running(["run_1"]), running(["run_1", "run_2"], "COMPLETED")],
      [true, false, false]
    )
  })

  it("has no item that failed to start, where the server says nothing of them", () => {
    assert.deepStrictEqual(summaryOf({ runCount: 3 }).failedToStart, [])
  })
})

describe("a run that could not be read", () => {
  const passing = new ServerError({ endpoint: "GET /x", status: 503 })
  const final = new InvalidResponse({ endpoint: "GET /x", path: "id", reason: "Expected a string" })

  const refused = new Unauthorized({ endpoint: "GET /x" })
  const noKey = new Unauthorized({ reason: "NoSecretKey" })

  /** The state after polls that each failed to read the run. */
  const after = (polls: number, error: UnavailableRun["error"], giveUpAfter?: number) => {
    const state = make(makeKnown("batch_1"), giveUpAfter)
    state.batch = batch({ runs: ["run_1"], runCount: 1 })
    for (let poll = 0; poll < polls; poll++) {
      step(state, { _tag: "PollStarted" })
      step(state, { _tag: "ReadFailed", runIds: ["run_1"], error })
    }
    return state
  }

  const rows: ReadonlyArray<
    readonly [polls: number, giveUpAfter: number | undefined, error: UnavailableRun["error"], givenUp: boolean]
  > = [
    [1, undefined, passing, false],
    [1000, undefined, passing, false],
    [1, undefined, final, true],
    [1, 2, passing, false],
    [2, 2, passing, true],
    [1, 1, passing, true],
    [1, 0, passing, true],
    [1, 5, final, true],
    [1, undefined, refused, true],
    [1, undefined, noKey, false],
    [2, 2, noKey, true]
  ]
  for (const [polls, giveUpAfter, error, givenUp] of rows) {
    const said = giveUpAfter === undefined ? "" : ` of at most ${giveUpAfter}`
    const kind = error._tag === "Unauthorized" ? error.reason : error._tag
    it(`in ${polls} polls${said}, with ${kind}, is ${givenUp ? "given up" : "read again"}`, () => {
      const state = after(polls, error, giveUpAfter)
      assert.strictEqual(isOver(state, summarize(state, batch({ runs: ["run_1"], runCount: 1 }))), givenUp)
      step(state, { _tag: "PollStarted" })
      assert.deepStrictEqual(unreadRuns(state), givenUp ? [] : ["run_1"])
    })
  }

  it("twice in one poll counts once", () => {
    const state = after(1, passing, 2)
    step(state, { _tag: "ReadFailed", runIds: ["run_1"], error: passing })
    assert.isFalse(isOver(state, summarize(state, batch({ runs: ["run_1"], runCount: 1 }))))
  })

  it("is given up for itself alone", () => {
    const state = after(2, passing, 2)
    state.batch = batch({ runs: ["run_1", "run_2"], runCount: 2 })
    step(state, { _tag: "ReadFailed", runIds: ["run_2"], error: passing })
    step(state, { _tag: "PollStarted" })
    assert.deepStrictEqual(unreadRuns(state), ["run_2"])
  })
})

describe("what spans tell of a batch", () => {
  it("counts the runs that are pending among the runs", () => {
    const summary = {
      ...summaryOf({ runs: ["run_1", "run_2"], processing: { errors: [failure] } }),
      results: [{ ok: true, id: "run_3" } as const]
    }
    assert.deepStrictEqual(attributesOf(summary), {
      "trigger.batch.runs": 3,
      "trigger.batch.finished": 1,
      "trigger.batch.pending": 2,
      "trigger.batch.failed_to_start": 1,
      "trigger.batch.unavailable": 0
    })
  })
})
