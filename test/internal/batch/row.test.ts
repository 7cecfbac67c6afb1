import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck as fc } from "effect"
import { type Columns, decode, merge } from "../../../src/internal/batch/row.js"

const required: Columns = {
  id: "1",
  friendlyId: "run_1",
  taskIdentifier: "task",
  status: "EXECUTING",
  createdAt: "2026-11-25T12:45:38.424"
}

const update = (columns: Columns) => Either.getOrThrow(decode({ ...required, ...columns }, 3)).update

const issueOf = (columns: { readonly [name: string]: unknown }) =>
  Either.getOrThrow(
    Either.flip(Either.flatMap(merge(undefined, { ...required, ...columns }, 3), (row) => decode(row, 3)))
  )

describe("a row", () => {
  it("has the fields that the server says something about, and no others", () => {
    assert.deepStrictEqual(update({ output: null, outputType: "application/json", error: null, runTags: null }), {
      id: "run_1",
      taskIdentifier: "task",
      status: "EXECUTING",
      createdAt: new Date("2026-11-25T12:45:38.424Z"),
      outputType: "application/json",
      tags: []
    })
  })

  it("has every field where the server says something about each", () => {
    const columns: Columns = {
      updatedAt: "2026-11-25T12:45:39",
      startedAt: "2026-11-25T12:45:40",
      completedAt: "2026-11-25T12:45:41",
      usageDurationMs: "12",
      costInCents: "0.5",
      baseCostInCents: "0.25",
      output: "",
      outputType: "text/plain",
      error: "{\"type\":\"STRING_ERROR\",\"raw\":\"no\"}",
      runTags: "{a}",
      idempotencyKey: "key",
      isTest: "t"
    }
    assert.deepStrictEqual(update(columns), {
      id: "run_1",
      taskIdentifier: "task",
      status: "EXECUTING",
      createdAt: new Date("2026-11-25T12:45:38.424Z"),
      updatedAt: new Date("2026-11-25T12:45:39Z"),
      startedAt: new Date("2026-11-25T12:45:40Z"),
      finishedAt: new Date("2026-11-25T12:45:41Z"),
      durationMs: 12,
      costInCents: 0.5,
      baseCostInCents: 0.25,
      output: "",
      outputType: "text/plain",
      error: { type: "STRING_ERROR", raw: "no" },
      tags: ["a"],
      idempotencyKey: "key",
      isTest: true
    })
  })

  const engines: ReadonlyArray<readonly [id: string | null | undefined, ofOldEngine: boolean]> = [
    ["1", false],
    ["clk3a9e2r0001", true],
    ["run_1", true],
    [null, true],
    [undefined, true]
  ]
  for (const [id, ofOldEngine] of engines) {
    it(`of run_1 with the internal id ${id} is ${ofOldEngine ? "the old engine's" : "today's engine's"}`, () => {
      const { id: _, ...others } = required
      const columns = id === undefined ? others : { ...others, id }
      assert.strictEqual(Either.getOrThrow(decode(columns, 0)).ofOldEngine, ofOldEngine)
    })
  }
})

describe("a change", () => {
  it("replaces the columns that it holds and leaves the others", () => {
    const known = Either.getOrThrow(merge(undefined, { ...required, output: "1", startedAt: null }, 0))
    assert.deepStrictEqual(
      Either.getOrThrow(merge(known, { status: "PENDING", output: null }, 0)),
      { ...required, status: "PENDING", output: null, startedAt: null }
    )
  })

  it("leaves what it changes as it was", () => {
    const known: Columns = Object.freeze({ ...required })
    assert.notStrictEqual(Either.getOrThrow(merge(known, { status: "PENDING" }, 0)), known)
    assert.strictEqual(known.status, "EXECUTING")
  })

  it("brings no columns that no field is made of, whatever they hold", () => {
    const value: unknown = JSON.parse(
      "{\"payload\":{\"deep\":[1]},\"__proto__\":{\"status\":\"CANCELED\"},\"number\":7}"
    )
    assert.deepStrictEqual(Either.getOrThrow(merge(required, { ...Object(value) }, 0)), required)
  })
})

describe("a status of the database", () => {
  const rows: ReadonlyArray<readonly [database: string, api: string]> = [
    ["DELAYED", "DELAYED"],
    ["PENDING", "QUEUED"],
    ["PENDING_VERSION", "PENDING_VERSION"],
    ["WAITING_FOR_DEPLOY", "PENDING_VERSION"],
    ["DEQUEUED", "DEQUEUED"],
    ["EXECUTING", "EXECUTING"],
    ["RETRYING_AFTER_FAILURE", "EXECUTING"],
    ["WAITING_TO_RESUME", "WAITING"],
    ["PAUSED", "WAITING"],
    ["COMPLETED_SUCCESSFULLY", "COMPLETED"],
    ["COMPLETED_WITH_ERRORS", "FAILED"],
    ["INTERRUPTED", "FAILED"],
    ["CANCELED", "CANCELED"],
    ["CRASHED", "CRASHED"],
    ["SYSTEM_FAILURE", "SYSTEM_FAILURE"],
    ["EXPIRED", "EXPIRED"],
    ["TIMED_OUT", "TIMED_OUT"],
    ["QUANTUM", "QUANTUM"],
    ["constructor", "constructor"]
  ]
  for (const [database, api] of rows) {
    it(`${database} is ${api}`, () => {
      assert.strictEqual(update({ status: database }).status, api)
    })
  }
})

describe("a timestamp is read as UTC", () => {
  const rows: ReadonlyArray<readonly [text: string, iso: string]> = [
    ["2026-11-25T12:45:38.424", "2026-11-25T12:45:38.424Z"],
    ["2026-11-25 12:45:38.424", "2026-11-25T12:45:38.424Z"],
    ["2026-11-25 12:45:38", "2026-11-25T12:45:38.000Z"],
    ["2026-11-25 12:45:38.4", "2026-11-25T12:45:38.400Z"],
    ["2026-11-25 12:45:38.4Z", "2026-11-25T12:45:38.400Z"],
    ["2026-11-25 12:45:38.42+00", "2026-11-25T12:45:38.420Z"],
    ["2026-11-25 12:45:38.424999", "2026-11-25T12:45:38.424Z"],
    ["2026-10-31 23:59:59", "2026-10-31T23:59:59.000Z"],
    ["2026-11-25T12:45:38.424Z", "2026-11-25T12:45:38.424Z"],
    ["2026-11-25 12:45:38.424+00", "2026-11-25T12:45:38.424Z"],
    ["2026-11-25 12:45:38.424+0000", "2026-11-25T12:45:38.424Z"],
    ["2026-11-25 12:45:38.424+00:00", "2026-11-25T12:45:38.424Z"]
  ]
  for (const [text, iso] of rows) {
    it(text, () => {
      assert.strictEqual(update({ updatedAt: text }).updatedAt?.toISOString(), iso)
    })
  }
})

describe("a list of tags", () => {
  const rows: ReadonlyArray<readonly [text: string, tags: ReadonlyArray<string>]> = [
    ["{}", []],
    ["{a}", ["a"]],
    ["{a,b c}", ["a", "b c"]],
    ["{\"a\",\"b c\",\"q\\\"x\",NULL}", ["a", "b c", "q\"x"]],
    ["{null,a,\"NULL\"}", ["a", "NULL"]],
    ["{\"\"}", [""]],
    ["{\"a,b\",\"{}\",\"back\\\\slash\"}", ["a,b", "{}", "back\\slash"]],
    ["{✓,\"\\✗\"}", ["✓", "✗"]]
  ]
  for (const [text, tags] of rows) {
    it(`${text} is ${JSON.stringify(tags)}`, () => {
      assert.deepStrictEqual(update({ runTags: text }).tags, tags)
    })
  }

  it("is what Postgres was given", () => {
    const quoted = (tag: string) => `"${tag.replace(/[\\"]/g, "\\$&")}"`
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom("a", "\"", "\\", ",", "{", "}", " ", "é") })), (tags) => {
        assert.deepStrictEqual(update({ runTags: `{${tags.map(quoted).join(",")}}` }).tags, tags)
      })
    )
  })
})

describe("an error", () => {
  const rows: ReadonlyArray<readonly [text: string, error: unknown]> = [
    ["{\"type\":\"INTERNAL_ERROR\",\"code\":\"X\",\"message\":\"m\"}", {
      type: "INTERNAL_ERROR",
      code: "X",
      message: "m"
    }],
    ["{\"type\":\"BUILT_IN_ERROR\",\"name\":\"E\",\"causes\":[1]}", { type: "BUILT_IN_ERROR", name: "E", causes: [1] }],
    ["{\"type\":\"QUANTUM_ERROR\",\"code\":42}", { type: "QUANTUM_ERROR", code: 42 }],
    ["{\"anything\":true}", { anything: true }],
    ["\"boom\"", { type: "STRING_ERROR", raw: "boom" }],
    ["boom", { type: "STRING_ERROR", raw: "boom" }],
    ["{\"type\":", { type: "STRING_ERROR", raw: "{\"type\":" }],
    ["", { type: "STRING_ERROR", raw: "" }],
    ["[1]", { type: "CUSTOM_ERROR", raw: "[1]" }],
    ["null", { type: "CUSTOM_ERROR", raw: "null" }],
    ["{\"type\":7}", { type: "CUSTOM_ERROR", raw: "{\"type\":7}" }],
    ["{\"type\":{\"toString\":0}}", { type: "CUSTOM_ERROR", raw: "{\"type\":{\"toString\":0}}" }],
    ["{\"type\":\"BUILT_IN_ERROR\",\"name\":7}", {
      type: "CUSTOM_ERROR",
      raw: "{\"type\":\"BUILT_IN_ERROR\",\"name\":7}"
    }]
  ]
  for (const [text, error] of rows) {
    it(`${text} is ${JSON.stringify(error)}`, () => {
      assert.deepStrictEqual<unknown>(update({ error: text }).error, error)
    })
  }
})

describe("a row is refused, and the issue names the column and what is wrong with it,", () => {
  const time = "Expected a time in UTC such as \"2026-11-25T12:45:38.424\""
  const tags = "Expected a list such as {\"a\",\"b\"}"
  const flag = "Expected \"t\" or \"f\""
  const rows: ReadonlyArray<readonly [columns: { readonly [name: string]: unknown }, path: string, reason: string]> = [
    [{ friendlyId: undefined }, "friendlyId", "Expected a run id such as \"run_1234\", actual nothing"],
    [{ friendlyId: null }, "friendlyId", "Expected a run id such as \"run_1234\", actual null"],
    [{ friendlyId: "run_../x" }, "friendlyId", "Expected a run id such as \"run_1234\", actual \"run_../x\""],
    [{ taskIdentifier: null }, "taskIdentifier", "Expected text, actual null"],
    [{ status: undefined }, "status", "Expected a status, actual nothing"],
    [{ status: 7 }, "status", "Expected text or null, actual a number"],
    [{ output: 4111111111111111 }, "output", "Expected text or null, actual a number"],
    [{ output: { a: 1 } }, "output", "Expected text or null, actual an object"],
    [{ runTags: ["a"] }, "runTags", "Expected text or null, actual an array"],
    [{ isTest: true }, "isTest", "Expected text or null, actual a boolean"],
    [{ createdAt: "yesterday" }, "createdAt", `${time}, actual "yesterday"`],
    [{ updatedAt: "2026-13-25T12:45:38.424" }, "updatedAt", `${time}, actual "2026-13-25T12:45:38.424"`],
    [{ startedAt: "2026-11-25T12:45:38+02" }, "startedAt", `${time}, actual "2026-11-25T12:45:38+02"`],
    [{ completedAt: "infinity" }, "completedAt", `${time}, actual "infinity"`],
    [{ completedAt: "2".repeat(60) }, "completedAt", `${time}, actual "${"2".repeat(60)}"`],
    [{ completedAt: "2".repeat(61) }, "completedAt", `${time}, actual a string of 61 characters`],
    [{ updatedAt: "at 2026-11-25T12:45:38" }, "updatedAt", `${time}, actual "at 2026-11-25T12:45:38"`],
    [{ updatedAt: "2026-11-25T12:45:38.424Z?" }, "updatedAt", `${time}, actual "2026-11-25T12:45:38.424Z?"`],
    [{ updatedAt: "2026-11-25T12:45:38.424+0" }, "updatedAt", `${time}, actual "2026-11-25T12:45:38.424+0"`],
    ...[
      "0999-11-25T12:45:38",
      "2026-00-25T12:45:38",
      "2026-11-00T12:45:38",
      "2026-11-32T12:45:38",
      "2026-11-25T24:45:38",
      "2026-11-25T12:60:38",
      "2026-11-25T12:45:60"
    ].map((text) => [{ createdAt: text }, "createdAt", `${time}, actual "${text}"`] as const),
    [{ usageDurationMs: "" }, "usageDurationMs", "Expected a number, actual \"\""],
    [{ usageDurationMs: "0x10" }, "usageDurationMs", "Expected a number, actual \"0x10\""],
    [{ costInCents: "1e999" }, "costInCents", "Expected a number, actual \"1e999\""],
    [{ baseCostInCents: "NaN" }, "baseCostInCents", "Expected a number, actual \"NaN\""],
    [{ isTest: "yes" }, "isTest", `${flag}, actual "yes"`],
    ...[
      "",
      "a",
      "{",
      "{a",
      "{a,}",
      "{,a}",
      "{a}b",
      "{\"a}",
      "{\"a\\\"}",
      "{\"a\"b}",
      "{\"a\"bc}",
      "{{a}}",
      "{a\\b}",
      "{a\"}",
      "{\"a\","
    ].map(
      (text) => [{ runTags: text }, "runTags", `${tags}, actual ${JSON.stringify(text)}`] as const
    ),
    [{ createdAt: "x", updatedAt: "y" }, "createdAt", `${time}, actual "x"`]
  ]
  for (const [columns, column, reason] of rows) {
    it(`with ${JSON.stringify(columns).slice(0, 80)}`, () => {
      assert.deepStrictEqual(issueOf(columns), { path: `[3].value.${column}`, reason })
    })
  }
})

describe("a number", () => {
  const rows: ReadonlyArray<readonly [text: string, number: number]> = [
    ["0", 0],
    ["-1", -1],
    ["0.0012", 0.0012],
    ["1e-05", 0.00001],
    ["1e5", 100000],
    ["1.5E+3", 1500],
    ["12345678901234567890", 12345678901234567000]
  ]
  for (const [text, number] of rows) {
    it(text, () => {
      assert.strictEqual(update({ costInCents: text }).costInCents, number)
    })
  }
})

describe("a yes or no", () => {
  for (const [text, value] of [["t", true], ["true", true], ["f", false], ["false", false]] as const) {
    it(`${text} is ${value}`, () => {
      assert.strictEqual(update({ isTest: text }).isTest, value)
    })
  }
})
