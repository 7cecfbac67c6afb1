import { assert, describe, it } from "@effect/vitest"
import { Either, Redacted } from "effect"
import type { Run, RunError, RunResult } from "effect-trigger-dev"
import { fromListed } from "../../../src/internal/batch/fromListed.js"
import { fromRun, isFinished, isRunProvisional } from "../../../src/internal/batch/fromRun.js"

const run = (fields: Partial<Run>): Run => ({
  id: "run_shown",
  taskIdentifier: "task",
  status: "COMPLETED",
  createdAt: new Date(0),
  ...fields
})

const outputPresignedUrl = Redacted.make("https://store.test/o?signature")

const finishedAt = new Date(1)

const told = (fields: object): string => JSON.stringify(fields)

describe("a run has finished", () => {
  const rows: ReadonlyArray<readonly [fields: Partial<Run>, finished: boolean]> = [
    [{ status: "EXPIRED", isCompleted: false }, true],
    [{ status: "EXECUTING" }, false],
    [{ status: "EXECUTING", finishedAt }, false],
    [{ status: "NEW" }, false],
    [{ status: "NEW", finishedAt }, true]
  ]
  for (const [fields, finished] of rows) {
    it(`${finished ? "with" : "but not with"} ${told(fields)}`, () => {
      assert.strictEqual(isFinished(run(fields)), finished)
    })
  }
})

describe("the endpoint may know more of a run", () => {
  const error = { message: "no" }
  const rows: ReadonlyArray<readonly [fields: Partial<Run>, thin: boolean]> = [
    [{}, true],
    [{ output: null }, false],
    [{ output: "x" }, false],
    [{ outputPresignedUrl }, false],
    [{ error }, true],
    [{ status: "NEW", isSuccess: true, output: 1 }, false],
    [{ status: "NEW", isSuccess: true, error }, true],
    [{ status: "NEW", isSuccess: false, output: 1 }, true],
    [{ status: "FAILED" }, true],
    [{ status: "FAILED", isSuccess: true, output: 1 }, true],
    [{ status: "FAILED", error }, false],
    [{ status: "CRASHED" }, true],
    [{ status: "CANCELED" }, false],
    [{ status: "EXPIRED" }, false],
    [{ status: "TIMED_OUT" }, false]
  ]
  for (const [fields, thin] of rows) {
    it(`${thin ? "with" : "but not with"} ${told(fields)}`, () => {
      assert.strictEqual(isRunProvisional(run(fields)), thin)
    })
  }
})

describe("the result of a run that returned", () => {
  const rows: ReadonlyArray<readonly [fields: Partial<Run>, result: Partial<RunResult>]> = [
    [{ output: { a: [1] } }, { output: "{\"a\":[1]}", outputType: "application/json" }],
    [{ output: null }, { output: "null", outputType: "application/json" }],
    [{ output: "" }, { output: "\"\"", outputType: "application/json" }],
    [{}, {}],
    [{ status: "NEW", isSuccess: true }, { status: "NEW" }],
    [{ output: Infinity }, { output: "1e999", outputType: "application/json" }],
    [{ outputPresignedUrl }, { outputType: "application/store" }],
    [{ outputPresignedUrl, output: 1 }, { output: "1", outputType: "application/json" }],
    [{ status: "NEW", isSuccess: true, output: 1 }, { status: "NEW", output: "1", outputType: "application/json" }]
  ]
  for (const [fields, result] of rows) {
    it(`with ${told(fields)} has ${told(result)}`, () => {
      assert.deepStrictEqual<unknown>(
        fromRun(run(fields), "run_asked"),
        Either.right({ ok: true, id: "run_asked", taskIdentifier: "task", status: "COMPLETED", ...result })
      )
    })
  }

  it("is an InvalidResponse where the output is nested too deeply to be written", () => {
    let output: unknown = []
    for (let level = 0; level < 100_000; level++) {
      output = [output]
    }
    const { endpoint, path, reason } = Either.getOrThrow(Either.flip(fromRun(run({ output }), "run_asked")))
    assert.deepStrictEqual([endpoint, path], ["GET /api/v3/runs/run_asked", "output"])
    assert.match(reason, /^it cannot be written as JSON: RangeError: .*call stack/)
  })
})

describe("the error of a run that did not return", () => {
  const internal = "trigger.dev internal error (TASK_RUN_HEARTBEAT_TIMEOUT)"
  const rows: ReadonlyArray<readonly [status: string, error: Run["error"], told: RunError | undefined]> = [
    ["FAILED", undefined, undefined],
    ["FAILED", {}, undefined],
    ["FAILED", { name: "E" }, { type: "BUILT_IN_ERROR", name: "E" }],
    ["FAILED", { name: "E", message: internal, stackTrace: "s" }, {
      type: "BUILT_IN_ERROR",
      name: "E",
      message: internal,
      stackTrace: "s"
    }],
    ["FAILED", { message: internal }, { type: "INTERNAL_ERROR", code: "TASK_RUN_HEARTBEAT_TIMEOUT" }],
    ["CRASHED", { message: internal, stackTrace: "s" }, {
      type: "INTERNAL_ERROR",
      code: "TASK_RUN_HEARTBEAT_TIMEOUT",
      stackTrace: "s"
    }],
    ["FAILED", { message: `a ${internal}` }, { type: "STRING_ERROR", raw: `a ${internal}` }],
    ["FAILED", { message: `${internal}.` }, { type: "STRING_ERROR", raw: `${internal}.` }],
    ["FAILED", { message: "{\"a\":1}" }, { type: "CUSTOM_ERROR", raw: "{\"a\":1}" }],
    ["FAILED", { message: " [1]" }, { type: "CUSTOM_ERROR", raw: " [1]" }],
    ["FAILED", { message: "{a}" }, { type: "STRING_ERROR", raw: "{a}" }],
    ["FAILED", { message: "1" }, { type: "STRING_ERROR", raw: "1" }],
    ["FAILED", { message: "\"see [1]\"" }, { type: "STRING_ERROR", raw: "\"see [1]\"" }],
    ["FAILED", { message: "see [1]" }, { type: "STRING_ERROR", raw: "see [1]" }],
    ["FAILED", { message: "" }, { type: "STRING_ERROR", raw: "" }],
    ["CANCELED", undefined, { type: "INTERNAL_ERROR", code: "TASK_RUN_CANCELLED" }],
    ["CANCELED", { name: "E", message: "by a user" }, {
      type: "INTERNAL_ERROR",
      code: "TASK_RUN_CANCELLED",
      message: "by a user"
    }],
    ["EXPIRED", undefined, { type: "INTERNAL_ERROR" }],
    ["EXPIRED", { message: "ttl" }, { type: "INTERNAL_ERROR", message: "ttl" }],
    ["TIMED_OUT", undefined, { type: "INTERNAL_ERROR", code: "MAX_DURATION_EXCEEDED" }],
    ["CRASHED", { message: "oom" }, { type: "INTERNAL_ERROR", code: "TASK_RUN_CRASHED", message: "oom" }],
    ["SYSTEM_FAILURE", undefined, { type: "INTERNAL_ERROR", code: "TASK_EXECUTION_FAILED" }],
    ["INTERRUPTED", undefined, { type: "INTERNAL_ERROR", code: "TASK_EXECUTION_ABORTED" }],
    ["NEW", { message: "why" }, { type: "STRING_ERROR", raw: "why" }],
    ["constructor", { message: "why" }, { type: "STRING_ERROR", raw: "why" }]
  ]
  for (const [status, error, expected] of rows) {
    it(`${status} with ${told(error ?? {})} is ${told(expected ?? {})}`, () => {
      assert.deepStrictEqual<unknown>(
        fromRun(run({ status, ...(error === undefined ? {} : { error }) }), "run_asked"),
        Either.right({
          ok: false,
          id: "run_asked",
          taskIdentifier: "task",
          status,
          ...(expected === undefined ? {} : { error: expected })
        })
      )
    })
  }
})

describe("the status of a result that the endpoint listed", () => {
  const outputType = "application/json"
  const rows: ReadonlyArray<readonly [result: RunResult, status: string | undefined]> = [
    [{ ok: true, id: "run_1", outputType }, "COMPLETED"],
    [{ ok: true, id: "run_1", outputType: "application/store" }, "COMPLETED"],
    [{ ok: true, id: "run_1", output: "1" }, "COMPLETED"],
    [{ ok: true, id: "run_1", outputType, status: "NEW" }, "NEW"],
    [{ ok: false, id: "run_1" }, undefined],
    [{ ok: false, id: "run_1", error: { type: "INTERNAL_ERROR", code: "TASK_RUN_CANCELLED" } }, "CANCELED"],
    [
      { ok: false, id: "run_1", status: "FAILED", error: { type: "INTERNAL_ERROR", code: "TASK_RUN_CANCELLED" } },
      "FAILED"
    ],
    [{ ok: false, id: "run_1", error: { type: "INTERNAL_ERROR", code: "OTHER" } }, undefined],
    [{ ok: false, id: "run_1", error: { type: "STRING_ERROR", raw: "TASK_RUN_CANCELLED" } }, undefined],
    [{ ok: false, id: "run_1", error: {} }, undefined]
  ]
  for (const [result, status] of rows) {
    it(`is ${String(status)} for ${told(result)}`, () => {
      assert.deepStrictEqual<unknown>(fromListed(result), status === undefined ? result : { ...result, status })
    })
  }
})

describe("the type of an output that the endpoint listed", () => {
  const rows: ReadonlyArray<readonly [what: string, fields: Partial<RunResult>]> = [
    ["if the task returned nothing, so that this is certain", {}],
    ["if there is a status, too", { status: "COMPLETED" }]
  ]
  for (const [what, fields] of rows) {
    it(`is JSON without a type ${what}`, () => {
      assert.deepStrictEqual<unknown>(fromListed({ ok: true, id: "run_1", ...fields }), {
        ok: true,
        id: "run_1",
        status: "COMPLETED",
        outputType: "application/json"
      })
    })
  }
})

describe("the compute time that the route shows", () => {
  const ends: Record<string, Partial<Run>> = {
    "of a success": { output: 1 },
    "of a success with a stored output": { outputPresignedUrl },
    "of a failure": { status: "FAILED", error: { message: "no" } }
  }
  for (const [what, fields] of Object.entries(ends)) {
    it(`${what} is the usage of the result`, () => {
      const { usage } = Either.getOrThrow(fromRun(run({ ...fields, durationMs: 12.5 }), "run_1"))
      assert.deepStrictEqual(usage, { durationMs: 12.5 })
    })
  }

  it("is left out where the route shows none", () => {
    assert.notProperty(Either.getOrThrow(fromRun(run({ output: 1 }), "run_1")), "usage")
  })
})
