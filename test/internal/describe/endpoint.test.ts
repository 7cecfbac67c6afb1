import { assert, describe, it } from "@effect/vitest"
import { isResultsEndpoint } from "../../../src/internal/describe/endpoint.js"

describe("the results endpoint", () => {
  const endpoints: ReadonlyArray<readonly [endpoint: string, isResults: boolean]> = [
    ["GET /api/v1/batches/batch_1/results", true],
    ["GET /behind/a/proxy/api/v1/batches/batch_1/results", true],
    ["GET /api/v1/batches/batch_1/results/x", false],
    ["GET /api/v1/batches/results", false],
    ["GET /api/v2/batches/batch_1", false],
    ["GET /api/v1/packets/results", false],
    ["GET /results", false]
  ]
  for (const [endpoint, isResults] of endpoints) {
    it(`is ${isResults ? "" : "not "}${endpoint}`, () => {
      assert.strictEqual(isResultsEndpoint(endpoint), isResults)
    })
  }
})
