/**
 * Finds what makes a JSON value unsafe for decoders: deep nesting, and fields named `__proto__`. Both recurse without a
 * copy of anything, because every output that is decoded goes through them.
 */

export type Container = { [key: string]: unknown } | Array<unknown>

export const isContainer = (value: unknown): value is Container => typeof value === "object" && value !== null

/** Decoders recurse and can overflow the stack. This goes down to the limit, and no further. */
export const isDeeperThan = (value: unknown, limit: number): boolean => {
  if (!isContainer(value)) {
    return false
  }
  if (limit === 0) {
    return true
  }
  if (Array.isArray(value)) {
    for (const item of value) {
      if (isDeeperThan(item, limit - 1)) {
        return true
      }
    }
    return false
  }
  for (const key of Object.keys(value)) {
    if (isDeeperThan(value[key], limit - 1)) {
      return true
    }
  }
  return false
}

/**
 * The path of an own field named `__proto__`. `JSON.parse` keeps it as data, but a decoder that copies it sets the prototype
 * of the copy. Check the depth of `value` first.
 */
export const findProto = (value: unknown): ReadonlyArray<string | number> | undefined => {
  if (!isContainer(value)) {
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
  for (const key of Object.keys(value)) {
    const path = key === "__proto__" ? [] : findProto(value[key])
    if (path !== undefined) {
      return [key, ...path]
    }
  }
  return undefined
}
