/**
 * Takes secrets out of a text from outside before an error may hold it: servers and proxies echo what they were sent.
 */
const credential = /\b(bearer|basic)\s+[^\s"'<>,;]+/gi
const key = /\b(?:tr_(?:dev|prod|stg|preview)|pk_(?:dev|prod|stg|preview)|tr_pat)_[\w-]+/g
/** Up to its end, whatever of the URL has been taken out before. */
const queryString = /(\bhttps?:\/\/(?:<redacted>|[^\s"'<>?#])*)\?(?:<redacted>|[^\s"'<>])*/gi

const redacted = "<redacted>"

/** Replaces the `secrets`, and whatever looks like one, wherever they stand. */
export const redact = (text: string, secrets: ReadonlyArray<string> = []): string => {
  let clean = text
  for (const secret of secrets) {
    clean = clean.replaceAll(secret, redacted)
  }
  return clean
    .replace(credential, `$1 ${redacted}`)
    .replace(key, redacted)
    .replace(queryString, `$1?${redacted}`)
}

/** Makes one scrubbed line of at most 200 characters out of a text. */
export type Preview = (text: string) => string

/** How much of a text is looked at. */
const looked = 4096

const longest = 200

/**
 * `secrets` are texts that must not appear whatever their form, such as the credential that was sent. They live in the
 * closure alone, where nothing can print them. The line is cut last, so that no half of a secret is left at its end.
 */
export const makePreview = (secrets: ReadonlyArray<string>): Preview => {
  const sent = secrets.filter((secret) => secret !== "")
  const longestSecret = Math.max(0, ...sent.map((secret) => secret.length))
  return (text) => {
    const scrubbed = redact(text.slice(0, looked), sent)
    // the end of what is looked at may be half a secret
    const safe = text.length > looked ? scrubbed.slice(0, Math.max(0, scrubbed.length - longestSecret)) : scrubbed
    const clean = safe.replace(/[\s\p{Cc}]+/gu, " ").trim()
    return clean.length > longest ? `${clean.slice(0, longest - 1)}…` : clean
  }
}
