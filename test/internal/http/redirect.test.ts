import { assert, it } from "@effect/vitest"
import { isRedirect } from "../../../src/internal/http/redirect.js"

it("a redirect is one of five statuses, or the 0 behind which a browser hides one", () => {
  const statuses = Array.from({ length: 600 }, (_, status) => status)
  assert.deepStrictEqual(statuses.filter(isRedirect), [0, 301, 302, 303, 307, 308])
})
