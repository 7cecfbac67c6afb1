import { afterEach, assert, describe, it, vi } from "@effect/vitest"
import { isolatesRequests } from "../../../src/internal/settings/runtime.js"

afterEach(() => vi.unstubAllGlobals())

describe("requests are isolated", () => {
  const rows: ReadonlyArray<readonly [navigator: unknown, isolated: boolean]> = [
    [{ userAgent: "Cloudflare-Workers" }, true],
    [{ userAgent: "Node.js/22" }, false],
    [{ userAgent: "Deno/2.9.0" }, false],
    [{}, false],
    [undefined, false]
  ]
  for (const [navigator, isolated] of rows) {
    it(`${String(isolated)} with the navigator ${JSON.stringify(navigator)}`, () => {
      vi.stubGlobal("navigator", navigator)
      assert.strictEqual(isolatesRequests(), isolated)
    })
  }
})
