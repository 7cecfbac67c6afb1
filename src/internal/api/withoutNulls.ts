/**
 * Leaves out the fields of a `BatchResults` that are null, where they may be absent. No known server sends null there, but the
 * batch and run routes do. The schema does not accept null itself, because it would then take three times as long.
 */
import { identity } from "effect/Function"
import { isRecord } from "effect/Predicate"

type Clean = (value: unknown) => unknown

/** Other fields, which no schema knows, may be null. */
const struct = (optional: { readonly [name: string]: Clean }): Clean => {
  const fields = new Map(Object.entries(optional))
  return (value) =>
    isRecord(value)
      ? Object.fromEntries(
        Object.entries(value).flatMap(([name, field]) => {
          const clean = fields.get(name)
          return clean === undefined ? [[name, field]] : field === null ? [] : [[name, clean(field)]]
        })
      )
      : value
}

const item = struct({
  taskIdentifier: identity,
  status: identity,
  usage: struct({ durationMs: identity }),
  output: identity,
  outputType: identity,
  error: struct({
    type: identity,
    name: identity,
    message: identity,
    stackTrace: identity,
    raw: identity,
    code: identity
  })
})

export const withoutNulls = (body: unknown): unknown =>
  isRecord(body) && Array.isArray(body["items"]) ? { ...body, items: body["items"].map(item) } : body
