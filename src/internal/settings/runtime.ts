/**
 * What the runtime forbids, and what its `fetch` does.
 */
import { hasProperty } from "effect/Predicate"

/** Empty on Node 20, which does not name itself. */
const userAgent = (): string => {
  const navigator: unknown = Reflect.get(globalThis, "navigator")
  return hasProperty(navigator, "userAgent") && typeof navigator.userAgent === "string" ? navigator.userAgent : ""
}

/**
 * Whether a request of the user's program may not wake a fiber of another one, as on Cloudflare Workers: what waits
 * for such a wake-up hangs. It also never runs the finalizers of a request that was dropped, so that a permit which
 * requests share can be lost. https://developers.cloudflare.com/workers/runtime-apis/web-standards/#navigatoruseragent
 */
export const isolatesRequests = (): boolean => userAgent() === "Cloudflare-Workers"

/** Whether `fetch` can be left to ask for compression. On Node it may be undici 7; browsers ask whatever we say. */
export const unpacksSafely = (): boolean => /^(Bun|Deno|Cloudflare-Workers)\b/.test(userAgent())
