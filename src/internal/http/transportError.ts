/**
 * Turns the failure of an HTTP client into a `TransportError`. Nothing of the failure itself is kept: an
 * `HttpClientError` holds the request, and printing it prints the key.
 */
import type { HttpClientError } from "@effect/platform/HttpClientError"
import { TransportError, type TransportReason } from "../../TriggerError.js"
import { defined } from "../describe/defined.js"
import type { Preview } from "../describe/redact.js"
import { tooLargeCode } from "./collector.js"

interface Innermost {
  readonly message: string
  readonly code: string | undefined
  readonly name: string | undefined
}

/** Follows `cause` (and the first of `errors`, which Node fills when it tried several addresses) to the innermost. */
const innermost = (failure: unknown): Innermost => {
  let current = failure
  let found: Innermost = { message: "", code: undefined, name: undefined }
  for (let depth = 0; depth < 10 && typeof current === "object" && current !== null; depth++) {
    found = {
      message: "message" in current && typeof current.message === "string" && current.message !== ""
        ? current.message
        : found.message,
      code: "code" in current && typeof current.code === "string" ? current.code : found.code,
      name: "name" in current && typeof current.name === "string" ? current.name : undefined
    }
    if ("cause" in current && current.cause !== undefined && current.cause !== current) {
      current = current.cause
    } else if ("errors" in current && Array.isArray(current.errors)) {
      current = current.errors[0]
    } else {
      break
    }
  }
  return found
}

const reasons: ReadonlyArray<readonly [RegExp, TransportReason]> = [
  [/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)$/, "Refused"],
  [/^(ENOTFOUND|EAI_\w+)$/, "Dns"],
  [/^(CERT_\w+|ERR_TLS\w*|ERR_SSL\w*|EPROTO|DEPTH_ZERO\w+|SELF_SIGNED\w+|UNABLE_TO_\w+|HOSTNAME_MISMATCH)$/, "Tls"],
  [/^(ETIMEDOUT|UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT)$/, "Timeout"],
  [/^(ECONNRESET|EPIPE|ECONNABORTED|UND_ERR_SOCKET|UND_ERR_CLOSED|UND_ERR_DESTROYED)$/, "Reset"],
  [/^(HPE_\w+|Z_\w+|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES_\w+|HTTPParserError)$/, "Malformed"],
  [new RegExp(`^${tooLargeCode}$`), "TooLarge"]
]

/** Most failures have a code; the parser of undici has only its name. */
const reasonOf = ({ code, name }: Innermost): TransportReason =>
  reasons.find(([pattern]) => pattern.test(code ?? name ?? ""))?.[1] ?? "Unknown"

/** How undici tells of a body that ended early, on a connection that is not kept alive. */
const endedEarly = ({ code, message }: Innermost): boolean =>
  code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH" || message.includes("Invalid EOF state")

export const fromHttpClientError = (
  error: HttpClientError,
  endpoint: string,
  preview: Preview
): TransportError => {
  const inner = innermost(error.cause)
  const { code, message } = inner
  const reason = reasonOf(inner)
  const inBody = error._tag === "ResponseError"
  return new TransportError(defined({
    endpoint,
    // once the headers are there, a connection that goes away has cut the body off
    reason: inBody && (reason === "Reset" || reason === "Unknown" || endedEarly(inner)) ? "CutOff" : reason,
    detail: preview(message) || (inBody ? "the response was cut off" : "the request could not be sent"),
    code: code === undefined ? undefined : preview(code)
  }))
}
