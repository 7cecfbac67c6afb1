import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, FastCheck, Fiber, Option, Schedule, TestClock } from "effect"
import {
  type AttemptError,
  BatchNotFound,
  Forbidden,
  getBatchResults,
  InvalidResponse,
  RateLimited,
  retrieveBatch,
  retrieveRun,
  RetryPolicy,
  ServerError,
  TransportError,
  type TriggerClient,
  Unauthorized,
  UnexpectedResponse
} from "effect-trigger-dev"
import * as Scripted from "../support/scriptedHttp.js"

const tags = new Set([
  "Unauthorized",
  "Forbidden",
  "BatchNotFound",
  "RunNotFound",
  "RateLimited",
  "ServerError",
  "UnexpectedResponse",
  "InvalidResponse",
  "TransportError"
])

/** Which tags a status may have; the body decides between them. */
const possible = (status: number, shouldBe200: ReadonlyArray<string>): ReadonlyArray<string> => {
  switch (status) {
    case 200:
      return shouldBe200
    case 401:
      return ["Unauthorized"]
    case 403:
      return ["Forbidden", "UnexpectedResponse"]
    case 404:
      return ["BatchNotFound", "RunNotFound", "UnexpectedResponse"]
    case 408:
    case 409:
      return ["ServerError"]
    case 429:
      return ["RateLimited"]
    default:
      return status >= 500 ? ["ServerError"] : ["UnexpectedResponse"]
  }
}

const time = new Date(0).toISOString()

const headerText = FastCheck.stringMatching(/^[\x21-\x7e]{0,40}$/)

const headers = FastCheck.record({
  "content-type": FastCheck.oneof(
    FastCheck.constantFrom("application/json", "text/html", "application/problem+json", "application/json; charset=x"),
    headerText
  ),
  "x-ratelimit-reset": FastCheck.oneof(FastCheck.integer().map(String), FastCheck.double().map(String), headerText),
  "x-ratelimit-limit": FastCheck.oneof(FastCheck.integer().map(String), headerText),
  "x-ratelimit-remaining": FastCheck.oneof(FastCheck.integer().map(String), headerText),
  "retry-after": FastCheck.oneof(
    FastCheck.integer().map(String),
    FastCheck.date({ noInvalidDate: true }).map((date) => date.toUTCString().replace(/[^\x20-\x7e]/g, "")),
    headerText
  ),
  "x-should-retry": FastCheck.constantFrom("true", "false", "maybe"),
  date: FastCheck.oneof(FastCheck.constant("Mon, 23 Nov 2026 20:32:27 GMT"), headerText),
  location: headerText
}, { requiredKeys: [] })

const item = FastCheck.record({
  ok: FastCheck.oneof(FastCheck.boolean(), FastCheck.anything()),
  id: FastCheck.oneof(FastCheck.string(), FastCheck.anything()),
  output: FastCheck.oneof(FastCheck.string(), FastCheck.anything()),
  outputType: FastCheck.string(),
  error: FastCheck.oneof(
    FastCheck.record({
      type: FastCheck.constantFrom("BUILT_IN_ERROR", "INTERNAL_ERROR", "NEW"),
      raw: FastCheck.anything()
    }),
    FastCheck.anything()
  )
}, { requiredKeys: [] })

/** What each of the operations succeeds with. */
const good = FastCheck.constantFrom(
  { id: "batch_1", items: [{ ok: true, id: "run_1", output: "1", outputType: "application/json" }] },
  { id: "batch_1", status: "PENDING", createdAt: time, updatedAt: time, runCount: 1, runs: ["run_1"] },
  { id: "run_1", status: "EXECUTING", taskIdentifier: "task", createdAt: time, updatedAt: time, tags: [] }
)

const body = FastCheck.oneof(
  good.map((value) => JSON.stringify(value)),
  FastCheck.json(),
  FastCheck.string(),
  FastCheck.constantFrom("", " ", "null", "<html>", "{\"error\":\"x\"}", "{\"error\":", "\u0000", "[".repeat(100_000)),
  FastCheck.record({ id: FastCheck.string(), items: FastCheck.array(item) }).map((value) => {
    try {
      return JSON.stringify(value, (_, field: unknown) => typeof field === "bigint" ? String(field) : field)
    } catch {
      return "{}"
    }
  })
)

const status = FastCheck.oneof(
  FastCheck.constantFrom(200, 200, 401, 403, 404, 408, 429, 500, 503),
  FastCheck.integer({ min: 200, max: 599 })
)

describe("whatever a server sends", () => {
  it("each operation succeeds, or fails with exactly one error that fits, and never dies", async () => {
    const succeeded = [0, 0, 0]
    await FastCheck.assert(
      FastCheck.asyncProperty(status, headers, body, async (status, headers, body) => {
        const http = Scripted.make([{ status, headers, body: [204, 205, 304].includes(status) ? "" : body }])
        const operations: ReadonlyArray<Effect.Effect<void, { readonly _tag: string }, TriggerClient>> = [
          Effect.asVoid(getBatchResults("batch_1")),
          Effect.asVoid(retrieveBatch("batch_1")),
          Effect.asVoid(retrieveRun("run_1"))
        ]
        for (const [index, operation] of operations.entries()) {
          const exit = await Effect.runPromiseExit(
            // a client for each, so that no gate stays closed
            Effect.provide(operation, Scripted.client(http, { retryPolicy: RetryPolicy.none }))
          )
          if (Exit.isFailure(exit)) {
            const failure = exit.cause._tag === "Fail" ? exit.cause.error._tag : exit.cause._tag
            assert.isTrue(tags.has(failure), failure)
            assert.include(possible(status, ["UnexpectedResponse", "InvalidResponse"]), failure)
          } else {
            assert.strictEqual(status, 200)
            succeeded[index] = (succeeded[index] ?? 0) + 1
          }
        }
      }),
      { numRuns: 1000 }
    )
    for (const count of succeeded) {
      assert.isAbove(count, 0)
    }
  }, 60_000)
})

/** As many within the caps of a policy as beyond them. */
const duration = FastCheck.oneof(
  FastCheck.integer({ min: 0, max: 150_000 }),
  FastCheck.integer({ min: 0, max: 10_000_000 })
).map((millis) => Duration.millis(millis))

const flag = FastCheck.option(FastCheck.boolean(), { nil: undefined })

const error: FastCheck.Arbitrary<AttemptError> = FastCheck.tuple(flag, FastCheck.option(duration, { nil: undefined }))
  .chain(([shouldRetry, retryAfter]) => {
    const fields = {
      endpoint: "GET /x",
      ...(shouldRetry === undefined ? {} : { shouldRetry }),
      ...(retryAfter === undefined ? {} : { retryAfter })
    }
    return FastCheck.constantFrom<AttemptError>(
      new RateLimited(fields),
      new ServerError({ ...fields, status: 500 }),
      new Unauthorized(fields),
      new Forbidden(fields),
      new BatchNotFound({ ...fields, batchId: "batch_1" }),
      new UnexpectedResponse({ ...fields, status: 400, bodyPreview: "", hint: "" }),
      new InvalidResponse({ endpoint: "GET /x", path: "", reason: "" }),
      new TransportError({ endpoint: "GET /x", reason: "Reset", detail: "" })
    )
  })

describe("a policy", () => {
  it("never waits longer than its caps, and never retries too often", async () => {
    const options = FastCheck.record({
      maxRetries: FastCheck.integer({ min: 0, max: 8 }),
      base: FastCheck.integer({ min: 0, max: 5000 }),
      factor: FastCheck.double({ min: 1, max: 4, noNaN: true }),
      maxDelay: FastCheck.integer({ min: 0, max: 20_000 }),
      maxRetryAfter: FastCheck.integer({ min: 0, max: 120_000 }),
      jitter: FastCheck.constantFrom("full" as const, "none" as const)
    }, { requiredKeys: [] })

    await FastCheck.assert(
      FastCheck.asyncProperty(
        options,
        FastCheck.array(error, { minLength: 1, maxLength: 12 }),
        async (options, errors) => {
          const policy = RetryPolicy.make(options)
          const decisions = await Effect.runPromise(Schedule.run(
            Schedule.delays(policy),
            0,
            errors.filter((error) => error._tag !== "BatchNotFound")
          ))
          const delays = [...decisions].map((delay) => Duration.toMillis(delay))
          // the last output is of the step that ended it, or of the end of the errors
          assert.isAtMost(delays.length, (options.maxRetries ?? 4) + 1)
          for (const delay of delays) {
            assert.isAtMost(delay, Math.max(options.maxDelay ?? 10_000, options.maxRetryAfter ?? 60_000))
            assert.isAtLeast(delay, 0)
          }
        }
      ),
      { numRuns: 500 }
    )
  })

  it("is never asked about an error that cannot get better", () => {
    FastCheck.assert(FastCheck.property(error, (error) => {
      const expected = "shouldRetry" in error && error.shouldRetry !== undefined
        ? error.shouldRetry
        : !["Unauthorized", "Forbidden", "UnexpectedResponse", "InvalidResponse"].includes(error._tag)
      assert.strictEqual(RetryPolicy.isRetryable(error), expected)
    }))
  })
})

describe("whatever is given as an id", () => {
  const anyId = FastCheck.oneof(
    FastCheck.string(),
    FastCheck.string().map((text) => `batch_${text}`),
    FastCheck.stringMatching(/^batch_[A-Za-z0-9_-]{1,130}$/),
    FastCheck.webUrl(),
    FastCheck.constantFrom("batch_..", "batch_.", "batch_%2e%2e", "batch_a/b", "batch_a?b", "batch_a#b", "batch_\\")
  )

  it("it stays in its segment of the path, or nothing is sent", async () => {
    await FastCheck.assert(
      FastCheck.asyncProperty(anyId, async (id) => {
        const http = Scripted.make([Scripted.ok])
        const exit = await Effect.runPromiseExit(Effect.provide(getBatchResults(id), Scripted.client(http)))
        const sent = http.requests.map((request) => new URL(request.url))
        if (Exit.isSuccess(exit)) {
          assert.deepStrictEqual(sent.map((url) => [url.pathname, url.search, url.hash]), [
            [`/api/v1/batches/${id}/results`, "", ""]
          ])
          assert.lengthOf(sent[0]?.pathname.split("/") ?? [], 6)
        } else {
          assert.deepStrictEqual(sent, [])
          assert.isTrue(
            Option.exists(
              Exit.causeOption(exit),
              (cause) => cause._tag === "Fail" && cause.error._tag === "InvalidBatchId"
            )
          )
        }
      }),
      { numRuns: 1000 }
    )
  })
})

describe("whatever the hints", () => {
  it.effect("a call ends within what its caps allow", () =>
    Effect.gen(function*() {
      // most resets and seconds of `headers` have passed, or are further off than anybody waits for
      const near = FastCheck.record({
        resetIn: FastCheck.integer({ min: 0, max: 70_000 }),
        "retry-after": FastCheck.integer({ min: 0, max: 70 }).map(String)
      }, { requiredKeys: [] })
      const response = FastCheck.tuple(headers, near)
      const samples = FastCheck.sample(FastCheck.array(response, { minLength: 5, maxLength: 5 }), 40)
      let waited = 0
      for (const responses of samples) {
        const http = Scripted.make(({ at }, number) => {
          const [headers, { resetIn, ...hints }] = responses[Math.min(number, 5) - 1] ?? [{}, {}]
          const reset = resetIn === undefined ? {} : { "x-ratelimit-reset": String(at + resetIn) }
          return { status: 429, headers: { ...headers, ...hints, ...reset } }
        })
        const fiber = yield* Effect.fork(Effect.exit(Effect.provide(getBatchResults("batch_1"), Scripted.client(http))))
        // four waits of 60 seconds at the most, at the gate or in the policy
        yield* TestClock.adjust("241 seconds")
        const exit = yield* Fiber.poll(fiber)
        assert.isTrue(Option.isSome(exit))
        assert.isAtMost(http.requests.length, 5)
        waited += http.requests.some(({ at }) => at - (http.requests[0]?.at ?? 0) > 10_000) ? 1 : 0
        yield* Fiber.interrupt(fiber)
      }
      assert.isAbove(waited, 5)
    }), 60_000)
})
