import { assert, it } from "@effect/vitest"
import { version } from "../../../src/internal/http/userAgent.js"
import manifest from "../../../package.json" with { type: "json" }

it("the user agent has the version of the package", () => {
  assert.strictEqual(version, manifest.version)
})
