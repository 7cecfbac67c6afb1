/**
 * Fields of a schema that may be absent. None is ever undefined: the types of this package are exact.
 */
import * as Schema from "effect/Schema"

export const optional = <S extends Schema.Schema.All>(schema: S) => Schema.optionalWith(schema, { exact: true })

/** For what servers send: null is decoded as absent. */
export const optionalOrNull = <S extends Schema.Schema.All>(schema: S) =>
  Schema.optionalWith(schema, { exact: true, nullable: true })
