/**
 * Parses an API URL: http or https, with or without a path prefix, and without anything else.
 */
import * as Either from "effect/Either"
import { blockedPorts } from "./blockedPorts.js"

export const parseApiUrl = (input: string | URL): Either.Either<URL, string> => {
  const url = input instanceof URL ? new URL(input) : URL.canParse(input) ? new URL(input) : undefined
  if (url === undefined) {
    return Either.left("expected a URL such as https://api.trigger.dev")
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return Either.left("expected the scheme https or http")
  }
  if (url.username !== "" || url.password !== "") {
    return Either.left("expected a URL without credentials; the secret key belongs in TRIGGER_SECRET_KEY")
  }
  if (url.search !== "" || url.hash !== "") {
    return Either.left("expected a URL without a query string and without a fragment")
  }
  if (blockedPorts.has(url.port)) {
    return Either.left(`expected another port: fetch refuses to connect to port ${url.port}`)
  }
  url.pathname = url.pathname.replace(/\/+$/, "")
  return Either.right(url)
}
