/**
 * Parses the text of an output as its type says, and returns its plain JSON form.
 */
import * as Either from "effect/Either"
import { withoutMark } from "../http/body.js"
import { isDeeperThan } from "./guards.js"
import { toPlainJson } from "./superJson.js"

/** The type of an output without a type. */
export const defaultType = "application/json"

/** The type of an output in the object store; its text is the storage path. */
export const storeType = "application/store"

/** The content type without parameters, such as the `charset` that object stores add. */
export const mediaType = (contentType: string | undefined): string =>
  // Stryker disable next-line OptionalChaining: split returns at least one part
  contentType?.split(";", 1)[0]?.trim().toLowerCase() || defaultType

/**
 * The maximum depth of objects and arrays in an output, including the super+json wrapper. Every decoder has enough stack
 * for it.
 */
export const maxDepth = 512

/**
 * Most messages of engines quote the text, which is not for errors to show. These messages of V8 do not: they name a
 * position, or the end of the text.
 */
const quotesNothing = /^(?:Unexpected end of JSON input|(?!Unexpected token)[^"]+ JSON at position \d+[^"]*)$/

const whyInvalid = (error: unknown): string =>
  error instanceof Error && (!(error instanceof SyntaxError) || quotesNothing.test(error.message))
    ? error.message
    : "it is not valid JSON"

const parse = (text: string): Either.Either<unknown, string> => {
  let json: unknown
  try {
    json = JSON.parse(withoutMark(text))
  } catch (error) {
    return Either.left(whyInvalid(error))
  }
  // each level needs at least two characters, so a short text cannot be too deep
  // Stryker disable next-line EqualityOperator,ArithmeticOperator: it only saves work
  return text.length > 2 * maxDepth && isDeeperThan(json, maxDepth)
    ? Either.left(`it is nested more than ${maxDepth} levels deep`)
    : Either.right(json)
}

/**
 * Undefined is an absent output; the SDK, too, reads an empty text of a JSON type as `undefined`. An output of an unknown
 * type stays text.
 */
export const read = (text: string, type: string): Either.Either<unknown, string> => {
  switch (type) {
    case "application/json":
      return text === "" ? Either.right(undefined) : parse(text)
    case "application/super+json":
      return text === "" ? Either.right(undefined) : Either.flatMap(parse(text), toPlainJson)
    default:
      return Either.right(text)
  }
}
