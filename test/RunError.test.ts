import { assert, describe, it } from "@effect/vitest"
import { Either, Schema } from "effect"
import { RunError } from "effect-trigger-dev"
import {
  BuiltInRunError,
  CustomRunError,
  InternalRunError,
  OtherRunError,
  StringRunError
} from "effect-trigger-dev/RunError"
import { optionalFields } from "./support/optionalFields.js"

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

optionalFields("BuiltInRunError", () => BuiltInRunError, { type: "BUILT_IN_ERROR" }, {
  name: "E",
  message: "m",
  stackTrace: "s"
})
optionalFields("CustomRunError", () => CustomRunError, { type: "CUSTOM_ERROR" }, { raw: "{}" })
optionalFields("StringRunError", () => StringRunError, { type: "STRING_ERROR" }, { raw: "s" })
optionalFields("InternalRunError", () => InternalRunError, { type: "INTERNAL_ERROR" }, {
  code: "C",
  message: "m",
  stackTrace: "s"
})
optionalFields("OtherRunError", () => OtherRunError, {}, { type: "NEW" })
