/**
 * Finds what makes a JSON value unsafe for decoders: deep nesting, and fields named `__proto__`.
 */

/** Decoders recurse and can overflow the stack, so this goes through the value level by level instead. */
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
 * The path of an own field named `__proto__`. `JSON.parse` keeps it as data, but a decoder that copies it sets the prototype
 * of the copy. It recurses, so check the depth of `value` first.
 */
export const findProto = (value: unknown): ReadonlyArray<string | number> | undefined => {
  if (typeof value !== "object" || value === null) {
    return undefined
  }
  if (Array.isArray(value)) {
    // Stryker disable next-line EqualityOperator: the element after the last is undefined
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
