/**
 * Serialises what a task returns the way the SDK does: as super+json, `{"json": …, "meta": {"values": …}}`.
 */
import { hasProperty } from "effect/Predicate"
import { SuperJSON } from "superjson"

const superJson = new SuperJSON()

/** The SDK registers Node's `Buffer` by this name. Runtimes may have no `Buffer`, so the name of the class decides. */
superJson.registerCustom<Uint8Array, Array<number>>({
  isApplicable: (value): value is Uint8Array => value instanceof Uint8Array && value.constructor.name === "Buffer",
  serialize: (bytes) => [...bytes],
  deserialize: (bytes) => Uint8Array.from(bytes)
}, "buffer")

/**
 * The SDK bundles superjson 2.2.1, which writes no version. Later releases write version 1, which escapes backslashes in the
 * paths of `meta`. A path with a backslash keeps its version, because it could not be read back without. One more difference
 * stays for the same reason: 2.2.1 does not escape the dots of the last key of a path.
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
