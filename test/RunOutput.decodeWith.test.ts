import * as OldSchema from "@effect/schema/Schema"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Schema } from "effect"
import { OutputMismatch, RunOutput, type RunSuccess, TriggerClient } from "effect-trigger-dev"
import type { StandardSchema } from "effect-trigger-dev/StandardSchema"
import { z } from "zod"

const result = (output?: string): RunSuccess => ({
  ok: true,
  id: "run_1",
  ...(output === undefined ? {} : { output }),
  outputType: "application/super+json"
})

const offline = Effect.provide(TriggerClient.layerTest({}))

const rich = result(
  "{\"json\":{\"name\":\"Ada\",\"born\":\"1815-12-10T00:00:00.000Z\",\"nick\":null},\"meta\":{\"values\":{\"born\":[\"Date\"],\"nick\":[\"undefined\"]}}}"
)

describe("decodeWith a function", () => {
  it.effect("gives it the plain JSON form", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* offline(RunOutput.decodeWith((value) => Effect.succeed(value))(rich)),
        { name: "Ada", born: "1815-12-10T00:00:00.000Z" }
      )
    }))

  it.effect("fails with its own errors", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        offline(RunOutput.decodeWith(() => Either.left({ _tag: "Mine" as const }))(rich))
      )
      assert.deepStrictEqual(error, { _tag: "Mine" })
    }))

  it.effect("fails with OutputMissing where it refuses an absent output", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* offline(RunOutput.decodeWith(() => Effect.succeed(7))(result())), 7)
      const error = yield* Effect.flip(
        offline(RunOutput.decodeWith(() => Effect.fail({ _tag: "Mine" as const }))(result()))
      )
      assert.strictEqual(error._tag, "OutputMissing")
    }))
})

describe("decodeWith the old @effect/schema", () => {
  const Person = OldSchema.Struct({
    name: OldSchema.String,
    born: OldSchema.Date,
    nick: OldSchema.optionalWith(OldSchema.String, { exact: true })
  })

  it.effect("decodes", () =>
    Effect.gen(function*() {
      const person = yield* offline(RunOutput.decodeWith(OldSchema.decodeUnknown(Person))(rich))
      assert.deepStrictEqual(person, { name: "Ada", born: new Date("1815-12-10") })
    }))

  it.effect("fails with the error of that package", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        offline(RunOutput.decodeWith(OldSchema.decodeUnknown(Person))(result("{\"json\":{\"name\":1}}")))
      )
      assert.strictEqual(error._tag, "ParseError")
      assert.match(error.message, /Expected string, actual 1/)
    }))
})

describe("decodeWith a Standard Schema", () => {
  const Person = z.object({ name: z.string(), born: z.coerce.date(), nick: z.string().optional() })

  it.effect("decodes with zod", () =>
    Effect.gen(function*() {
      const person = yield* offline(RunOutput.decodeWith(Person)(rich))
      assert.deepStrictEqual(person, { name: "Ada", born: new Date("1815-12-10") })
    }))

  it.effect("decodes with a validator that answers later", () =>
    Effect.gen(function*() {
      const later = z.object({ name: z.string().refine((name) => Promise.resolve(name === "Ada"), "not Ada") })
      assert.deepStrictEqual(yield* offline(RunOutput.decodeWith(later)(rich)), { name: "Ada" })
      const error = yield* Effect.flip(offline(RunOutput.decodeWith(later)(result("{\"json\":{\"name\":\"Eve\"}}"))))
      assert.deepStrictEqual({ ...error }, {
        _tag: "OutputMismatch",
        runId: "run_1",
        path: "name",
        reason: "not Ada"
      } as never)
    }))

  it.effect("decodes with a schema of effect", () =>
    Effect.gen(function*() {
      const standard = Schema.standardSchemaV1(Schema.Struct({ name: Schema.String }))
      assert.deepStrictEqual(yield* offline(RunOutput.decodeWith(standard)(rich)), { name: "Ada" })
    }))

  it.effect("names the place of the first issue", () =>
    Effect.gen(function*() {
      const List = z.object({ people: z.array(Person) })
      const error = yield* Effect.flip(
        offline(RunOutput.decodeWith(List)(result("{\"json\":{\"people\":[{\"name\":1,\"born\":\"2000-01-01\"}]}}")))
      )
      assert.instanceOf(error, OutputMismatch)
      assert.strictEqual(error.path, "people[0].name")
      assert.strictEqual(error.reason, "Invalid input: expected string, received number")
    }))

  it.effect("names all issues, a hundred at most", () =>
    Effect.gen(function*() {
      const issuesOf = (output: string) =>
        Effect.map(
          Effect.flip(offline(RunOutput.decodeWith(z.array(z.boolean()))(result(`{"json":${output}}`)))),
          (error) => error._tag === "OutputMismatch" ? error.issues : []
        )
      const reason = "Invalid input: expected boolean, received number"
      assert.deepStrictEqual(yield* issuesOf("[1,true,2]"), [{ path: "[0]", reason }, { path: "[2]", reason }])
      assert.isUndefined(yield* issuesOf("[1,true]"))
      assert.lengthOf((yield* issuesOf(JSON.stringify(Array.from({ length: 200 }, () => 0)))) ?? [], 100)
    }))

  it.effect("fails with OutputMissing where it refuses an absent output", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* Effect.flip(offline(RunOutput.decodeWith(Person)(result()))))._tag, "OutputMissing")
      assert.strictEqual(yield* offline(RunOutput.decodeWith(Person.optional())(result())), undefined)
    }))

  const handMade = (validate: StandardSchema<string>["~standard"]["validate"]): StandardSchema<string> => ({
    "~standard": { version: 1, vendor: "test", validate }
  })

  const odd: ReadonlyArray<readonly [name: string, validator: StandardSchema<string>, path: string, reason: string]> = [
    [
      "that throws",
      handMade(() => {
        throw new TypeError("broken\nvalidator")
      }),
      "",
      "the validator threw TypeError: broken validator"
    ],
    ["that rejects", handMade(() => Promise.reject(new Error("broken"))), "", "the validator threw Error: broken"],
    ["that gives no issue", handMade(() => ({ issues: [] })), "", "the validator reported no issue"],
    [
      "that wraps its keys",
      handMade(() => ({ issues: [{ message: "no", path: [{ key: "a" }, 0, "b c"] }] })),
      "a[0][\"b c\"]",
      "no"
    ],
    ["whose issue has no path", handMade(() => ({ issues: [{ message: "no" }] })), "", "no"]
  ]
  for (const [name, validator, path, reason] of odd) {
    it.effect(`a validator ${name} is an OutputMismatch`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(offline(RunOutput.decodeWith(validator)(rich)))
        assert.instanceOf(error, OutputMismatch)
        assert.deepStrictEqual([error.path, error.reason], [path, reason])
      }))
  }
})

describe("decodeWith a validator that does not keep to the standard", () => {
  const returns: ReadonlyArray<readonly [what: string, returned: unknown]> = [
    ["nothing", undefined],
    ["null", null],
    ["issues that are null", { issues: null }],
    ["a message that is no text", { issues: [{ message: 5 }] }],
    ["a path that is no list", { issues: [{ message: "no", path: 5 }] }],
    ["a part of a path that is null", { issues: [{ message: "no", path: [null] }] }]
  ]
  for (const [what, returned] of returns) {
    it.effect(`that returns ${what}: OutputMismatch`, () =>
      Effect.gen(function*() {
        const validator: StandardSchema<unknown> = JSON.parse("{\"~standard\":{\"version\":1,\"vendor\":\"x\"}}")
        Object.assign(validator["~standard"], { validate: () => returned })
        const error = yield* Effect.flip(offline(RunOutput.decodeWith(validator)(rich)))
        assert.strictEqual(error._tag, "OutputMismatch")
      }))
  }
})
