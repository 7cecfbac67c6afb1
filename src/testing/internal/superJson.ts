/**
 * Writes a value the way the SDK writes what a task returns: `{"json": …, "meta": {"values": …}}`, where `json` is plain
 * JSON and `meta` tells which of its parts were something else. The format is that of the `superjson` library.
 */

/** `[type]`, `[type, children]`, or just the children of something that is plain itself. */
type Annotation = readonly [unknown] | readonly [unknown, Annotations] | Annotations

interface Annotations {
  readonly [path: string]: Annotation
}

interface Plain {
  readonly json: unknown
  readonly annotation?: Annotation
}

const isLeaf = (annotation: Annotation): annotation is readonly [unknown] | readonly [unknown, Annotations] =>
  Array.isArray(annotation)

const escapeKey = (key: string): string => key.replace(/\\/g, "\\\\").replace(/\./g, "\\.")

/** Plain parents do not stand in the tree: the path leads through them. */
const annotate = (children: ReadonlyArray<readonly [key: string, child: Plain]>): Annotations | undefined => {
  const entries: Array<readonly [string, Annotation]> = []
  for (const [key, { annotation }] of children) {
    if (annotation === undefined) {
      continue
    }
    if (isLeaf(annotation)) {
      entries.push([escapeKey(key), annotation])
    } else {
      for (const [path, inner] of Object.entries(annotation)) {
        entries.push([`${escapeKey(key)}.${path}`, inner])
      }
    }
  }
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

const list = (values: ReadonlyArray<unknown>, ancestors: ReadonlyArray<unknown>): Plain => {
  const items = values.map((value) => plain(value, ancestors))
  const annotation = annotate(items.map((item, index) => [String(index), item]))
  return { json: items.map((item) => item.json), ...(annotation === undefined ? {} : { annotation }) }
}

const record = (value: object, ancestors: ReadonlyArray<unknown>): Plain => {
  const fields = Object.entries(value).map(([key, field]): readonly [string, Plain] => [key, plain(field, ancestors)])
  const annotation = annotate(fields)
  return {
    json: Object.fromEntries(fields.map(([key, field]) => [key, field.json])),
    ...(annotation === undefined ? {} : { annotation })
  }
}

/** A plain form and the type that it stands for; what its parts stand for goes below it. */
const typed = (type: unknown, { annotation, json }: Plain): Plain =>
  annotation === undefined
    ? { json, annotation: [type] }
    : { json, annotation: [type, isLeaf(annotation) ? {} : annotation] }

const typedArrays = [
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  Uint8ClampedArray
]

const number = (value: number): Plain => {
  if (Number.isFinite(value)) {
    return Object.is(value, -0) ? typed("number", { json: "-0" }) : { json: value }
  }
  return typed("number", { json: String(value) })
}

const error = (value: Error, ancestors: ReadonlyArray<unknown>): Plain =>
  typed(
    "Error",
    record({
      name: value.name,
      message: value.message,
      ...("cause" in value ? { cause: value.cause } : {})
    }, ancestors)
  )

const object = (value: object, ancestors: ReadonlyArray<unknown>): Plain => {
  if (ancestors.includes(value)) {
    // a circle: its inner end is written as null
    return { json: null }
  }
  const path = [...ancestors, value]
  if (Array.isArray(value)) {
    return list(value, path)
  }
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? { json: null } : typed("Date", { json: value.toISOString() })
  }
  if (value instanceof Map) {
    return typed("map", list([...value], path))
  }
  if (value instanceof Set) {
    return typed("set", list([...value], path))
  }
  if (value instanceof RegExp || value instanceof URL) {
    return typed(value instanceof URL ? "URL" : "regexp", { json: String(value) })
  }
  if (value instanceof Error) {
    return error(value, path)
  }
  const typedArray = typedArrays.find((constructor) => value instanceof constructor)
  return typedArray === undefined
    ? record(value, path)
    // the SDK registers Node's Buffer as a type of its own
    : typed(value.constructor.name === "Buffer" ? ["custom", "buffer"] : ["typed-array", typedArray.name], {
      json: Object.values(value)
    })
}

const plain = (value: unknown, ancestors: ReadonlyArray<unknown>): Plain => {
  switch (typeof value) {
    case "undefined":
      return typed("undefined", { json: null })
    case "bigint":
      return typed("bigint", { json: String(value) })
    case "number":
      return number(value)
    case "object":
      return value === null ? { json: null } : object(value, ancestors)
    case "string":
    case "boolean":
      return { json: value }
    case "function":
    case "symbol":
      return { json: undefined }
  }
}

/** Only the version with a number escapes backslashes in paths; the SDK's has none in what was seen of it. */
const metaOf = (values: Annotation) =>
  JSON.stringify(values).includes("\\\\\\\\") ? { meta: { values, v: 1 } } : { meta: { values } }

export const stringify = (value: unknown): string => {
  const { annotation, json } = plain(value, [])
  return JSON.stringify({ json, ...(annotation === undefined ? {} : metaOf(annotation)) })
}

/** The plain JSON form of what `stringify` wrote, as the API shows it in `/api/v3/runs`. */
export const toJson = (text: string): unknown => {
  const parsed: unknown = JSON.parse(text)
  return typeof parsed === "object" && parsed !== null && "json" in parsed ? parsed.json : undefined
}
