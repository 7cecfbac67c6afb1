/**
 * JSON values that are almost as they should be.
 */
import { FastCheck } from "effect"

/** Any JSON value without a field named `__proto__`, of which a schema makes the prototype of what it decodes. */
export const json: FastCheck.Arbitrary<unknown> = FastCheck.jsonValue().filter((value) =>
  !JSON.stringify(value).includes("__proto__")
)

/** Everywhere in a value: the way to each of its parts. */
const places = (value: unknown, path: ReadonlyArray<string> = []): ReadonlyArray<ReadonlyArray<string>> =>
  typeof value === "object" && value !== null
    ? [path, ...Object.entries(value).flatMap(([key, field]) => places(field, [...path, key]))]
    : [path]

const replace = (value: unknown, [key, ...rest]: ReadonlyArray<string>, by: unknown): unknown => {
  if (key === undefined) {
    return by
  }
  const copy: Record<string, unknown> = Array.isArray(value) ? [...value] as never : { ...value as object }
  if (rest.length === 0 && by === undefined) {
    delete copy[key]
  } else {
    copy[key] = replace(copy[key], rest, by)
  }
  return copy
}

/** A valid value with one part that is another thing, or missing. */
export const withOnePartChanged = (valid: FastCheck.Arbitrary<unknown>): FastCheck.Arbitrary<unknown> =>
  FastCheck.tuple(
    valid,
    FastCheck.nat(),
    FastCheck.oneof(
      json,
      FastCheck.constantFrom<unknown>(undefined, null, true, false, "", "NEW_ERROR", "BUILT_IN_ERROR", 0, {}, [])
    )
  ).map(([value, place, by]) => {
    const all = places(value)
    return replace(value, all[place % all.length] ?? [], by)
  })
