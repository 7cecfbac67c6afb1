/**
 * The tests of the fields that a schema may do without: kept where they are there, and never undefined.
 */
import { assert, describe, it } from "@effect/vitest"
import { Either, Schema } from "effect"

/** `schema` is looked up by each test, and not while a file loads. `takesNull`: whether null is as good as absent. */
export const optionalFields = (
  name: string,
  schema: () => Schema.Schema.AnyNoContext,
  required: Readonly<Record<string, unknown>>,
  optional: Readonly<Record<string, unknown>>,
  takesNull = false
): void => {
  describe("a field that may be absent", () => {
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
  })
}
