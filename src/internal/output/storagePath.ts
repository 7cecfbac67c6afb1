/**
 * The path of the API that a storage path is asked for at. It comes from outside and becomes a part of a URL: it must
 * not be able to reach another route.
 */

/** Servers with several stores put the store in front: `s3://run_1234/attempt_1/output.json`. */
const scheme = /^[a-z][a-z0-9+.-]*:\/\//i

/** The most that object stores take for a key, and some for the store. */
const longest = 1200

/** Undefined where the storage path is none. */
export const packetPath = (storagePath: string): string | undefined => {
  const store = scheme.exec(storagePath)?.[0] ?? ""
  const segments = storagePath.slice(store.length).split("/")
  // what is escaped is decoded once by the server, so only these would be taken for steps
  return storagePath.length <= longest && !/\p{Surrogate}/u.test(storagePath) &&
      segments.every((segment) => segment !== "" && segment !== "." && segment !== "..")
    ? `/api/v1/packets/${encodeURIComponent(store)}${segments.map(encodeURIComponent).join("/")}`
    : undefined
}
