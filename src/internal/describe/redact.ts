/**
 * Removes secrets from external text before an error holds it: servers and proxies repeat what they receive.
 */
import * as Pattern from "effect/RegExp"

/** A credential after its scheme. `Bearer token is missing` has none: a credential is more than a word in lower case. */
const credential = /\b([Bb]earer|BEARER|[Bb]asic|BASIC)\s+(?![a-z]{1,15}[.,:;!?]?(?:\s|$))[^\s"'<>,;]+/g
/**
 * Keys of every kind: secret (`tr_dev_`), restricted (`tr_prod_sk_`), public (`pk_dev_`), personal (`tr_pat_`), and kinds
 * that do not exist yet, unless they look like a name (`pk_user_accounts`). The known ones also in the middle of a word, as in
 * `batch_tr_dev_1`.
 */
const key = /(?:(?<![A-Za-z0-9])(?:tr|pk)_[a-z]+_(?=[a-z_-]*[A-Z\d])|(?:tr|pk)_(?:dev|prod|stg|preview|pat)_)[\w-]+/g
/**
 * A JSON Web Token, which public tokens are. `eyJ` is base64 for `{"`. It may be cut off, so not all parts are needed. Without a
 * digit, and in the middle of a word, it is a name such as `PublicKeyJwtFilter`.
 */
const jwt = /(?:eyJ(?=[\w.-]*\d)|(?<![A-Za-z])eyJ)[\w-]{8,}(?:\.[\w-]*)*/g
/** The whole query string, even if parts of the URL are redacted already. */
const queryString = /(\bhttps?:\/\/(?:<redacted>|[^\s"'<>?#])*)\?(?:<redacted>|[^\s"'<>])*/gi

/** The same where the URL is written in another way: without a scheme, or with escapes. */
const signature = /\b(X-Amz-[A-Za-z-]+|Signature|sig|token)(=|%3D)(?!<redacted>)[^\s"'<>&]+/gi
/** The name and the password in a URL. */
const userInfo = /(\bhttps?:\/\/)[^\s"'<>/?#@]+@/gi

const redacted = "<redacted>"

const toHtml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\"", "&quot;")

/** Base64 as far as it is the same whatever follows the text. Empty for a text with characters that base64 does not take. */
const toBase64 = (text: string): string =>
  /^[\x20-\x7e]*$/.test(text) ? btoa(text.slice(0, text.length - text.length % 3)) : ""

/** A secret as servers and proxies may repeat it: as it is, in a URL, in JSON, in HTML, in base64. */
const spellingsOf = (secret: string): ReadonlyArray<string> => [
  secret,
  encodeURIComponent(secret),
  JSON.stringify(secret).slice(1, -1),
  toHtml(secret),
  toBase64(secret)
]

/** Finds the secrets, in upper and in lower case; undefined where there are none. */
const anyOf = (secrets: ReadonlyArray<string>): RegExp | undefined => {
  const spellings = [...new Set(secrets.flatMap(spellingsOf))].filter((spelling) => spelling !== "")
  // the first that fits is taken
  const longestFirst = spellings.sort((a, b) => b.length - a.length).map(Pattern.escape)
  return longestFirst.length === 0 ? undefined : new RegExp(longestFirst.join("|"), "gi")
}

/** Replaces the `secrets`, and everything that looks like a credential, a key, a token or a query string. */
// Stryker disable next-line ArrayDeclaration: no text contains this secret
export const redact = (text: string, secrets: ReadonlyArray<string> = []): string => {
  const given = anyOf(secrets)
  return (given === undefined ? text : text.replace(given, redacted))
    .replace(credential, `$1 ${redacted}`)
    .replace(key, redacted)
    .replace(jwt, redacted)
    .replace(queryString, `$1?${redacted}`)
    .replace(signature, `$1$2${redacted}`)
    .replace(userInfo, `$1${redacted}@`)
}

/** Makes a single line of at most 200 characters, without secrets, from a text. */
export type Preview = (text: string) => string

/** The characters that a preview reads. */
const maxRead = 4096

const maxLength = 200

/**
 * `secrets` are texts that must not appear, such as the credential that was sent. They live only in the closure, where
 * nothing can print them. The line is cut after they are removed, so that it cannot end in half a secret.
 */
export const makePreview = (secrets: ReadonlyArray<string>): Preview => {
  const longestSecret = Math.max(0, ...secrets.flatMap(spellingsOf).map((spelling) => spelling.length))
  return (text) => {
    // a page in UTF-16 that is read as UTF-8 has one between any two characters
    const scrubbed = redact(text.replaceAll("\0", "").slice(0, maxRead), secrets)
    // the characters that are read may end in half a secret
    const safe = text.length > maxRead ? scrubbed.slice(0, Math.max(0, scrubbed.length - longestSecret)) : scrubbed
    const clean = safe.replace(/[\s\p{Cc}]+/gu, " ").trim()
    return clean.length > maxLength ? `${clean.slice(0, maxLength - 1)}…` : clean
  }
}
