/**
 * Converts super+json, `{"json": …, "meta": {"values": {path: [type]}}}` as `superjson` writes it, into plain JSON.
 *
 * The `json` part already is the form that schemas describe: dates and big integers are strings, maps are arrays of
 * entries, sets are arrays. Paths refer to that form: `1.0` in a map is the key of its second entry. Only `undefined`,
 * `NaN`, `Infinity`, `-Infinity` and `-0` need `meta`, because JSON does not have them. All other types stay in their JSON
 * form, including those that a program registers itself (`["custom", name]`, `["class", name]`).
 *
 * `meta.referentialEqualities` is ignored: `json` contains every copy of a shared object, and `null` where an object would
 * contain itself.
 */
import * as Arr from "effect/Array"
import * as Either from "effect/Either"
import { isRecord } from "effect/Predicate"
import { type Container, isContainer } from "./guards.js"

/** The index that a segment of a path names in an array, if any. (`length` is an own property, but not an index.) */
const positionIn = (list: ReadonlyArray<unknown>, segment: string): number | undefined => {
  const position = /^(?:0|[1-9]\d*)$/.test(segment) ? Number(segment) : -1
  return position >= 0 && position < list.length ? position : undefined
}

/** Only own properties: a `__proto__` in the data is an ordinary field, and an inherited one is not found. */
const has = (container: Container, segment: string): boolean =>
  Arr.isArray(container) ? positionIn(container, segment) !== undefined : Object.hasOwn(container, segment)

const get = (container: Container, segment: string): unknown =>
  !has(container, segment) ? undefined : Arr.isArray(container) ? container[Number(segment)] : container[segment]

/** A place in the `json` part. */
interface Place {
  readonly container: Container
  readonly segment: string
}

/** The place; undefined if the `json` part has no such place; a reason if the path is invalid. */
type Located = Place | string | undefined

/** Version 1 joins segments with dots, and escapes dots and backslashes in a segment with a backslash. */
const locate = (node: unknown, path: string): Located => {
  let container = node
  let segment = ""
  // Stryker disable next-line EqualityOperator: charAt returns "" after the end
  for (let i = 0; i < path.length; i++) {
    const char = path.charAt(i)
    if (char === ".") {
      container = isContainer(container) ? get(container, segment) : undefined
      segment = ""
    } else if (char === "\\") {
      const next = path.charAt(++i)
      if (next !== "." && next !== "\\") {
        // paths have the keys of the output, which is not for errors to show
        return "its \"meta\" has a path with an invalid escape"
      }
      segment += next
    } else {
      segment += char
    }
  }
  return isContainer(container) && has(container, segment) ? { container, segment } : undefined
}

/** The lengths that the keys of containers have in a path, where their dots are escaped. */
type Lengths = WeakMap<Container, ReadonlySet<number>>

const lengthsIn = (container: Container, known: Lengths): ReadonlySet<number> => {
  const lengths = known.get(container) ??
    new Set(Object.keys(container).map((key) => key.length + key.split(".").length - 1))
  known.set(container, lengths)
  return lengths
}

/**
 * Paths before version 1, which today's SDK still writes, are ambiguous: they escape dots but not backslashes, and nothing
 * in the last segment. So this tries each way to split the path, until the `json` part has a place that `fits`. Only splits
 * after the length of a key are tried: a path may have thousands of dots.
 */
const search = (node: unknown, path: string, fits: (value: unknown) => boolean, known: Lengths): Place | undefined => {
  if (!isContainer(node)) {
    return undefined
  }
  const lengths = lengthsIn(node, known)
  for (let dot = path.indexOf("."); dot !== -1; dot = path.indexOf(".", dot + 1)) {
    const segment = lengths.has(dot) ? path.slice(0, dot).replaceAll("\\.", ".") : undefined
    const found = segment === undefined || !has(node, segment)
      ? undefined
      : search(get(node, segment), path.slice(dot + 1), fits, known)
    if (found !== undefined) {
      return found
    }
    if (path.charAt(dot - 1) !== "\\") {
      // a dot without an escape ends the first segment
      break
    }
  }
  return has(node, path) && fits(get(node, path)) ? { container: node, segment: path } : undefined
}

const oddNumbers: ReadonlySet<unknown> = new Set(["NaN", "Infinity", "-Infinity", "-0"])

/** Whether a value in the `json` part is one that `tree` can describe. */
const fits = (tree: unknown) => (value: unknown): boolean =>
  !Arr.isArray(tree) || tree[1] !== undefined
    ? isContainer(value)
    : tree[0] === "undefined"
    ? value === null
    : oddNumbers.has(value)

/** An array keeps the indexes of its items; an object loses a field that is undefined, as in JSON. */
const put = (container: Container, segment: string, value: number | undefined): void => {
  if (Arr.isArray(container)) {
    container[Number(segment)] = value
  } else if (value === undefined) {
    delete container[segment]
  } else {
    container[segment] = value
  }
}

/** A type is a name, or an array of a kind and a name. Types of the second form keep the JSON form. */
const restore = (type: unknown, container: Container, segment: string): void => {
  const value = get(container, segment)
  if (type === "undefined") {
    put(container, segment, undefined)
  } else if (type === "number" && typeof value === "string") {
    put(container, segment, Number(value))
  }
}

/**
 * Applies a tree to the value at `segment`. A tree is `[type]`, `[type, {path: tree}]` or `{path: tree}`; paths to places
 * that do not exist are ignored. Returns a reason if the tree is invalid.
 */
const annotate = (
  tree: unknown,
  container: Container,
  segment: string,
  version: number,
  known: Lengths
): string | undefined => {
  const node = get(container, segment)
  const children = Arr.isArray(tree) ? tree[1] : tree
  if (children !== undefined) {
    if (!isRecord(children)) {
      return "its \"meta\" is not valid super+json"
    }
    for (const [path, child] of Object.entries(children)) {
      const place = version >= 1 ? locate(node, path) : search(node, path, fits(child), known)
      if (typeof place === "string") {
        return place
      }
      const wrong = place === undefined ? undefined : annotate(child, place.container, place.segment, version, known)
      if (wrong !== undefined) {
        return wrong
      }
    }
  }
  if (Arr.isArray(tree)) {
    restore(tree[0], container, segment)
  }
  return undefined
}

/**
 * The plain JSON of a parsed super+json text, or the reason why it is invalid; undefined is an absent value. It mutates the
 * argument, and recurses, so check the argument's depth first.
 */
export const toPlainJson = (wrapper: unknown): Either.Either<unknown, string> => {
  if (!isRecord(wrapper) || !(Object.hasOwn(wrapper, "json") || Object.keys(wrapper).length === 0)) {
    return Either.left("expected the {\"json\": …} object of super+json")
  }
  const meta = wrapper["meta"]
  const wrong = isRecord(meta)
    ? annotate(meta["values"], wrapper, "json", typeof meta["v"] === "number" ? meta["v"] : 0, new WeakMap())
    : undefined
  return wrong === undefined ? Either.right(wrapper["json"]) : Either.left(wrong)
}
