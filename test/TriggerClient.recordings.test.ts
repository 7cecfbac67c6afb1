import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Schema, TestClock } from "effect"
import * as Trigger from "effect-trigger-dev"
import { getBatchResults, retrieveBatch, retrieveRun, RetryPolicy } from "effect-trigger-dev"
import * as Recording from "./support/recording.js"
import * as Scripted from "./support/scriptedHttp.js"

const response = ({ headers, status, text }: Recording.Recording): Scripted.Response => {
  // the text is decompressed already, as an HTTP client hands it over
  const { "content-encoding": _, ...rest } = headers
  return { status, headers: rest, body: text }
}

const replay = <A, E>(name: string, call: (id: string) => Effect.Effect<A, E, Trigger.TriggerClient>, id: string) =>
  call(id).pipe(
    Effect.provide(Scripted.client(Scripted.make([response(Recording.read(name))]), { retryPolicy: RetryPolicy.none })),
    Effect.either
  )

const Failure = Schema.Union(
  Trigger.BatchNotFound,
  Trigger.RunNotFound,
  Trigger.Unauthorized,
  Trigger.RateLimited,
  Trigger.ServerError,
  Trigger.UnexpectedResponse
)

const plain = (error: unknown) => Schema.encodeUnknown(Failure)(error)

const endpoint = "GET /api/v1/batches/batch_1234/results"

/** Each recorded response of `/results` that is good, with its number of items. */
const good: Record<string, number> = {
  "200-allpending": 0,
  "200-empty": 0,
  "200-genuine-v2-run-created-via-v1-tasks-batch-results": 1,
  "200-genuine-v2-run-created-via-v3-batches-results": 0,
  "200-gzip-mixed": 33,
  "200-mixed": 33,
  "200-order-run-ids-reverse-of-batch-order": 5,
  "200-redis-stopped-known-key-takes-5s": 0,
  "429-seq-request-1": 1
}

const wrongUrl =
  "The API never responds like this: check the API URL (http://trigger.test; TRIGGER_API_URL or apiUrl sets it) and any proxy in between."

/** Each recorded response of `/results` that is not, with the error that it means. */
const bad: Record<string, Record<string, unknown>> = {
  "401-bad-key": { _tag: "Unauthorized", reason: "Refused", endpoint, detail: "Invalid or Missing API Key" },
  "401-no-authorization": {
    _tag: "Unauthorized",
    reason: "Refused",
    endpoint,
    detail: "No authorization header provided"
  },
  "401-preview-key-no-branch": {
    _tag: "Unauthorized",
    reason: "Refused",
    endpoint,
    detail: "Invalid or Missing API Key"
  },
  "404-unknown-batch": { _tag: "BatchNotFound", endpoint, detail: "Batch not found", batchId: "batch_1234" },
  "429-raw": {
    _tag: "RateLimited",
    endpoint,
    detail: "Rate limit exceeded 0/3 requests remaining. Retry in 29.847 seconds.",
    retryAfter: 30_095,
    limit: 3,
    remaining: 0,
    resetAt: 1795465977095
  },
  "429-seq-request-4": {
    _tag: "RateLimited",
    endpoint,
    detail: "Rate limit exceeded 0/3 requests remaining. Retry in 29.883 seconds.",
    retryAfter: 30_095,
    limit: 3,
    remaining: 0,
    resetAt: 1795465977095
  },
  "500-postgres-stopped-known-key": { _tag: "ServerError", endpoint, status: 500, detail: "Internal Server Error" },
  "500-presenter-query-fails": {
    _tag: "ServerError",
    endpoint,
    status: 500,
    detail: "Something went wrong, please try again."
  },
  "method-POST": {
    _tag: "UnexpectedResponse",
    endpoint,
    status: 405,
    contentType: "application/json; charset=utf-8",
    bodyPreview: "{\"message\":\"Unexpected Server Error\"}",
    hint: wrongUrl
  },
  "odd-dot": {
    _tag: "BatchNotFound",
    endpoint,
    detail: "Not found",
    shouldRetry: true,
    batchId: "batch_1234"
  },
  "odd-long-id-20k": {
    _tag: "UnexpectedResponse",
    endpoint,
    status: 431,
    bodyPreview: "",
    hint: wrongUrl
  },
  "odd-slash-literal": {
    _tag: "UnexpectedResponse",
    endpoint,
    status: 404,
    contentType: "text/html; charset=utf-8",
    hint:
      "For a missing batch or run, the API sends JSON, so this response does not come from the API: check the API URL (http://trigger.test; TRIGGER_API_URL or apiUrl sets it)."
  },
  "odd-trailing-slash": {
    _tag: "UnexpectedResponse",
    endpoint,
    status: 301,
    contentType: "text/plain; charset=utf-8",
    bodyPreview: "Moved Permanently. Redirecting to /api/v1/batches/batch_cmrealmixed00000000000000/results",
    hint: "The API never redirects, and this response redirects to http://trigger.test" +
      "/api/v1/batches/batch_cmrealmixed00000000000000/results: check the API URL (http://trigger.test; " +
      "TRIGGER_API_URL or apiUrl sets it). Redirects are not followed, so that the key is not sent to another host."
  }
}

/** Responses of other routes: [how to ask, whether the response is good]. */
const others: Record<string, "batch" | "run" | "packet"> = Object.fromEntries(
  Recording.names
    .filter((name) => !(name in good) && !(name in bad))
    .map((name) => [
      name,
      name.startsWith("packets") ? "packet" : /v2-batch/.test(name) ? "batch" : "run"
    ])
)

describe("every recording of /results", () => {
  for (const [name, items] of Object.entries(good)) {
    it.effect(`${name} decodes to its ${items} items, and to what its JSON says`, () =>
      Effect.gen(function*() {
        const recording = Recording.read(name)
        const { id } = JSON.parse(recording.text)
        const results = yield* Effect.flatten(replay(name, getBatchResults, id))
        assert.strictEqual(results.items.length, items)
        assert.deepStrictEqual<unknown>(results, JSON.parse(recording.text))
        // by the schema alone, without the guard that stands for it
        const decode = Schema.decodeUnknownSync(Trigger.BatchResults, { onExcessProperty: "preserve" })
        assert.deepStrictEqual(decode(JSON.parse(recording.text)), results)
      }))
  }

  for (const [name, error] of Object.entries(bad)) {
    it.effect(`${name} is ${String(error["_tag"])}`, () =>
      Effect.gen(function*() {
        // the Date of the recorded 429s
        yield* TestClock.setTime(1795465977095 - 30_095)
        const result = yield* replay(name, getBatchResults, "batch_1234")
        assert.isTrue(Either.isLeft(result))
        const fields = { ...yield* plain(Either.isLeft(result) ? result.left : undefined) } as Record<string, unknown>
        if (name === "odd-slash-literal") {
          // 8 KB of HTML
          assert.match(String(fields["bodyPreview"]), /^<!DOCTYPE html>.{180,190}…$/)
          delete fields["bodyPreview"]
        }
        assert.deepStrictEqual<unknown>(fields, error)
      }))
  }
})

describe("every recording of the other routes", () => {
  for (const [name, route] of Object.entries(others).filter(([, route]) => route !== "packet")) {
    it.effect(`${name} is read as a ${route}`, () =>
      Effect.gen(function*() {
        const { status, text } = Recording.read(name)
        const json = JSON.parse(text)
        if (status === 200) {
          const value = route === "batch"
            ? yield* Effect.flatten(replay(name, retrieveBatch, json.id))
            : yield* Effect.flatten(replay(name, retrieveRun, json.id))
          // dates and all: it encodes to the JSON it came from, less the fields that nobody asked for
          const encoded = "runs" in value
            ? yield* Schema.encode(Trigger.Batch)(value)
            : yield* Schema.encode(Trigger.Run)(value)
          for (const [key, field] of Object.entries(encoded)) {
            assert.deepStrictEqual(field, json[key], key)
          }
          assert.strictEqual(value.status, json.status)
        } else {
          const error = route === "batch"
            ? yield* Effect.flip(Effect.flatten(replay(name, retrieveBatch, "batch_1234")))
            : yield* Effect.flip(Effect.flatten(replay(name, retrieveRun, "run_1234")))
          const tag = status === 401 ? "Unauthorized" : route === "batch" ? "BatchNotFound" : "RunNotFound"
          assert.strictEqual<string>(error._tag, tag)
        }
      }))
  }
})
