import { HttpClient, HttpClientError, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Layer, Schema, TestClock } from "effect"
import {
  collectBatchResults,
  downloadOutput,
  getBatchResults,
  OutputTooLarge,
  OutputUnavailable,
  RetryPolicy,
  RunOutput,
  type RunResult,
  type RunSuccess,
  type TriggerClient,
  type TriggerConfigOptions
} from "effect-trigger-dev"
import { TriggerSimulator } from "effect-trigger-dev/testing"
import superjson from "superjson"
import { expectNoSecret, recording } from "./support/leaks.js"
import * as Scripted from "./support/scriptedHttp.js"
import { traced } from "./support/spans.js"

const stored: RunSuccess = {
  ok: true,
  id: "run_1",
  taskIdentifier: "resize",
  output: "run_1/attempt_1/output.json",
  outputType: "application/store"
}

/** As the run route's results have it. */
const { output: _, ...pathless } = { ...stored, status: "COMPLETED" as const }

const origin = "https://store.test:9000"

const signature = "98444b18c4874a51b2d169ee754f8e0652bbb4e2821bc7b03522a17c40900deb"

/** A new URL each time. */
const presigned = (number: number) =>
  `${origin}/packets/p/output.json?X-Amz-Expires=300&n=${number}%2F&X-Amz-Signature=${signature}`

/** Responds with URLs, and from a script for the object store, whose last step holds for all further requests. */
const server = (...steps: ReadonlyArray<Scripted.Step>) => {
  let urls = 0
  let objects = 0
  return Scripted.make(({ url }) => {
    if (!url.startsWith(origin)) {
      urls++
      return Scripted.json(
        url.includes("/runs/")
          ? {
            id: "run_1",
            taskIdentifier: "resize",
            status: "COMPLETED",
            createdAt: "2026-01-01T00:00:00Z",
            outputPresignedUrl: presigned(urls)
          }
          : { presignedUrl: presigned(urls) }
      )
    }
    objects++
    return steps[Math.min(objects, steps.length) - 1] ?? { status: 200 }
  })
}

const object = (body: string, type?: string): Scripted.Response => ({
  status: 200,
  headers: type === undefined ? {} : { "content-type": type },
  body
})

const refusal = (status: number, code: string): Scripted.Response => ({
  status,
  headers: { "content-type": "application/xml" },
  body:
    `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message><SignatureProvided>${signature}</SignatureProvided></Error>`
})

const policy = RetryPolicy.make({ jitter: "none" })

/** How a call ends, once the policy has given up. */
const settle = <A, E>(
  call: Effect.Effect<A, E, TriggerClient>,
  http: ReturnType<typeof Scripted.make>,
  config: TriggerConfigOptions = {}
) =>
  Effect.gen(function*() {
    const fiber = yield* call.pipe(
      Effect.provide(Scripted.client(http, { retryPolicy: policy, ...config })),
      Effect.either,
      Effect.fork
    )
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

const succeeds = <A, E>(...args: Parameters<typeof settle<A, E>>) => Effect.flatten(settle(...args))

const fails = <A, E>(...args: Parameters<typeof settle<A, E>>) => Effect.flip(Effect.flatten(settle(...args)))

const text =
  "{\"json\":{\"at\":\"2026-01-01T00:00:00.000Z\",\"n\":\"NaN\"},\"meta\":{\"values\":{\"at\":[\"Date\"],\"n\":[\"number\"]},\"v\":1}}"

const Value = Schema.Struct({ at: Schema.Date, n: Schema.Number })

const value = { at: new Date("2026-01-01"), n: Number.NaN }

describe("an output in the object store", () => {
  it.effect("is asked for at the packet route, and fetched without the key and the branch", () =>
    Effect.gen(function*() {
      const http = server(object(text, "application/super+json"))
      const config = { previewBranch: "feature/x", apiUrl: "https://api.test/prefix/" }
      assert.deepStrictEqual(yield* succeeds(RunOutput.decode(Value)(stored), http, config), value)
      assert.deepStrictEqual(
        http.requests.map(({ headers, method, url }) => ({ method, url, headers: { ...headers } })),
        [
          {
            method: "GET",
            url: "https://api.test/prefix/api/v1/packets/run_1/attempt_1/output.json",
            headers: {
              accept: "application/json",
              "accept-encoding": "identity",
              authorization: `Bearer ${Scripted.secretKey}`,
              "cache-control": "no-cache",
              "user-agent": "effect-trigger-dev/0.1.0",
              "x-trigger-branch": "feature/x"
            }
          },
          {
            method: "GET",
            url: presigned(1),
            headers: { accept: "*/*", "accept-encoding": "identity", "user-agent": "effect-trigger-dev/0.1.0" }
          }
        ]
      )
    }))

  it.effect("of a result that was read run by run is asked for at the run route", () =>
    Effect.gen(function*() {
      const http = server(object(text, "application/super+json"))
      assert.deepStrictEqual(yield* succeeds(RunOutput.decode(Value)(pathless), http), value)
      assert.deepStrictEqual(http.requests.map(({ url }) => url), [
        "http://trigger.test/api/v3/runs/run_1",
        presigned(1)
      ])
    }))

  it.effect("asks for compression only where it is switched on", () =>
    Effect.gen(function*() {
      const http = server(object("1"))
      yield* succeeds(downloadOutput(stored), http, { compression: "on" })
      assert.isUndefined(http.requests[1]?.headers["accept-encoding"])
    }))

  const types: ReadonlyArray<readonly [type: string | undefined, body: string, json: unknown]> = [
    ["application/json", "{\"a\":1}", { a: 1 }],
    ["application/super+json; charset=utf-8", "{\"json\":[\"-0\"],\"meta\":{\"values\":{\"0\":[\"number\"]}}}", [-0]],
    ["text/plain; charset=utf-8", "{\"a\":1}", "{\"a\":1}"],
    ["application/xml", "<a/>", "<a/>"],
    ["text/plain", "", ""],
    ["application/json", "", undefined]
  ]
  for (const [type, body, json] of types) {
    it.effect(`is of its own content type: ${type} with ${JSON.stringify(body)}`, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* succeeds(RunOutput.json(stored), server(object(body, type))), json)
      }))
  }

  it.effect("is JSON where the store names no type", () =>
    Effect.gen(function*() {
      const bytes = new TextEncoder().encode("{\"a\":1}")
      const http = HttpClient.make((request) =>
        Effect.succeed(HttpClientResponse.fromWeb(
          request,
          request.url.startsWith(origin)
            ? new Response(bytes)
            : new Response(JSON.stringify({ presignedUrl: presigned(1) }))
        ))
      )
      const layer = Scripted.client({ layer: Layer.succeed(HttpClient.HttpClient, http) })
      assert.deepStrictEqual(yield* Effect.provide(downloadOutput(stored), layer), {
        text: "{\"a\":1}"
      })
      assert.deepStrictEqual(yield* Effect.provide(RunOutput.json(stored), layer), { a: 1 })
    }))

  it.effect("that is broken is an OutputParseError of its own type", () =>
    Effect.gen(function*() {
      const error = yield* fails(RunOutput.json(stored), server(object("{", "application/super+json")))
      assert.strictEqual(error._tag === "OutputParseError" && error.outputType, "application/super+json")
    }))
})

describe("a presigned URL that is refused", () => {
  for (const status of [400, 401, 403]) {
    it.effect(`with ${status} is asked for again, at once`, () =>
      Effect.gen(function*() {
        const http = server(refusal(status, "AccessDenied"), object("1", "application/json"))
        assert.strictEqual(yield* succeeds(RunOutput.json(stored), http), 1)
        assert.deepStrictEqual(http.requests.map(({ at, url }) => [url.startsWith(origin) ? url : "api", at]), [
          ["api", 0],
          [presigned(1), 0],
          ["api", 0],
          [presigned(2), 0]
        ])
      }))
  }

  it.effect("twice is an OutputUnavailable that says so", () =>
    Effect.gen(function*() {
      const http = server(refusal(403, "AccessDenied"))
      const error = yield* fails(RunOutput.json(stored), http)
      assert.instanceOf(error, OutputUnavailable)
      assert.deepStrictEqual({ ...error }, {
        _tag: "OutputUnavailable",
        runId: "run_1",
        taskIdentifier: "resize",
        reason: "Refused",
        detail: "the object store returned 403 (AccessDenied)"
      })
      assert.strictEqual(
        error.message,
        "Cannot download the output of run run_1 (task \"resize\") (Refused): " +
          "the object store returned 403 (AccessDenied)"
      )
      assert.strictEqual(http.requests.length, 4)
    }))
})

describe("what the object store does not have", () => {
  const final: ReadonlyArray<readonly [step: Scripted.Response, reason: string, detail: string]> = [
    [refusal(404, "NoSuchKey"), "NotFound", "the object store returned 404 (NoSuchKey)"],
    [{ status: 410 }, "NotFound", "the object store returned 410"],
    [{ status: 302 }, "Failed", "the object store returned 302, a redirect that is not followed"],
    [{ status: 304, headers: { location: `${origin}/other` } }, "Failed", "the object store returned 304"],
    [{ status: 204 }, "Failed", "the object store returned 204"],
    [{ status: 418, body: `teapot ${signature}` }, "Failed", "the object store returned 418"]
  ]
  for (const [step, reason, detail] of final) {
    it.effect(`${step.status} is final: ${reason}`, () =>
      Effect.gen(function*() {
        const http = server(step)
        const error = yield* fails(RunOutput.json(stored), http)
        assert.deepStrictEqual(error._tag === "OutputUnavailable" && [error.reason, error.detail], [reason, detail])
        assert.strictEqual(http.requests.length, 2)
      }))
  }

  const passing: ReadonlyArray<readonly [step: Scripted.Step, tag: string]> = [
    [refusal(503, "SlowDown"), "ServerError"],
    [{ status: 500 }, "ServerError"],
    [{ status: 408 }, "ServerError"],
    [{ status: 429 }, "RateLimited"],
    ["refused", "TransportError"],
    ["cut off", "TransportError"]
  ]
  for (const [step, tag] of passing) {
    const name = typeof step === "string" ? step : step.status
    it.effect(`${name} is retried, each time with a new URL`, () =>
      Effect.gen(function*() {
        const http = server(step, object("1", "application/json"))
        assert.strictEqual(yield* succeeds(RunOutput.json(stored), http), 1)
        assert.deepStrictEqual(
          http.requests.filter(({ url }) => url.startsWith(origin)).map(({ at, url }) => [url, at]),
          [[presigned(1), 0], [presigned(2), 500]]
        )
      }))

    it.effect(`${name} for good is an OutputUnavailable with its ${tag}`, () =>
      Effect.gen(function*() {
        const http = server(step)
        const error = yield* fails(RunOutput.json(stored), http)
        assert.instanceOf(error, OutputUnavailable)
        assert.strictEqual(error.reason, "Failed")
        assert.strictEqual(error.cause?._tag, tag)
        assert.strictEqual(error.detail, error.cause?.message)
        assert.strictEqual(
          error.cause !== undefined && "endpoint" in error.cause && error.cause.endpoint,
          `GET ${origin}/packets/p/output.json`
        )
        assert.strictEqual(http.requests.length, 10)
      }))
  }

  it.effect("is told with its code, where it gives one, and of a run whose task is not known", () =>
    Effect.gen(function*() {
      const { taskIdentifier: _, ...anonymous } = stored
      const failure = (step: Scripted.Response) => fails(RunOutput.json(anonymous), server(step))
      const slow = yield* failure(refusal(503, "SlowDown"))
      assert.notProperty(slow, "taskIdentifier")
      const details = [slow, yield* failure({ status: 500 })].map((error) =>
        error._tag === "OutputUnavailable" && error.cause?._tag === "ServerError" && { ...error.cause }
      )
      const endpoint = `GET ${origin}/packets/p/output.json`
      assert.deepStrictEqual<unknown>(details, [
        { _tag: "ServerError", endpoint, status: 503, detail: "SlowDown" },
        { _tag: "ServerError", endpoint, status: 500 }
      ])
    }))

  it.effect("is told without a code that is further back than anybody reads", () =>
    Effect.gen(function*() {
      const code = "<Code>NoSuchKey</Code>"
      const detailOf = (before: number) =>
        Effect.map(
          fails(RunOutput.json(stored), server({ status: 404, body: " ".repeat(before) + code })),
          (error) => error._tag === "OutputUnavailable" && error.detail
        )
      assert.strictEqual(yield* detailOf(65_536 - code.length), "the object store returned 404 (NoSuchKey)")
      assert.strictEqual(yield* detailOf(65_536 - code.length + 1), "the object store returned 404")
    }))

  it.effect("is not asked again before its hint", () =>
    Effect.gen(function*() {
      const http = server({ status: 503, headers: { "retry-after": "7" } }, object("1", "application/json"))
      yield* succeeds(RunOutput.json(stored), http)
      assert.strictEqual(http.requests[3]?.at, 7000)
    }))

  it.effect("is not asked again where the policy of the scope says so", () =>
    Effect.gen(function*() {
      const http = server({ status: 503 })
      yield* fails(RunOutput.json(stored).pipe(RetryPolicy.override(RetryPolicy.none)), http)
      assert.strictEqual(http.requests.length, 2)
    }))

  for (const step of ["hang", "hang in the body"] as const) {
    it.effect(`${step} is given up after requestTimeout`, () =>
      Effect.gen(function*() {
        const http = server(step)
        const error = yield* fails(RunOutput.json(stored), http, {
          requestTimeout: "10 seconds",
          retryPolicy: RetryPolicy.none
        })
        assert.instanceOf(error, OutputUnavailable)
        assert.deepStrictEqual(error.cause?._tag === "TransportError" && [error.cause.reason, error.cause.detail], [
          "Timeout",
          "received nothing for 10s"
        ])
        assert.strictEqual(http.aborted, 1)
      }))
  }
})

describe("a redirect of the object store", () => {
  const redirect = (location: string, status = 307): Scripted.Response => ({ status, headers: { location } })

  const notFollowed = {
    _tag: "OutputUnavailable",
    runId: "run_1",
    taskIdentifier: "resize",
    reason: "Failed",
    detail: "the object store returned 307, a redirect that is not followed"
  }

  for (const status of [301, 302, 303, 307, 308]) {
    it.effect(`with ${status} is followed without the key and the branch`, () =>
      Effect.gen(function*() {
        const http = server(
          redirect("https://store.test:9000/eu/output.json?X=2", status),
          object("1", "application/json")
        )
        assert.strictEqual(yield* succeeds(RunOutput.json(stored), http, { previewBranch: "feature/x" }), 1)
        assert.deepStrictEqual(
          http.requests.slice(1).map(({ headers, method, url }) => ({ method, url, headers: { ...headers } })),
          [presigned(1), `${origin}/eu/output.json?X=2`].map((url) => ({
            method: "GET",
            url,
            headers: { accept: "*/*", "accept-encoding": "identity", "user-agent": "effect-trigger-dev/0.1.0" }
          }))
        )
      }))
  }

  const followed: ReadonlyArray<readonly [name: string, from: string, location: string, to: string]> = [
    ["within the origin", origin, "/eu/1?X=2", `${origin}/eu/1?X=2`],
    ["to another host", origin, "https://eu.store.test/1?X=2", "https://eu.store.test/1?X=2"],
    ["from http to https", "http://store.test", "https://store.test/1", "https://store.test/1"],
    ["from http to http", "http://store.test", "http://eu.store.test/1", "http://eu.store.test/1"]
  ]
  for (const [name, from, location, to] of followed) {
    it.effect(`is followed ${name}`, () =>
      Effect.gen(function*() {
        const http = Scripted.make([
          Scripted.json({ presignedUrl: `${from}/output.json` }),
          redirect(location),
          object("1", "application/json")
        ])
        assert.strictEqual(yield* succeeds(RunOutput.json(stored), http), 1)
        assert.deepStrictEqual(http.requests.map(({ url }) => url).slice(1), [`${from}/output.json`, to])
      }))
  }

  const refused: ReadonlyArray<readonly [name: string, location: string]> = [
    ["to a URL without encryption", "http://store.test:9000/output.json"],
    ["to a URL with credentials", "https://user@store.test:9000/output.json"],
    ["to another scheme", "ftp://store.test/output.json"],
    ["to what is not a URL", "https://"],
    ["to a URL that is too long", `/${"x".repeat(8192)}`]
  ]
  for (const [name, location] of refused) {
    it.effect(`is not followed ${name}`, () =>
      Effect.gen(function*() {
        const http = server(redirect(location))
        assert.deepStrictEqual<unknown>({ ...yield* fails(RunOutput.json(stored), http) }, notFollowed)
        assert.strictEqual(http.requests.length, 2)
      }))
  }

  it.effect("is followed three times in a row, each as a request with a span of its own", () =>
    Effect.gen(function*() {
      const hops = [1, 2, 3].map((n) => redirect(`${origin}/${n}`))
      assert.strictEqual(yield* succeeds(RunOutput.json(stored), server(...hops, object("1", "application/json"))), 1)
      const { exit, spans } = yield* traced(
        Effect.provide(RunOutput.json(stored), Scripted.client(server(...hops, redirect(`${origin}/4`))))
      )
      assert.deepStrictEqual<unknown>({ ...yield* Effect.flip(exit) }, notFollowed)
      assert.deepStrictEqual(
        spans.filter(({ name }) => name === "GET object store").map(({ attributes }) => [
          attributes.get("url.full"),
          attributes.get("http.request.resend_count")
        ]),
        [
          [`${origin}/packets/p/output.json`, undefined],
          [`${origin}/1`, 1],
          [`${origin}/2`, 2],
          [`${origin}/3`, 3]
        ]
      )
    }))

  it.effect("begins anew when a retry has a new URL, or the target refuses the URL", () =>
    Effect.gen(function*() {
      const http = server(
        redirect("/1"),
        { status: 503 },
        redirect("/2"),
        refusal(403, "AccessDenied"),
        object("1", "application/json")
      )
      assert.strictEqual(yield* succeeds(RunOutput.json(stored), http), 1)
      assert.deepStrictEqual(http.requests.map(({ url }) => url).filter((url) => url.startsWith(origin)), [
        presigned(1),
        `${origin}/1`,
        presigned(2),
        `${origin}/2`,
        presigned(3)
      ])
    }))

  it.effect("keeps the secrets of both URLs out of what is said of the target", () =>
    Effect.gen(function*() {
      const other = "5b1f8e0652bbb4e2821bc7b03522a17c40900deb98444b18c4874a51b2d169ee"
      for (const code of [signature, other]) {
        // a gateway may repeat the signature in the path, too
        const http = server(redirect(`/${signature}/1?X-Amz-Signature=${other}`), refusal(404, code))
        const { exit, texts } = yield* recording(Effect.provide(RunOutput.json(stored), Scripted.client(http)))
        expectNoSecret(texts, [signature, other])
        assert.include(String(yield* Effect.flip(exit)), "the object store returned 404 (<redacted>)")
      }
    }))
})

describe("what the API does not have", () => {
  const responses: ReadonlyArray<
    readonly [result: RunSuccess, step: Scripted.Step, reason: string, cause: string | undefined]
  > = [
    [stored, { status: 401 }, "Failed", "Unauthorized"],
    [stored, Scripted.json({ error: "Invalid packet storage path" }, {}, 400), "Failed", "UnexpectedResponse"],
    [stored, Scripted.json({ error: "not found" }, {}, 404), "Failed", "RunNotFound"],
    [pathless, Scripted.json({ error: "Run not found" }, {}, 404), "Failed", "RunNotFound"],
    [stored, Scripted.json({}), "Failed", "InvalidResponse"],
    [stored, Scripted.json({ presignedUrl: "/relative" }), "NoUrl", undefined],
    [stored, Scripted.json({ presignedUrl: "ftp://store.test/" }), "NoUrl", undefined],
    [stored, Scripted.json({ presignedUrl: `https://store.test/?${"x".repeat(8193)}` }), "NoUrl", undefined],
    [stored, Scripted.json({ presignedUrl: "http2://store.test/" }), "NoUrl", undefined],
    [stored, Scripted.json({ presignedUrl: "xhttp://store.test/" }), "NoUrl", undefined],
    [stored, Scripted.json({ presignedUrl: "https://user@store.test/" }), "NoUrl", undefined],
    [stored, Scripted.json({ presignedUrl: "https://:secret@store.test/" }), "NoUrl", undefined],
    [
      pathless,
      Scripted.json({ id: "run_1", taskIdentifier: "t", status: "COMPLETED", createdAt: "2026-01-01T00:00:00Z" }),
      "NoUrl",
      undefined
    ]
  ]
  for (const [result, step, reason, cause] of responses) {
    it.effect(`${JSON.stringify(step).slice(0, 70)} for ${"output" in result ? "a path" : "a run"} is final: ${cause ?? reason}`, () =>
      Effect.gen(function*() {
        const http = Scripted.make([step])
        const error = yield* fails(RunOutput.json(result), http)
        assert.instanceOf(error, OutputUnavailable)
        assert.strictEqual(error.reason, reason)
        assert.strictEqual(error.detail, error.cause?.message ?? "the API returned no usable URL")
        assert.strictEqual(error.cause?._tag, cause)
        assert.strictEqual(http.requests.length, 1)
      }))
  }

  it.effect("is retried as any call, and not once more around it", () =>
    Effect.gen(function*() {
      const http = Scripted.make([{ status: 500 }])
      const error = yield* fails(RunOutput.json(stored), http)
      assert.strictEqual(error._tag === "OutputUnavailable" && error.cause?._tag, "ServerError")
      assert.strictEqual(http.requests.length, 5)
    }))

  it.effect("a run id that is none is not asked for, and no more of it is told than is of use", () =>
    Effect.gen(function*() {
      const http = server()
      const error = yield* fails(RunOutput.json({ ...pathless, id: "../secrets".repeat(100) }), http)
      assert.deepStrictEqual(
        error._tag === "OutputUnavailable" && error.cause?._tag === "InvalidRunId" && error.cause.runId,
        "../secrets".repeat(20)
      )
      assert.strictEqual(http.requests.length, 0)
    }))
})

describe("a result whose output is not in the object store", () => {
  const rows: ReadonlyArray<readonly [what: string, result: unknown, reason: string, detail: RegExp]> = [
    [
      "because the run route shows none",
      { ok: true, id: "run_1", status: "COMPLETED" },
      "NotShown",
      /^GET \/api\/v3\/runs\/run_1 shows no output\. /
    ],
    [
      "because it is part of the result",
      { ...stored, outputType: "application/json" },
      "InvalidResult",
      /^the output is not in the object store, because its type is application\/json\. Read it with RunOutput\.$/
    ],
    [
      "because it has no type",
      { ok: true, id: "run_1", output: "run_1/output.json" },
      "InvalidResult",
      /its type is application\/json/
    ],
    ["because the run failed", { ok: false, id: "run_1" }, "InvalidResult", /^the run failed, so it has no output$/],
    [
      "because it is not a result",
      "run_1",
      "InvalidResult",
      /^expected the result of a run, but the value is a string$/
    ]
  ]
  for (const [what, result, reason, detail] of rows) {
    it.effect(`is an OutputUnavailable, and no request is sent, ${what}`, () =>
      Effect.gen(function*() {
        const http = server(object("1"))
        const error = yield* fails(downloadOutput(result as RunSuccess), http)
        assert.instanceOf(error, OutputUnavailable)
        assert.strictEqual(error.reason, reason)
        assert.match(error.detail, detail)
        assert.lengthOf(http.requests, 0)
      }))
  }
})

describe("a storage path", () => {
  const good: ReadonlyArray<readonly [path: string, asked: string]> = [
    ["run_1/attempt_1/output.json", "run_1/attempt_1/output.json"],
    ["s3://run_1/output.json", "s3%3A%2F%2Frun_1/output.json"],
    ["a b/ä?#%2e%2e\\..\\x", "a%20b/%C3%A4%3F%23%252e%252e%5C..%5Cx"],
    ["...", "..."],
    ["run_1/http:x", "run_1/http%3Ax"],
    ["minio-eu://run_1/output.json", "minio-eu%3A%2F%2Frun_1/output.json"],
    ["x".repeat(1200), "x".repeat(1200)]
  ]
  for (const [path, asked] of good) {
    it.effect(`${path.slice(0, 40)} stays within the packet route`, () =>
      Effect.gen(function*() {
        const http = server(object("1", "application/json"))
        yield* succeeds(RunOutput.json({ ...stored, output: path }), http)
        assert.strictEqual(http.requests[0]?.url, `http://trigger.test/api/v1/packets/${asked}`)
      }))
  }

  const bad = [
    "",
    "/",
    "..",
    ".",
    "a/..",
    "../../batches",
    "a/./b",
    "a//b",
    "/a",
    "a/",
    "s3://",
    "s3://../x",
    "https://store.test/o?X-Amz-Signature=abc",
    "HTTP://store.test/o?X-Amz-Signature=abc",
    "s3://bucket/o?X-Amz-Signature=abc",
    "run_1/tr_dev_abc/output.json",
    "\ud800",
    "x".repeat(1201)
  ]
  for (const path of bad) {
    it.effect(`${JSON.stringify(path.slice(0, 20))} is not asked for`, () =>
      Effect.gen(function*() {
        const http = server()
        const error = yield* fails(RunOutput.json({ ...stored, output: path }), http)
        assert.deepStrictEqual<unknown>({ ...error }, {
          _tag: "OutputUnavailable",
          runId: "run_1",
          taskIdentifier: "resize",
          reason: "InvalidPath",
          detail: "the storage path in the result is invalid; no request was sent"
        })
        assert.strictEqual(http.requests.length, 0)
      }))
  }
})

/** A store whose bodies the test feeds by hand. */
const fed = () => {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  let underWay = 0
  const self = {
    /** How many downloads were given up on the way. */
    stopped: 0,
    most: 0,
    feed: (chunk: Uint8Array) => controller?.enqueue(chunk),
    close: () => controller?.close(),
    layer: Layer.succeed(
      HttpClient.HttpClient,
      HttpClient.make((request, _url, signal) =>
        Effect.sync(() => {
          if (!request.url.startsWith(origin)) {
            return HttpClientResponse.fromWeb(request, new Response(JSON.stringify({ presignedUrl: presigned(1) })))
          }
          underWay++
          self.most = Math.max(self.most, underWay)
          const stop = () => {
            self.stopped++
            underWay--
          }
          signal.addEventListener("abort", stop)
          const body = new ReadableStream<Uint8Array>({
            start: (started) => {
              controller = started
            },
            cancel: stop
          })
          return HttpClientResponse.fromWeb(
            request,
            new Response(body, { headers: { "content-type": "text/plain", "content-length": "1" } })
          )
        })
      )
    )
  }
  return self
}

/** Lets the promises of web streams come through. */
const settled = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))

describe("a large output", () => {
  it.effect("may take its time as long as it keeps coming, in pieces of any size", () =>
    Effect.gen(function*() {
      const store = fed()
      const fiber = yield* Effect.fork(
        Effect.provide(downloadOutput(stored), Scripted.client(store, { requestTimeout: "30 seconds" }))
      )
      yield* settled
      const bytes = new TextEncoder().encode("\ufeffä🌍".repeat(10))
      for (const byte of bytes) {
        yield* TestClock.adjust("29 seconds")
        store.feed(new Uint8Array([byte]))
        yield* settled
      }
      store.close()
      // the mark in front is a part of the text, as in an output that is not offloaded
      assert.strictEqual((yield* Fiber.join(fiber)).text, "\ufeffä🌍".repeat(10))
    }))

  it.effect("is given up when it stands still", () =>
    Effect.gen(function*() {
      const store = fed()
      const fiber = yield* Effect.fork(
        Effect.flip(Effect.provide(downloadOutput(stored), Scripted.client(store, { retryPolicy: RetryPolicy.none })))
      )
      yield* settled
      store.feed(new Uint8Array([65]))
      yield* settled
      yield* TestClock.adjust("30 seconds")
      const error = yield* Fiber.join(fiber)
      assert.strictEqual(error._tag === "OutputUnavailable" && error.cause?._tag, "TransportError")
      assert.strictEqual(store.stopped, 1)
    }))

  it.effect("is aborted by interruption", () =>
    Effect.gen(function*() {
      const store = fed()
      const fiber = yield* Effect.fork(Effect.provide(downloadOutput(stored), Scripted.client(store)))
      yield* settled
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(store.stopped, 1)
    }))

  it.effect("beyond maxOutputSize is an OutputTooLarge, whatever the store says of its size", () =>
    Effect.gen(function*() {
      const store = fed()
      const fiber = yield* Effect.fork(
        Effect.flip(Effect.provide(downloadOutput(stored), Scripted.client(store, { maxOutputSize: 10 })))
      )
      yield* settled
      store.feed(new Uint8Array(10))
      yield* settled
      store.feed(new Uint8Array(1))
      const error = yield* Fiber.join(fiber)
      assert.instanceOf(error, OutputTooLarge)
      assert.deepStrictEqual({ ...error }, {
        _tag: "OutputTooLarge",
        runId: "run_1",
        taskIdentifier: "resize",
        limit: 10
      })
      assert.strictEqual(
        error.message,
        "The output of run run_1 (task \"resize\") is larger than 10 bytes, TriggerConfig's maxOutputSize. " +
          "Return less from the task, or set a larger maxOutputSize (at most 536870888)."
      )
      assert.strictEqual(store.stopped, 1)
    }))

  it.effect("of maxOutputSize bytes is let in; bytes are counted, not characters", () =>
    Effect.gen(function*() {
      const http = server(object("ääääx", "text/plain"))
      assert.strictEqual(yield* succeeds(RunOutput.json(stored), http, { maxOutputSize: 9 }), "ääääx")
      assert.strictEqual((yield* fails(RunOutput.json(stored), http, { maxOutputSize: 8 }))._tag, "OutputTooLarge")
    }))

  it.effect("takes its turn: no more downloads at once than the client's concurrency", () =>
    Effect.gen(function*() {
      const store = fed()
      const fiber = yield* Effect.fork(
        Effect.forEach(Array.from({ length: 8 }, () => stored), downloadOutput, { concurrency: "unbounded" }).pipe(
          Effect.provide(Scripted.client(store, { concurrency: 3, retryPolicy: RetryPolicy.none })),
          Effect.either
        )
      )
      yield* settled
      yield* settled
      assert.strictEqual(store.most, 3)
      yield* TestClock.adjust(Duration.minutes(1))
      yield* Fiber.join(fiber)
      assert.strictEqual(store.most, 3)
    }))

  it.effect("of many megabytes arrives whole", () =>
    Effect.gen(function*() {
      const items = Array.from({ length: 100_000 }, (_, i) => ({ i, text: `item ${i} ü`, at: new Date(i) }))
      const http = server(object(superjson.stringify(items), "application/super+json"))
      const Items = Schema.Array(Schema.Struct({ i: Schema.Number, text: Schema.String, at: Schema.Date }))
      assert.deepStrictEqual(yield* succeeds(RunOutput.decode(Items)(stored), http), items)
    }), 60_000)
})

describe("secrets of a download", () => {
  const steps: ReadonlyArray<Scripted.Step> = [
    object("{", "application/json"),
    refusal(403, "SignatureDoesNotMatch"),
    refusal(503, "SlowDown"),
    { status: 400, body: presigned(1) },
    { status: 302, headers: { location: presigned(1) } },
    "refused",
    "cut off",
    "hang"
  ]
  for (const step of steps) {
    it.effect(`appear nowhere: ${JSON.stringify(step).slice(0, 50)}`, () =>
      Effect.gen(function*() {
        const layer = Scripted.client(server(step), { retryPolicy: policy })
        const fiber = yield* Effect.fork(recording(Effect.provide(RunOutput.json(stored), layer)))
        yield* TestClock.adjust("1 hour")
        expectNoSecret((yield* Fiber.join(fiber)).texts, [Scripted.secretKey, signature])
      }))
  }
})

describe("a key in place of the run id", () => {
  for (const step of [object("1"), Scripted.json({ error: "Not found" }, {}, 404)]) {
    it.effect(`appears nowhere, although the path can be asked for: ${step.status}`, () =>
      Effect.gen(function*() {
        const key = "tr_dev_QWxhZGRpbjpvcGVuIHNlc2FtZQ"
        const http = Scripted.make(({ url }) =>
          url.startsWith(origin) || step.status === 404
            ? step
            : Scripted.json({ presignedUrl: presigned(1) })
        )
        const { texts } = yield* recording(
          Effect.provide(Effect.asVoid(downloadOutput({ ...stored, id: key })), Scripted.client(http))
        )
        expectNoSecret(texts, [key])
      }))
  }
})

describe("a key in the path of a presigned URL", () => {
  for (const step of [object("1"), refusal(503, "SlowDown")]) {
    it.effect(`appears nowhere: ${step.status}`, () =>
      Effect.gen(function*() {
        const key = "tr_dev_QWxhZGRpbjpvcGVuIHNlc2FtZQ"
        const http = Scripted.make(({ url }) =>
          url.startsWith(origin) ? step : Scripted.json({ presignedUrl: `${origin}/${key}/output.json` })
        )
        const { texts } = yield* recording(
          Effect.provide(
            Effect.asVoid(downloadOutput(stored)),
            Scripted.client(http, { retryPolicy: RetryPolicy.none })
          )
        )
        expectNoSecret(texts, [key])
      }))
  }
})

describe("what a failure of the connection says of the URL", () => {
  const url = `${presigned(1)}&a=0123456789abcdef&b=0123456789abcde`
  const rows: ReadonlyArray<readonly [message: string, detail: string]> = [
    [`no route to ${url}`, `no route to ${origin}/packets/p/output.json?<redacted>`],
    [`no route for ${new URL(url).search.slice(1)}!`, "no route for <redacted>!"],
    [`no ${signature} of 300 s`, "no <redacted> of 300 s"],
    ["sixteen 0123456789abcdef, fifteen 0123456789abcde", "sixteen <redacted>, fifteen 0123456789abcde"]
  ]
  for (const [message, detail] of rows) {
    it.effect(`${message.slice(0, 30)}… has its query string taken out, whole and in parts`, () =>
      Effect.gen(function*() {
        const http = HttpClient.make((request) =>
          request.url.startsWith(origin)
            ? Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport", cause: new Error(message) }))
            : Effect.succeed(HttpClientResponse.fromWeb(
              request,
              Response.json({ presignedUrl: url })
            ))
        )
        const layer = Scripted.client({ layer: Layer.succeed(HttpClient.HttpClient, http) }, {
          retryPolicy: RetryPolicy.none
        })
        const error = yield* Effect.flip(Effect.provide(downloadOutput(stored), layer))
        assert.strictEqual(
          error._tag === "OutputUnavailable" && error.cause?._tag === "TransportError" && error.cause.detail,
          detail
        )
      }))
  }
})

describe("the spans of a download", () => {
  it.effect("do not keep the output", () =>
    Effect.gen(function*() {
      const http = server(object("a-text-of-one-output", "text/plain"))
      const { texts } = yield* recording(Effect.provide(Effect.asVoid(downloadOutput(stored)), Scripted.client(http)))
      assert.isTrue(texts.some(([, text]) => text.includes("TriggerClient.downloadOutput")))
      assert.isTrue(texts.some(([, text]) => text.includes("GET object store")))
      expectNoSecret(texts, ["a-text-of-one-output", signature, Scripted.secretKey])
    }))
})

describe("against the simulator", () => {
  const Big = Schema.Struct({
    text: Schema.String,
    set: Schema.Set(Schema.Number),
    none: Schema.optional(Schema.Number)
  })
  const big = { text: "x".repeat(200_000), set: new Set([1, Number.NaN]), none: undefined }

  for (const engine of ["v1", "v2"] as const) {
    it.effect(`outputs of engine ${engine} decode, the offloaded ones included`, () =>
      Effect.gen(function*() {
        const simulator = yield* TriggerSimulator
        const { id } = yield* simulator.createBatch({
          engine,
          runs: [{ task: "resize", output: big }, { task: "resize", output: { ...big, text: "small" } }]
        })
        yield* TestClock.adjust("1 minute")
        const { results } = yield* collectBatchResults(id)
        const outputs = yield* Effect.forEach(results, RunOutput.decode(Big))
        assert.deepStrictEqual(outputs, [
          { text: big.text, set: big.set },
          { text: "small", set: big.set }
        ])
      }).pipe(Effect.provide(TriggerSimulator.layerClient())))
  }
})

describe("over a batch", () => {
  it.effect("one output that cannot be downloaded does not lose the others", () =>
    Effect.gen(function*() {
      const http = Scripted.make(({ url }) =>
        url.endsWith("/results")
          ? Scripted.json({
            id: "batch_1",
            items: [1, 2, 3].map((n): RunResult => ({ ...stored, id: `run_${n}`, output: `run_${n}/output.json` }))
          })
          : url.startsWith(origin)
          ? url.includes("run_2") ? refusal(404, "NoSuchKey") : object("1", "application/json")
          : Scripted.json({ presignedUrl: `${origin}/${url.split("/packets/")[1] ?? ""}?X=1` })
      )
      const [errors, values] = yield* succeeds(
        Effect.flatMap(getBatchResults("batch_1"), ({ items }) =>
          Effect.partition(items, RunOutput.decode(Schema.Number), { concurrency: 2 })),
        http
      )
      assert.deepStrictEqual(values, [1, 1])
      assert.deepStrictEqual(errors.map((error) => [error._tag, error.runId]), [["OutputUnavailable", "run_2"]])
    }))
})
