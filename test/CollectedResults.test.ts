import { assert, describe, it } from "@effect/vitest"
import { Either, Schema } from "effect"
import { CollectedResults, UnexpectedResponse } from "effect-trigger-dev"

const time = "2026-08-21T12:00:00.000Z"

const itemError = { index: 0, taskIdentifier: "a", error: "no", errorCode: "QUEUE_FULL" }

const wholeBatch = {
  id: "batch_1",
  status: "COMPLETED",
  idempotencyKey: "key",
  createdAt: time,
  updatedAt: time,
  processingCompletedAt: time,
  runCount: 2,
  runs: ["run_1"],
  processing: { completedAt: time, errors: [itemError] }
}

describe("collected results", () => {
  const results = {
    batch: wholeBatch,
    results: [{ ok: true, id: "run_1", output: "1" }],
    pending: ["run_2"],
    failedToStart: [itemError],
    missing: 0,
    complete: false,
    unavailable: [{
      id: "run_3",
      error: { _tag: "UnexpectedResponse", endpoint: "GET /x", status: 418, bodyPreview: "", hint: "tea" }
    }]
  }

  it("cross a border as JSON", () => {
    const decoded = Schema.decodeUnknownSync(CollectedResults)(results)
    assert.instanceOf(decoded.unavailable[0]?.error, UnexpectedResponse)
    const json: unknown = JSON.parse(JSON.stringify(Schema.encodeSync(CollectedResults)(decoded)))
    assert.deepStrictEqual(json, results)
  })

  for (const field of Object.keys(results)) {
    it(`are none without ${field}`, () => {
      const { [field]: _, ...rest } = results as Record<string, unknown>
      assert.isTrue(Either.isLeft(Schema.decodeUnknownEither(CollectedResults)(rest)))
    })
  }
})
