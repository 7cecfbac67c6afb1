import { HttpClientError, HttpClientRequest, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { makePreview } from "../../../src/internal/describe/redact.js"
import { fromHttpClientError } from "../../../src/internal/http/transportError.js"

const request = HttpClientRequest.get("http://trigger.test")

const coded = (code: string, message = `failed with ${code}`) => Object.assign(new Error(message), { code })

const beforeTheBody = (cause: unknown) => new HttpClientError.RequestError({ request, reason: "Transport", cause })

const inTheBody = (cause: unknown) =>
  new HttpClientError.ResponseError({
    request,
    response: HttpClientResponse.fromWeb(request, new Response("")),
    reason: "Decode",
    cause
  })

const told = (error: HttpClientError.HttpClientError) => {
  const { code, detail, endpoint, reason } = fromHttpClientError(error, "GET /x", makePreview(["s3cret"]))
  assert.strictEqual(endpoint, "GET /x")
  return { reason, detail, code }
}

describe("the reason of a transport error", () => {
  const rows: ReadonlyArray<readonly [code: string, before: string, inBody: string]> = [
    ["ECONNREFUSED", "Refused", "Refused"],
    ["ENOTFOUND", "Dns", "Dns"],
    ["EAI_AGAIN", "Dns", "Dns"],
    ["CERT_HAS_EXPIRED", "Tls", "Tls"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "Tls", "Tls"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "Tls", "Tls"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "Tls", "Tls"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "Tls", "Tls"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "Tls", "Tls"],
    ["EPROTO", "Tls", "Tls"],
    ["HOSTNAME_MISMATCH", "Tls", "Tls"],
    ["ETIMEDOUT", "Timeout", "Timeout"],
    ["UND_ERR_CONNECT_TIMEOUT", "Timeout", "Timeout"],
    ["UND_ERR_HEADERS_TIMEOUT", "Timeout", "Timeout"],
    ["UND_ERR_BODY_TIMEOUT", "Timeout", "Timeout"],
    ["ECONNRESET", "Reset", "CutOff"],
    ["EPIPE", "Reset", "CutOff"],
    ["ECONNABORTED", "Reset", "CutOff"],
    ["UND_ERR_SOCKET", "Reset", "CutOff"],
    ["UND_ERR_CLOSED", "Reset", "CutOff"],
    ["UND_ERR_DESTROYED", "Reset", "CutOff"],
    ["ERR_SOCKET_CLOSED", "Reset", "CutOff"],
    ["HPE_INVALID_CONSTANT", "Malformed", "Malformed"],
    ["UND_ERR_HEADERS_OVERFLOW", "Malformed", "Malformed"],
    ["UND_ERR_RES_CONTENT_LENGTH_MISMATCH", "Malformed", "CutOff"],
    ["Z_DATA_ERROR", "Malformed", "Malformed"],
    ["EHOSTUNREACH", "Refused", "Refused"],
    ["ENETUNREACH", "Refused", "Refused"],
    ["EADDRNOTAVAIL", "Refused", "Refused"],
    ["ERR__ERROR_FORMAT_PADDING_2", "Malformed", "Malformed"],
    ["ConnectionRefused", "Refused", "Refused"],
    ["FailedToOpenSocket", "Refused", "Refused"],
    ["UNKNOWN_CERTIFICATE_VERIFICATION_ERROR", "Tls", "Tls"],
    ["Malformed_HTTP_Response", "Malformed", "Malformed"],
    ["UnrequestedUpgrade", "Malformed", "Malformed"],
    ["InvalidHTTPResponse", "Malformed", "Malformed"],
    ["InvalidContentLength", "Malformed", "Malformed"],
    ["ZlibError", "Malformed", "Malformed"],
    ["BrotliDecompressionError", "Malformed", "Malformed"],
    ["ERR_RESPONSE_TOO_LARGE", "TooLarge", "TooLarge"],
    ["SOMETHING_NEW", "Unknown", "CutOff"]
  ]
  for (const [code, before, inBody] of rows) {
    it(`${code} is ${before}, and in the body ${inBody}`, () => {
      assert.deepStrictEqual(
        told(beforeTheBody(coded(code))),
        { reason: before, detail: `failed with ${code}`, code } as never
      )
      assert.strictEqual(told(inTheBody(coded(code))).reason, inBody)
    })
  }
})

describe("a code that only holds a known one", () => {
  const known = [
    "ECONNREFUSED",
    "ConnectionRefused",
    "ENOTFOUND",
    "EPROTO",
    "UNKNOWN_CERTIFICATE_VERIFICATION_ERROR",
    "ETIMEDOUT",
    "ECONNRESET",
    "UND_ERR_HEADERS_OVERFLOW",
    "Z_DATA_ERROR",
    "ZlibError"
  ]
  for (const code of [...known.map((code) => `X${code}`), ...known.map((code) => `${code}-X`)]) {
    it(`such as ${code} is Unknown`, () => {
      assert.strictEqual(told(beforeTheBody(coded(code))).reason, "Unknown")
    })
  }
})

describe("the message of a failure without a code", () => {
  const toUrl = "error sending request for url (http://127.0.0.1:35075/api): client error (Connect): "
  const onConnection =
    "error sending request from 127.0.0.1:49234 for http://127.0.0.1:35735/api (127.0.0.1:35735): client error (SendRequest): "
  const rows: ReadonlyArray<readonly [runtime: string, message: string, before: string, inBody: string]> = [
    ["Node", "bad port", "BlockedPort", "BlockedPort"],
    ["Deno", "Fetch failed: Requests to port 6667 are blocked", "BlockedPort", "BlockedPort"],
    ["Deno", `${toUrl}tcp connect error: Connection refused (os error 111)`, "Refused", "Refused"],
    ["Deno", `${toUrl}tcp connect error: Network is unreachable (os error 101)`, "Refused", "Refused"],
    ["Deno", `${toUrl}tcp connect error: Cannot assign requested address (os error 99)`, "Refused", "Refused"],
    ["Deno", `${toUrl}dns error: failed to lookup address information: Name or service not known`, "Dns", "Dns"],
    ["Deno", `${toUrl}invalid peer certificate: UnknownIssuer`, "Tls", "Tls"],
    ["Deno", `${toUrl}received corrupt message of type InvalidContentType`, "Tls", "Tls"],
    ["Deno", `${toUrl}received fatal alert: ProtocolVersion`, "Tls", "Tls"],
    ["Deno", `${toUrl}tls handshake eof`, "Reset", "CutOff"],
    ["Deno", "Connection reset by peer (os error 104)", "Reset", "CutOff"],
    ["Deno", `${onConnection}connection closed before message completed`, "Reset", "CutOff"],
    ["Deno", `${onConnection}invalid HTTP version parsed`, "Malformed", "Malformed"],
    ["Deno", `${onConnection}invalid HTTP header parsed`, "Malformed", "Malformed"],
    ["Deno", `${onConnection}invalid HTTP status-code parsed`, "Malformed", "Malformed"],
    ["Deno", `${onConnection}invalid content-length parsed`, "Malformed", "Malformed"],
    ["Deno", `${onConnection}message head is too large`, "Malformed", "Malformed"],
    ["Deno", "CRC computed does not match", "Malformed", "Malformed"],
    ["Deno", "Invalid gzip header", "Malformed", "Malformed"],
    ["Deno", "brotli error", "Malformed", "Malformed"],
    ["Deno", "error reading a body from connection", "Unknown", "CutOff"],
    ["workerd", "Network connection lost.", "Reset", "CutOff"],
    ["workerd", "Gzip decompression failed.", "Malformed", "Malformed"],
    ["workerd", "Brotli decompression failed.", "Malformed", "Malformed"],
    ["workerd", "internal error; reference = 9a2psjo14437vdukugbe6umi", "Unknown", "CutOff"],
    ["a browser", "Failed to fetch", "Unknown", "CutOff"]
  ]
  for (const [runtime, message, before, inBody] of rows) {
    it(`of ${runtime}, “${message.slice(-60)}”, is ${before}, and in the body ${inBody}`, () => {
      assert.strictEqual(told(beforeTheBody(new TypeError(message))).reason, before)
      assert.strictEqual(told(inTheBody(new TypeError(message))).reason, inBody)
    })
  }

  const similar = [
    "a bad port",
    "bad port 6667",
    "Requests to port x are blocked",
    "Fetch failed: Requests to port 6667 are blocked by me",
    "error sending request for url (http://127.0.0.1/dns%20error:%20x): client error (Connect): something new",
    "error sending request for url (http://127.0.0.1/:tls): client error (Connect): tcp connect error: something new (os error 1)",
    "Network connection lost. Really",
    "no Network connection lost.",
    "invalid HTTP version parsed: no"
  ]
  for (const message of similar) {
    it(`that only resembles a known one is Unknown, such as “${message}”`, () => {
      assert.strictEqual(told(beforeTheBody(new TypeError(message))).reason, "Unknown")
    })
  }

  it("counts less than a known code", () => {
    assert.strictEqual(told(beforeTheBody(coded("ECONNREFUSED", "bad port"))).reason, "Refused")
  })

  it("counts where the code is not known", () => {
    assert.strictEqual(told(beforeTheBody(coded("SOMETHING_NEW", "bad port"))).reason, "BlockedPort")
  })

  it("tells that Next.js does not allow a request while it builds a static page", () => {
    const cause = Object.assign(
      new Error(
        "Dynamic server usage: Route /page couldn't be rendered statically because it used no-store fetch http://127.0.0.1:9/ /page."
      ),
      { digest: "DYNAMIC_SERVER_USAGE" }
    )
    assert.strictEqual(told(beforeTheBody(cause)).reason, "NotPermitted")
  })
})

describe("the name of a failure without a code", () => {
  it("tells the reason where it is that of undici's parser", () => {
    const cause = Object.assign(new Error("Invalid header token"), { name: "HTTPParserError" })
    assert.strictEqual(told(beforeTheBody(cause)).reason, "Malformed")
  })

  it("tells the reason where Deno does not allow the connection", () => {
    const cause = Object.assign(
      new Error("Requires net access to \"127.0.0.1:9\", run again with the --allow-net flag"),
      { name: "NotCapable" }
    )
    assert.strictEqual(told(beforeTheBody(cause)).reason, "NotPermitted")
  })

  it("tells nothing where it is no text", () => {
    assert.strictEqual(told(beforeTheBody({ name: ["EPIPE"], message: "x" })).reason, "Unknown")
  })
})

describe("what a transport error tells", () => {
  it("is of the tenth cause, and not of one that is deeper", () => {
    const chain = (length: number): unknown =>
      Array.from({ length }).reduce<unknown>(
        (cause, _, index) => Object.assign(new Error(`${length - index}`), index === 0 ? {} : { cause }),
        undefined
      )
    assert.strictEqual(told(beforeTheBody(chain(10))).detail, "10")
    assert.strictEqual(told(beforeTheBody(chain(12))).detail, "10")
  })

  it("is no message and no code that are not texts", () => {
    const odd = { message: { secret: 1 }, code: 42, cause: null }
    assert.deepStrictEqual(told(beforeTheBody(new Error("outer", { cause: odd }))), {
      reason: "Unknown",
      detail: "outer",
      code: undefined
    })
  })

  it("is of the outer cause, where the inner message is empty or its errors are no list", () => {
    const cause = new Error("outer", { cause: Object.assign(new Error(""), { errors: "none" }) })
    assert.strictEqual(told(beforeTheBody(cause)).detail, "outer")
  })

  it("is of the innermost cause", () => {
    const cause = new TypeError("fetch failed", {
      cause: new Error("outer", { cause: coded("ECONNREFUSED", "inner") })
    })
    assert.deepStrictEqual(told(beforeTheBody(cause)), { reason: "Refused", detail: "inner", code: "ECONNREFUSED" })
  })

  it("is of the first address, where several were tried", () => {
    const cause = new AggregateError([coded("ECONNREFUSED", "::1"), coded("ETIMEDOUT", "127.0.0.1")])
    assert.deepStrictEqual(told(beforeTheBody(cause)), { reason: "Refused", detail: "::1", code: "ECONNREFUSED" })
  })

  it("is of the outer cause, where the inner one says nothing", () => {
    const cause = Object.assign(new Error("outer", { cause: {} }), { code: "ECONNRESET" })
    assert.deepStrictEqual(told(beforeTheBody(cause)), { reason: "Reset", detail: "outer", code: "ECONNRESET" })
  })

  it("is something even of a cause that says nothing at all", () => {
    assert.deepStrictEqual(told(beforeTheBody(undefined)), {
      reason: "Unknown",
      detail: "the request could not be sent",
      code: undefined
    })
    assert.deepStrictEqual(told(inTheBody("text")), {
      reason: "CutOff",
      detail: "the response was cut off",
      code: undefined
    })
  })

  it("hides what was sent", () => {
    assert.strictEqual(told(beforeTheBody(new Error("sent s3cret"))).detail, "sent <redacted>")
    assert.strictEqual(told(beforeTheBody(coded("s3cret"))).code, "<redacted>")
  })

  it("ends, even where a cause is its own cause", () => {
    const first = new Error("first")
    first.cause = new Error("second", { cause: first })
    assert.include(["first", "second"], told(beforeTheBody(first)).detail)
    const own = new Error("own")
    own.cause = own
    assert.strictEqual(told(beforeTheBody(own)).detail, "own")
  })
})
