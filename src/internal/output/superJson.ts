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

const isContainer = (value: unknown): value is Container => typeof value === "object" && value !== null

/** The position that a segment of a path names in a list, if any. `length` is an own property, and not a position. */
const positionIn = (list: ReadonlyArray<unknown>, segment: string): number | undefined => {
  const position = /^(?:0|[1-9]\d*)$/.test(segment) ? Number(segment) : -1
  return position >= 0 && position < list.length ? position : undefined
}

/** Own properties only: a `__proto__` in the data is a field like any other, and one that is not there is not found. */
const has = (container: Container, segment: string): boolean =>
  isList(container) ? positionIn(container, segment) !== undefined : Object.hasOwn(container, segment)

const get = (container: Container, segment: string): unknown =>
  !has(container, segment) ? undefined : isList(container) ? container[Number(segment)] : container[segment]

/** A place in the JSON part. */
interface Place {
  readonly container: Container
  readonly segment: string
}

/** Undefined where the JSON part has no such place; a reason where the path is none. */
type Located = Place | string | undefined

/** Version 1 joins the segments by dots, and escapes dots and backslashes in them by backslashes. */
const locate = (node: unknown, path: string): Located => {
  let container = node
  let segment = ""
  for (let i = 0; i < path.length; i++) {
    const char = path.charAt(i)
    if (char === ".") {
      container = isContainer(container) ? get(container, segment) : undefined
      segment = ""
    } else if (char === "\\") {
      const next = path.charAt(++i)
      if (next !== "." && next !== "\\") {
        return `its "meta" has a path with an invalid escape: ${JSON.stringify(path.slice(0, 100))}`
      }
      segment += next
    } else {
      segment += char
    }
  }
  return isContainer(container) && has(container, segment) ? { container, segment } : undefined
}

/**
 * Before, as in the SDK of today, dots were escaped and backslashes were not; and nothing was in the last segment, so
 * that the library misreads it. But the JSON part tells which places there are, and `fits` what may stand there.
 */
const search = (node: unknown, path: string, fits: (value: unknown) => boolean): Place | undefined => {
  if (!isContainer(node)) {
    return undefined
  }
  for (let dot = path.indexOf("."); dot !== -1; dot = path.indexOf(".", dot + 1)) {
    const segment = path.slice(0, dot).replaceAll("\\.", ".")
    const found = has(node, segment) ? search(get(node, segment), path.slice(dot + 1), fits) : undefined
    if (found !== undefined) {
      return found
    }
    if (path.charAt(dot - 1) !== "\\") {
      // surely the end of the first segment
      break
    }
  }
  return has(node, path) && fits(get(node, path)) ? { container: node, segment: path } : undefined
}

const oddNumbers: ReadonlySet<unknown> = new Set(["NaN", "Infinity", "-Infinity", "-0"])

/** What may stand where a tree belongs. */
const fits = (tree: unknown) => (value: unknown): boolean =>
  !isList(tree) || tree[1] !== undefined
    ? isContainer(value)
    : tree[0] === "undefined"
    ? value === null
    : oddNumbers.has(value)

/** A list keeps the places of its items; an object has no field that is undefined, as in JSON. */
const put = (container: Container, segment: string, value: number | undefined): void => {
  if (isList(container)) {
    container[Number(segment)] = value
  } else if (value === undefined) {
    delete container[segment]
  } else {
    container[segment] = value
  }
}

/** Types are names, or lists of a kind and a name; none of the latter changes the JSON form. */
const restore = (type: unknown, container: Container, segment: string): void => {
  const value = get(container, segment)
  if (type === "undefined") {
    put(container, segment, undefined)
  } else if (type === "number" && typeof value === "string") {
    put(container, segment, Number(value))
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
      return "its \"meta\" is not valid super+json"
    }
    for (const [path, child] of Object.entries(children)) {
      const place = version >= 1 ? locate(node, path) : search(node, path, fits(child))
      if (typeof place === "string") {
        return place
      }
      const wrong = place === undefined ? undefined : annotate(child, place.container, place.segment, version)
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
    return Either.left("expected the {\"json\": …} object of super+json")
  }
  const meta = wrapper["meta"]
  const wrong = isFields(meta)
    ? annotate(meta["values"], wrapper, "json", typeof meta["v"] === "number" ? meta["v"] : 0)
    : undefined
  return wrong === undefined ? Either.right(wrapper["json"]) : Either.left(wrong)
}
