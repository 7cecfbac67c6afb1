import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Schema } from "effect"
import { downloadOutput, RunOutput, type RunResult, type RunSuccess, TriggerClient } from "effect-trigger-dev"
import { maxDepth } from "../src/internal/output/parse.js"
import * as Scripted from "./support/scriptedHttp.js"

const result = (output: string, outputType: string): RunSuccess => ({ ok: true, id: "run_1", output, outputType })

const offline = Effect.provide(TriggerClient.layerTest({}))

const json = (output: string, outputType: string) => offline(RunOutput.json(result(output, outputType)))

const lists = (levels: number) => "[".repeat(levels) + "]".repeat(levels)

const objects = (levels: number) => "{\"a\":".repeat(levels) + "1" + "}".repeat(levels)

describe("keys that reach prototypes", () => {
  const hostile: ReadonlyArray<readonly [name: string, output: string, outputType: string]> = [
    ["a __proto__ field", "{\"__proto__\":{\"polluted\":1}}", "application/json"],
    ["an escaped __proto__ field", "{\"\\u005f_proto__\":{\"polluted\":1}}", "application/json"],
    [
      "a path through an own __proto__",
      "{\"json\":{\"__proto__\":{\"polluted\":\"NaN\"}},\"meta\":{\"values\":{\"__proto__.polluted\":[\"number\"]}}}",
      "application/super+json"
    ],
    [
      "a path through an inherited __proto__",
      "{\"json\":{},\"meta\":{\"v\":1,\"values\":{\"__proto__.toString\":[\"undefined\"]}}}",
      "application/super+json"
    ],
    [
      "a path to constructor.prototype",
      "{\"json\":{\"a\":[]},\"meta\":{\"v\":1,\"values\":{\"a.constructor.prototype.map\":[\"undefined\"]}}}",
      "application/super+json"
    ],
    [
      "a path to the prototype itself",
      "{\"json\":{},\"meta\":{\"values\":{\"__proto__\":[\"undefined\"]}}}",
      "application/super+json"
    ],
    [
      "a path to the length of a list",
      "{\"json\":[1],\"meta\":{\"v\":1,\"values\":{\"length\":[\"undefined\"]}}}",
      "application/super+json"
    ],
    [
      "a wrapper with a __proto__",
      "{\"json\":{},\"__proto__\":{\"meta\":{\"values\":[\"undefined\"]}}}",
      "application/super+json"
    ]
  ]
  for (const [name, output, outputType] of hostile) {
    it.effect(`${name} changes nothing outside of the output`, () =>
      Effect.gen(function*() {
        const before = Object.getOwnPropertyNames(Object.prototype)
        const listMembers = Object.getOwnPropertyNames(Array.prototype)
        const value = yield* json(output, outputType)
        yield* Effect.ignore(offline(RunOutput.decode(Schema.Unknown)(result(output, outputType))))
        assert.deepStrictEqual(Object.getOwnPropertyNames(Object.prototype), before)
        assert.deepStrictEqual(Object.getOwnPropertyNames(Array.prototype), listMembers)
        assert.isUndefined(Reflect.get({}, "polluted"))
        assert.isTrue(Array.isArray(value) ? value.length === 1 : Object.getPrototypeOf(value) === Object.prototype)
      }))
  }

  it.effect("are data in the plain JSON form", () =>
    Effect.gen(function*() {
      const value = yield* json(
        "{\"json\":{\"__proto__\":\"-0\",\"constructor\":null,\"prototype\":1},\"meta\":{\"v\":1,\"values\":{\"__proto__\":[\"number\"],\"constructor\":[\"undefined\"]}}}",
        "application/super+json"
      )
      assert.deepStrictEqual(Object.entries(value as object), [["__proto__", -0], ["prototype", 1]])
    }))

  it.effect("are refused to decoders where they would become a prototype", () =>
    Effect.gen(function*() {
      const output = result("{\"list\":[1,{\"a b\":{\"__proto__\":{\"isAdmin\":true}}}]}", "application/json")
      for (
        const decode of [
          RunOutput.decode(Schema.Record({ key: Schema.String, value: Schema.Unknown })),
          RunOutput.decodeWith((value) => Effect.succeed(value))
        ]
      ) {
        const error = yield* Effect.flip(offline<unknown, unknown, TriggerClient>(decode(output)))
        assert.deepStrictEqual({ ...(error as object) }, {
          _tag: "OutputMismatch",
          runId: "run_1",
          path: "list[1][\"a b\"].__proto__",
          reason: "a field named \"__proto__\" could replace a prototype, so it is not decoded"
        })
      }
    }))

  it.effect("decode as data where they would not", () =>
    Effect.gen(function*() {
      const schema = Schema.Record({ key: Schema.String, value: Schema.Number })
      assert.deepStrictEqual(
        yield* offline(RunOutput.decode(schema)(result("{\"constructor\":1,\"prototype\":2}", "application/json"))),
        { constructor: 1, prototype: 2 }
      )
    }))
})

describe("an output that makes a schema throw", () => {
  const Shape = Schema.Union(
    Schema.Struct({ kind: Schema.Literal("circle"), radius: Schema.Number }),
    Schema.Struct({ kind: Schema.Literal("square"), side: Schema.Number })
  )

  it.effect("where it tells a union's members apart does not fit", () =>
    Effect.gen(function*() {
      const error = yield* offline(
        Effect.flip(RunOutput.decode(Shape)(result("{\"kind\":{\"toString\":0}}", "application/json")))
      )
      assert.strictEqual(error._tag, "OutputMismatch")
      assert.include(error.message, "the schema threw TypeError: Cannot convert object to primitive value")
    }))
})

describe("an output that is nested deeply", () => {
  interface Tree {
    readonly a: Tree | 1
  }
  const Tree: Schema.Schema<Tree> = Schema.Struct({ a: Schema.Union(Schema.Literal(1), Schema.suspend(() => Tree)) })
  type List = ReadonlyArray<List>
  const List: Schema.Schema<List> = Schema.Array(Schema.suspend(() => List))

  const deep: ReadonlyArray<readonly [name: string, output: string, outputType: string]> = [
    ["lists", lists(100_000), "application/json"],
    ["objects", objects(100_000), "application/json"],
    ["super+json", `{"json":${lists(100_000)}}`, "application/super+json"],
    ["the meta of super+json", `{"json":1,"meta":{"values":${lists(100_000)}}}`, "application/super+json"],
    ["one level too many", lists(maxDepth + 1), "application/json"]
  ]
  for (const [name, output, outputType] of deep) {
    it.effect(`is an error: ${name}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(offline(RunOutput.decode(Schema.Unknown)(result(output, outputType))))
        assert.strictEqual(error._tag, "OutputParseError")
        assert.match(error.message, /: it is nested more than 512 levels deep$/)
      }))
  }

  it.effect("decodes up to the limit, with schemas that recurse", () =>
    Effect.gen(function*() {
      yield* offline(RunOutput.decode(List)(result(lists(maxDepth), "application/json")))
      yield* offline(RunOutput.decode(Tree)(result(objects(maxDepth), "application/json")))
      yield* offline(RunOutput.decode(Tree)(result(`{"json":${objects(maxDepth - 1)}}`, "application/super+json")))
    }))

  it.effect("is an error, and no crash, where a value at the limit does not fit", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        offline(RunOutput.decode(Tree)(result(objects(maxDepth).replace("1", "2"), "application/json")))
      )
      assert.strictEqual(error._tag, "OutputMismatch")
      const shown = { ...result(lists(maxDepth), "application/json"), status: "COMPLETED" as const }
      assert.strictEqual((yield* Effect.flip(offline(RunOutput.decode(Tree)(shown))))._tag, "OutputMismatch")
    }))
})

describe("what is not a result", () => {
  const rows: ReadonlyArray<readonly [value: unknown, detail: string]> = [
    [undefined, "expected the result of a run, but the value is undefined"],
    [null, "expected the result of a run, but the value is null"],
    ["run_1", "expected the result of a run, but the value is a string"],
    [Symbol("s"), "expected the result of a run, but the value is a symbol"],
    [() => 1, "expected the result of a run, but the value is a function"],
    [[], "expected the result of a run, but its \"ok\" is undefined, not true or false"],
    [{ ok: "true", id: "run_1" }, "expected the result of a run, but its \"ok\" is a string, not true or false"],
    [{ ok: true }, "expected the result of a run, but its \"id\" is undefined, not a string"],
    [{ ok: true, id: Symbol("s") }, "expected the result of a run, but its \"id\" is a symbol, not a string"],
    [{ ok: false, id: 1n }, "expected the result of a run, but its \"id\" is a bigint, not a string"],
    [
      { ok: true, id: "run_1", taskIdentifier: ["a"] },
      "expected the result of a run, but its \"taskIdentifier\" is an array, not a string"
    ],
    [
      { ok: true, id: "run_1", status: 200 },
      "expected the result of a run, but its \"status\" is a number, not a string"
    ],
    [
      { ok: true, id: "run_1", output: { a: 1 } },
      "expected the result of a run, but its \"output\" is an object, not a string"
    ],
    [
      { ok: true, id: "run_1", output: null },
      "expected the result of a run, but its \"output\" is null, not a string"
    ],
    [
      { ok: true, id: "run_1", outputType: true },
      "expected the result of a run, but its \"outputType\" is a boolean, not a string"
    ],
    [
      { ok: false, id: "run_1", error: "boom" },
      "expected the result of a run, but its \"error\" is a string, not the error of a run"
    ],
    [
      { ok: false, id: "run_1", error: { type: "STRING_ERROR", raw: 1 } },
      "expected the result of a run, but its \"error\" is an object, not the error of a run"
    ],
    [
      { ok: false, id: "run_1", error: null },
      "expected the result of a run, but its \"error\" is null, not the error of a run"
    ]
  ]
  for (const [value, detail] of rows) {
    it.effect(`is an OutputUnavailable: ${detail}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(offline(RunOutput.json(value as RunResult)))
        assert.deepStrictEqual(error._tag === "OutputUnavailable" && [error.reason, error.detail], [
          "InvalidResult",
          detail
        ])
      }))
  }

  it.effect("is named by its id and task, as far as it has them", () =>
    Effect.gen(function*() {
      const named = (value: unknown) =>
        Effect.map(Effect.flip(offline(RunOutput.json(value as RunResult))), ({ message }) => message.split(" (Inv")[0])
      assert.strictEqual(yield* named(null), "Cannot read the output of run unknown")
      assert.strictEqual(yield* named({ id: Symbol("s") }), "Cannot read the output of run Symbol(s)")
      assert.strictEqual(
        yield* named({ id: "run_1", taskIdentifier: "resize" }),
        "Cannot read the output of run run_1 (task \"resize\")"
      )
      assert.strictEqual(
        yield* named({ id: "tr_dev_1234", taskIdentifier: 1 }),
        "Cannot read the output of run <redacted>"
      )
    }))

  it("never kills the fiber, whatever it is", async () => {
    const field = fc.oneof(fc.anything(), fc.constantFrom(Symbol("s"), "application/store", "run_1", true, false))
    // one wrong field is enough for a refusal, so most are right
    const mostly = (right: fc.Arbitrary<unknown>) =>
      fc.oneof({ weight: 9, arbitrary: right }, { weight: 1, arbitrary: field })
    const types = ["application/json", "application/super+json", "application/store", "text/plain"]
    const value = fc.oneof(
      { weight: 1, arbitrary: fc.anything() },
      {
        weight: 9,
        arbitrary: fc.record({
          ok: mostly(fc.boolean()),
          id: mostly(fc.constant("run_1")),
          taskIdentifier: mostly(fc.constant("task")),
          status: mostly(fc.constantFrom("COMPLETED", "FAILED", "NEW")),
          output: mostly(fc.oneof(fc.json(), fc.string())),
          outputType: mostly(fc.constantFrom(...types)),
          error: mostly(fc.record({ type: fc.constantFrom("BUILT_IN_ERROR", "NEW"), stackTrace: fc.string() }))
        }, { requiredKeys: ["ok", "id"] })
      }
    )
    let refused = 0
    let accepted = 0
    const layer = Scripted.client(Scripted.make([Scripted.json({ error: "Not found" }, {}, 404)]))
    const readers = [
      RunOutput.json,
      RunOutput.decode(Schema.Unknown),
      RunOutput.decodeWith((json) => Effect.succeed(json)),
      RunOutput.decodeByTask({ task: Schema.Unknown }),
      (result: RunResult) => downloadOutput(result as RunSuccess)
    ]
    await fc.assert(
      fc.asyncProperty(value, fc.constantFrom(...readers), async (value, read) => {
        const outcome = await Effect.runPromise(
          Effect.either(
            Effect.provide<unknown, { readonly message: string }, TriggerClient, TriggerClient, never, never>(
              Effect.suspend(() => read(value as RunResult)),
              layer
            )
          )
        )
        if (outcome._tag === "Left") {
          assert.isString(outcome.left.message)
          assert.isString(JSON.stringify(outcome.left))
        }
        if (outcome._tag === "Left" && "reason" in outcome.left && outcome.left.reason === "InvalidResult") {
          refused++
        } else {
          accepted++
        }
      }),
      { numRuns: 300 }
    )
    // both happen, often
    assert.isAbove(refused, 30)
    assert.isAbove(accepted, 30)
  })
})
