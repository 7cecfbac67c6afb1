/**
 * Words for values of any kind, for errors: the kind where the value may not be shown, and a text that never throws.
 */

/** Such as `a string`. */
export const kindOf = (value: unknown): string => {
  if (value === null || value === undefined) {
    return String(value)
  }
  if (Array.isArray(value)) {
    return "an array"
  }
  return typeof value === "object" ? "an object" : `a ${typeof value}`
}

/** What `String` makes of a value, which throws for an object without `toString`, or with one that throws. */
export const textOf = (value: unknown): string => {
  try {
    return String(value)
  } catch {
    return `a value of type ${typeof value}`
  }
}
