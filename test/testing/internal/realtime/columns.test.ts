import { assert, describe, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import type { FinishedStatus, UnfinishedStatus } from "effect-trigger-dev/RunStatus"
import { type SimulatedRun, TriggerSimulator } from "effect-trigger-dev/testing"
import * as Feed from "../../../support/feed.js"

type Columns = Readonly<Record<string, string | null>>

/** The row of a run of a batch that was created a minute ago. */
const rowOf = (run: SimulatedRun, backend: "native" | "electric") =>
  Effect.gen(function*() {
    const { createBatch } = yield* TriggerSimulator
    yield* TestClock.setTime(Date.parse("2026-11-25T12:45:38.420Z"))
    const { id } = yield* createBatch({ runs: [{ ...run, id: "run_1" }] })
    yield* TestClock.adjust("1 minute")
    return (yield* Feed.ask(id)).rows["run_1"]
  }).pipe(Effect.provide(Feed.layer({ realtime: { backend } })))

const created = "2026-11-25T12:45:38.420"
const after = (seconds: number) => new Date(Date.parse(`${created}Z`) + seconds * 1000).toISOString().slice(0, -1)

const rows: ReadonlyArray<readonly [name: string, run: SimulatedRun, columns: Columns]> = [
  [
    "a run that is created, starts and finishes",
    {
      task: "resize",
      unfinishedStatus: "QUEUED",
      changes: [{ after: "1 second", status: "EXECUTING" }],
      finishesAfter: "3 seconds",
      output: { n: 1 }
    },
    {
      id: "1",
      friendlyId: "run_1",
      taskIdentifier: "resize",
      status: "COMPLETED_SUCCESSFULLY",
      createdAt: created,
      queuedAt: created,
      startedAt: after(1),
      completedAt: after(3),
      updatedAt: after(3),
      delayUntil: null,
      expiredAt: null,
      usageDurationMs: "2000",
      costInCents: "0",
      baseCostInCents: "0",
      number: "0",
      isTest: "f",
      ttl: "10m",
      output: "{\"json\":{\"n\":1}}",
      outputType: "application/super+json",
      payload: "{\"json\":{}}",
      payloadType: "application/super+json",
      metadata: null,
      metadataType: "application/json",
      runTags: null,
      error: null,
      realtimeStreams: "{}"
    }
  ],
  ["a run that goes on", { finishesAfter: "never" }, {
    status: "EXECUTING",
    completedAt: null,
    output: null,
    outputType: "application/json",
    usageDurationMs: "0"
  }],
  ["a run that is delayed", { unfinishedStatus: "DELAYED", finishesAfter: "1 hour" }, {
    delayUntil: after(3600),
    queuedAt: null,
    startedAt: null
  }],
  ["a run that is delayed for ever", { unfinishedStatus: "DELAYED", finishesAfter: "never" }, {
    delayUntil: after(3600)
  }],
  ["a run that a worker has taken, which has started", {
    unfinishedStatus: "QUEUED",
    changes: [{ after: "1 second", status: "DEQUEUED" }],
    finishesAfter: "never"
  }, {
    status: "DEQUEUED",
    startedAt: after(1),
    usageDurationMs: "0"
  }],
  ["a text", { output: "a\nb" }, { output: "a\nb", outputType: "text/plain" }],
  ["an empty text", { output: "" }, { output: "", outputType: "text/plain" }],
  ["no output", {}, { output: null, outputType: "application/json" }],
  ["an output as it is stored", { stored: { output: "{no", outputType: "application/xml" } }, {
    output: "{no",
    outputType: "application/xml"
  }],
  ["an offloaded output", { output: { text: "x".repeat(131_072) } }, {
    output: "run_1-1/output.json",
    outputType: "application/store"
  }],
  ["an offloaded text", { output: "x".repeat(131_072) }, {
    output: "run_1-1/output.txt",
    outputType: "application/store"
  }],
  ["a thrown error, whose fields the database orders", {
    error: { type: "BUILT_IN_ERROR", name: "Error", message: "no", stackTrace: "at x" },
    output: "not told"
  }, {
    status: "COMPLETED_WITH_ERRORS",
    error: "{\"name\":\"Error\",\"type\":\"BUILT_IN_ERROR\",\"message\":\"no\",\"stackTrace\":\"at x\"}",
    output: null
  }],
  ["a cancelled run", { status: "CANCELED", error: { type: "INTERNAL_ERROR", code: "TASK_RUN_CANCELLED" } }, {
    error: "{\"raw\":\"Canceled by user\",\"type\":\"STRING_ERROR\"}",
    usageDurationMs: "0"
  }],
  ["an expired run", { status: "EXPIRED", ttl: "2s", finishesAfter: "2 seconds" }, {
    error: "{\"raw\":\"Run expired because the TTL (2s) was reached\",\"type\":\"STRING_ERROR\"}",
    expiredAt: after(2),
    completedAt: after(2),
    startedAt: null,
    ttl: "2s"
  }],
  ["a run that timed out", { status: "TIMED_OUT" }, {
    error:
      "{\"code\":\"MAX_DURATION_EXCEEDED\",\"type\":\"INTERNAL_ERROR\",\"message\":\"Run exceeded maximum compute " +
      "time (maxDuration) of 300 seconds\"}"
  }],
  ["a run that crashed", { status: "CRASHED" }, {
    error:
      "{\"code\":\"TASK_PROCESS_EXITED_WITH_NON_ZERO_CODE\",\"type\":\"INTERNAL_ERROR\",\"message\":\"Process exited " +
      "with code 1 after signal null.\"}"
  }],
  ["a run that crashed of another reason", {
    status: "CRASHED",
    error: { type: "INTERNAL_ERROR", code: "TASK_PROCESS_OOM_KILLED", message: "out of memory" }
  }, {
    error: "{\"code\":\"TASK_PROCESS_OOM_KILLED\",\"type\":\"INTERNAL_ERROR\",\"message\":\"out of memory\"}"
  }],
  ["a failure of the system", { status: "SYSTEM_FAILURE" }, {
    error:
      "{\"code\":\"TASK_RUN_STALLED_EXECUTING\",\"type\":\"INTERNAL_ERROR\",\"message\":\"Run stalled while executing\"}"
  }],
  ["an interrupted run", { status: "INTERRUPTED", error: { type: "STRING_ERROR", raw: "not told" } }, { error: null }],
  ["a failed run of which no error is known", { status: "FAILED" }, { error: null }],
  ["payload, metadata and tags", {
    payload: "text",
    metadata: { progress: 0.5 },
    tags: ["a tag", "q\"uote", "back\\slash"]
  }, {
    payload: "text",
    payloadType: "text/plain",
    metadata: "{\"progress\":0.5}",
    runTags: "{\"a tag\",\"q\\\"uote\",\"back\\\\slash\"}"
  }],
  ["columns that a test gives itself", { columns: { status: "NEW_STATUS", startedAt: null, costInCents: "1.5" } }, {
    status: "NEW_STATUS",
    startedAt: null,
    costInCents: "1.5"
  }]
]

describe("a row of the native backend", () => {
  for (const [name, run, columns] of rows) {
    it.effect(`tells ${name}`, () =>
      Effect.gen(function*() {
        assert.deepInclude(yield* rowOf(run, "native"), columns)
      }))
  }

  const statuses: ReadonlyArray<readonly [FinishedStatus | UnfinishedStatus, string]> = [
    ["DELAYED", "DELAYED"],
    ["QUEUED", "PENDING"],
    ["PENDING_VERSION", "PENDING_VERSION"],
    ["WAITING_FOR_DEPLOY", "WAITING_FOR_DEPLOY"],
    ["DEQUEUED", "DEQUEUED"],
    ["EXECUTING", "EXECUTING"],
    ["REATTEMPTING", "RETRYING_AFTER_FAILURE"],
    ["WAITING", "WAITING_TO_RESUME"],
    ["FROZEN", "PAUSED"],
    ["COMPLETED", "COMPLETED_SUCCESSFULLY"],
    ["FAILED", "COMPLETED_WITH_ERRORS"],
    ["CANCELED", "CANCELED"],
    ["CRASHED", "CRASHED"],
    ["SYSTEM_FAILURE", "SYSTEM_FAILURE"],
    ["INTERRUPTED", "INTERRUPTED"],
    ["EXPIRED", "EXPIRED"],
    ["TIMED_OUT", "TIMED_OUT"]
  ]

  const isFinished = (status: string): status is FinishedStatus =>
    statuses.findIndex(([known]) => known === status) >= statuses.findIndex(([known]) => known === "COMPLETED")

  for (const [status, word] of statuses) {
    it.effect(`says ${word} for ${status}`, () =>
      Effect.gen(function*() {
        const run: SimulatedRun = isFinished(status) ? { status } : { unfinishedStatus: status, finishesAfter: "never" }
        assert.strictEqual((yield* rowOf(run, "native"))?.["status"], word)
      }))
  }
})

describe("a row of Electric", () => {
  it.effect("is text as Postgres writes it", () =>
    Effect.gen(function*() {
      const row = yield* rowOf({
        finishesAfter: "1580 millis",
        tags: ["plain", "a tag", "q\"uote", "back\\slash", "", "null", "a,b"],
        status: "FAILED",
        error: { type: "CUSTOM_ERROR", raw: "{\"a\":[1,\"two\",null]}" }
      }, "electric")
      assert.deepInclude(row, {
        createdAt: "2026-11-25 12:45:38.42",
        completedAt: "2026-11-25 12:45:40",
        isTest: "false",
        runTags: "{plain,\"a tag\",\"q\\\"uote\",\"back\\\\slash\",\"\",\"null\",\"a,b\"}",
        error: "{\"raw\": \"{\\\"a\\\":[1,\\\"two\\\",null]}\", \"type\": \"CUSTOM_ERROR\"}",
        realtimeStreams: "{}"
      })
    }))
})
