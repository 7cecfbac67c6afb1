/**
 * Writes JSON as `JSON.stringify` does, without losing the numbers that only `JSON.parse` knows: `1e400` is parsed as
 * `Infinity`, which `JSON.stringify` writes as `null`, and `-0` as `-0`, which it writes as `0`.
 */

const isLost = (value: unknown): value is number =>
  typeof value === "number" && (Object.is(value, -0) || Math.abs(value) === Number.POSITIVE_INFINITY)

const holdsLost = (value: unknown): boolean =>
  typeof value === "object" && value !== null ? Object.values(value).some(holdsLost) : isLost(value)

/** The text of a number that `JSON.stringify` loses: any exponent above 308 is out of range. */
const lostNumber = (value: number): string => value < 0 ? "-1e999" : value === 0 ? "-0" : "1e999"

const isFields = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !("toJSON" in value && typeof value.toJSON === "function")

const write = (value: unknown): string | undefined => {
  if (isLost(value)) {
    return lostNumber(value)
  }
  if (Array.isArray(value)) {
    return `[${Array.from(value, (item) => write(item) ?? "null").join(",")}]`
  }
  if (isFields(value)) {
    const fields = Object.entries(value).flatMap(([key, field]) => {
      const text = write(field)
      return text === undefined ? [] : [`${JSON.stringify(key)}:${text}`]
    })
    return `{${fields.join(",")}}`
  }
  return JSON.stringify(value)
}

/**
 * Undefined for a value that JSON does not have. Throws if the value is nested too deeply, or has a cycle.
 *
 * `write` is several times slower, and such numbers are rare. A replacer could look for them, but takes twice as long as
 * `holdsLost` and `JSON.stringify`.
 */
export const jsonText = (value: unknown): string | undefined => holdsLost(value) ? write(value) : JSON.stringify(value)
