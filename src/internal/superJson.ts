/**
 * Reads what `superjson` writes as plain JSON: `{"json": …, "meta": {"values": {path: [type]}}}`.
 *
 * Its `json` part is the form that schemas describe: dates and big integers are texts, maps are lists of entries, sets
 * are lists. Paths count in that form as well, so a map's `1.0` is the key of its second entry in either. Only what JSON
 * cannot say needs `meta`: `undefined`, and the numbers `NaN`, `Infinity`, `-Infinity` and `-0`. All other types stay
 * in their JSON form, those that a program registered itself (`["custom", name]`, `["class", name]`) included.
 *
 * `meta.referentialEqualities` is left alone: the SDK writes every copy of a shared object out, and `null` where an
 * object would contain itself, as the API's own plain JSON has it.
 */
import * as Either from "effect/Either"

type Fields = { [key: string]: unknown }

type Container = Fields | Array<unknown>

const isList = (value: unknown): value is Array<unknown> => Array.isArray(value)

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The position that a segment of a path names in a list, if any. `length` is an own property, and not a position. */
const positionIn = (list: ReadonlyArray<unknown>, segment: string): number | undefined => {
  const position = /^(?:0|[1-9]\d*)$/.test(segment) ? Number(segment) : -1
  return position >= 0 && position < list.length ? position : undefined
}

/** Own properties only: a `__proto__` in the data is a field like any other, and one that is not there is not found. */
const get = (container: Container, segment: string): unknown => {
  if (isList(container)) {
    const position = positionIn(container, segment)
    return position === undefined ? undefined : container[position]
  }
  return Object.hasOwn(container, segment) ? container[segment] : undefined
}

const set = (container: Container, segment: string, value: number): void => {
  if (isList(container)) {
    const position = positionIn(container, segment)
    if (position !== undefined) {
      container[position] = value
    }
  } else if (Object.hasOwn(container, segment)) {
    container[segment] = value
  }
}

/** A list keeps the places of its items; an object has no field that is undefined, as in JSON. */
const unset = (container: Container, segment: string): void => {
  if (isList(container)) {
    const position = positionIn(container, segment)
    if (position !== undefined) {
      container[position] = undefined
    }
  } else if (Object.hasOwn(container, segment)) {
    delete container[segment]
  }
}

/**
 * The segments of a path, which are joined by dots. Dots in keys are escaped by a backslash, and since version 1 of the
 * format backslashes are, too. Undefined where the path is none.
 */
export const parsePath = (path: string, version: number): ReadonlyArray<string> | undefined => {
  const segments: Array<string> = []
  let segment = ""
  for (let i = 0; i < path.length; i++) {
    const char = path.charAt(i)
    const next = path.charAt(i + 1)
    if (char === ".") {
      segments.push(segment)
      segment = ""
    } else if (char === "\\" && (next === "." || (version >= 1 && next === "\\"))) {
      segment += next
      i++
    } else if (char === "\\" && version >= 1) {
      return undefined
    } else {
      segment += char
    }
  }
  segments.push(segment)
  return segments
}

/** Types are names, or lists of a kind and a name; none of the latter changes the JSON form. */
const restore = (type: unknown, container: Container, segment: string): void => {
  if (type === "undefined") {
    unset(container, segment)
  } else if (type === "number") {
    const value = get(container, segment)
    if (typeof value === "string") {
      set(container, segment, Number(value))
    }
  }
}

/**
 * A tree is `[type]`, `[type, {path: tree}]` or `{path: tree}`. What it says of places that do not exist is void.
 * Returns what is wrong with it, if anything is.
 */
const annotate = (tree: unknown, container: Container, segment: string, version: number): string | undefined => {
  const node = get(container, segment)
  const children = isList(tree) ? tree[1] : tree
  if (children !== undefined) {
    if (!isFields(children)) {
      return "its meta is not one of super+json"
    }
    for (const [path, child] of Object.entries(children)) {
      const segments = parsePath(path, version)
      if (segments === undefined) {
        return `its meta has a path with a stray backslash: ${JSON.stringify(path.slice(0, 100))}`
      }
      let parent = node
      const last = segments.length - 1
      for (let i = 0; i < last && (isList(parent) || isFields(parent)); i++) {
        parent = get(parent, segments[i] ?? "")
      }
      const wrong = isList(parent) || isFields(parent)
        ? annotate(child, parent, segments[last] ?? "", version)
        : undefined
      if (wrong !== undefined) {
        return wrong
      }
    }
  }
  if (isList(tree)) {
    restore(tree[0], container, segment)
  }
  return undefined
}

/**
 * The plain JSON of a parsed super+json text, or why it is not one. Undefined stands for an absent value. The argument
 * is changed: it must be fresh from `JSON.parse`, and its depth known to be bearable.
 */
export const toPlainJson = (wrapper: unknown): Either.Either<unknown, string> => {
  if (!isFields(wrapper) || !(Object.hasOwn(wrapper, "json") || Object.keys(wrapper).length === 0)) {
    return Either.left("it is JSON, but not the {\"json\": …} of super+json")
  }
  const meta = wrapper["meta"]
  const wrong = isFields(meta) && meta["values"] !== undefined
    ? annotate(meta["values"], wrapper, "json", typeof meta["v"] === "number" ? meta["v"] : 0)
    : undefined
  return wrong === undefined ? Either.right(wrapper["json"]) : Either.left(wrong)
}
