import { HttpClientRequest } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { endpointOf } from "../../../src/internal/http/endpoint.js"

describe("a request is named", () => {
  const rows: ReadonlyArray<readonly [url: string, name: string]> = [
    ["https://api.test/a/b", "GET /a/b"],
    ["https://user:pass@api.test/a?signature=abc#x", "GET /a"],
    ["/a/b", "GET (a URL that cannot be parsed)"]
  ]
  for (const [url, name] of rows) {
    it(`${name}, for ${url}`, () => {
      assert.strictEqual(endpointOf(HttpClientRequest.get(url)), name)
    })
  }
})
