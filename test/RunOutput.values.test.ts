import { assert, describe, it } from "@effect/vitest"
import { Effect, ParseResult, Redacted, Schema } from "effect"
import { type DecodeOutputError, RunOutput, type RunResult, type RunSuccess, TriggerClient } from "effect-trigger-dev"
import type { DecodeOptions } from "effect-trigger-dev/RunOutput"
import type { StandardSchema } from "effect-trigger-dev/StandardSchema"
import { z } from "zod"
import { expectNoSecret, printings } from "./support/leaks.js"

const result = (output: string, outputType = "application/json"): RunSuccess => ({
  ok: true,
  id: "run_1",
  taskIdentifier: "task",
  output,
  outputType
})

const secret = "hunter2-correct-horse-battery"

/** The error of decoding the value, which must have one. */
const errorOf = <A, E>(
  decode: (result: RunResult) => Effect.Effect<A, E, TriggerClient>,
  output: string
): Effect.Effect<E, A> => Effect.flip(Effect.provide(decode(result(output)), TriggerClient.layerTest({})))

const decodeError = <A, I>(schema: Schema.Schema<A, I>, value: unknown, options?: DecodeOptions) =>
  errorOf(RunOutput.decode(schema, options), JSON.stringify(value))

const issuesOf = (error: DecodeOutputError): unknown =>
  error._tag === "OutputMismatch" ? error.issues ?? [{ path: error.path, reason: error.reason }] : error._tag

const Email = RunOutput.sensitive(Schema.String.pipe(Schema.pattern(/@/)))

class Account extends Schema.Class<Account>("Account")({ email: Email, name: Schema.String }) {}

interface Tree {
  readonly pin: Redacted.Redacted<number>
  readonly children: ReadonlyArray<Tree>
}

interface EncodedTree {
  readonly pin: number
  readonly children: ReadonlyArray<EncodedTree>
}

const Tree: Schema.Schema<Tree, EncodedTree> = Schema.Struct({
  pin: Schema.Redacted(Schema.Number),
  children: Schema.Array(Schema.suspend(() => Tree))
})

interface TreeOf<A> {
  readonly value: A
  readonly children: ReadonlyArray<TreeOf<A>>
}

/** Each level is a new schema. */
const treeOf = <A, I>(value: Schema.Schema<A, I>): Schema.Schema<TreeOf<A>, TreeOf<I>> =>
  Schema.Struct({ value, children: Schema.Array(Schema.suspend(() => treeOf(value))) })

const Login = Schema.Struct({ password: Schema.Redacted(Schema.String), user: Schema.String })

const failing = Schema.transformOrFail(Schema.String, Schema.Number, {
  strict: true,
  decode: (text, _, ast) => ParseResult.fail(new ParseResult.Type(ast, text, `cannot use ${text}`)),
  encode: (value) => ParseResult.succeed(String(value))
})

const throwing = Schema.transform(Schema.String, Schema.Number, {
  strict: true,
  decode: (text) => {
    throw new Error(`cannot use ${text}`)
  },
  encode: String
})

/** Each schema marks the secret in the value as sensitive, and refuses the value. */
const marked: ReadonlyArray<readonly [what: string, schema: Schema.Schema.AnyNoContext, value: unknown]> = [
  ["a redacted value of the wrong type", Schema.Redacted(Schema.Number), secret],
  ["a redacted value that is refined", Schema.Redacted(Schema.String.pipe(Schema.minLength(100))), secret],
  ["a redacted value that is transformed", Schema.Redacted(Schema.NumberFromString), secret],
  ["a redacted value that may be null", Schema.NullOr(Schema.Redacted(Schema.Number)), secret],
  ["a redacted field", Schema.Struct({ a: Schema.Redacted(Schema.Number) }), { a: secret }],
  ["a redacted field that may be missing", Schema.Struct({ a: Schema.optional(Schema.Redacted(Schema.Number)) }), {
    a: secret
  }],
  [
    "a redacted field with a default",
    Schema.Struct({ a: Schema.optionalWith(Schema.Redacted(Schema.Number), { default: () => Redacted.make(1) }) }),
    { a: secret }
  ],
  ["a redacted struct", Schema.Redacted(Schema.Struct({ a: Schema.Number })), { a: secret }],
  ["a redacted record, also its keys", Schema.Redacted(Schema.Record({ key: Schema.String, value: Schema.Number })), {
    [secret]: secret
  }],
  ["a struct with a redacted field, as text", Login, secret],
  ["a struct with a redacted field, in an array", Login, [{ password: secret }]],
  ["a struct with a redacted field, in a transformation", Schema.parseJson(Login), `{"password":"${secret}"`],
  ["a redacted item", Schema.Tuple(Schema.Redacted(Schema.Number)), [secret]],
  ["a redacted value of a map", Schema.Map({ key: Schema.String, value: Schema.Redacted(Schema.Number) }), [[
    "a",
    secret
  ]]],
  [
    "a map with redacted values, as text",
    Schema.Map({ key: Schema.String, value: Schema.Redacted(Schema.Number) }),
    secret
  ],
  [
    "what one member of a union redacts, and another one does not",
    Schema.Union(
      Schema.Struct({ a: Schema.Redacted(Schema.String), b: Schema.String }),
      Schema.Struct({ a: Schema.Number })
    ),
    { a: secret }
  ],
  [
    "what a union of literals tells its members apart by",
    Schema.Union(
      Schema.Struct({ kind: Schema.Literal("a"), pin: Schema.Redacted(Schema.String) }),
      Schema.Struct({ kind: Schema.Literal("b") })
    ),
    { kind: secret }
  ],
  ["a redacted field of a recursive schema that may be null", Schema.NullOr(Schema.suspend(() => Tree)), {
    pin: secret,
    children: []
  }],
  ["a redacted field of a recursive schema", Tree, { pin: 1, children: [{ pin: secret, children: [] }] }],
  ["a recursive schema, as text", Tree, { pin: 1, children: [secret] }],
  ["a redacted value in a tree of anything", treeOf(Schema.Redacted(Schema.Number)), {
    value: 1,
    children: [{ value: secret, children: [] }]
  }],
  ["a sensitive value that is refined", Email, secret],
  ["JSON text of a sensitive field, given as an object", Schema.parseJson(Login), { email: secret }],
  ["the same behind another transformation", Schema.compose(Schema.Trim, Schema.parseJson(Login)), { email: secret }],
  ["a list of sensitive values, given as an object", Schema.compose(Schema.split(","), Schema.Array(Email)), {
    a: secret
  }],
  ["a sensitive part of a template", Schema.TemplateLiteral("token-", RunOutput.sensitive(Schema.String)), secret],
  [
    "a sensitive part of a template that is parsed",
    Schema.TemplateLiteralParser("token-", RunOutput.sensitive(Schema.String)),
    secret
  ],
  [
    "a key with a sensitive part",
    Schema.Record({ key: Schema.TemplateLiteral("k-", RunOutput.sensitive(Schema.String)), value: Schema.Number }),
    { [`k-${secret}`]: "no" }
  ],
  [
    "a sensitive field that an index signature describes as well",
    Schema.Struct(
      { password: RunOutput.sensitive(Schema.String) },
      Schema.Record({ key: Schema.String, value: Schema.String.pipe(Schema.maxLength(3)) })
    ),
    { password: secret }
  ],
  ["a sensitive value that is refined further", RunOutput.sensitive(Schema.String).pipe(Schema.maxLength(1)), secret],
  ["a sensitive struct", RunOutput.sensitive(Schema.Struct({ a: Schema.Number })), { a: secret }],
  ["a sensitive field of a class", Account, { email: secret, name: "Ada" }],
  ["a class with a sensitive field, as text", Account, secret],
  ["a sensitive key", Schema.Record({ key: RunOutput.sensitive(Schema.String), value: Schema.Number }), {
    [secret]: "1"
  }],
  ["a sensitive key of a struct", Schema.Record({ key: RunOutput.sensitive(Schema.String), value: Login }), {
    [secret]: { password: 1 }
  }],
  [
    "a sensitive value with a message of its own",
    RunOutput.sensitive(Schema.Number.annotations({ message: ({ actual }) => `not ${String(actual)}` })),
    secret
  ],
  [
    "a sensitive value with a title of its own",
    RunOutput.sensitive(Schema.Number.annotations({ parseIssueTitle: ({ actual }) => `not ${String(actual)}` })),
    secret
  ],
  [
    "a struct with a redacted field and a message of its own",
    Login.annotations({ message: ({ actual }) => ({ message: `not ${JSON.stringify(actual)}`, override: true }) }),
    { password: secret }
  ],
  [
    "a struct with a redacted field that is refined with a message of its own",
    Login.pipe(
      Schema.filter(() => false, {
        message: ({ actual }) => ({ message: `not ${JSON.stringify(actual)}`, override: true })
      })
    ),
    { password: secret, user: "a" }
  ],
  [
    "a struct with a redacted field that is transformed with a message of its own",
    Schema.compose(Login, Schema.Struct({ user: Schema.NumberFromString }), { strict: false }).annotations({
      message: ({ actual }) => ({ message: `not ${JSON.stringify(actual)}`, override: true })
    }),
    { password: secret, user: "a" }
  ],
  [
    "a struct whose filter quotes a redacted field",
    Login.pipe(Schema.filter(({ password }) => `${Redacted.value(password)} is bad`)),
    { password: secret, user: "a" }
  ],
  [
    "a struct whose filter blames another field",
    Login.pipe(
      Schema.filter(({ password }) => ({ path: ["user"], message: `${Redacted.value(password)} is bad` }))
    ),
    { password: secret, user: "a" }
  ],
  [
    "a struct whose filter fails with an issue of another schema",
    Login.pipe(Schema.filter(({ password }) => new ParseResult.Type(Schema.Number.ast, Redacted.value(password)))),
    { password: secret, user: "a" }
  ],
  [
    "a struct whose filter fails at a path that quotes a redacted field",
    Login.pipe(Schema.filter(({ password }) => ({ path: [Redacted.value(password)], message: "no" }))),
    { password: secret, user: "a" }
  ],
  [
    "what is made of a struct with a redacted field",
    Schema.transform(Login, Schema.String.pipe(Schema.maxLength(1)), {
      strict: true,
      decode: ({ password }) => Redacted.value(password),
      encode: () => ({ password: Redacted.make(""), user: "" })
    }),
    { password: secret, user: "a" }
  ],
  ["a sensitive value whose transformation fails with a message", RunOutput.sensitive(failing), secret],
  [
    "a sensitive value that is forbidden",
    RunOutput.sensitive(Schema.String.pipe(
      Schema.filter((text, _, ast) => new ParseResult.Forbidden(ast, text, `never ${text}`))
    )),
    secret
  ],
  ["a redacted value whose transformation throws", Schema.Redacted(throwing), secret],
  ["a key above a field named __proto__", Schema.Redacted(Schema.Unknown), {
    [secret]: JSON.parse("{\"__proto__\":1}")
  }]
]

describe("an error of decode does not show", () => {
  for (const [what, schema, value] of marked) {
    for (const errors of ["first", "all"] as const) {
      it.effect(`${what}, with errors: ${errors}`, () =>
        Effect.gen(function*() {
          const error = yield* decodeError(schema, value, { errors })
          assert.strictEqual(error._tag, "OutputMismatch")
          expectNoSecret(printings(error), [secret])
        }))
    }
  }

  it.effect("a sensitive value in a result that was read from the run route", () =>
    Effect.gen(function*() {
      const shown: RunSuccess = { ...result(JSON.stringify({ password: [secret], user: null })), status: "COMPLETED" }
      const error = yield* Effect.flip(Effect.provide(RunOutput.decode(Login)(shown), TriggerClient.layerTest({})))
      expectNoSecret(printings(error), [secret])
    }))

  for (const text of ["hunter2", "{\"password\":hunter2}", "[1, hunter2]", "{\"password\":\"hunter2", "1 hunter2"]) {
    it.effect(`any of a text that is not JSON: ${text}`, () =>
      Effect.gen(function*() {
        const error = yield* errorOf(RunOutput.json, text)
        assert.strictEqual(error._tag, "OutputParseError")
        expectNoSecret(printings(error), ["hunter2"])
      }))
  }
})

describe("an error of decode names", () => {
  const rows: ReadonlyArray<
    readonly [what: string, schema: Schema.Schema.AnyNoContext, value: unknown, issues: unknown]
  > = [
    ["the kind of a sensitive value", Schema.Struct({ email: Email }), { email: 5 }, [
      { path: "email", reason: "Expected string, actual a number" }
    ]],
    ["the refinement that a sensitive value fails", Schema.Struct({ email: Email }), { email: "Ada" }, [
      { path: "email", reason: "Expected a string matching the pattern @, actual a string" }
    ]],
    [
      "the values that are not sensitive",
      Schema.Struct({ login: Login, age: Schema.Number }),
      { login: { password: 1, user: 2 }, age: "3" },
      [
        { path: "login.password", reason: "Expected string, actual a number" },
        { path: "login.user", reason: "Expected string, actual 2" },
        { path: "age", reason: "Expected number, actual \"3\"" }
      ]
    ],
    ["a field of a sensitive struct", RunOutput.sensitive(Schema.Struct({ a: Schema.Number })), { a: "1" }, [
      { path: "a", reason: "Expected number, actual a string" }
    ]],
    ["a field of a sensitive class", RunOutput.sensitive(Account), { name: null }, [
      { path: "email", reason: "is missing" },
      { path: "name", reason: "Expected string, actual null" }
    ]],
    [
      "a field of a recursive schema",
      Tree,
      { pin: 1, children: [{ pin: true, children: [] }] },
      [{ path: "children[0].pin", reason: "Expected number, actual a boolean" }]
    ],
    [
      "the value in a tree of anything",
      treeOf(Schema.Number),
      { value: 1, children: [{ value: "2", children: [] }] },
      [{ path: "children[0].value", reason: "Expected number, actual \"2\"" }]
    ],
    [
      "a message that does not depend on the value",
      Schema.Struct({ email: Email.annotations({ message: () => "an e-mail address, please" }) }),
      { email: "Ada" },
      [{ path: "email", reason: "an e-mail address, please" }]
    ]
  ]
  for (const [what, schema, value, issues] of rows) {
    it.effect(what, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(issuesOf(yield* decodeError(schema, value, { errors: "all" })), issues)
      }))
  }
})

const plain: typeof marked = [
  ["a value", Schema.Number, secret],
  ["a value in a struct", Schema.Struct({ a: Schema.Number }), { a: secret }],
  ["a key of a record", Schema.Record({ key: Schema.String, value: Schema.Number }), { [secret]: 1, b: secret }],
  ["a value that is transformed", Schema.NumberFromString, secret],
  ["a message", Schema.Number.annotations({ message: ({ actual }) => `not ${String(actual)}` }), secret],
  ["the message of a filter", Schema.String.pipe(Schema.filter((text) => `${text} is bad`)), secret],
  ["the message of a transformation", failing, secret],
  ["the message of an exception", throwing, secret],
  [
    "a path of a filter",
    Schema.Struct({ a: Schema.String }).pipe(Schema.filter(({ a }) => ({ path: ["a", a, 0], message: a }))),
    { a: secret }
  ],
  ["a key above a field named __proto__", Schema.Unknown, { [secret]: JSON.parse("{\"__proto__\":1}") }]
]

describe("with values: \"hide\", an error of decode does not show", () => {
  for (const [what, schema, value] of [...plain, ...marked]) {
    it.effect(what, () =>
      Effect.gen(function*() {
        for (const errors of ["first", "all"] as const) {
          const error = yield* decodeError(schema, value, { values: "hide", errors })
          assert.strictEqual(error._tag, "OutputMismatch")
          expectNoSecret(printings(error), [secret])
        }
      }))
  }

  it.effect("an unexpected field", () =>
    Effect.gen(function*() {
      const schema = Schema.Struct({ a: Schema.String, b: Schema.optional(Schema.Null) })
      const options = { values: "hide", onExcessProperty: "error" } as const
      assert.deepStrictEqual(issuesOf(yield* decodeError(schema, { a: "1", [secret]: secret }, options)), [
        { path: "[\"<redacted>\"]", reason: "is unexpected" }
      ])
    }))

  it.effect("what decodeByTask is given", () =>
    Effect.gen(function*() {
      const schemas = { task: Schema.Number }
      const otherwise = () => Effect.succeed("other")
      for (
        const decode of [
          RunOutput.decodeByTask(schemas, { values: "hide" }),
          RunOutput.decodeByTask(schemas, { values: "hide", otherwise })
        ]
      ) {
        const error = yield* errorOf<unknown, DecodeOutputError | { readonly _tag: "UnknownTask" }>(
          decode,
          JSON.stringify(secret)
        )
        assert.strictEqual(error._tag === "OutputMismatch" && error.reason, "Expected number, actual a string")
      }
    }))
})

describe("with values: \"hide\", an error of decode names", () => {
  const rows: typeof marked = [
    ["lines[1].price", Schema.Struct({ lines: Schema.Array(Schema.Struct({ price: Schema.Number })) }), {
      lines: [{ price: 1 }, { price: "2" }]
    }],
    ["[\"<redacted>\"].price", Schema.Record({ key: Schema.String, value: Schema.Struct({ price: Schema.Number }) }), {
      a: { price: "2" }
    }],
    ["price", Schema.Union(Schema.Struct({ price: Schema.Number }), Schema.Struct({ cost: Schema.Number })), {
      price: "2"
    }],
    ["cart.price", Schema.Struct({ cart: Schema.suspend(() => Schema.Struct({ price: Schema.Number })) }), {
      cart: { price: "2" }
    }],
    ["", Schema.Number, "2"]
  ]
  for (const [path, schema, value] of rows) {
    it.effect(`where the issue is: ${path}`, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(issuesOf(yield* decodeError(schema, value, { values: "hide" })), [
          { path, reason: "Expected number, actual a string" }
        ])
      }))
  }

  it.effect("a field named __proto__, and the positions above it", () =>
    Effect.gen(function*() {
      const error = yield* errorOf(RunOutput.decode(Schema.Unknown, { values: "hide" }), "[{\"a\":{\"__proto__\":1}}]")
      assert.strictEqual(error._tag === "OutputMismatch" && error.path, "[0][\"<redacted>\"].__proto__")
    }))

  it.effect("that the schema threw", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(issuesOf(yield* decodeError(throwing, "a", { values: "hide" })), [
        { path: "", reason: "the schema threw an exception" }
      ])
    }))
})

describe("with values: \"hide\", an error of decodeWith", () => {
  const quoting: StandardSchema<string> = {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value) => ({
        issues: [{ message: `not ${JSON.stringify(value)}`, path: [0, secret] }, { message: "no" }]
      })
    }
  }
  const throwing: StandardSchema<string> = {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value) => {
        throw new Error(`not ${JSON.stringify(value)}`)
      }
    }
  }

  it.effect("has the positions in arrays, but neither messages nor keys", () =>
    Effect.gen(function*() {
      const error = yield* errorOf(RunOutput.decodeWith(quoting, { values: "hide" }), JSON.stringify(secret))
      expectNoSecret(printings(error), [secret])
      assert.deepStrictEqual(issuesOf(error), [
        { path: "[0][\"<redacted>\"]", reason: "the validator refused the value" },
        { path: "", reason: "the validator refused the value" }
      ])
    }))

  it.effect("has not the message of an exception", () =>
    Effect.gen(function*() {
      const error = yield* errorOf(RunOutput.decodeWith(throwing, { values: "hide" }), JSON.stringify(secret))
      assert.deepStrictEqual(issuesOf(error), [{ path: "", reason: "the validator threw an exception" }])
    }))

  it.effect("has no key above a field named __proto__", () =>
    Effect.gen(function*() {
      const output = `{"${secret}":{"__proto__":1}}`
      for (
        const decode of [
          RunOutput.decodeWith(z.unknown(), { values: "hide" }),
          RunOutput.decodeWith((json) => Effect.succeed(json), { values: "hide" })
        ]
      ) {
        expectNoSecret(printings(yield* errorOf(decode, output)), [secret])
      }
    }))

  it.effect("is the function's own", () =>
    Effect.gen(function*() {
      const decode = RunOutput.decodeWith((json) => Effect.fail(`not ${String(json)}`), { values: "hide" })
      assert.strictEqual(yield* errorOf(decode, "1"), "not 1")
    }))
})

describe("a schema that is marked as sensitive", () => {
  it.effect("decodes as before", () =>
    Effect.gen(function*() {
      const schema = Schema.Struct({
        email: Email,
        note: Schema.optional(RunOutput.sensitive(Schema.NumberFromString))
      })
      const value = yield* Effect.provide(
        RunOutput.decode(schema)(result("{\"email\":\"a@b\",\"note\":\"1\"}")),
        TriggerClient.layerTest({})
      )
      assert.deepStrictEqual(value, { email: "a@b", note: 1 })
    }))

  it("encodes as before", () => {
    assert.strictEqual(Schema.encodeSync(RunOutput.sensitive(Schema.NumberFromString))(1), "1")
  })
})
