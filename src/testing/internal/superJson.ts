/**
 * Serialises what a task returns the way the SDK does: as super+json, `{"json": …, "meta": {"values": …}}`.
 */
import { hasProperty } from "effect/Predicate"
import { SuperJSON } from "superjson"

const superJson = new SuperJSON()

/** The SDK registers Node's `Buffer` by this name. Other runtimes have no `Buffer`, so its class is known by its name. */
superJson.registerCustom<Uint8Array, Array<number>>({
  isApplicable: (value): value is Uint8Array => value instanceof Uint8Array && value.constructor.name === "Buffer",
  serialize: (bytes) => [...bytes],
  deserialize: (bytes) => Uint8Array.from(bytes)
}, "buffer")

/**
 * The SDK bundles superjson 2.2.1, which writes no version. Version 1, which later releases write, escapes the backslashes
 * in the paths of `meta`: such a path keeps its version, because nobody could read it without. For the same reason the
 * dots of a path's last key are escaped here, which 2.2.1 forgets.
 */
const needsVersion = (meta: object): boolean => JSON.stringify(meta).includes("\\\\\\\\")

/** Throws where `value` holds what has no JSON form, such as a `BigUint64Array`. */
export const stringify = (value: unknown): string => {
  const { json, meta } = superJson.serialize(value)
  return JSON.stringify(
    meta === undefined || needsVersion(meta) ? { json, meta } : { json, meta: { ...meta, v: undefined } }
  )
}

/** The plain JSON form of what `stringify` wrote, as the API shows it in `/api/v3/runs`. */
export const toJson = (text: string): unknown => {
  const parsed: unknown = JSON.parse(text)
  return hasProperty(parsed, "json") ? parsed.json : undefined
}
