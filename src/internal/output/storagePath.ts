/**
 * Makes the API path for the presigned URL of a storage path. A storage path is external data that becomes part of a URL,
 * so it must not be able to reach another route.
 */
import { redact } from "../describe/redact.js"

/** Servers with several object stores prefix the path: `s3://run_1234/attempt_1/output.json`. */
// Stryker disable next-line Regex: a match elsewhere leaves a slash in front, and an empty segment is invalid
const scheme = /^[a-z][a-z0-9+.-]*:\/\//i

/** Object stores allow keys of 1,024 bytes; the rest is for the prefix. */
const maxLength = 1200

/** Undefined if the storage path is invalid. */
export const packetPath = (storagePath: string): string | undefined => {
  const store = scheme.exec(storagePath)?.[0] ?? ""
  const segments = storagePath.slice(store.length).split("/")
  // errors and spans show the path of a request, so it holds no key and no presigned URL; and
  // the server decodes the path once, so only a literal `.` or `..` can change the route
  return storagePath.length <= maxLength && !/\p{Surrogate}/u.test(storagePath) &&
      redact(storagePath) === storagePath &&
      segments.every((segment) => segment !== "" && segment !== "." && segment !== "..")
    ? `/api/v1/packets/${encodeURIComponent(store)}${segments.map(encodeURIComponent).join("/")}`
    : undefined
}
