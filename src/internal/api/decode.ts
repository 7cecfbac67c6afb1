/**
 * Decodes the body of a 200: JSON text, then the schema.
 */
import * as Either from "effect/Either"
import { constUndefined } from "effect/Function"
import * as Option from "effect/Option"
import type * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { type Issue, toIssue } from "../describe/issue.js"
import { withoutMark } from "../http/body.js"
import type { Quick } from "./quickDecode.js"

/** To tell the members of a union apart, a schema makes the discriminator a string, which throws for `{"toString":0}`. */
const unprintable: Issue = { path: "", reason: "it does not fit, and holds something that cannot be shown" }

/** Compiled when it is first needed: an application that starts has no time for routes that it never calls. */
const lazily = <A, I>(schema: Schema.Schema<A, I>) => {
  let decode: ((value: unknown) => Either.Either<A, ParseResult.ParseError>) | undefined
  return (value: unknown): Either.Either<A, Issue> => {
    decode ??= Schema.decodeUnknownEither(schema, { onExcessProperty: "preserve" })
    try {
      return Either.mapLeft(decode(value), ({ issue }) => toIssue(issue))
    } catch {
      return Either.left(unprintable)
    }
  }
}

/**
 * A decoder that keeps the fields a schema does not know, as newer servers add them. `quick` may decode what is common
 * without the schema: it must give what the schema would, and undefined for every value that the schema refuses.
 */
export const make = <A, I>(
  schema: Schema.Schema<A, I>,
  quick: Quick<A> = constUndefined
): (value: unknown) => Either.Either<A, Issue> => {
  const decode = lazily(schema)
  return (value) => {
    const known = quick(value)
    return known === undefined ? decode(value) : Either.right(known)
  }
}

/** None where the text is not JSON. A value nested too deeply for the engine is not JSON that we can use either. */
export const parseJson: (text: string) => Option.Option<unknown> = Option.liftThrowable((text: string): unknown =>
  JSON.parse(withoutMark(text))
)

/** Decodes the body of a response as JSON. Left is undefined where it is not JSON. */
export const json = <A>(decode: (value: unknown, id: string) => Either.Either<A, Issue>) =>
(
  { body }: { readonly body: string },
  id: string
): Either.Either<A, Issue | undefined> =>
  Option.match(parseJson(body), {
    onNone: () => Either.left(undefined),
    onSome: (value): Either.Either<A, Issue | undefined> => decode(value, id)
  })
