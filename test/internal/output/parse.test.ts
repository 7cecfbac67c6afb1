import { assert, describe, it } from "@effect/vitest"
import { mediaType, storeType } from "../../../src/internal/output/parse.js"

describe("the type of an output", () => {
  it("of an output in the object store is application/store, as the SDK writes it", () => {
    assert.strictEqual(storeType, "application/store")
  })

  const rows: ReadonlyArray<readonly [contentType: string | undefined, type: string]> = [
    [undefined, "application/json"],
    ["", "application/json"],
    ["; charset=utf-8", "application/json"],
    ["text/plain", "text/plain"],
    [" Application/Super+JSON ; charset=utf-8; x=1", "application/super+json"]
  ]
  for (const [contentType, type] of rows) {
    it(`is ${type} for ${String(contentType)}`, () => {
      assert.strictEqual(mediaType(contentType), type)
    })
  }
})
