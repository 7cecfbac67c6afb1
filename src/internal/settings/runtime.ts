/**
 * What the runtime forbids.
 */
import { hasProperty } from "effect/Predicate"

/**
 * Whether a request of the user's program may not wake a fiber of another one, as on Cloudflare Workers: what waits
 * for such a wake-up hangs. It also never runs the finalizers of a request that was dropped, so that a permit which
 * requests share can be lost. https://developers.cloudflare.com/workers/runtime-apis/web-standards/#navigatoruseragent
 */
export const isolatesRequests = (): boolean => {
  const navigator: unknown = Reflect.get(globalThis, "navigator")
  return hasProperty(navigator, "userAgent") && navigator.userAgent === "Cloudflare-Workers"
}
