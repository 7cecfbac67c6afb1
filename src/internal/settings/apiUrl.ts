/**
 * Reads the URL of an API: http or https, with or without a path prefix, and nothing else in it.
 */
import * as Either from "effect/Either"

export const parseApiUrl = (input: string | URL): Either.Either<URL, string> => {
  const url = input instanceof URL ? new URL(input) : URL.canParse(input) ? new URL(input) : undefined
  if (url === undefined) {
    return Either.left("it is not a URL, such as https://api.trigger.dev")
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return Either.left("its scheme is neither https nor http")
  }
  if (url.username !== "" || url.password !== "") {
    return Either.left("it holds credentials; the secret key belongs in TRIGGER_SECRET_KEY")
  }
  if (url.search !== "" || url.hash !== "") {
    return Either.left("it holds a query string or a fragment")
  }
  url.pathname = url.pathname.replace(/\/+$/, "")
  return Either.right(url)
}
