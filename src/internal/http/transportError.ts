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

/**
 * Follows `cause` (and the first of `errors`, which Node fills when it tried several addresses) to the innermost, or to the
 * tenth: a cause may be its own cause.
 */
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
    if ("cause" in current && current.cause !== undefined) {
      current = current.cause
    } else if ("errors" in current && Array.isArray(current.errors)) {
      current = current.errors[0]
    } else {
      break
    }
  }
  return found
}

type Words = ReadonlyArray<readonly [pattern: RegExp, reason: TransportReason]>

/** Each line with the runtimes that it was seen on. "Node" is 20.20, 22.23 and 24.21, with each HTTP client. */
const codes: Words = [
  // Node, Bun 1.4, Deno 2.9 with NodeHttpClient
  [/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/, "Refused"],
  // Bun 1.2 and 1.3, which say the first also of a host that does not resolve and of a failed TLS handshake
  [/^(ConnectionRefused|FailedToOpenSocket)$/, "Refused"],
  // Node, Bun 1.4, Deno 2.9 with NodeHttpClient
  [/^(ENOTFOUND|EAI_\w+)$/, "Dns"],
  // Node, Bun 1.2 to 1.4, Deno 2.9 with NodeHttpClient
  [/^(CERT_\w+|ERR_TLS\w*|ERR_SSL\w*|EPROTO|DEPTH_ZERO\w+|SELF_SIGNED\w+|UNABLE_TO_\w+|HOSTNAME_MISMATCH)$/, "Tls"],
  // Bun 1.2 and 1.3
  [/^UNKNOWN_CERTIFICATE_VERIFICATION_ERROR$/, "Tls"],
  // Node
  [/^(ETIMEDOUT|UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT)$/, "Timeout"],
  // Node, Bun 1.2 to 1.4, Deno 2.9 with NodeHttpClient
  [/^(ECONNRESET|EPIPE|ECONNABORTED|UND_ERR_SOCKET|UND_ERR_CLOSED|UND_ERR_DESTROYED)$/, "Reset"],
  // Bun 1.4 with NodeHttpClient
  [/^ERR_SOCKET_CLOSED$/, "Reset"],
  // Node, Bun 1.4 and Deno 2.9 with NodeHttpClient; of undici's parser only the name
  [/^(HPE_\w+|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES_\w+|HTTPParserError)$/, "Malformed"],
  // Node: gzip, brotli
  [/^(Z_\w+|ERR__ERROR_\w+)$/, "Malformed"],
  // Bun 1.2 to 1.4
  [
    /^(Malformed_HTTP_Response|UnrequestedUpgrade|Invalid(HTTPResponse|ContentLength)|(Zlib|BrotliDecompression)Error)$/,
    "Malformed"
  ],
  // Deno 2.2 to 2.9 without --allow-net; only the name
  [/^NotCapable$/, "NotPermitted"],
  [new RegExp(`^${tooLargeCode}$`), "TooLarge"]
]

/** The same for errors without a code. A URL in such a message has no blanks, so no pattern is found in one. */
const messages: Words = [
  // Deno 2.2 to 2.9
  [/: tcp connect error: (Connection refused|Network is unreachable|Cannot assign requested address) /, "Refused"],
  // Deno 2.2 to 2.9
  [/: dns error: /, "Dns"],
  // Deno 2.2 to 2.9
  [/: (invalid peer certificate: |received (corrupt message of type|fatal alert:) )/, "Tls"],
  // Deno 2.2 to 2.9
  [/^Connection reset by peer \(|: (connection closed before message completed|tls handshake eof)$/, "Reset"],
  // workerd 1.20261117, which says it also of a refused connection and of a response that is not HTTP
  [/^Network connection lost\.$/, "Reset"],
  // Deno 2.2 to 2.9
  [/: (invalid (HTTP (version|header|status-code)|content-length) parsed|message head is too large)$/, "Malformed"],
  // Deno 2.2 to 2.9
  [/^(CRC computed does not match|Invalid gzip header|brotli error)$/, "Malformed"],
  // workerd 1.20261117
  [/^(Gzip|Brotli) decompression failed\.$/, "Malformed"],
  // Node with FetchHttpClient
  [/^bad port$/, "BlockedPort"],
  // Deno 2.9
  [/^Fetch failed: Requests to port \d+ are blocked$/, "BlockedPort"],
  // Next.js 16.4, while it builds a static page
  [/^Dynamic server usage: /, "NotPermitted"]
]

const find = (words: Words, text: string): TransportReason | undefined =>
  words.find(([pattern]) => pattern.test(text))?.[1]

const reasonOf = ({ code, message, name }: Innermost): TransportReason =>
  find(codes, code ?? name ?? "") ?? find(messages, message) ?? "Unknown"

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
