/**
 * Fields of a schema that may be absent. None is ever undefined: the types of this package are exact.
 */
import * as Schema from "effect/Schema"

export const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

/** For what servers send: null is decoded as absent. */
export const optionalOrNull = <A, I>(schema: Schema.Schema<A, I>) =>
  Schema.optionalWith(schema, { exact: true, nullable: true })
