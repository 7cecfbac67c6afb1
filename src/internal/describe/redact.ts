/**
 * Removes secrets from external text before an error holds it: servers and proxies repeat what they receive.
 */
const credential = /\b(bearer|basic)\s+[^\s"'<>,;]+/gi
/**
 * Keys of every kind: secret (`tr_dev_`), restricted (`tr_prod_sk_`), public (`pk_dev_`), personal (`tr_pat_`), and kinds
 * that do not exist yet. The known ones also in the middle of a word, as in `batch_tr_dev_1`.
 */
const key = /(?:(?<![A-Za-z0-9])(?:tr|pk)_[a-z]+|(?:tr|pk)_(?:dev|prod|stg|preview))_[\w-]+/g
/** A JSON Web Token, which public tokens are. `eyJ` is base64 for `{"`. It may be cut off, so not all parts are needed. */
const jwt = /eyJ[\w-]{8,}(?:\.[\w-]*)*/g
/** The whole query string, even if parts of the URL are redacted already. */
const queryString = /(\bhttps?:\/\/(?:<redacted>|[^\s"'<>?#])*)\?(?:<redacted>|[^\s"'<>])*/gi

/** The same where the URL is written in another way: without a scheme, or with escapes. */
const signature = /\b(X-Amz-[A-Za-z-]+|Signature|sig|token)(=|%3D)(?!<redacted>)[^\s"'<>&]+/gi
/** The name and the password in a URL. */
const userInfo = /(\bhttps?:\/\/)[^\s"'<>/?#@]+@/gi

const redacted = "<redacted>"

/** Replaces the `secrets`, and everything that looks like a credential, a key, a token or a query string. */
// Stryker disable next-line ArrayDeclaration: no text contains this secret
export const redact = (text: string, secrets: ReadonlyArray<string> = []): string => {
  let clean = text
  for (const secret of secrets) {
    clean = clean.replaceAll(secret, redacted)
  }
  return clean
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
  const sent = secrets.filter((secret) => secret !== "")
  const longestSecret = Math.max(0, ...sent.map((secret) => secret.length))
  return (text) => {
    const scrubbed = redact(text.slice(0, maxRead), sent)
    // the characters that are read may end in half a secret
    const safe = text.length > maxRead ? scrubbed.slice(0, Math.max(0, scrubbed.length - longestSecret)) : scrubbed
    const clean = safe.replace(/[\s\p{Cc}]+/gu, " ").trim()
    return clean.length > maxLength ? `${clean.slice(0, maxLength - 1)}…` : clean
  }
}
