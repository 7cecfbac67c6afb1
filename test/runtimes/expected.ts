/**
 * How each check must end, in every runtime that does not differ.
 */

/** A pattern that the outcome matches. */
export type Expected = { readonly [check: string]: unknown }

const transport = (reason: string) => ({ error: "TransportError", reason })

const outputs = [
  "no-0 2026-01-01T00:00:00.000Z 0",
  "no-1 2026-01-02T00:00:00.000Z 1",
  "no-2 2026-01-03T00:00:00.000Z 2"
]

const collected = { complete: true, outputs: [...outputs, "long 1970-01-01T00:00:00.000Z 1"] }

export const expected: Expected = {
  "a call": [true, false],
  "every result of a batch, decoded": collected,
  "the same, run by run": collected,
  "a wait for a batch": { complete: true, outputs, hadToWait: true, askedTheFeed: true },
  "a large response from a server that then closes the connection": "5000 results",
  "a redirect": { error: "UnexpectedResponse", isNamed: true, isFollowed: false },
  "an interruption": { isSent: true, isClosed: true },
  "no response within the time-out": { reason: "Timeout", isClosed: true },
  "a body that stops": transport("Timeout"),
  "a body that is too large": transport("TooLarge"),
  "nothing listens": transport("Refused"),
  "nothing listens at a presigned URL": transport("Refused"),
  "a blocked port": transport("BlockedPort"),
  "a host that does not exist": transport("Dns"),
  "a certificate that nobody trusts": transport("Tls"),
  "https to a server of http": transport("Tls"),
  "TLS 1.1": transport("Tls"),
  "closed during the TLS handshake": transport("Reset"),
  "reset before the response": transport("Reset"),
  "closed before the response": transport("Reset"),
  "closed in a body with a length": transport("CutOff"),
  "reset in a body with a length": transport("CutOff"),
  "closed in a chunked body": transport("CutOff"),
  "closed in a chunked body, with `connection: close`": transport("CutOff"),
  "a response that is not HTTP": transport("Malformed"),
  "an invalid header": transport("Malformed"),
  "an invalid length": transport("Malformed"),
  "an invalid chunk": transport("Malformed"),
  "a header of a megabyte": transport("Malformed"),
  "gzip with a wrong checksum": transport("Malformed"),
  "gzip that is not gzip": transport("Malformed"),
  "gzip that is damaged": transport("Malformed"),
  "gzip that ends early": transport("CutOff"),
  "brotli that is not brotli": transport("Malformed")
}

/** A body that does not decode, because nobody noticed that it is not complete. */
const undecodable = { error: "InvalidResponse" }

/** `fetch` tells only that there is no response. */
const unknown = transport("Unknown")

/** Where fetch blocks no ports: nothing listens at the port of the check. */
const unblocked: Expected = { "a blocked port": transport("Refused") }

const bun13: Expected = {
  ...unblocked,
  // "ConnectionRefused" stands for whatever fails before there is a connection
  "a host that does not exist": transport("Refused"),
  "https to a server of http": transport("Refused"),
  "TLS 1.1": transport("Refused"),
  "closed during the TLS handshake": transport("Tls"),
  "an invalid length": { error: "UnexpectedResponse" },
  "a header of a megabyte": "0 results",
  "gzip that ends early": transport("Malformed")
}

const workerd: Expected = {
  // "Network connection lost." stands for whatever ends or prevents a connection
  ...unblocked,
  "nothing listens": transport("Reset"),
  "nothing listens at a presigned URL": transport("Reset"),
  "a blocked port": transport("Reset"),
  "a response that is not HTTP": transport("Reset"),
  "an invalid header": transport("Reset"),
  "an invalid length": transport("Reset"),
  "a header of a megabyte": transport("Reset"),
  "an invalid chunk": transport("CutOff"),
  // "internal error; reference = …"
  "a host that does not exist": unknown,
  "a certificate that nobody trusts": unknown,
  "https to a server of http": unknown,
  "TLS 1.1": unknown,
  "closed during the TLS handshake": unknown
}

/** How checks end where they end differently: by runtime and HTTP client. */
export const differences = {
  node20: {
    // undici 6 takes any end for the end of the body when the connection was to be closed
    "closed in a chunked body, with `connection: close`": undecodable,
    "gzip that ends early": undecodable
  },
  node22: { "gzip that ends early": undecodable },
  node24: { "gzip that ends early": undecodable },
  "NodeHttpClient.layerUndici": unblocked,
  "NodeHttpClient.layer": { ...unblocked, "an invalid chunk": transport("CutOff") },
  bun13,
  // its node:http is made of its fetch
  "bun13 with NodeHttpClient.layer": { ...bun13, "an invalid length": transport("Malformed") },
  bun14: {
    ...unblocked,
    "a header of a megabyte": "0 results",
    "gzip that ends early": transport("Malformed")
  },
  deno: {
    "an invalid chunk": transport("CutOff")
  },
  "workerd 2022-10-31": {
    ...workerd,
    // the flag `brotli_content_encoding` is on since 2024-04-29: before, the body is left as it is
    "brotli that is not brotli": "0 results"
  },
  "workerd 2026-11-01": workerd,
  chromium: {
    // "Failed to fetch" stands for whatever prevents a response, so that a page learns nothing about other hosts
    "nothing listens": unknown,
    "nothing listens at a presigned URL": unknown,
    "a blocked port": unknown,
    "a host that does not exist": unknown,
    "a certificate that nobody trusts": unknown,
    "https to a server of http": unknown,
    "TLS 1.1": unknown,
    "closed during the TLS handshake": unknown,
    "reset before the response": unknown,
    "closed before the response": unknown,
    "a response that is not HTTP": unknown,
    "an invalid header": { error: "UnexpectedResponse" },
    "an invalid length": { error: "UnexpectedResponse" },
    "an invalid chunk": transport("CutOff"),
    "a header of a megabyte": unknown,
    "gzip with a wrong checksum": "0 results",
    "gzip that is not gzip": transport("CutOff"),
    "gzip that is damaged": undecodable,
    "gzip that ends early": undecodable,
    "brotli that is not brotli": transport("CutOff")
  }
} as const satisfies { readonly [name: string]: Expected }
