import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck, ParseResult, Redacted, Schema } from "effect"
import {
  Batch,
  BatchItemError,
  BatchResults,
  CollectedResults,
  Run,
  RunError,
  RunFailure,
  RunResult,
  RunStatus,
  RunSuccess,
  UnexpectedResponse
} from "effect-trigger-dev"
import {
  BuiltInRunError,
  CustomRunError,
  InternalRunError,
  OtherRunError,
  StringRunError
} from "effect-trigger-dev/RunError"

const decode = Schema.decodeUnknownEither(BatchResults, { onExcessProperty: "preserve" })

const batch = (...items: ReadonlyArray<unknown>) => ({ id: "batch_1", items })

const failed = (error: unknown) => batch({ ok: false, id: "run_1", error })

describe("BatchResults", () => {
  const accepted: ReadonlyArray<readonly [name: string, body: unknown]> = [
    ["no items", batch()],
    ["an item with only ok and id", batch({ ok: true, id: "run_1" }, { ok: false, id: "run_2" })],
    ["an id of any form", batch({ ok: true, id: "whatever the server says" })],
    ["all that the contract names", {
      id: "batch_1",
      items: [{
        ok: true,
        id: "run_1",
        output: "1",
        outputType: "application/json",
        error: {},
        usage: { durationMs: 1.5 },
        taskIdentifier: "a"
      }]
    }],
    ["empty usage", batch({ ok: true, id: "run_1", usage: {} })],
    ["extra fields", { ...batch({ ok: true, id: "run_1", more: { than: ["known"] } }), more: null }],
    ["a built-in error", failed({ type: "BUILT_IN_ERROR", name: "E", message: "m", stackTrace: "s", causes: [] })],
    ["a custom error", failed({ type: "CUSTOM_ERROR", raw: "{}" })],
    ["a string error", failed({ type: "STRING_ERROR", raw: "s" })],
    ["an internal error with a code that does not exist yet", failed({ type: "INTERNAL_ERROR", code: "NEW_CODE" })],
    ["an error of a known type without its fields", failed({ type: "BUILT_IN_ERROR" })],
    ["an error of a type that does not exist yet", failed({ type: "QUANTUM_ERROR", code: 42, message: { a: 1 } })],
    ["an error without a type", failed({ anything: true })],
    ["an empty error", failed({})]
  ]

  for (const [name, body] of accepted) {
    it(`accepts ${name}, and keeps it as it is`, () => {
      assert.deepStrictEqual(decode(body), Either.right(body as BatchResults))
    })
  }

  const refused: ReadonlyArray<readonly [name: string, body: unknown, path: ReadonlyArray<PropertyKey>]> = [
    ["a body without items", { id: "batch_1" }, ["items"]],
    ["items that are not a list", { id: "batch_1", items: {} }, ["items"]],
    ["a list", [], []],
    ["null", null, []],
    ["a text", "batch", []],
    ["an id that is not a text", { id: 1, items: [] }, ["id"]],
    ["an item that is not an object", batch("run_1"), ["items", 0]],
    ["an item without ok", batch({ id: "run_1" }), ["items", 0, "ok"]],
    ["an item whose ok is a text", batch({ ok: true, id: "run_1" }, { ok: "true", id: "run_2" }), ["items", 1, "ok"]],
    ["an item without id", batch({ ok: true }), ["items", 0, "id"]],
    ["an output that is not a text", batch({ ok: true, id: "run_1", output: {} }), ["items", 0, "output"]],
    ["an output that is null", batch({ ok: true, id: "run_1", output: null }), ["items", 0, "output"]],
    ["a usage that is not a number", batch({ ok: true, id: "run_1", usage: { durationMs: "1" } }), [
      "items",
      0,
      "usage",
      "durationMs"
    ]],
    ["an error that is null", failed(null), ["items", 0, "error"]],
    ["an error of a known type with a wrong field", failed({ type: "BUILT_IN_ERROR", message: 1 }), [
      "items",
      0,
      "error",
      "message"
    ]]
  ]

  for (const [name, body, path] of refused) {
    it(`refuses ${name}, and tells where`, () => {
      const result = decode(body)
      assert.isTrue(Either.isLeft(result))
      if (Either.isLeft(result)) {
        assert.deepStrictEqual(ParseResult.ArrayFormatter.formatErrorSync(result.left)[0]?.path, path)
      }
    })
  }

  it("never throws, whatever the value", () => {
    FastCheck.assert(FastCheck.property(FastCheck.anything(), (value) => {
      assert.isTrue(Either.isEither(decode(value)))
    }))
  })

  it("encodes to what it was decoded from", () => {
    const body = batch({ ok: true, id: "run_1", output: "1" }, { ok: false, id: "run_2", error: { type: "NEW" } })
    assert.deepStrictEqual<unknown>(Schema.encodeSync(BatchResults)(Schema.decodeUnknownSync(BatchResults)(body)), body)
  })
})

describe("RunResult", () => {
  const success: RunResult = { ok: true, id: "run_1", output: "1" }
  const failure: RunResult = { ok: false, id: "run_2", error: { type: "STRING_ERROR", raw: "no" } }
  const cases = { onSuccess: (run: RunResult) => `+${run.id}`, onFailure: (run: RunResult) => `-${run.id}` }

  it("match folds either, data-first and data-last", () => {
    assert.deepStrictEqual([success, failure].map((result) => RunResult.match(result, cases)), ["+run_1", "-run_2"])
    assert.deepStrictEqual([success, failure].map(RunResult.match(cases)), ["+run_1", "-run_2"])
  })

  it("the guards tell them apart", () => {
    assert.deepStrictEqual([success, failure].filter(RunResult.isSuccess), [success])
    assert.deepStrictEqual([success, failure].filter(RunResult.isFailure), [failure])
  })

  it("partition keeps the order of either", () => {
    const again: RunResult = { ok: true, id: "run_3" }
    assert.deepStrictEqual(RunResult.partition([success, failure, again]), {
      successes: [success, again],
      failures: [failure]
    })
  })

  it("counts are of all and of either", () => {
    assert.deepStrictEqual(RunResult.counts([success, failure, success]), { total: 3, succeeded: 2, failed: 1 })
    assert.deepStrictEqual(RunResult.counts([]), { total: 0, succeeded: 0, failed: 0 })
  })
})

describe("RunError", () => {
  const rows: ReadonlyArray<readonly [error: RunError, message: string, stack: string | undefined, known: boolean]> = [
    [
      { type: "BUILT_IN_ERROR", name: "TypeError", message: "no x\nat all", stackTrace: "st" },
      "TypeError: no x",
      "st",
      true
    ],
    [{ type: "BUILT_IN_ERROR", name: "TypeError", message: "" }, "TypeError", undefined, true],
    [{ type: "BUILT_IN_ERROR" }, "BUILT_IN_ERROR", undefined, true],
    [{ type: "CUSTOM_ERROR", raw: "{\"code\":1}" }, "{\"code\":1}", undefined, true],
    [{ type: "STRING_ERROR", raw: "a thrown string" }, "a thrown string", undefined, true],
    [{ type: "STRING_ERROR" }, "STRING_ERROR", undefined, true],
    [{ type: "INTERNAL_ERROR", code: "TASK_RUN_CANCELLED" }, "TASK_RUN_CANCELLED", undefined, true],
    [{ type: "INTERNAL_ERROR", code: "OOM", message: "killed", stackTrace: "st" }, "OOM: killed", "st", true],
    [{ type: "INTERNAL_ERROR", code: "OOM", message: "" }, "OOM", undefined, true],
    [{ type: "INTERNAL_ERROR" }, "INTERNAL_ERROR", undefined, true],
    [{ type: "STRING_ERROR", raw: "  a padded line \nand another" }, "a padded line", undefined, true],
    [{ type: "NEW_ERROR", stackTrace: "of no known form" } as RunError, "NEW_ERROR", undefined, false],
    [{ type: "NEW_ERROR" }, "NEW_ERROR", undefined, false],
    [{}, "unknown error", undefined, false]
  ]

  for (const [error, message, stack, known] of rows) {
    it(`${JSON.stringify(error)} reads “${message}”`, () => {
      assert.strictEqual(RunError.message(error), message)
      assert.strictEqual(RunError.stackTrace(error), stack)
      assert.strictEqual(RunError.isKnown(error), known)
    })
  }
})

describe("OtherRunError", () => {
  it("is of no type that is known", () => {
    for (const { fields } of [BuiltInRunError, CustomRunError, StringRunError, InternalRunError]) {
      const decoded = Schema.decodeUnknownEither(OtherRunError)({ type: fields.type.literals[0] })
      assert.include(String(Either.getOrThrow(Either.flip(decoded))), "Expected an unknown type")
    }
  })
})

describe("RunStatus", () => {
  it("every status is finished, unfinished, or not known", () => {
    const finished = "COMPLETED CANCELED FAILED CRASHED SYSTEM_FAILURE EXPIRED TIMED_OUT INTERRUPTED".split(" ")
    const unfinished = ("PENDING_VERSION QUEUED DEQUEUED EXECUTING WAITING DELAYED " +
      "WAITING_FOR_DEPLOY REATTEMPTING FROZEN").split(" ")
    for (const status of finished) {
      assert.deepStrictEqual([RunStatus.isFinished(status), RunStatus.isUnfinished(status)], [true, false], status)
    }
    for (const status of unfinished) {
      assert.deepStrictEqual([RunStatus.isFinished(status), RunStatus.isUnfinished(status)], [false, true], status)
    }
    assert.deepStrictEqual([RunStatus.isFinished("NEW"), RunStatus.isUnfinished("NEW")], [false, false])
  })
})

describe("Batch and Run", () => {
  it("a batch with nulls where fields are optional", () => {
    const decoded = Schema.decodeUnknownSync(Batch)({
      id: "batch_1",
      status: "NEW_STATUS",
      idempotencyKey: null,
      createdAt: "2026-08-21T12:00:00.000Z",
      updatedAt: "2026-08-21T12:00:00.000Z",
      processingCompletedAt: null,
      runCount: 1,
      runs: ["run_1"],
      processing: null
    })
    assert.deepStrictEqual(Object.keys(decoded).sort(), ["createdAt", "id", "runCount", "runs", "status", "updatedAt"])
    assert.strictEqual(decoded.createdAt.getTime(), Date.UTC(2026, 7, 21, 12))
  })

  it("a run keeps the URL of its offloaded output redacted", () => {
    const decoded = Schema.decodeUnknownSync(Run)({
      id: "run_1",
      taskIdentifier: "a",
      status: "COMPLETED",
      createdAt: "2026-08-21T12:00:00.000Z",
      outputPresignedUrl: "https://store.test/o?X-Amz-Signature=SECRET"
    })
    assert.notInclude(JSON.stringify(decoded) + String(decoded.outputPresignedUrl), "SECRET")
    assert.strictEqual(
      decoded.outputPresignedUrl && Redacted.value(decoded.outputPresignedUrl),
      "https://store.test/o?X-Amz-Signature=SECRET"
    )
  })

  it("a run tells an output of null from none", () => {
    const run = { id: "run_1", taskIdentifier: "a", status: "COMPLETED", createdAt: "2026-08-21T12:00:00.000Z" }
    assert.isTrue("output" in Schema.decodeUnknownSync(Run)({ ...run, output: null }))
    assert.isFalse("output" in Schema.decodeUnknownSync(Run)(run))
  })
})

const time = "2026-08-21T12:00:00.000Z"

const itemError = { index: 0, taskIdentifier: "a", error: "no", errorCode: "QUEUE_FULL" }

const wholeBatch = {
  id: "batch_1",
  status: "COMPLETED",
  idempotencyKey: "key",
  createdAt: time,
  updatedAt: time,
  processingCompletedAt: time,
  runCount: 2,
  runs: ["run_1"],
  processing: { completedAt: time, errors: [itemError] }
}

describe("a field that may be absent", () => {
  const known = { taskIdentifier: "a", usage: { durationMs: 1 }, status: "COMPLETED" }
  const wholeRun = {
    updatedAt: time,
    startedAt: time,
    finishedAt: time,
    expiredAt: time,
    delayedUntil: time,
    ttl: "10m",
    durationMs: 1,
    costInCents: 1,
    baseCostInCents: 1,
    tags: ["t"],
    version: "1",
    idempotencyKey: "key",
    isTest: false,
    isCompleted: true,
    isSuccess: true,
    isFailed: false,
    isCancelled: false,
    batchId: "batch_1",
    attemptCount: 1,
    outputPresignedUrl: "https://store.test/o",
    error: { message: "m" }
  }
  const createdRun = { id: "run_1", taskIdentifier: "a", status: "COMPLETED", createdAt: time }
  const { idempotencyKey, processing, processingCompletedAt, ...createdBatch } = wholeBatch

  interface Row {
    readonly name: string
    /** Looked up by each test, and not while this file loads. */
    readonly schema: () => Schema.Schema.AnyNoContext
    readonly required: Readonly<Record<string, unknown>>
    readonly optional: Readonly<Record<string, unknown>>
    /** Whether null is as good as absent. */
    readonly takesNull: boolean
  }

  const row = (
    name: string,
    schema: Row["schema"],
    required: Row["required"],
    optional: Row["optional"],
    takesNull = false
  ): Row => ({ name, schema, required, optional, takesNull })

  const rows: ReadonlyArray<Row> = [
    row("RunSuccess", () => RunSuccess, { ok: true, id: "run_1" }, { ...known, output: "1", outputType: "text/plain" }),
    row("RunFailure", () => RunFailure, { ok: false, id: "run_1" }, { ...known, error: { type: "NEW" } }),
    row("the usage of a run", () => RunSuccess.fields.usage.from, {}, { durationMs: 1 }),
    row("BuiltInRunError", () => BuiltInRunError, { type: "BUILT_IN_ERROR" }, {
      name: "E",
      message: "m",
      stackTrace: "s"
    }),
    row("CustomRunError", () => CustomRunError, { type: "CUSTOM_ERROR" }, { raw: "{}" }),
    row("StringRunError", () => StringRunError, { type: "STRING_ERROR" }, { raw: "s" }),
    row("InternalRunError", () => InternalRunError, { type: "INTERNAL_ERROR" }, {
      code: "C",
      message: "m",
      stackTrace: "s"
    }),
    row("OtherRunError", () => OtherRunError, {}, { type: "NEW" }),
    row(
      "BatchItemError",
      () => BatchItemError,
      { index: 0, taskIdentifier: "a", error: "no" },
      { errorCode: "C" },
      true
    ),
    row("Batch", () => Batch, createdBatch, { idempotencyKey, processing, processingCompletedAt }, true),
    row("a batch's processing", () => Batch.fields.processing.from, { errors: [] }, { completedAt: time }, true),
    row("Run", () => Run, createdRun, wholeRun, true),
    row("the error of a run", () => Run.fields.error.from, {}, { message: "m", name: "E", stackTrace: "s" }, true)
  ]

  for (const { name, optional, required, schema, takesNull } of rows) {
    const decode = (value: unknown) => Schema.decodeUnknownEither(schema())(value)

    it(`of ${name} is kept where it is there`, () => {
      const whole = { ...required, ...optional }
      assert.deepStrictEqual(Object.keys(Either.getOrThrow(decode(whole))).sort(), Object.keys(whole).sort())
      assert.deepStrictEqual(Object.keys(Either.getOrThrow(decode(required))).sort(), Object.keys(required).sort())
    })

    it(`of ${name} is none of those that must be there`, () => {
      for (const key of Object.keys(required)) {
        const { [key]: _, ...rest } = required
        assert.isTrue(Either.isLeft(decode(rest)), key)
      }
    })

    for (const key of Object.keys(optional)) {
      it(`of ${name}, such as ${key}, is never undefined, and ${takesNull ? "may" : "may not"} be null`, () => {
        assert.isTrue(Either.isLeft(decode({ ...required, [key]: undefined })))
        const decoded = decode({ ...required, [key]: null })
        if (takesNull) {
          assert.notProperty(Either.getOrThrow(decoded), key)
        } else {
          assert.isTrue(Either.isLeft(decoded))
        }
      })
    }
  }
})

describe("a value of another kind", () => {
  const rows: ReadonlyArray<readonly [schema: Schema.Schema.AnyNoContext, said: string]> = [
    [BatchResults, "Expected BatchResults, actual 1"],
    [RunSuccess, "Expected RunSuccess, actual 1"],
    [RunFailure, "Expected RunFailure, actual 1"],
    [Batch, "Batch\n"],
    [Run, "Run\n"]
  ]
  for (const [schema, said] of rows) {
    it(`is refused in words that begin with ${JSON.stringify(said)}`, () => {
      const error = Either.getOrThrow(Either.flip(Schema.decodeUnknownEither(schema)(1)))
      assert.isTrue(error.message.startsWith(said), error.message)
    })
  }
})

describe("collected results", () => {
  const results = {
    batch: wholeBatch,
    results: [{ ok: true, id: "run_1", output: "1" }],
    pending: ["run_2"],
    failedToStart: [itemError],
    missing: 0,
    complete: false,
    unavailable: [{
      id: "run_3",
      error: { _tag: "UnexpectedResponse", endpoint: "GET /x", status: 418, bodyPreview: "", hint: "tea" }
    }]
  }

  it("cross a border as JSON", () => {
    const decoded = Schema.decodeUnknownSync(CollectedResults)(results)
    assert.instanceOf(decoded.unavailable[0]?.error, UnexpectedResponse)
    const json: unknown = JSON.parse(JSON.stringify(Schema.encodeSync(CollectedResults)(decoded)))
    assert.deepStrictEqual(json, results)
  })

  for (const field of Object.keys(results)) {
    it(`are none without ${field}`, () => {
      const { [field]: _, ...rest } = results as Record<string, unknown>
      assert.isTrue(Either.isLeft(Schema.decodeUnknownEither(CollectedResults)(rest)))
    })
  }
})
