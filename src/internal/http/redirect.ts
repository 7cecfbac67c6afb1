/**
 * Which responses are redirects.
 */

/** 300 names choices and 304 a cached response: neither says where to go instead. */
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/**
 * Browsers hide a redirect that is not followed behind the status 0:
 * https://fetch.spec.whatwg.org/#concept-filtered-response-opaque-redirect
 */
export const isRedirect = (status: number): boolean => status === 0 || redirects.has(status)
