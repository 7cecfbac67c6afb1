import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Schema, TestClock } from "effect"
import * as Trigger from "effect-trigger-dev"
import { getBatchResults, retrieveBatch, retrieveRun, RetryPolicy } from "effect-trigger-dev"
import { unexpected } from "../../../src/internal/api/responseError.js"
import { makePreview } from "../../../src/internal/describe/redact.js"
import * as Scripted from "../../support/scriptedHttp.js"

const AnyError = Schema.Union(
  Trigger.InvalidBatchId,
  Trigger.InvalidRunId,
  Trigger.Unauthorized,
  Trigger.Forbidden,
  Trigger.BatchNotFound,
  Trigger.RunNotFound,
  Trigger.RateLimited,
  Trigger.ServerError,
  Trigger.UnexpectedResponse,
  Trigger.InvalidResponse,
  Trigger.TransportError
)

const endpoint = "GET /api/v1/batches/batch_1234/results"

/** The plain form of the error that one attempt ends with. */
const failWith = (step: Scripted.Step, options: { readonly previewBranch?: string; readonly startAt?: number } = {}) =>
  Effect.gen(function*() {
    yield* TestClock.setTime(options.startAt ?? 0)
    const branch = options.previewBranch === undefined ? {} : { previewBranch: options.previewBranch }
    const fiber = yield* getBatchResults("batch_1234").pipe(
      Effect.provide(Scripted.client(Scripted.make([step]), { retryPolicy: RetryPolicy.none, ...branch })),
      Effect.flip,
      Effect.fork
    )
    yield* TestClock.adjust("1 hour")
    const error = yield* Fiber.join(fiber)
    const plain = yield* Schema.encode(AnyError)(error)
    // what crosses a process border is the same error on the other side
    const other = yield* Schema.decodeUnknown(AnyError)(JSON.parse(JSON.stringify(plain)))
    assert.strictEqual(other.message, error.message)
    return plain
  })

const html = "<!DOCTYPE html>\n<html>\n  <body>Not here</body></html>"
const asHtml = { "content-type": "text/html; charset=utf-8" }
const wrongUrl =
  "The API never responds like this: check the API URL (http://trigger.test; TRIGGER_API_URL or apiUrl sets it) and any proxy in between."
const not200 =
  "A successful response of the API is JSON, so this one comes from something else: check the API URL (http://trigger.test; TRIGGER_API_URL or apiUrl sets it) and any proxy in between."

interface Row {
  readonly name: string
  readonly step: Scripted.Step
  readonly error: { readonly _tag: string; readonly [field: string]: unknown }
  readonly options?: { readonly previewBranch?: string; readonly startAt?: number }
}

const rows: ReadonlyArray<Row> = [
  {
    name: "401",
    step: Scripted.json({ error: "Invalid or Missing API Key" }, {}, 401),
    error: { _tag: "Unauthorized", reason: "Refused", endpoint, detail: "Invalid or Missing API Key" }
  },
  {
    name: "401 with a branch",
    step: Scripted.json({ error: "Invalid or Missing API Key" }, {}, 401),
    options: { previewBranch: "feature/x" },
    error: {
      _tag: "Unauthorized",
      reason: "Refused",
      endpoint,
      detail: "Invalid or Missing API Key",
      branch: "feature/x"
    }
  },
  {
    name: "401 in HTML",
    step: { status: 401, headers: asHtml, body: html },
    error: { _tag: "Unauthorized", reason: "Refused", endpoint }
  },
  {
    name: "401 with blanks around its JSON",
    step: { status: 401, body: "\r\n {\"error\":\"No\"} " },
    error: { _tag: "Unauthorized", reason: "Refused", endpoint, detail: "No" }
  },
  {
    name: "403",
    step: Scripted.json({ error: "Not for you" }, { "x-should-retry": "false" }, 403),
    error: { _tag: "Forbidden", endpoint, detail: "Not for you", shouldRetry: false }
  },
  {
    name: "404 of the API",
    step: Scripted.json({ error: "Batch not found" }, {}, 404),
    error: { _tag: "BatchNotFound", endpoint, batchId: "batch_1234", detail: "Batch not found" }
  },
  {
    name: "404 with x-should-retry",
    step: Scripted.json({ error: "Not found" }, { "x-should-retry": "true" }, 404),
    error: { _tag: "BatchNotFound", endpoint, batchId: "batch_1234", detail: "Not found", shouldRetry: true }
  },
  {
    name: "404 in HTML",
    step: { status: 404, headers: asHtml, body: html },
    error: {
      _tag: "UnexpectedResponse",
      endpoint,
      status: 404,
      contentType: "text/html; charset=utf-8",
      bodyPreview: "<!DOCTYPE html> <html> <body>Not here</body></html>",
      hint:
        "For a missing batch or run, the API sends JSON, so this response does not come from the API: check the API URL (http://trigger.test; TRIGGER_API_URL or apiUrl sets it)."
    }
  },
  ...[
    ["NestJS", { statusCode: 404, message: "Cannot GET /api", error: "Not Found" }],
    ["Fastify", { message: "Route GET:/api not found", error: "Not Found", statusCode: 404 }],
    ["Spring", { timestamp: "2026-11-25", status: 404, error: "Not Found", path: "/api" }]
  ].map(([framework, body]): Row => ({
    name: `404 of ${String(framework)}`,
    step: Scripted.json(body, {}, 404),
    error: {
      _tag: "UnexpectedResponse",
      endpoint,
      status: 404,
      contentType: "application/json; charset=utf-8",
      bodyPreview: JSON.stringify(body),
      hint:
        "For a missing batch or run, the API sends JSON, so this response does not come from the API: check the API URL (http://trigger.test; TRIGGER_API_URL or apiUrl sets it)."
    }
  })),
  {
    name: "409",
    step: Scripted.json({ error: "Conflict" }, { "x-should-retry": "false" }, 409),
    error: { _tag: "ServerError", endpoint, status: 409, detail: "Conflict", shouldRetry: false }
  },
  {
    name: "403 in HTML, as of a content delivery network",
    step: { status: 403, headers: asHtml, body: html },
    error: {
      _tag: "UnexpectedResponse",
      endpoint,
      status: 403,
      contentType: "text/html; charset=utf-8",
      bodyPreview: "<!DOCTYPE html> <html> <body>Not here</body></html>",
      hint: "If a key lacks a permission, the API sends JSON. This response probably comes from a firewall or " +
        "a content delivery network: check the API URL (http://trigger.test; TRIGGER_API_URL or apiUrl sets it) and any proxy in between."
    }
  },
  {
    name: "403 in HTML, told by its content type alone",
    step: { status: 403, headers: asHtml, body: "Not here" },
    error: {
      _tag: "UnexpectedResponse",
      endpoint,
      status: 403,
      contentType: "text/html; charset=utf-8",
      bodyPreview: "Not here",
      hint: "If a key lacks a permission, the API sends JSON. This response probably comes from a firewall or " +
        "a content delivery network: check the API URL (http://trigger.test; TRIGGER_API_URL or apiUrl sets it) and any proxy in between."
    }
  },
  {
    name: "403 in HTML, told by its body alone",
    step: { status: 403, body: "\n<html>Not here</html>" },
    error: {
      _tag: "UnexpectedResponse",
      endpoint,
      status: 403,
      contentType: "text/plain;charset=UTF-8",
      bodyPreview: "<html>Not here</html>",
      hint: "If a key lacks a permission, the API sends JSON. This response probably comes from a firewall or " +
        "a content delivery network: check the API URL (http://trigger.test; TRIGGER_API_URL or apiUrl sets it) and any proxy in between."
    }
  },
  {
    name: "407",
    step: { status: 407 },
    error: {
      _tag: "UnexpectedResponse",
      endpoint,
      status: 407,
      bodyPreview: "",
      hint:
        "A proxy between here and http://trigger.test asks for credentials: configure the HTTP client that you provide."
    }
  },
  {
    name: "404 in JSON that is not the API's",
    step: Scripted.json({ message: "no route" }, {}, 404),
    error: {
      _tag: "UnexpectedResponse",
      endpoint,
      status: 404,
      contentType: "application/json; charset=utf-8",
      bodyPreview: "{\"message\":\"no route\"}",
      hint:
        "For a missing batch or run, the API sends JSON, so this response does not come from the API: check the API URL (http://trigger.test; TRIGGER_API_URL or apiUrl sets it)."
    }
  },
  {
    name: "404 whose JSON is broken",
    step: { status: 404, headers: { "content-type": "application/json" }, body: "{\"error\":" },
    error: {
      _tag: "UnexpectedResponse",
      endpoint,
      status: 404,
      contentType: "application/json",
      bodyPreview: "{\"error\":",
      hint:
        "For a missing batch or run, the API sends JSON, so this response does not come from the API: check the API URL (http://trigger.test; TRIGGER_API_URL or apiUrl sets it)."
    }
  },
  {
    name: "404 whose error is not a text",
    step: Scripted.json({ error: { code: 1 } }, {}, 404),
    error: {
      _tag: "UnexpectedResponse",
      endpoint,
      status: 404,
      contentType: "application/json; charset=utf-8",
      bodyPreview: "{\"error\":{\"code\":1}}",
      hint:
        "For a missing batch or run, the API sends JSON, so this response does not come from the API: check the API URL (http://trigger.test; TRIGGER_API_URL or apiUrl sets it)."
    }
  },
  {
    name: "429 with all that a server says",
    step: Scripted.json(
      { error: "Rate limit exceeded 0/3 requests remaining. Retry in 29.847 seconds." },
      { "x-ratelimit-limit": "3", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "29847" },
      429
    ),
    error: {
      _tag: "RateLimited",
      endpoint,
      detail: "Rate limit exceeded 0/3 requests remaining. Retry in 29.847 seconds.",
      retryAfter: 29_847,
      limit: 3,
      remaining: 0,
      resetAt: 29_847
    }
  },
  {
    name: "429 beyond the cap carries the hint",
    step: Scripted.json({ error: "Later" }, { "retry-after": "86400" }, 429),
    error: { _tag: "RateLimited", endpoint, detail: "Later", retryAfter: 86_400_000 }
  },
  { name: "429 without a word", step: { status: 429 }, error: { _tag: "RateLimited", endpoint } },
  {
    name: "429 with headers that are not numbers",
    step: {
      status: 429,
      headers: { "x-ratelimit-limit": "NaN", "x-ratelimit-remaining": "", "x-ratelimit-reset": "?" }
    },
    error: { _tag: "RateLimited", endpoint }
  },
  {
    name: "408",
    step: { status: 408 },
    error: { _tag: "ServerError", endpoint, status: 408 }
  },
  {
    name: "500 of the API",
    step: Scripted.json({ error: "Internal Server Error" }, {}, 500),
    error: { _tag: "ServerError", endpoint, status: 500, detail: "Internal Server Error" }
  },
  {
    name: "502 in HTML",
    step: { status: 502, headers: asHtml, body: html },
    error: {
      _tag: "ServerError",
      endpoint,
      status: 502,
      hint: "The response is HTML, so it may come from a proxy: check the API URL (http://trigger.test; " +
        "TRIGGER_API_URL or apiUrl sets it) and any proxy in between."
    }
  },
  {
    name: "503 with Retry-After",
    step: { status: 503, headers: { "retry-after": "120" } },
    error: { _tag: "ServerError", endpoint, status: 503, retryAfter: 120_000 }
  },
  { name: "599", step: { status: 599 }, error: { _tag: "ServerError", endpoint, status: 599 } },
  {
    name: "400",
    step: { status: 400, headers: { "content-type": "text/plain" }, body: "bad" },
    error: {
      _tag: "UnexpectedResponse",
      endpoint,
      status: 400,
      contentType: "text/plain",
      bodyPreview: "bad",
      hint: wrongUrl
    }
  },
  {
    name: "204",
    step: { status: 204 },
    error: { _tag: "UnexpectedResponse", endpoint, status: 204, bodyPreview: "", hint: not200 }
  },
  {
    name: "201 with a good body",
    step: { ...Scripted.ok, status: 201 },
    error: {
      _tag: "UnexpectedResponse",
      endpoint,
      status: 201,
      contentType: "application/json; charset=utf-8",
      bodyPreview: "{\"id\":\"batch_1234\",\"items\":[]}",
      hint: not200
    }
  },
  {
    name: "a redirect, whose query string is not told",
    step: { status: 302, headers: { location: "https://login.test/start?token=abc" } },
    error: {
      _tag: "UnexpectedResponse",
      endpoint,
      status: 302,
      bodyPreview: "",
      hint:
        "The API never redirects, and this response redirects to https://login.test/start: check the API URL (http://trigger.test; TRIGGER_API_URL or apiUrl sets it). " +
        "Redirects are not followed, so that the key is not sent to another host."
    }
  },
  {
    name: "300, a choice between nothing",
    step: { status: 300 },
    error: { _tag: "UnexpectedResponse", endpoint, status: 300, bodyPreview: "", hint: wrongUrl }
  },
  {
    name: "304, from a cache in between",
    step: { status: 304 },
    error: { _tag: "UnexpectedResponse", endpoint, status: 304, bodyPreview: "", hint: wrongUrl }
  },
  {
    name: "a redirect to nowhere",
    step: { status: 301, headers: { location: "http://" } },
    error: {
      _tag: "UnexpectedResponse",
      endpoint,
      status: 301,
      bodyPreview: "",
      hint:
        "The API never redirects, and this response redirects: check the API URL (http://trigger.test; TRIGGER_API_URL or apiUrl sets it). " +
        "Redirects are not followed, so that the key is not sent to another host."
    }
  },
  {
    name: "an empty 200",
    step: { status: 200, headers: { "content-type": "application/json" } },
    error: {
      _tag: "UnexpectedResponse",
      endpoint,
      status: 200,
      contentType: "application/json",
      bodyPreview: "",
      hint: not200
    }
  },
  {
    name: "an HTML 200, cut to 200 characters",
    step: { status: 200, headers: asHtml, body: `<p>${"x".repeat(5000)}</p>` },
    error: {
      _tag: "UnexpectedResponse",
      endpoint,
      status: 200,
      contentType: "text/html; charset=utf-8",
      bodyPreview: `<p>${"x".repeat(196)}…`,
      hint: not200
    }
  },
  {
    name: "a 200 whose JSON is broken",
    step: { status: 200, headers: { "content-type": "application/json" }, body: "{\"id\":\"batch_1234\",\"items\":[" },
    error: {
      _tag: "InvalidResponse",
      endpoint,
      path: "",
      reason: "the body is not JSON, but its content type says so"
    }
  },
  ...Object.entries({ null: "null", 1: "a number", "\"a text\"": "a string", true: "a boolean" }).map((
    [body, kind]
  ): Row => ({
    name: `a 200 of ${body}`,
    step: { status: 200, headers: { "content-type": "application/json" }, body },
    error: {
      _tag: "InvalidResponse",
      endpoint,
      path: "",
      reason: `Expected BatchResults, actual ${kind}`
    }
  })),
  {
    name: "a 200 of blanks",
    step: { status: 200, headers: { "content-type": "application/json" }, body: " \n " },
    error: {
      _tag: "UnexpectedResponse",
      endpoint,
      status: 200,
      contentType: "application/json",
      bodyPreview: "",
      hint: not200
    }
  },
  {
    name: "a 200 without a content type that is not JSON",
    step: { status: 200, body: "" },
    error: { _tag: "UnexpectedResponse", endpoint, status: 200, bodyPreview: "", hint: not200 }
  },
  {
    name: "another status with x-should-retry",
    step: { status: 418, headers: { "x-should-retry": "true" } },
    error: {
      _tag: "UnexpectedResponse",
      endpoint,
      status: 418,
      bodyPreview: "",
      hint: wrongUrl,
      shouldRetry: true
    }
  },
  {
    name: "a 200 without items",
    step: Scripted.json({ id: "batch_1234" }),
    error: { _tag: "InvalidResponse", endpoint, path: "items", reason: "is missing" }
  },
  {
    name: "a 200 with one bad item names it",
    step: Scripted.json({
      id: "batch_1234",
      items: [...Array.from({ length: 17 }, (_, i) => ({ ok: true, id: `run_${i}` })), { ok: "yes", id: "run_17" }]
    }),
    error: {
      _tag: "InvalidResponse",
      endpoint,
      path: "items[17].ok",
      reason: "Expected true | false, actual a string"
    }
  },
  {
    name: "a refused connection",
    step: "refused",
    error: {
      _tag: "TransportError",
      endpoint,
      reason: "Refused",
      detail: "connect ECONNREFUSED 127.0.0.1:1",
      code: "ECONNREFUSED"
    }
  },
  {
    name: "a body that was cut off",
    step: "cut off",
    error: {
      _tag: "TransportError",
      endpoint,
      reason: "CutOff",
      detail: "other side closed",
      code: "UND_ERR_SOCKET"
    }
  },
  {
    name: "no response in time",
    step: "hang",
    error: {
      _tag: "TransportError",
      endpoint,
      reason: "Timeout",
      detail: "no complete response came from trigger.test within 30s"
    }
  }
]

describe("the error table", () => {
  for (const row of rows) {
    it.effect(`${row.name} is ${row.error._tag}`, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual<unknown>(yield* failWith(row.step, row.options), row.error)
      }))
  }

  it.effect("a hint in the error is a Duration", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Effect.provide(
        getBatchResults("batch_1234"),
        Scripted.client(Scripted.make([{ status: 429, headers: { "retry-after": "90" } }]))
      ))
      assert.isTrue(error._tag === "RateLimited" && Duration.equals(error.retryAfter ?? 0, "90 seconds"))
    }))
})

describe("ids that are not valid", () => {
  const bad = [
    "",
    "batch_",
    "batch",
    "run_1234",
    ".",
    "..",
    "batch_../../v1/runs",
    "batch_1/results",
    "batch_%2e%2e",
    "batch_1 ",
    " batch_1",
    "batch_1\n",
    "batch_é",
    "BATCH_1",
    `batch_${"x".repeat(123)}`,
    undefined,
    null,
    1234,
    { toString: () => "batch_1" },
    { toString: () => "run_1" }
  ]
  const good = ["batch_1", "batch_cmrealmixed00000000000000", "batch_A-z_0-9", `batch_${"x".repeat(122)}`]

  it.effect("never reach the network", () =>
    Effect.gen(function*() {
      const http = Scripted.make([Scripted.ok])
      const tags = (id: string) =>
        Effect.all([
          Effect.flip(getBatchResults(id)),
          Effect.flip(retrieveBatch(id)),
          Effect.flip(retrieveRun(id === "run_1234" ? "batch_1234" : id))
        ]).pipe(Effect.provide(Scripted.client(http)))
      for (const id of bad) {
        const [results, batch, run] = yield* tags(id as string)
        assert.deepStrictEqual([results._tag, batch._tag, run._tag], [
          "InvalidBatchId",
          "InvalidBatchId",
          "InvalidRunId"
        ])
        assert.isTrue(results._tag === "InvalidBatchId" && results.batchId === String(id).slice(0, 200))
        assert.include(results.message, "No request was sent")
        assert.include(run.message, "No request was sent")
      }
      assert.deepStrictEqual(http.requests, [])
    }))

  it.effect("are told apart from valid ones", () =>
    Effect.gen(function*() {
      const http = Scripted.make([Scripted.ok])
      for (const id of good) {
        yield* Effect.provide(getBatchResults(id), Scripted.client(http))
      }
      assert.deepStrictEqual(
        http.requests.map((request) => request.url),
        good.map((id) => `http://trigger.test/api/v1/batches/${id}/results`)
      )
    }))

  it("are refused by the schemas of ids too", () => {
    for (const id of bad) {
      assert.isFalse(Schema.is(Trigger.BatchId)(id))
    }
    assert.isTrue(good.every(Schema.is(Trigger.BatchId)))
    assert.isTrue(Schema.is(Trigger.RunId)("run_cmrealokjson0000000000000"))
    assert.isFalse(Schema.is(Trigger.RunId)("batch_1234"))
    const form = (prefix: string) =>
      `Expected "${prefix}_" followed by letters, digits, "_" or "-", at most 128 characters`
    assert.throws(() => Schema.decodeUnknownSync(Trigger.BatchId)("x"), form("batch"))
    assert.throws(() => Schema.decodeUnknownSync(Trigger.RunId)("x"), form("run"))
    assert.isFalse(Schema.is(Trigger.RunId)(`run_${"x".repeat(125)}`))
  })
})

describe("a body without the id of its batch, which the contract does not promise", () => {
  it.effect("gets the one that was asked for", () =>
    Effect.gen(function*() {
      const ask = (body: unknown) =>
        Effect.provide(getBatchResults("batch_1234"), Scripted.client(Scripted.make([Scripted.json(body)])))
      assert.deepStrictEqual(yield* ask({ items: [] }), { id: "batch_1234", items: [] })
      assert.deepStrictEqual(yield* ask({ id: "batch_other", items: [] }), { id: "batch_other", items: [] })
      const error = yield* Effect.flip(ask([]))
      assert.strictEqual(error._tag, "InvalidResponse")
    }))
})

describe("messages", () => {
  const messageOf = (step: Scripted.Step, branch?: string) =>
    getBatchResults("batch_1234").pipe(
      Effect.provide(Scripted.client(Scripted.make([step]), {
        retryPolicy: RetryPolicy.none,
        ...(branch === undefined ? {} : { previewBranch: branch })
      })),
      Effect.flip,
      Effect.map((error) => error.message)
    )

  it.effect("a 401 says which keys work and that a preview key needs a branch", () =>
    Effect.gen(function*() {
      const message = yield* messageOf({ status: 401 })
      assert.include(message, "secret key")
      assert.include(message, "pk_")
      assert.include(message, "TRIGGER_PREVIEW_BRANCH")
    }))

  it.effect("a 401 with a branch names it", () =>
    Effect.gen(function*() {
      assert.include(yield* messageOf({ status: 401 }, "feature/x"), "\"feature/x\"")
    }))

  it.effect("each says what was asked and what came back", () =>
    Effect.gen(function*() {
      const expected: ReadonlyArray<readonly [Scripted.Step, ReadonlyArray<string>]> = [
        [Scripted.json({ error: "Batch not found" }, {}, 404), [endpoint, "batch_1234", "404", "Batch not found"]],
        [{ status: 403 }, [endpoint, "403", "lacks a permission"]],
        [{ status: 429, headers: { "retry-after": "90" } }, [endpoint, "rate limit", "1m 30s"]],
        [{ status: 429 }, [endpoint, "rate limit", "later"]],
        [{ status: 429, headers: { "x-ratelimit-limit": "750" } }, [endpoint, "750 requests"]],
        [{ status: 503 }, [endpoint, "503"]],
        [{ status: 418, body: "teapot" }, [endpoint, "418", "teapot", "TRIGGER_API_URL"]],
        [{ status: 418 }, ["an empty body", "no content type"]],
        [Scripted.json({ id: "batch_1234" }), [endpoint, "items", "missing"]],
        [{ ...Scripted.ok, body: "{" }, [endpoint, "body", "not JSON"]],
        ["refused", [endpoint, "Refused", "ECONNREFUSED"]]
      ]
      for (const [step, parts] of expected) {
        const message = yield* messageOf(step)
        for (const part of parts) {
          assert.include(message, part)
        }
      }
    }))
})

it("a redirect that a browser hides behind the status 0 is named as a redirect", () => {
  const { hint } = unexpected({ status: 0, headers: {}, body: "" }, {
    endpoint,
    apiUrl: "http://trigger.test",
    preview: makePreview([])
  })
  assert.include(hint, "this response redirects: check the API URL")
})

describe("what a response repeats of the key", () => {
  it("is not in the hint about a redirect, however a URL writes it", () => {
    const key = "k{e\"y}<1>"
    const { hint } = unexpected({ status: 302, headers: { location: `/login/${key}/x?y` }, body: "" }, {
      endpoint,
      apiUrl: "http://trigger.test",
      preview: makePreview([key])
    })
    assert.include(hint, "redirects to http://trigger.test/login/<redacted>/x:")
  })

  it.effect("does not hide the error behind a byte order mark", () =>
    Effect.gen(function*() {
      const http = Scripted.make([{ status: 404, headers: {}, body: "\ufeff{\"error\":\"Batch not found\"}" }])
      const error = yield* Effect.flip(Effect.provide(getBatchResults("batch_1"), Scripted.client(http)))
      assert.strictEqual(error._tag, "BatchNotFound")
    }))
})
