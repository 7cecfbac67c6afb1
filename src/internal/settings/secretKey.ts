/**
 * Checks that a secret key can be sent: visible ASCII without white space. HTTP clients throw on other characters, with a
 * message that quotes the value. A key that was pasted with its scheme, the name of a variable or quotation marks gets a bare
 * 401 from a server.
 */
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"

/** The fault of a key that counts as missing. */
export const emptyKey = "is empty"

/** Undefined where the key is usable, else what is wrong with it. That text never holds any of the key. */
export const faultOf = (key: string): string | undefined => {
  if (key === "") {
    return emptyKey
  }
  if (/^(?:export\s+)?\w+=/.test(key)) {
    return "begins with the name of a variable: give the key alone"
  }
  if (/\s/.test(key)) {
    return "contains white space: give the key alone, without \"Bearer\""
  }
  if (/^["'`]/.test(key)) {
    return "begins with a quotation mark: give the key alone"
  }
  return /^[\x21-\x7e]+$/.test(key) ? undefined : "contains characters other than visible ASCII"
}

const valueOf = (secretKey: unknown): unknown => {
  if (!Redacted.isRedacted(secretKey)) {
    return undefined
  }
  try {
    return Redacted.value(secretKey)
  } catch {
    // `Redacted.unsafeWipe` was called
    return undefined
  }
}

/** The key to send, or what is wrong with it. Programs without types may pass anything. */
export const readSecretKey = (secretKey: unknown): Either.Either<string, string> => {
  const value = valueOf(secretKey)
  if (typeof value !== "string") {
    return Either.left("is not a `Redacted` text, or was wiped from memory")
  }
  const key = value.trim()
  const fault = faultOf(key)
  return fault === undefined ? Either.right(key) : Either.left(fault)
}
