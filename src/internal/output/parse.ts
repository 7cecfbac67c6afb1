/**
 * Reads the text of an output as its type says: the plain JSON form, whichever way it was serialised.
 */
import * as Either from "effect/Either"
import { makePreview } from "../describe/redact.js"
import { isDeeperThan } from "./guards.js"
import { toPlainJson } from "./superJson.js"

/** The type of an output that does not name one. */
export const defaultType = "application/json"

/** The type of an output whose text is its place in the object store. */
export const storeType = "application/store"

/** Without its parameters, such as the `charset` that object stores add. */
export const mediaType = (contentType: string | undefined): string =>
  contentType?.split(";", 1)[0]?.trim().toLowerCase() || defaultType

/**
 * The most levels of objects and lists in an output, its super+json wrapper included. No task nests so deep, and every
 * decoder is sure to have the stack for it.
 */
export const maxDepth = 512

const preview = makePreview([])

const parse = (text: string): Either.Either<unknown, string> => {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    return Either.left(error instanceof Error ? preview(error.message) : "it is not JSON")
  }
  // every level takes two characters at least
  return text.length > 2 * maxDepth && isDeeperThan(json, maxDepth)
    ? Either.left(`it is nested more than ${maxDepth} levels deep`)
    : Either.right(json)
}

/**
 * Undefined stands for an output that is absent: the SDK reads an empty text so where JSON is due. A type that is not
 * known is passed through as text.
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
