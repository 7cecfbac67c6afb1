import { assert, describe, it } from "@effect/vitest"
import { Either, Redacted, Schema } from "effect"
import { Run } from "effect-trigger-dev"
import { inspect } from "node:util"
import { optionalFields } from "./support/optionalFields.js"

const time = "2026-08-21T12:00:00.000Z"

const wholeRun = {
  updatedAt: time,
  startedAt: time,
  finishedAt: time,
  expiredAt: time,
  delayedUntil: time,
  ttl: "10m",
  durationMs: 1,
  costInCents: 1,
  baseCostInCents: 1,
  tags: ["t"],
  version: "1",
  idempotencyKey: "key",
  isTest: false,
  isCompleted: true,
  isSuccess: true,
  isFailed: false,
  isCancelled: false,
  batchId: "batch_1",
  attemptCount: 1,
  payloadPresignedUrl: "https://store.test/p",
  outputPresignedUrl: "https://store.test/o",
  error: { message: "m" }
}

const createdRun = { id: "run_1", taskIdentifier: "a", status: "COMPLETED", createdAt: time }

describe("Run", () => {
  it("a run keeps the URLs of its offloaded output and payload redacted", () => {
    const decoded = Schema.decodeUnknownSync(Run)({
      id: "run_1",
      taskIdentifier: "a",
      status: "COMPLETED",
      createdAt: "2026-08-21T12:00:00.000Z",
      outputPresignedUrl: "https://store.test/o?X-Amz-Signature=SECRET",
      payloadPresignedUrl: "https://store.test/p?X-Amz-Signature=SECRET"
    })
    assert.notInclude(JSON.stringify(decoded) + String(decoded.outputPresignedUrl) + inspect(decoded), "SECRET")
    assert.strictEqual(
      decoded.outputPresignedUrl && Redacted.value(decoded.outputPresignedUrl),
      "https://store.test/o?X-Amz-Signature=SECRET"
    )
  })

  it("a run tells an output of null from none", () => {
    const run = { id: "run_1", taskIdentifier: "a", status: "COMPLETED", createdAt: "2026-08-21T12:00:00.000Z" }
    assert.isTrue("output" in Schema.decodeUnknownSync(Run)({ ...run, output: null }))
    assert.isFalse("output" in Schema.decodeUnknownSync(Run)(run))
  })
})

optionalFields("Run", () => Run, createdRun, wholeRun, true)
optionalFields(
  "the error of a run",
  () => Run.fields.error.from,
  {},
  { message: "m", name: "E", stackTrace: "s" },
  true
)

describe("a value that is not a Run", () => {
  it(`is refused in words that begin with ${JSON.stringify("Run\n")}`, () => {
    const error = Either.getOrThrow(Either.flip(Schema.decodeUnknownEither(Run)(1)))
    assert.isTrue(error.message.startsWith("Run\n"), error.message)
  })
})
