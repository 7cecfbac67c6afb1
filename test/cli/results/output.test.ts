import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { type RunSuccess, TriggerClient } from "effect-trigger-dev"
import { pageTextOf, textOf } from "../../../src/cli/results/output.js"

const success = (fields: Partial<RunSuccess>): RunSuccess => ({ ok: true, id: "run_1", ...fields })

const noClient = Effect.provide(TriggerClient.layerTest({}))

it.effect.each(
  [
    ["JSON on one line", { output: `{ "a": 1 }`, outputType: "application/json" }, `{"a":1}`],
    ["super+json in its plain form", {
      output: `{"json":{"a":"1"},"meta":{"values":{"a":["bigint"]}}}`,
      outputType: "application/super+json"
    }, `{"a":"1"}`],
    ["a text as it is", { output: "hello", outputType: "text/plain" }, "hello"],
    ["nothing where nothing was returned", { outputType: "application/json" }, ""],
    ["what cannot be parsed as it came", { output: "{broken", outputType: "application/json" }, "{broken"],
    [
      "that an output is in the object store, without downloading it",
      { output: "packets/x", outputType: "application/store" },
      "(in the object store: --format json downloads it)"
    ]
  ] as const
)("a table shows %s", ([_, fields, text]) =>
  Effect.gen(function*() {
    expect(yield* textOf(success(fields))).toBe(text)
  }).pipe(noClient))

it.effect("a page shows an output in several lines, and says what it leaves out of a large one", () =>
  Effect.gen(function*() {
    expect(yield* pageTextOf(success({ output: `{"a":1}`, outputType: "application/json" }))).toBe("{\n  \"a\": 1\n}")
    const stored = yield* pageTextOf(success({ output: "packets/x", outputType: "application/store" }))
    expect(stored).toBe("(in the object store)")
    const odd = yield* pageTextOf(success({ output: "\u001b[31ma\u202eb\tc\n", outputType: "text/plain" }))
    expect(odd).toBe("ab\tc\n")
    const large = yield* pageTextOf(success({ output: "x".repeat(4100), outputType: "text/plain" }))
    expect(large).toBe(`${"x".repeat(4000)}\n… 100 characters more`)
  }).pipe(noClient))
