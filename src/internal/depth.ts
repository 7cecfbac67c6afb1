/**
 * How deep a JSON value is nested: decoders recurse, and must not be given more than their stack can take.
 */

/** Level by level, so that it needs no stack itself. */
export const isDeeperThan = (value: unknown, limit: number): boolean => {
  let level: Array<object> = typeof value === "object" && value !== null ? [value] : []
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > limit) {
      return true
    }
    const next: Array<object> = []
    for (const container of level) {
      const children: ReadonlyArray<unknown> = Array.isArray(container) ? container : Object.values(container)
      for (const child of children) {
        if (typeof child === "object" && child !== null) {
          next.push(child)
        }
      }
    }
    level = next
  }
  return false
}
