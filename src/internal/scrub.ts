/**
 * Takes secrets out of a text from outside before an error may hold it: servers and proxies echo what they were sent.
 */
const credential = /\b(bearer|basic)\s+[^\s"'<>,;]+/gi
const key = /\b(?:tr_(?:dev|prod|stg|preview)|pk_(?:dev|prod|stg|preview)|tr_pat)_[\w-]+/g
const queryString = /(\bhttps?:\/\/[^\s"'<>?#]*)\?[^\s"'<>]*/gi

const redacted = "<redacted>"

/** `secrets` are texts that must not appear whatever their form, such as the credential that was sent. */
export const scrub = (text: string, secrets: ReadonlyArray<string>): string => {
  let clean = text
  for (const secret of secrets) {
    if (secret !== "") {
      clean = clean.replaceAll(secret, redacted)
    }
  }
  return clean
    .replace(credential, `$1 ${redacted}`)
    .replace(key, redacted)
    .replace(queryString, `$1?${redacted}`)
}

/** One line of at most 200 characters, scrubbed. It is cut last, so that no half of a secret is left at the end. */
export const preview = (text: string, secrets: ReadonlyArray<string>): string => {
  const clean = scrub(text.slice(0, 4096), secrets).replace(/[\s\p{Cc}]+/gu, " ").trim()
  return clean.length > 200 ? `${clean.slice(0, 199)}…` : clean
}
