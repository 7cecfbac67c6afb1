/**
 * Which URLs of an object store are requested: those that the API presigns, and those that the store redirects to.
 */

/** The most characters of a presigned URL. Object stores refuse longer ones, and to redact one takes too long. */
const longest = 8192

/** Undefined where the text is not a URL that can be requested. `from` is the URL that redirects to it. */
export const parseStoreUrl = (text: string, from?: URL): URL | undefined => {
  const url = text.length <= longest && URL.canParse(text, from) ? new URL(text, from) : undefined
  return url !== undefined &&
      (url.protocol === "https:" || (url.protocol === "http:" && from?.protocol !== "https:")) &&
      url.username === "" && url.password === ""
    ? url
    : undefined
}
