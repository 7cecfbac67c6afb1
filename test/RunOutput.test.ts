import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Schema } from "effect"
import {
  OutputMismatch,
  OutputMissing,
  OutputParseError,
  OutputUnavailable,
  RunFailed,
  type RunFailure,
  RunOutput,
  type RunResult,
  type RunSuccess,
  TriggerClient,
  UnknownTask
} from "effect-trigger-dev"

const success = (output: string | undefined, outputType?: string): RunSuccess => ({
  ok: true,
  id: "run_1",
  taskIdentifier: "send-invoice",
  ...(output === undefined ? {} : { output }),
  ...(outputType === undefined ? {} : { outputType })
})

/** Nothing is asked for: what needs the API fails the test. */
const offline = Effect.provide(TriggerClient.layerTest({}))

const Person = Schema.Struct({
  name: Schema.String,
  born: Schema.Date,
  tags: Schema.optional(Schema.Set(Schema.String))
})

const decoded = <A, E>(effect: Effect.Effect<A, E, TriggerClient>) => offline(effect)

const failed = <A, E>(effect: Effect.Effect<A, E, TriggerClient>) => offline(Effect.flip(effect))

describe("RunOutput.json", () => {
  const rows: ReadonlyArray<
    readonly [name: string, output: string | undefined, type: string | undefined, json: unknown]
  > = [
    ["reads JSON", "{\"a\":[1,null]}", "application/json", { a: [1, null] }],
    [
      "reads super+json as its plain form",
      "{\"json\":{\"a\":\"1\"},\"meta\":{\"values\":{\"a\":[\"bigint\"]}}}",
      "application/super+json",
      { a: "1" }
    ],
    ["reads text as it is", "{\"a\":1}", "text/plain", "{\"a\":1}"],
    ["reads an empty text as it is", "", "text/plain", ""],
    ["reads a type it does not know as text", "<a/>", "application/xml", "<a/>"],
    ["reads an output without a type as JSON", "[1]", undefined, [1]],
    ["reads an absent output as undefined", undefined, "application/json", undefined],
    ["reads an empty output where JSON is due as undefined", "", "application/json", undefined],
    ["reads an empty output where super+json is due as undefined", "", "application/super+json", undefined],
    ["heeds neither case nor parameters of the type", "[1]", "Application/JSON; charset=UTF-8", [1]]
  ]
  for (const [name, output, type, json] of rows) {
    it.effect(name, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* decoded(RunOutput.json(success(output, type))), json)
      }))
  }

  const broken: ReadonlyArray<readonly [name: string, output: string, type: string, reason: RegExp]> = [
    ["JSON that is cut off", "{\"a\":", "application/json", /Unexpected end of JSON input/],
    ["a word instead of JSON", "{not json", "application/json", /Expected property name/],
    ["a text that the engine quotes", "a secret", "application/json", /^it is not valid JSON$/],
    ["a short text that the engine quotes", "undefined", "application/json", /^it is not valid JSON$/],
    [
      "a text after JSON",
      "1 secret",
      "application/json",
      /^Unexpected non-whitespace character after JSON at position 2/
    ],
    ["super+json that is not JSON", "{", "application/super+json", /JSON/],
    [
      "super+json without its wrapper",
      "{\"a\":1}",
      "application/super+json",
      /^expected the \{"json": …\} object of super\+json$/
    ],
    ["super+json that is a list", "[1]", "application/super+json", /^expected the/],
    ["super+json that is null", "null", "application/super+json", /^expected the/],
    [
      "super+json with an unreadable path",
      "{\"json\":{\"a\":null},\"meta\":{\"v\":1,\"values\":{\"\\\\a\":[\"undefined\"]}}}",
      "application/super+json",
      /invalid escape/
    ],
    [
      "super+json with an odd tree",
      "{\"json\":{\"a\":null},\"meta\":{\"v\":1,\"values\":{\"a\":7}}}",
      "application/super+json",
      /^its "meta" is not valid super\+json$/
    ]
  ]
  for (const [name, output, outputType, reason] of broken) {
    it.effect(`refuses ${name}, and names the run`, () =>
      Effect.gen(function*() {
        const error = yield* failed(RunOutput.json(success(output, outputType)))
        assert.instanceOf(error, OutputParseError)
        assert.match(error.reason, reason)
        assert.deepStrictEqual(
          { runId: error.runId, task: error.taskIdentifier, outputType: error.outputType },
          { runId: "run_1", task: "send-invoice", outputType }
        )
        assert.strictEqual(
          error.message,
          `Cannot parse the output of run run_1 (task "send-invoice") as ${outputType}: ${error.reason}`
        )
      }))
  }
})

describe("RunOutput.decode", () => {
  it.effect("decodes with the schema", () =>
    Effect.gen(function*() {
      const output = "{\"json\":{\"name\":\"Ada\",\"born\":\"1815-12-10T00:00:00.000Z\",\"tags\":[\"a\"]}," +
        "\"meta\":{\"values\":{\"born\":[\"Date\"],\"tags\":[\"set\"]},\"v\":1}}"
      assert.deepStrictEqual(
        yield* decoded(RunOutput.decode(Person)(success(output, "application/super+json"))),
        { name: "Ada", born: new Date("1815-12-10"), tags: new Set(["a"]) }
      )
    }))

  it.effect("fails with the place and the reason of the first issue", () =>
    Effect.gen(function*() {
      const decode = RunOutput.decode(Schema.Struct({ lines: Schema.Array(Schema.Struct({ price: Schema.Number })) }))
      const error = yield* failed(decode(success("{\"lines\":[{\"price\":1},{\"price\":\"2\"}]}", "application/json")))
      assert.instanceOf(error, OutputMismatch)
      assert.deepStrictEqual(
        { ...error },
        {
          _tag: "OutputMismatch",
          runId: "run_1",
          taskIdentifier: "send-invoice",
          path: "lines[1].price",
          reason: "Expected number, actual \"2\""
        }
      )
      assert.strictEqual(
        error.message,
        "The output of run run_1 (task \"send-invoice\") does not match the schema at lines[1].price: Expected number, actual \"2\""
      )
    }))

  it.effect("fails with all issues where it is told to look for them, a hundred at most", () =>
    Effect.gen(function*() {
      const schema = Schema.Struct({ a: Schema.Number, b: Schema.Array(Schema.String) })
      const issuesOf = (output: unknown, errors: "all" | "first") =>
        Effect.map(
          failed(RunOutput.decode(schema, { errors })(success(JSON.stringify(output), "application/json"))),
          (error) => error._tag === "OutputMismatch" ? [error.path, error.issues, error.message] : error._tag
        )
      const task = "The output of run run_1 (task \"send-invoice\") does not match the schema at"
      assert.deepStrictEqual(yield* issuesOf({ b: ["x", 1] }, "all"), [
        "a",
        [{ path: "a", reason: "is missing" }, { path: "b[1]", reason: "Expected string, actual 1" }],
        `${task} a: is missing (and 1 more)`
      ])
      assert.deepStrictEqual(yield* issuesOf({ b: ["x", 1] }, "first"), ["a", undefined, `${task} a: is missing`])
      assert.deepStrictEqual(yield* issuesOf({ a: 1 }, "all"), ["b", undefined, `${task} b: is missing`])
      const [, many] = yield* issuesOf({ a: 1, b: Array.from({ length: 200 }, (_, i) => i) }, "all")
      assert.lengthOf(many ?? [], 100)
    }))

  it.effect("leaves the task out of the message where the result does not name it", () =>
    Effect.gen(function*() {
      const error = yield* failed(RunOutput.decode(Schema.Number)({ ok: true, id: "run_2", output: "true" }))
      assert.strictEqual(
        error.message,
        "The output of run run_2 does not match the schema: Expected number, actual true"
      )
    }))

  it.effect("gives an absent output as undefined where the schema accepts it", () =>
    Effect.gen(function*() {
      const absent = success(undefined, "application/json")
      assert.strictEqual(yield* decoded(RunOutput.decode(Schema.UndefinedOr(Person))(absent)), undefined)
      assert.strictEqual(yield* decoded(RunOutput.decode(Schema.Void)(absent)), undefined)
    }))

  it.effect("fails with OutputMissing where the schema does not accept an absent output", () =>
    Effect.gen(function*() {
      const error = yield* failed(RunOutput.decode(Person)(success(undefined, "application/json")))
      assert.instanceOf(error, OutputMissing)
      assert.deepStrictEqual({ ...error }, {
        _tag: "OutputMissing",
        runId: "run_1",
        taskIdentifier: "send-invoice"
      })
    }))

  it.effect("fails with OutputMismatch, and not OutputMissing, where the output is null", () =>
    Effect.gen(function*() {
      const error = yield* failed(RunOutput.decode(Person)(success("null", "application/json")))
      assert.strictEqual(error._tag, "OutputMismatch")
    }))

  it.effect("gives effectful schemas what they need", () =>
    Effect.gen(function*() {
      class Prefix extends Effect.Tag("Prefix")<Prefix, string>() {}
      const Prefixed = Schema.transformOrFail(Schema.String, Schema.String, {
        strict: true,
        decode: (text) => Effect.map(Prefix, (prefix) => prefix + text),
        encode: (text) => Effect.succeed(text)
      })
      const value = yield* decoded(
        RunOutput.decode(Prefixed)(success("b", "text/plain")).pipe(Effect.provideService(Prefix, "a"))
      )
      assert.strictEqual(value, "ab")
    }))

  it.effect("hands parse options on", () =>
    Effect.gen(function*() {
      const decode = RunOutput.decode(Schema.Struct({ b: Schema.optional(Schema.Null) }), { onExcessProperty: "error" })
      const error = yield* failed(decode(success("{\"a\":1}", "application/json")))
      assert.strictEqual(error._tag === "OutputMismatch" && error.path, "a")
    }))
})

describe("an output of the run route", () => {
  const fromRun = (output: unknown): RunSuccess => ({
    ...success(JSON.stringify(output), "application/json"),
    status: "COMPLETED"
  })

  const Rich = Schema.Struct({
    optional: Schema.optional(Schema.Number),
    exact: Schema.optionalWith(Schema.Number, { exact: true }),
    fallback: Schema.optionalWith(Schema.Number, { default: () => 7 }),
    union: Schema.UndefinedOr(Schema.Date),
    list: Schema.Array(Schema.UndefinedOr(Schema.Number)),
    numbers: Schema.Array(Schema.Number),
    map: Schema.Map({ key: Schema.Number, value: Schema.Number })
  })

  it.effect("gets back what that route shows as null or text", () =>
    Effect.gen(function*() {
      const shown = {
        optional: null,
        exact: null,
        fallback: null,
        union: null,
        list: [1, null],
        numbers: ["NaN", "Infinity", "-Infinity", "-0"],
        map: [["NaN", "-0"]]
      }
      const value = yield* decoded(RunOutput.decode(Rich)(fromRun(shown)))
      assert.deepStrictEqual(value, {
        fallback: 7,
        union: undefined,
        list: [1, undefined],
        numbers: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0],
        map: new Map([[Number.NaN, -0]])
      })
      assert.isTrue(Object.is(value.numbers[3], -0))
    }))

  it.effect("keeps null and such texts where the schema wants them", () =>
    Effect.gen(function*() {
      const schema = Schema.Struct({ a: Schema.NullOr(Schema.Number), b: Schema.String })
      assert.deepStrictEqual(yield* decoded(RunOutput.decode(schema)(fromRun({ a: null, b: "NaN" }))), {
        a: null,
        b: "NaN"
      })
    }))

  it.effect("takes the first member of a union that it can be put right for", () =>
    Effect.gen(function*() {
      const schema = Schema.Union(
        Schema.Struct({ a: Schema.String, b: Schema.optional(Schema.String) }),
        Schema.Struct({ a: Schema.Number, b: Schema.optional(Schema.Number) })
      )
      assert.deepStrictEqual(yield* decoded(RunOutput.decode(schema)(fromRun({ a: "NaN", b: null }))), { a: "NaN" })
      assert.deepStrictEqual(yield* decoded(RunOutput.decode(schema)(fromRun({ a: 1, b: null }))), { a: 1 })
    }))

  it.effect("names what really does not fit", () =>
    Effect.gen(function*() {
      const error = yield* failed(
        RunOutput.decode(Rich)(fromRun({ optional: null, union: null, list: [], numbers: [null], map: [] }))
      )
      assert.deepStrictEqual(error._tag === "OutputMismatch" && [error.path, error.reason], [
        "numbers[0]",
        "Expected number, actual null"
      ])
    }))

  it.effect("names the first issue alone, though it looks for all to put them right", () =>
    Effect.gen(function*() {
      const schema = Schema.Struct({ a: Schema.Number, b: Schema.Number })
      const error = yield* failed(RunOutput.decode(schema)(fromRun({ a: null, b: null })))
      assert.deepStrictEqual(error._tag === "OutputMismatch" && [error.path, error.issues], ["a", undefined])
    }))

  it.effect("is put right in no result of the results endpoint, which loses nothing", () =>
    Effect.gen(function*() {
      const schema = Schema.Struct({ n: Schema.optional(Schema.Number) })
      for (const n of ["NaN", null]) {
        const error = yield* failed(RunOutput.decode(schema)(success(JSON.stringify({ n }), "application/json")))
        assert.strictEqual(error._tag, "OutputMismatch")
      }
    }))
})

describe("a result that does not say whether there is an output", () => {
  const notShown: RunSuccess = { ok: true, id: "run_1", taskIdentifier: "send-invoice", status: "COMPLETED" }

  const readers: ReadonlyArray<
    readonly [
      name: string,
      read: (result: RunSuccess) => Effect.Effect<unknown, { readonly _tag: string }, TriggerClient>
    ]
  > = [
    ["json", RunOutput.json],
    ["decode, although the schema accepts undefined", RunOutput.decode(Schema.Void)],
    ["decodeWith", RunOutput.decodeWith((value) => Effect.succeed(value))],
    ["decodeByTask", RunOutput.decodeByTask({ "send-invoice": Schema.Unknown })]
  ]
  for (const [name, read] of readers) {
    it.effect(`is an OutputUnavailable in ${name}`, () =>
      Effect.gen(function*() {
        const error = yield* failed(read(notShown))
        assert.instanceOf(error, OutputUnavailable)
        assert.deepStrictEqual<unknown>({ ...error }, {
          _tag: "OutputUnavailable",
          runId: "run_1",
          taskIdentifier: "send-invoice",
          reason: "NotShown",
          detail:
            "GET /api/v3/runs/run_1 shows no output. The task returned nothing or an empty text, or the server could not " +
            "sign the download URL of a large output, or the old engine executed the run. The realtime feed and " +
            "GET /api/v1/batches/{batchId}/results tell which: set TriggerConfig's realtime to \"auto\", and use a key " +
            "that is not restricted (tr_prod_sk_…) and no public token, which the results endpoint refuses."
        })
      }))
  }

  const certain: ReadonlyArray<readonly [what: string, result: RunSuccess, json: unknown]> = [
    ["a result with a type returned nothing", { ...notShown, outputType: "application/json" }, undefined],
    ["a result with an empty text returned it", { ...notShown, output: "", outputType: "text/plain" }, ""],
    ["a result without a type has its output", { ...notShown, output: "1" }, 1],
    ["a result without a status is not from the run route", { ok: true, id: "run_1" }, undefined]
  ]
  for (const [what, result, json] of certain) {
    it.effect(`is none where it does: ${what}`, () =>
      Effect.gen(function*() {
        assert.strictEqual(yield* decoded(RunOutput.json(result)), json)
      }))
  }

  it.effect("is handed to otherwise like the result of any other task", () =>
    Effect.gen(function*() {
      const decode = RunOutput.decodeByTask({ other: Schema.Unknown }, { otherwise: ({ id }) => Effect.succeed(id) })
      assert.strictEqual(yield* decoded(decode(notShown)), "run_1")
    }))
})

describe("a failed run", () => {
  const failure: RunFailure = {
    ok: false,
    id: "run_1",
    taskIdentifier: "send-invoice",
    status: "FAILED",
    error: {
      type: "BUILT_IN_ERROR",
      name: "TypeError",
      message: "Cannot read properties of undefined\n(reading 'x')",
      stackTrace:
        "TypeError: Cannot read properties of undefined\n(reading 'x')\n    at run (file:///src/trigger/seed.ts:3:7)\n    at main (file:///src/main.ts:1:1)"
    }
  }

  it.effect("is a RunFailed with all that is known of it", () =>
    Effect.gen(function*() {
      for (const read of [RunOutput.json, RunOutput.decode(Person), RunOutput.decodeByTask({ other: Person })]) {
        const error = yield* failed<unknown, unknown>(read(failure))
        assert.instanceOf(error, RunFailed)
        assert.deepStrictEqual(
          { runId: error.runId, taskIdentifier: error.taskIdentifier, status: error.status, error: error.error },
          { runId: "run_1", taskIdentifier: "send-invoice", status: "FAILED", error: failure.error }
        )
        assert.strictEqual(
          error.message,
          "Run run_1 (task \"send-invoice\") failed (FAILED): TypeError: Cannot read properties of undefined"
        )
      }
    }))

  it.effect("shows the stack of the task in Cause.pretty, and none of ours", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(offline(RunOutput.json(failure)))
      assert.strictEqual(
        Exit.isFailure(exit) && Cause.pretty(exit.cause),
        "RunFailed: Run run_1 (task \"send-invoice\") failed (FAILED): TypeError: Cannot read properties of undefined\n" +
          "    at run (file:///src/trigger/seed.ts:3:7)\n" +
          "    at main (file:///src/main.ts:1:1)"
      )
    }))

  it.effect("is readable without status, task and error", () =>
    Effect.gen(function*() {
      const error = yield* failed(RunOutput.json({ ok: false, id: "run_2" }))
      assert.strictEqual(error.message, "Run run_2 failed: the server reported no error")
    }))

  it.effect("keeps an error of a type that this version does not know", () =>
    Effect.gen(function*() {
      const error = yield* failed(
        RunOutput.json({ ok: false, id: "run_2", error: JSON.parse("{\"type\":\"NEW\",\"causes\":[1]}") })
      )
      assert.deepStrictEqual(error._tag === "RunFailed" && error.error, { type: "NEW", causes: [1] } as never)
    }))

  it.effect("survives its schema, stack included", () =>
    Effect.gen(function*() {
      const error = yield* failed(RunOutput.json(failure))
      assert.instanceOf(error, RunFailed)
      const copy = yield* Schema.encode(RunFailed)(error).pipe(
        Effect.map((encoded) => JSON.parse(JSON.stringify(encoded))),
        Effect.flatMap(Schema.decodeUnknown(RunFailed))
      )
      assert.instanceOf(copy, RunFailed)
      assert.strictEqual(copy.message, error.message)
      assert.strictEqual(copy.stack, error.stack)
    }))

  it("prints its message once and nothing but its fields", () => {
    const error = new RunFailed({
      runId: "run_1",
      error: { type: "STRING_ERROR", raw: `first ${"x".repeat(400)}\nsecond` }
    })
    assert.strictEqual(error.message, `Run run_1 failed: first ${"x".repeat(293)}…`)
    assert.deepStrictEqual(Object.keys(error).sort(), ["_tag", "error", "runId"])
  })
})

describe("over a batch", () => {
  const batch: ReadonlyArray<RunResult> = [
    { ok: true, id: "run_1", output: "1", outputType: "application/json" },
    { ok: false, id: "run_2", error: { type: "STRING_ERROR", raw: "no" } },
    { ok: true, id: "run_3", output: "\"3\"", outputType: "application/json" },
    { ok: true, id: "run_4", output: "4", outputType: "application/json" }
  ]
  const decode = RunOutput.decode(Schema.Number)

  it.effect("Effect.partition keeps the good ones, and every failure names its run", () =>
    Effect.gen(function*() {
      const [errors, values] = yield* decoded(Effect.partition(batch, decode, { concurrency: 2 }))
      assert.deepStrictEqual(values, [1, 4])
      assert.deepStrictEqual(errors.map((error) => [error._tag, error.runId]), [["RunFailed", "run_2"], [
        "OutputMismatch",
        "run_3"
      ]])
    }))

  it.effect("Effect.validateAll gives every failure", () =>
    Effect.gen(function*() {
      const errors = yield* failed(Effect.validateAll(batch, decode))
      assert.deepStrictEqual(errors.map((error) => error.runId), ["run_2", "run_3"])
    }))

  it.effect("Effect.forEach ends at the first failure", () =>
    Effect.gen(function*() {
      const error = yield* failed(Effect.forEach(batch, decode))
      assert.strictEqual(error.runId, "run_2")
    }))
})

describe("RunOutput.decodeByTask", () => {
  const Image = Schema.Struct({ width: Schema.Number })
  const schemas = { resize: Image, constructor: Schema.String, "send-invoice": Schema.Date }
  const of = (taskIdentifier: string | undefined, output: unknown): RunResult => ({
    ok: true,
    id: "run_1",
    ...(taskIdentifier === undefined ? {} : { taskIdentifier }),
    output: JSON.stringify(output),
    outputType: "application/json"
  })

  it.effect("decodes with the schema of the task", () =>
    Effect.gen(function*() {
      const decode = RunOutput.decodeByTask(schemas)
      assert.deepStrictEqual(
        yield* decoded(
          Effect.forEach([of("resize", { width: 1 }), of("constructor", "c"), of("send-invoice", "2026-01-01")], decode)
        ),
        [
          { task: "resize", value: { width: 1 } },
          { task: "constructor", value: "c" },
          { task: "send-invoice", value: new Date("2026-01-01") }
        ]
      )
    }))

  it.effect("fails with UnknownTask for any other task, also one that objects inherit", () =>
    Effect.gen(function*() {
      for (const task of ["other", "toString", "__proto__", undefined]) {
        const error = yield* failed(RunOutput.decodeByTask(schemas)(of(task, 1)))
        assert.instanceOf(error, UnknownTask)
        assert.deepStrictEqual([error.taskIdentifier, error.known], [task, ["resize", "constructor", "send-invoice"]])
      }
    }))

  it("words an unknown task", () => {
    assert.strictEqual(
      new UnknownTask({ runId: "run_1", taskIdentifier: "x", known: ["a", "b"] }).message,
      "No schema for the task of run run_1 (task \"x\"). There are schemas for: a, b. " +
        "Add a schema, or use the \"otherwise\" option of RunOutput.decodeByTask."
    )
    assert.strictEqual(
      new UnknownTask({ runId: "run_1", known: ["a"] }).message,
      "No schema for the task of run run_1. There are schemas for: a. " +
        "Add a schema, or use the \"otherwise\" option of RunOutput.decodeByTask."
    )
  })

  it.effect("hands the results of other tasks to otherwise", () =>
    Effect.gen(function*() {
      const decode = RunOutput.decodeByTask(schemas, {
        otherwise: ({ id }) => Effect.succeed({ task: "other" as const, id })
      })
      assert.deepStrictEqual(yield* decoded(decode(of("else", 1))), { task: "other", id: "run_1" })
      assert.deepStrictEqual(yield* decoded(decode(of("resize", { width: 2 }))), {
        task: "resize",
        value: { width: 2 }
      })
      assert.strictEqual((yield* failed(decode(of("resize", 2))))._tag, "OutputMismatch")
    }))
})
