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
    ["ETIMEDOUT", "Timeout", "Timeout"],
    ["UND_ERR_CONNECT_TIMEOUT", "Timeout", "Timeout"],
    ["UND_ERR_HEADERS_TIMEOUT", "Timeout", "Timeout"],
    ["UND_ERR_BODY_TIMEOUT", "Timeout", "Timeout"],
    ["ECONNRESET", "Reset", "CutOff"],
    ["EPIPE", "Reset", "CutOff"],
    ["UND_ERR_SOCKET", "Reset", "CutOff"],
    ["HPE_INVALID_CONSTANT", "Malformed", "Malformed"],
    ["UND_ERR_RES_CONTENT_LENGTH_MISMATCH", "Malformed", "CutOff"],
    ["Z_DATA_ERROR", "Malformed", "Malformed"],
    ["EHOSTUNREACH", "Refused", "Refused"],
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
  const known = ["ECONNREFUSED", "ENOTFOUND", "EPROTO", "ETIMEDOUT", "ECONNRESET", "UND_ERR_HEADERS_OVERFLOW"]
  for (const code of [...known.map((code) => `X${code}`), ...known.map((code) => `${code}-X`)]) {
    it(`such as ${code} is Unknown`, () => {
      assert.strictEqual(told(beforeTheBody(coded(code))).reason, "Unknown")
    })
  }
})

describe("the name of a failure without a code", () => {
  it("tells the reason where it is that of undici's parser", () => {
    const cause = Object.assign(new Error("Invalid header token"), { name: "HTTPParserError" })
    assert.strictEqual(told(beforeTheBody(cause)).reason, "Malformed")
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
