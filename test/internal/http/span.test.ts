import { HttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Option, Redacted, Schedule, Stream, TestClock, type Tracer } from "effect"
import {
  awaitBatchResults,
  downloadOutput,
  getBatchResults,
  retrieveBatch,
  retrieveRun,
  RetryPolicy,
  streamBatchResults,
  TriggerAuth,
  TriggerClient,
  TriggerConfig
} from "effect-trigger-dev"
import * as Scripted from "../../support/scriptedHttp.js"
import { traced } from "../../support/spans.js"

const summary = (span: Tracer.Span) => ({
  name: span.name,
  parent: Option.match(span.parent, { onNone: () => "", onSome: (parent) => parent.spanId }),
  attributes: Object.fromEntries(span.attributes),
  ended: span.status._tag === "Ended" && (Exit.isSuccess(span.status.exit) ? "ok" : "failed")
})

const fast = RetryPolicy.make({ base: 0 })

/** The first attempt has no `resend_count`. */
const resent = (retries: number) => retries === 0 ? {} : { "http.request.resend_count": retries }

const attempt = (retries: number, rest: Record<string, unknown>) => ({
  "http.request.method": "GET",
  ...resent(retries),
  "url.full": "http://trigger.test/api/v1/batches/batch_1234/results",
  "server.address": "trigger.test",
  "server.port": 80,
  "url.template": "/api/v1/batches/{batchId}/results",
  ...rest
})

describe("spans", () => {
  it.effect("one for the operation and one for each attempt, without the HTTP client's own", () =>
    Effect.gen(function*() {
      const http = Scripted.make([
        { status: 500 },
        "refused",
        Scripted.json({ id: "batch_1234", items: [{ ok: true, id: "run_1" }] })
      ])
      const { spans } = yield* traced(
        Effect.provide(getBatchResults("batch_1234"), Scripted.client(http, { retryPolicy: fast }))
      )
      const route = "GET /api/v1/batches/{batchId}/results"
      assert.deepStrictEqual<unknown>(spans.map(summary), [
        {
          name: "TriggerClient.getBatchResults",
          parent: "",
          attributes: { "trigger.batch.id": "batch_1234", "trigger.batch.items": 1, "trigger.retries": 2 },
          ended: "ok"
        },
        {
          name: route,
          parent: "0",
          attributes: attempt(0, { "http.response.status_code": 500, "error.type": "ServerError" }),
          ended: "failed"
        },
        {
          name: route,
          parent: "0",
          attributes: attempt(1, { "error.type": "TransportError.Refused" }),
          ended: "failed"
        },
        { name: route, parent: "0", attributes: attempt(2, { "http.response.status_code": 200 }), ended: "ok" }
      ])
      assert.isTrue(spans.slice(1).every((span) => span.kind === "client"))
    }))

  it.effect("one attempt is no retry", () =>
    Effect.gen(function*() {
      const { spans } = yield* traced(
        Effect.provide(getBatchResults("batch_1234"), Scripted.client(Scripted.make([Scripted.ok])))
      )
      assert.isFalse(spans[0]?.attributes.has("trigger.retries"))
    }))

  for (
    const [apiUrl, port] of [
      ["https://trigger.test", 443],
      ["http://trigger.test", 80],
      ["https://trigger.test:8443", 8443]
    ] as const
  ) {
    it.effect(`the port of ${apiUrl} is ${port}`, () =>
      Effect.gen(function*() {
        const { spans } = yield* traced(
          Effect.provide(getBatchResults("batch_1234"), Scripted.client(Scripted.make([Scripted.ok]), { apiUrl }))
        )
        assert.strictEqual(spans[1]?.attributes.get("server.port"), port)
      }))
  }

  it.effect("a run's are named after its own route", () =>
    Effect.gen(function*() {
      const http = Scripted.make([Scripted.json({
        id: "run_1",
        taskIdentifier: "a",
        status: "COMPLETED",
        createdAt: "2026-08-21T12:00:00.000Z"
      })])
      const { spans } = yield* traced(Effect.provide(retrieveRun("run_1"), Scripted.client(http)))
      assert.deepStrictEqual(spans.map((span) => span.name), [
        "TriggerClient.retrieveRun",
        "GET /api/v3/runs/{runId}"
      ])
      assert.deepStrictEqual(spans.map(summary)[0]?.attributes, {
        "trigger.run.id": "run_1",
        "trigger.run.status": "COMPLETED"
      })
    }))

  it.effect("a run's have no status that is not one, such as a key that a server repeats", () =>
    Effect.gen(function*() {
      const http = Scripted.make([Scripted.json({
        id: "run_1",
        taskIdentifier: "a",
        status: Scripted.secretKey,
        createdAt: "2026-08-21T12:00:00.000Z"
      })])
      const { spans } = yield* traced(Effect.provide(retrieveRun("run_1"), Scripted.client(http)))
      assert.strictEqual(spans[0]?.attributes.get("trigger.run.status"), "unknown")
    }))

  it.effect("a batch's are named after its own route", () =>
    Effect.gen(function*() {
      const time = "2026-08-21T12:00:00.000Z"
      const http = Scripted.make([Scripted.json({
        id: "batch_1",
        status: "COMPLETED",
        createdAt: time,
        updatedAt: time,
        runCount: 2,
        runs: ["run_1", "run_2"]
      })])
      const { spans } = yield* traced(Effect.provide(retrieveBatch("batch_1"), Scripted.client(http)))
      assert.deepStrictEqual(spans.map((span) => span.name), [
        "TriggerClient.retrieveBatch",
        "GET /api/v2/batches/{batchId}"
      ])
      assert.deepStrictEqual(spans.map(summary)[0]?.attributes, {
        "trigger.batch.id": "batch_1",
        "trigger.batch.status": "COMPLETED",
        "trigger.batch.runs": 2
      })
    }))

  it.effect("a download's tell of the API and of the object store, without the URL's query string", () =>
    Effect.gen(function*() {
      let objects = 0
      const http = Scripted.make(({ url }) =>
        url.startsWith("http://trigger.test")
          ? Scripted.json({ presignedUrl: "https://store.test/packets/p/output.json?X-Amz-Signature=0123456789abcdef" })
          : objects++ === 0
          ? { status: 503 }
          : { status: 200, body: "1" }
      )
      const result = { ok: true, id: "run_1", output: "a/b", outputType: "application/store" } as const
      const { spans } = yield* traced(
        Effect.provide(downloadOutput(result), Scripted.client(http, { retryPolicy: fast }))
      )
      const presign = (parent: string) => ({
        name: "TriggerClient.presignOutput",
        parent,
        attributes: { "trigger.run.id": "run_1" },
        ended: "ok"
      })
      const asked = (parent: string) => ({
        name: "GET /api/v1/packets/{path}",
        parent,
        attributes: {
          ...attempt(0, { "http.response.status_code": 200 }),
          "url.full": "http://trigger.test/api/v1/packets/a/b",
          "url.template": "/api/v1/packets/{path}"
        },
        ended: "ok"
      })
      const got = (retries: number, rest: Record<string, unknown>) => ({
        "http.request.method": "GET",
        ...resent(retries),
        "url.full": "https://store.test/packets/p/output.json",
        "server.address": "store.test",
        "server.port": 443,
        ...rest
      })
      assert.deepStrictEqual<unknown>(spans.map(summary), [
        {
          name: "TriggerClient.downloadOutput",
          parent: "",
          attributes: { "trigger.run.id": "run_1", "trigger.retries": 1 },
          ended: "ok"
        },
        presign("0"),
        asked("1"),
        {
          name: "GET object store",
          parent: "0",
          attributes: got(0, { "http.response.status_code": 503, "error.type": "ServerError" }),
          ended: "failed"
        },
        presign("0"),
        asked("4"),
        {
          name: "GET object store",
          parent: "0",
          attributes: got(1, { "http.response.status_code": 200 }),
          ended: "ok"
        }
      ])
      assert.deepStrictEqual([spans[3]?.kind, spans[6]?.kind], ["client", "client"])
    }))

  it.effect("a download that fails is told by its tag, and one that is made once has no retries", () =>
    Effect.gen(function*() {
      const result = { ok: true, id: "run_1", output: "..", outputType: "application/store" } as const
      const { spans } = yield* traced(
        Effect.provide(downloadOutput(result), Scripted.client(Scripted.make([Scripted.ok])))
      )
      assert.deepStrictEqual<unknown>(spans.map(summary), [{
        name: "TriggerClient.downloadOutput",
        parent: "",
        attributes: { "trigger.run.id": "run_1", "error.type": "OutputUnavailable" },
        ended: "failed"
      }])
    }))

  it.effect("a parent of the caller's is the parent of ours", () =>
    Effect.gen(function*() {
      const { spans } = yield* traced(
        getBatchResults("batch_1234").pipe(
          Effect.provide(Scripted.client(Scripted.make([Scripted.ok]))),
          Effect.withSpan("caller")
        )
      )
      assert.deepStrictEqual(spans.map((span) => summary(span).parent), ["", "0", "1"])
    }))

  it.effect("the attempt's is the parent of what the credential takes, the operation's of what the policy does", () =>
    Effect.gen(function*() {
      const http = Scripted.make([{ status: 500 }, Scripted.ok])
      const auth = TriggerAuth.layerEffect(Effect.withSpan(Effect.succeed(Redacted.make(Scripted.secretKey)), "vault"))
      const retryPolicy = Schedule.recurs(1).pipe(Schedule.tapOutput(() => Effect.withSpan(Effect.void, "policy")))
      const { spans } = yield* traced(
        getBatchResults("batch_1234").pipe(
          Effect.provide(TriggerClient.layer.pipe(
            Layer.provide([auth, http.layer, TriggerConfig.layer({ apiUrl: "http://trigger.test", retryPolicy })])
          ))
        )
      )
      const route = "GET /api/v1/batches/{batchId}/results"
      assert.deepStrictEqual(spans.map((span) => [span.name, summary(span).parent]), [
        ["TriggerClient.getBatchResults", ""],
        [route, "0"],
        ["vault", "1"],
        ["policy", "0"],
        [route, "0"],
        ["vault", "4"]
      ])
    }))

  it.effect("none holds on to the value, which may be large; a failure they keep", () =>
    Effect.gen(function*() {
      const http = Scripted.make([
        Scripted.ok,
        { status: 404, body: "{\"error\":\"Batch not found\"}" },
        Scripted.ok
      ])
      yield* TestClock.adjust("1 second")
      const { spans } = yield* traced(
        Effect.gen(function*() {
          yield* getBatchResults("batch_1234")
          yield* Effect.exit(getBatchResults("batch_1234"))
          yield* getBatchResults("batch_1234").pipe(Effect.withTracerTiming(false))
        }).pipe(Effect.provide(Scripted.client(http)))
      )
      const ends = spans.map(({ status }) =>
        status._tag === "Ended"
          ? [
            Exit.match(status.exit, { onSuccess: (value) => value, onFailure: () => "failed" }),
            status.endTime > 0n
          ]
          : "open"
      )
      const nothing = [undefined, true]
      const failed = ["failed", true]
      const untimed = [undefined, false]
      assert.deepStrictEqual<unknown>(ends, [nothing, nothing, failed, failed, untimed, untimed])
    }))

  it.effect("say of what failed that is no tagged error that it is another one", () =>
    Effect.gen(function*() {
      const { spans } = yield* traced(
        awaitBatchResults("batch_1234", { onProgress: () => Effect.fail("enough") }).pipe(
          Effect.provide(Scripted.client(Scripted.make([Scripted.json({
            id: "batch_1234",
            status: "COMPLETED",
            createdAt: "2026-08-21T12:00:00.000Z",
            updatedAt: "2026-08-21T12:00:00.000Z",
            runCount: 0,
            runs: []
          })])))
        )
      )
      assert.strictEqual(spans[0]?.attributes.get("error.type"), "_OTHER")
    }))

  it.effect("say why a stream failed", () =>
    Effect.gen(function*() {
      const { spans } = yield* traced(
        Stream.runDrain(streamBatchResults("nope")).pipe(
          Effect.provide(Scripted.client(Scripted.make([])))
        )
      )
      assert.deepStrictEqual(spans.map((span) => [span.name, span.attributes.get("error.type")]), [
        ["streamBatchResults", "InvalidBatchId"]
      ])
    }))

  it.effect("the caller's own requests keep their spans and their settings", () =>
    Effect.gen(function*() {
      const http = Scripted.make([Scripted.ok])
      const { spans } = yield* traced(
        Effect.gen(function*() {
          const before = yield* Effect.context<never>()
          yield* getBatchResults("batch_1234").pipe(Effect.provide(Scripted.client(http)))
          assert.deepStrictEqual([...(yield* Effect.context<never>()).unsafeMap.keys()], [...before.unsafeMap.keys()])
          const client = yield* HttpClient.HttpClient
          yield* client.get("http://trigger.test/own")
        }).pipe(Effect.provide(http.layer), Effect.scoped)
      )
      assert.deepStrictEqual(spans.map((span) => [span.name, summary(span).parent]), [
        ["TriggerClient.getBatchResults", ""],
        ["GET /api/v1/batches/{batchId}/results", "0"],
        ["http.client GET", ""]
      ])
    }))
})
