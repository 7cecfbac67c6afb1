/**
 * What a JSON value may hold that decoders cannot be given.
 */

/** Decoders recurse, and their stack has an end. Level by level, so that it needs no stack itself. */
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

/**
 * Where an own field is named `__proto__`, which `JSON.parse` keeps as data: a decoder that copies it sets the prototype
 * of its copy. `value` must not be nested deeply.
 */
export const findProto = (value: unknown): ReadonlyArray<string | number> | undefined => {
  if (typeof value !== "object" || value === null) {
    return undefined
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const path = findProto(value[i])
      if (path !== undefined) {
        return [i, ...path]
      }
    }
    return undefined
  }
  for (const [key, field] of Object.entries(value)) {
    const path = key === "__proto__" ? [] : findProto(field)
    if (path !== undefined) {
      return [key, ...path]
    }
  }
  return undefined
}
