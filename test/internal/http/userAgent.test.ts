import { assert, it } from "@effect/vitest"
import manifest from "../../../package.json" with { type: "json" }
import { version } from "../../../src/internal/http/userAgent.js"

it("the user agent has the version of the package", () => {
  assert.strictEqual(version, manifest.version)
})
