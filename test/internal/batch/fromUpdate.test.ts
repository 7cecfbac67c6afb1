import { assert, describe, it } from "@effect/vitest"
import { createJsonErrorObject, TaskRunError } from "@trigger.dev/core/v3"
import { parsePacketAsJson } from "@trigger.dev/core/v3/utils/ioSerialization"
import { Effect, Either, FastCheck as fc, Schema } from "effect"
import {
  BatchResults,
  Run,
  type RunError,
  RunOutput,
  type RunResult,
  type RunUpdate,
  TriggerClient
} from "effect-trigger-dev"
import { fromRun, isFinished } from "../../../src/internal/batch/fromRun.js"
import { fromUpdate, isProvisional } from "../../../src/internal/batch/fromUpdate.js"
import * as Realtime from "../../support/realtime.js"
import { read } from "../../support/recording.js"

const update = (fields: Partial<RunUpdate>): RunUpdate => ({
  id: "run_1",
  taskIdentifier: "task",
  status: "COMPLETED",
  createdAt: new Date(0),
  tags: [],
  ...fields
})

const shown = (fields: object): string => JSON.stringify(fields)

const errorOf = (result: RunResult): RunError | undefined => result.ok ? undefined : result.error

const mixed = Realtime.exchange("realtime-snapshot-mixed").updates

const outputs = Realtime.exchange("realtime-offset-without-handle").updates

describe("a run of the feed has finished", () => {
  it("where the recorded server says so, and not where it is still under way", () => {
    assert.deepStrictEqual(
      mixed.filter((update) => !isFinished(update)).map(({ status }) => status).sort(),
      ["DELAYED", "DEQUEUED", "EXECUTING", "EXECUTING", "PENDING_VERSION", "QUEUED", "WAITING"]
    )
    assert.deepStrictEqual(outputs.filter((update) => !isFinished(update)), [])
  })

  it("where it has an end, though its status does not exist yet", () => {
    assert.strictEqual(isFinished(update({ status: "QUANTUM", finishedAt: new Date(1) })), true)
    assert.strictEqual(isFinished(update({ status: "QUANTUM" })), false)
  })
})

describe("the statuses of the feed", () => {
  const List = Schema.Struct({ data: Schema.Array(Schema.Struct({ id: Schema.String, status: Schema.String })) })

  /** The list was asked for without an API version, and has the older words for these two runs. */
  const olderWords = new Map([
    ["run_cmww49tnh0026qt7d7kume6wu", { feed: "DEQUEUED", list: "EXECUTING" }],
    ["run_cmww49tn10025qt7dtne39a4z", { feed: "FAILED", list: "INTERRUPTED" }]
  ])

  it("are those that the list of runs has for the same batch", () => {
    const { data } = Schema.decodeSync(Schema.parseJson(List))(read("realtime/runs-list-filter-batch-page1").text)
    assert.lengthOf(data, 10)
    for (const { id, status } of data) {
      const word = olderWords.get(id) ?? { feed: status, list: status }
      assert.deepStrictEqual({ feed: mixed.find((update) => update.id === id)?.status, list: status }, word)
    }
  })
})

describe("the result of a recorded run", () => {
  const error = (id: string) => mixed.find((update) => update.id === id)?.error
  const results: ReadonlyArray<readonly [id: string, result: object]> = [
    ["run_cmww49tdd001xqt7dwa85ikue", {
      ok: true,
      status: "COMPLETED",
      output: "run_cmww49tdd001xqt7dwa85ikue-1/output.json",
      outputType: "application/store",
      usage: { durationMs: 175 }
    }],
    ["run_cmww49slq0013qt7d9qnx7xar", {
      ok: true,
      status: "COMPLETED",
      output: "{\"json\":42}",
      outputType: "application/super+json",
      usage: { durationMs: 47 }
    }],
    ["run_cmww49tgb001zqt7dpxw07qc9", {
      ok: true,
      status: "COMPLETED",
      outputType: "application/json",
      usage: { durationMs: 11 }
    }],
    ["run_cmww49spi0017qt7dnptxcars", {
      ok: false,
      status: "FAILED",
      error: error("run_cmww49spi0017qt7dnptxcars"),
      usage: { durationMs: 274 }
    }],
    ["run_cmww49ss2001aqt7deqloy05z", {
      ok: false,
      status: "FAILED",
      error: { type: "CUSTOM_ERROR", raw: "{\"code\":7,\"why\":\"object thrown\"}" },
      usage: { durationMs: 21 }
    }],
    ["run_cmww49ssq001cqt7dg2sc06yv", {
      ok: false,
      status: "FAILED",
      error: { type: "STRING_ERROR", raw: "a thrown string" },
      usage: { durationMs: 14 }
    }],
    ["run_cmww49tn10025qt7dtne39a4z", { ok: false, status: "FAILED", usage: { durationMs: 0 } }],
    ["run_cmww49ta8001sqt7d5ed5he3x", {
      ok: false,
      status: "CANCELED",
      error: { type: "INTERNAL_ERROR", code: "TASK_RUN_CANCELLED", message: "Canceled by user" },
      usage: { durationMs: 0 }
    }],
    ["run_cmww49t0p001qqt7drxhk364t", {
      ok: false,
      status: "EXPIRED",
      error: { type: "INTERNAL_ERROR", message: "Run expired because the TTL (2s) was reached" },
      usage: { durationMs: 0 }
    }],
    ["run_cmww49tca001vqt7d48jur2et", {
      ok: false,
      status: "TIMED_OUT",
      error: {
        type: "INTERNAL_ERROR",
        code: "MAX_DURATION_EXCEEDED",
        message: "Run exceeded maximum compute time (maxDuration) of 5 seconds"
      },
      usage: { durationMs: 0 }
    }],
    ["run_cmww49sst001dqt7dgp4au39y", {
      ok: false,
      status: "CRASHED",
      error: {
        type: "INTERNAL_ERROR",
        code: "TASK_PROCESS_EXITED_WITH_NON_ZERO_CODE",
        message: "Process exited with code 7 after signal null."
      },
      usage: { durationMs: 0 }
    }],
    ["run_cmww49thr0021qt7d0c33706t", {
      ok: false,
      status: "SYSTEM_FAILURE",
      error: {
        type: "INTERNAL_ERROR",
        code: "TASK_RUN_STALLED_EXECUTING",
        message: "Run stalled while executing"
      },
      usage: { durationMs: 17 }
    }]
  ]
  for (const [id, result] of results) {
    it(`${id} is ${shown(result).slice(0, 80)}`, () => {
      const [run] = mixed.filter((update) => update.id === id)
      assert.isDefined(run)
      assert.deepStrictEqual<unknown>(run && fromUpdate(run), {
        id,
        taskIdentifier: run?.taskIdentifier,
        ...result
      })
    })
  }
})

describe("the result of a run that returned", () => {
  it("has output and type as the task serialised them, and nothing that the feed does not say", () => {
    const text = fc.option(fc.string(), { nil: undefined })
    fc.assert(fc.property(text, text, (output, outputType) => {
      const fields = {
        ...(output === undefined ? {} : { output }),
        ...(outputType === undefined ? {} : { outputType })
      }
      assert.deepStrictEqual<unknown>(fromUpdate(update({ ...fields, tags: ["a"], error: {} })), {
        ok: true,
        id: "run_1",
        taskIdentifier: "task",
        status: "COMPLETED",
        ...fields
      })
    }))
  })

  const statuses: ReadonlyArray<readonly [fields: Partial<RunUpdate>, ok: boolean]> = [
    [{ status: "FAILED", output: "1" }, false],
    [{ status: "QUANTUM", output: "1" }, true],
    [{ status: "QUANTUM", output: "" }, true],
    [{ status: "QUANTUM" }, false],
    [{ status: "QUANTUM", output: "1", error: {} }, false]
  ]
  for (const [fields, ok] of statuses) {
    it(`is ${ok ? "a success" : "a failure"} with ${shown(fields)}`, () => {
      assert.strictEqual(fromUpdate(update(fields)).ok, ok)
    })
  }
})

describe("the error of a run that did not return", () => {
  const builtIn: RunError = { type: "BUILT_IN_ERROR", name: "E", message: "m", stackTrace: "s" }
  const custom: RunError = { type: "CUSTOM_ERROR", raw: "{}" }
  const text: RunError = { type: "STRING_ERROR", raw: "why" }
  const internal: RunError = { type: "INTERNAL_ERROR", code: "CODE", message: "m", stackTrace: "s" }
  const other: RunError = { type: "QUANTUM_ERROR" }
  const cancelled = { type: "INTERNAL_ERROR", code: "TASK_RUN_CANCELLED" }
  const rows: ReadonlyArray<readonly [status: string, error: RunError | undefined, expected: object | undefined]> = [
    ["FAILED", undefined, undefined],
    ["FAILED", builtIn, builtIn],
    ["FAILED", custom, custom],
    ["FAILED", text, text],
    ["FAILED", internal, internal],
    ["FAILED", other, other],
    ["CANCELED", undefined, cancelled],
    ["CANCELED", text, { ...cancelled, message: "why" }],
    ["CANCELED", custom, { ...cancelled, message: "{}" }],
    ["CANCELED", builtIn, { ...cancelled, message: "m" }],
    ["CANCELED", internal, { ...cancelled, message: "m" }],
    ["CANCELED", other, cancelled],
    ["EXPIRED", undefined, { type: "INTERNAL_ERROR" }],
    ["EXPIRED", text, { type: "INTERNAL_ERROR", message: "why" }],
    ["TIMED_OUT", undefined, { type: "INTERNAL_ERROR", code: "MAX_DURATION_EXCEEDED" }],
    ["TIMED_OUT", internal, internal],
    ["CRASHED", text, { type: "INTERNAL_ERROR", code: "TASK_RUN_CRASHED", message: "why" }],
    ["CRASHED", custom, { type: "INTERNAL_ERROR", code: "TASK_RUN_CRASHED", message: "{}" }],
    ["CRASHED", builtIn, builtIn],
    ["CRASHED", other, other],
    ["SYSTEM_FAILURE", undefined, { type: "INTERNAL_ERROR", code: "TASK_EXECUTION_FAILED" }],
    ["QUANTUM", text, text],
    ["QUANTUM", undefined, undefined]
  ]
  for (const [status, error, expected] of rows) {
    it(`${status} with ${shown(error ?? {})} is ${shown(expected ?? {})}`, () => {
      const result = fromUpdate(update({ status, ...(error === undefined ? {} : { error }) }))
      assert.deepStrictEqual<unknown>(result, {
        ok: false,
        id: "run_1",
        taskIdentifier: "task",
        status,
        ...(expected === undefined ? {} : { error: expected })
      })
    })
  }

  it("has the code that the results endpoint has for a cancelled run", () => {
    const recorded = read("200-genuine-v2-run-created-via-v1-tasks-batch-results").text
    const [result] = Schema.decodeSync(Schema.parseJson(BatchResults))(recorded).items.map(errorOf)
    assert.deepStrictEqual(result, { type: "INTERNAL_ERROR", code: "TASK_RUN_CANCELLED" })
    assert.deepStrictEqual(errorOf(fromUpdate(update({ status: "CANCELED" }))), result)
  })
})

const decodeRun = Schema.decodeUnknownSync(Run)

/** The run as the run route shows it, by the code that the server itself uses for that. */
const onRunRoute = async ({ error, output, outputType = "application/json", ...update }: RunUpdate): Promise<Run> => {
  const isStored = outputType === "application/store"
  const shown = isStored
    ? { outputPresignedUrl: "https://store.test" }
    : {
      output: await parsePacketAsJson({
        dataType: outputType,
        ...(output === undefined ? {} : { data: output })
      }) as unknown
    }
  const run = {
    id: update.id,
    taskIdentifier: update.taskIdentifier,
    status: update.status,
    createdAt: update.createdAt,
    error: error === undefined ? undefined : createJsonErrorObject(TaskRunError.parse(error)),
    ...shown
  }
  return decodeRun(JSON.parse(JSON.stringify(run)))
}

const fromRunRoute = async (update: RunUpdate): Promise<RunResult> =>
  Either.getOrThrow(fromRun(await onRunRoute(update), update.id))

/** What the run route can say of the error: of an internal one the code, and nothing else. */
const onlyCode = ({ error }: RunUpdate, result: RunResult): RunError | undefined =>
  error?.type === "INTERNAL_ERROR" && "code" in error && error.code !== undefined
    ? { type: "INTERNAL_ERROR", code: error.code }
    : errorOf(result)

describe("the feed and the run route say the same of a run", () => {
  it("that failed, whatever its error", async () => {
    const text = fc.string().filter((text) => !/^\s*[{[]/.test(text))
    const failure = fc.record({
      status: fc.constantFrom("FAILED", "CANCELED", "CRASHED", "SYSTEM_FAILURE", "EXPIRED", "TIMED_OUT"),
      error: fc.oneof(
        fc.record({ type: fc.constant("BUILT_IN_ERROR" as const), name: text, message: text, stackTrace: text }),
        fc.record({ type: fc.constant("STRING_ERROR" as const), raw: text }),
        fc.record({
          type: fc.constant("CUSTOM_ERROR" as const),
          raw: fc.object().map((value) => JSON.stringify(value))
        }),
        fc.record({
          type: fc.constant("INTERNAL_ERROR" as const),
          code: fc.constantFrom("TASK_PROCESS_OOM_KILLED", "TASK_RUN_CRASHED", "MAX_DURATION_EXCEEDED"),
          message: text
        })
      )
    }).filter(({ error, status }) => status !== "CANCELED" || error.type !== "INTERNAL_ERROR")
    await fc.assert(fc.asyncProperty(failure, async (fields) => {
      const run = update(fields)
      const feed = fromUpdate(run)
      assert.deepStrictEqual<unknown>(await fromRunRoute(run), { ...feed, error: onlyCode(run, feed) })
    }))
  })

  for (const run of [...mixed, ...outputs].filter(({ error }) => error !== undefined)) {
    it(`that was recorded: ${run.id}, ${run.status}`, async () => {
      assert.deepStrictEqual(errorOf(await fromRunRoute(run)), onlyCode(run, fromUpdate(run)))
    })
  }

  const genuine: ReadonlyArray<readonly [recording: string, error: RunError]> = [
    ["200-genuine-v2-run-v3run-4", {
      type: "BUILT_IN_ERROR",
      name: "Error",
      message: "boom",
      stackTrace: "Error: boom\n    at e2e"
    }],
    ["200-genuine-v2-run-v3run-6", { type: "STRING_ERROR", raw: "Canceled by user" }],
    ["other-GET-v3-run-expired", { type: "STRING_ERROR", raw: "Run expired because the TTL (10m) was reached" }],
    ["other-GET-v3-run-timedout", { type: "INTERNAL_ERROR", code: "MAX_DURATION_EXCEEDED", message: "too long" }]
  ]
  for (const [recording, error] of genuine) {
    it(`that the run route was recorded for: ${recording}`, () => {
      const run = Schema.decodeSync(Schema.parseJson(Run))(read(recording).text)
      const { durationMs, id, status, taskIdentifier } = run
      const change = update({ id, taskIdentifier, status, error, ...(durationMs === undefined ? {} : { durationMs }) })
      const feed = fromUpdate(change)
      assert.deepStrictEqual<unknown>(Either.getOrThrow(fromRun(run, run.id)), {
        ...feed,
        error: onlyCode(change, feed)
      })
    })
  }

  const Rich = Schema.Struct({
    date: Schema.Date,
    map: Schema.Map({ key: Schema.String, value: Schema.Number }),
    set: Schema.Set(Schema.Number),
    big: Schema.BigInt,
    u: Schema.UndefinedOr(Schema.String),
    re: Schema.String,
    n: Schema.Number
  })
  const values: ReadonlyArray<readonly [id: string, schema: Schema.Schema.AnyNoContext, value: unknown]> = [
    ["run_cmww4768u0001qt7d7db3o7kr", Schema.Number, 42],
    ["run_cmww476ac0003qt7dt3miz9gz", Schema.Number, -0],
    ["run_cmww476ad0004qt7dkupujlcu", Schema.Boolean, true],
    ["run_cmww476hy000cij7d6c9eh7ib", Schema.Null, null],
    ["run_cmww476a00002ij7d98z6r5hj", Schema.Array(Schema.Unknown), [1, "two", null]],
    ["run_cmww476810000ij7dlavb4pb4", Schema.Unknown, { a: 1, s: "x", nested: { list: [1, 2, 3] } }],
    ["run_cmww476cr0004ij7d8k1dm7x0", Rich, {
      date: new Date("2026-01-02T03:04:05.678Z"),
      map: new Map([["k", 1]]),
      set: new Set([1, 2]),
      big: 12345678901234567890n,
      u: undefined,
      re: "/x/g",
      n: Number.NaN
    }],
    ["run_cmww476q7000gqt7doyq0lowt", Schema.Unknown, { kind: "echo", pad: "pppppppppp" }],
    ["run_cmww476dl0006ij7d722pgl0n", Schema.String, "plain text \u2028 ✓ \"quoted\" \\ {a,b}\n\tline"]
  ]
  for (const [id, schema, value] of values) {
    it(`that returned ${String(value)}: both decode to it`, async () => {
      const [run] = outputs.filter((update) => update.id === id)
      assert.isDefined(run)
      for (const result of run === undefined ? [] : [fromUpdate(run), await fromRunRoute(run)]) {
        const decoded = await RunOutput.decode(schema)(result).pipe(
          Effect.provide(TriggerClient.layerTest({})),
          Effect.scoped,
          Effect.runPromise
        )
        assert.deepStrictEqual(decoded, value)
      }
    })
  }

  it("but not of one that returned nothing, which the run route does not tell from an output that it cannot show", async () => {
    const [run] = outputs.filter(({ id }) => id === "run_cmww476h80009ij7d7kw3uofh")
    assert.isDefined(run)
    const decode = (result: RunResult) =>
      RunOutput.decode(Schema.Undefined)(result).pipe(
        Effect.provide(TriggerClient.layerTest({})),
        Effect.match({ onFailure: (error) => "reason" in error ? error.reason : error._tag, onSuccess: String }),
        Effect.runPromise
      )
    const [feed, route] = run === undefined ? [] : [fromUpdate(run), await fromRunRoute(run)]
    assert.deepStrictEqual(
      [feed && (await decode(feed)), route && (await decode(route))],
      ["undefined", "NotShown"]
    )
  })

  it("whose output is in the object store, where the feed also says under which path", async () => {
    const [run] = outputs.filter(({ id }) => id === "run_cmww476ia0008qt7dz4vcxkgs")
    assert.isDefined(run)
    const [feed, route] = run === undefined ? [] : [fromUpdate(run), await fromRunRoute(run)]
    assert.isTrue(feed?.ok && route?.ok && feed.outputType === route.outputType)
    assert.strictEqual(feed?.ok && feed.output, "run_cmww476ia0008qt7dz4vcxkgs-1/output.json")
  })

  it("but not of one that returned an empty text, of which only the feed has the output", async () => {
    const [run] = outputs.filter(({ output }) => output === "")
    assert.isDefined(run)
    const [feed, route] = run === undefined ? [] : [fromUpdate(run), await fromRunRoute(run)]
    assert.deepStrictEqual([feed?.ok && feed.output, route?.ok && route.output], ["", undefined])
  })
})

describe("the results endpoint may know more of a run", () => {
  const error: RunError = { type: "STRING_ERROR", raw: "no" }
  const rows: ReadonlyArray<readonly [fields: Partial<RunUpdate>, provisional: boolean]> = [
    [{}, true],
    [{ outputType: "application/json" }, true],
    [{ output: "1" }, false],
    [{ output: "" }, false],
    [{ status: "FAILED" }, true],
    [{ status: "FAILED", error }, false],
    [{ status: "CRASHED" }, true],
    [{ status: "SYSTEM_FAILURE" }, true],
    [{ status: "CANCELED" }, false],
    [{ status: "EXPIRED" }, false],
    [{ status: "TIMED_OUT" }, false],
    [{ status: "QUANTUM" }, true]
  ]
  for (const [fields, provisional] of rows) {
    it(`${provisional ? "with" : "but not with"} ${shown(fields)}, if the old engine executed it`, () => {
      assert.strictEqual(isProvisional(update(fields), true), provisional)
      assert.strictEqual(isProvisional(update(fields), false), false)
    })
  }
})
