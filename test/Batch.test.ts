import { assert, describe, it } from "@effect/vitest"
import { Either, Schema } from "effect"
import { Batch, BatchItemError } from "effect-trigger-dev"
import { optionalFields } from "./support/optionalFields.js"

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

const { idempotencyKey, processing, processingCompletedAt, ...createdBatch } = wholeBatch

describe("Batch", () => {
  it("a batch with nulls where fields are optional", () => {
    const decoded = Schema.decodeUnknownSync(Batch)({
      id: "batch_1",
      status: "NEW_STATUS",
      idempotencyKey: null,
      createdAt: "2026-08-21T12:00:00.000Z",
      updatedAt: "2026-08-21T12:00:00.000Z",
      processingCompletedAt: null,
      runCount: 1,
      runs: ["run_1"],
      processing: null
    })
    assert.deepStrictEqual(Object.keys(decoded).sort(), ["createdAt", "id", "runCount", "runs", "status", "updatedAt"])
    assert.strictEqual(decoded.createdAt.getTime(), Date.UTC(2026, 7, 21, 12))
  })
})

optionalFields("BatchItemError", () => BatchItemError, { index: 0, taskIdentifier: "a", error: "no" }, {
  errorCode: "C"
}, true)
optionalFields("Batch", () => Batch, createdBatch, { idempotencyKey, processing, processingCompletedAt }, true)
optionalFields(
  "a batch\x01s processing",
  () => Batch.fields.processing.from,
  { errors: [] },
  { completedAt: time },
  true
)

describe("a value that is not a Batch", () => {
  it(`is refused in words that begin with ${JSON.stringify("Batch\n")}`, () => {
    const error = Either.getOrThrow(Either.flip(Schema.decodeUnknownEither(Batch)(1)))
    assert.isTrue(error.message.startsWith("Batch\n"), error.message)
  })
})
