import { assert, describe, it } from "@effect/vitest"
import { stringifyIO } from "@trigger.dev/core/v3"
import { Effect, Either, FastCheck as fc, Schema } from "effect"
import { BatchResults, Run, RunOutput, type RunResult, TriggerClient } from "effect-trigger-dev"
import superjson from "superjson"
import { fromListed } from "../src/internal/batch/fromListed.js"
import { fromRun } from "../src/internal/batch/fromRun.js"
import { fromUpdate } from "../src/internal/batch/fromUpdate.js"
import * as Row from "../src/internal/batch/row.js"

/** The output of a run as the database has it. */
interface Stored {
  readonly text: string | undefined
  readonly type: string
}

const head = { id: "run_1", taskIdentifier: "task" }

const ofEndpoint = ({ text, type }: Stored): RunResult => {
  const body = { id: "batch_1", items: [{ ok: true, ...head, output: text, outputType: type }] }
  const [item] = Schema.decodeUnknownSync(BatchResults)(JSON.parse(JSON.stringify(body))).items
  return fromListed(item as RunResult)
}

const ofFeed = ({ text, type }: Stored): RunResult => {
  const columns = {
    id: "1",
    friendlyId: "run_1",
    taskIdentifier: "task",
    status: "COMPLETED_SUCCESSFULLY",
    createdAt: "2026-11-25T12:45:38.424",
    completedAt: "2026-11-25T12:45:39.424",
    output: text ?? null,
    outputType: type
  }
  return fromUpdate(Either.getOrThrow(Row.decode(columns, 0)).update)
}

/** The run route parses an output before it shows it, and shows no empty one. */
const shown = ({ text = "", type }: Stored): string | undefined =>
  text === ""
    ? undefined
    : type === "application/super+json"
    ? JSON.stringify(JSON.parse(text).json)
    : type === "application/json"
    ? text
    : JSON.stringify(text)

const ofRunRoute = (stored: Stored): RunResult => {
  const output = shown(stored)
  const body = `{"id":"run_1","taskIdentifier":"task","status":"COMPLETED","createdAt":"2026-11-25T12:45:38.424Z"${
    output === undefined ? "" : `,"output":${output}`
  }}`
  return Either.getOrThrow(fromRun(Schema.decodeUnknownSync(Run)(JSON.parse(body)), "run_1"))
}

const inStore: RunResult = { ok: true, ...head, output: "run_1/output", outputType: "application/store" }

/** What each source makes of an output. */
const sources = (stored: Stored): Record<"endpoint" | "feed" | "store" | "run route", RunResult> => ({
  endpoint: ofEndpoint(stored),
  feed: ofFeed(stored),
  store: inStore,
  "run route": ofRunRoute(stored)
})

const outcomes = <A, I>(schema: Schema.Schema<A, I>, stored: Stored): Record<string, unknown> => {
  const client = TriggerClient.layerTest({
    downloadOutput: () => Effect.succeed({ text: stored.text ?? "", contentType: stored.type })
  })
  return Object.fromEntries(
    Object.entries(sources(stored)).map(([source, result]) => {
      const decoded = Effect.runSync(Effect.either(Effect.provide(RunOutput.decode(schema)(result), client)))
      return [source, Either.match(decoded, { onLeft: ({ message }) => message, onRight: (value) => ({ value }) })]
    })
  )
}

const all = (outcome: unknown): unknown => ({
  endpoint: outcome,
  feed: outcome,
  store: outcome,
  "run route": outcome
})

const json = (text: string): Stored => ({ text, type: "application/json" })

describe("a number in JSON text is the same from every source", () => {
  const numbers: ReadonlyArray<readonly [text: string, value: number]> = [
    ["1e400", Infinity],
    ["-1e400", -Infinity],
    ["-0", -0],
    ["1e-400", 0],
    ["-1e-400", -0],
    ["9007199254740993", 9007199254740992],
    ["0.1", 0.1],
    ["5e-324", 5e-324],
    ["1.7976931348623157e308", Number.MAX_VALUE]
  ]
  for (const [text, value] of numbers) {
    it(`${text} is ${Object.is(value, -0) ? "-0" : value}`, () => {
      assert.deepStrictEqual(outcomes(Schema.Number, json(text)), all({ value }))
      assert.deepStrictEqual(
        outcomes(Schema.Unknown, json(`{"a":[${text},null]}`)),
        all({ value: { a: [value, null] } })
      )
    })
  }

  it("a number out of range does not match a schema of finite numbers", () => {
    assert.deepStrictEqual(
      outcomes(Schema.Struct({ n: Schema.Finite }), json("{\"n\":1e400}")),
      all(
        "The output of run run_1 (task \"task\") does not match the schema at n: Expected a finite number, actual Infinity"
      )
    )
  })

  it("a number out of range is not null", () => {
    assert.deepStrictEqual(
      outcomes(Schema.NullOr(Schema.String), json("1e400"))["run route"],
      outcomes(Schema.NullOr(Schema.String), json("1e400"))["feed"]
    )
  })
})

describe("what a task returned is the same from every source", () => {
  const Rich = Schema.Struct({
    nan: Schema.Number,
    odd: Schema.Array(Schema.Number),
    none: Schema.optional(Schema.String),
    items: Schema.Array(Schema.UndefinedOr(Schema.Number)),
    at: Schema.Date,
    big: Schema.BigInt,
    map: Schema.Map({ key: Schema.String, value: Schema.Number })
  })
  const rich = {
    nan: NaN,
    odd: [Infinity, -Infinity, -0],
    none: undefined,
    items: [undefined, 1],
    at: new Date(0),
    big: 2n ** 70n,
    map: new Map([["a", -0]])
  }
  const { none: _, ...richOut } = rich

  const rows: ReadonlyArray<readonly [what: string, Schema.Schema.AnyNoContext, returned: unknown, value: unknown]> = [
    ["an object of everything", Rich, rich, richOut],
    ["null", Schema.Unknown, null, null],
    ["a text", Schema.Unknown, "text", "text"],
    ["a text that looks like JSON", Schema.Unknown, "{\"a\":1}", "{\"a\":1}"],
    ["a number", Schema.Unknown, 1, 1],
    ["NaN", Schema.Number, NaN, NaN],
    ["false", Schema.Unknown, false, false],
    ["an empty object", Schema.Unknown, {}, {}]
  ]
  for (const [what, schema, returned, value] of rows) {
    it(what, async () => {
      const { data, dataType } = await stringifyIO(returned)
      const stored: Stored = { text: typeof data === "string" ? data : undefined, type: dataType }
      assert.deepStrictEqual(outcomes(schema, stored), all({ value }))
    })
  }

  it("any number", () => {
    const schema = Schema.Struct({ n: Schema.Array(Schema.Number) })
    fc.assert(fc.property(fc.array(fc.double()), (n) => {
      const stored: Stored = { text: superjson.stringify({ n }), type: "application/super+json" }
      assert.deepStrictEqual(outcomes(schema, stored), all({ value: { n } }))
    }))
  })
})

describe("what the run route does not show", () => {
  const notShown =
    "Cannot read the output of run run_1 (task \"task\") (NotShown): GET /api/v3/runs/run_1 shows no output. The task " +
    "returned nothing or an empty text, or the server could not sign the download URL of a large output, or the old engine " +
    "executed the run. The realtime feed and GET /api/v1/batches/{batchId}/results tell which: set TriggerConfig's " +
    "realtime to \"auto\", and use a key that is not restricted (tr_prod_sk_…) and no public token, which the results " +
    "endpoint refuses."

  const rows: ReadonlyArray<readonly [what: string, stored: Stored, value: unknown]> = [
    ["nothing", { text: undefined, type: "application/json" }, undefined],
    ["an empty text", { text: "", type: "text/plain" }, ""],
    ["a large output whose URL was not signed", { text: "", type: "application/json" }, undefined]
  ]
  for (const [what, stored, value] of rows) {
    it(`is an error there, and is certain from other sources: ${what}`, () => {
      const { "run route": fromRunRoute, store: __, ...others } = outcomes(Schema.Unknown, stored)
      assert.deepStrictEqual(others, { endpoint: { value }, feed: { value } })
      assert.strictEqual(fromRunRoute, notShown)
    })
  }
})
