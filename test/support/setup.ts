/**
 * Around each test file. The files of a worker share its modules and its globals, so what one of them finds must not depend
 * on those before it.
 */
import { Agent, setGlobalDispatcher } from "@effect/platform-node/Undici"
import { afterAll, vi } from "vitest"

// `fetch` is served by undici 7, as in a service that has loaded `@effect/platform-node`, and by connections of its own
setGlobalDispatcher(new Agent())

afterAll(() => {
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
})
