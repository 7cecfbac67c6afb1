/**
 * The simulated object store: presigned URLs, and the objects behind them.
 */
import { type ApiResponse, text } from "./response.js"

/** How long a presigned URL is valid, in seconds. */
const validFor = 300

export interface StoredObject {
  readonly body: string
  readonly contentType: string
}

const root = "/packets/proj_simulator"

/** Such as `20261123T203228Z`. */
const compact = (instant: number): string => new Date(instant).toISOString().replace(/[-:]|\.\d+/g, "")

const parseCompact = (date: string): number =>
  Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"))

/** Not a signature that keeps anybody out; it is there to be looked for where it must not be. */
const signature = (path: string, date: string): string => {
  let hash = 0
  for (const char of `${path}@${date}`) {
    hash = (Math.imul(hash, 31) + (char.codePointAt(0) ?? 0)) >>> 0
  }
  return hash.toString(16).padStart(8, "0").repeat(8)
}

export const presign = (origin: string, environment: string, path: string, now: number): string => {
  const date = compact(now)
  const full = `${root}/${environment}/${path}`
  return `${origin}${full}?X-Amz-Expires=${validFor}&X-Amz-Date=${date}&X-Amz-Algorithm=AWS4-HMAC-SHA256` +
    `&X-Amz-Credential=AKIASIMULATOR%2F${date.slice(0, 8)}%2Fus-east-1%2Fs3%2Faws4_request` +
    `&X-Amz-SignedHeaders=host&X-Amz-Signature=${signature(full, date)}`
}

const refusal = (status: number, code: string): ApiResponse =>
  text(status, "application/xml", `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code></Error>`)

/** `find` is given the environment and the path of an object. */
export const read = (
  url: URL,
  authorization: string | undefined,
  now: number,
  find: (environment: string, path: string) => StoredObject | undefined
): ApiResponse => {
  const date = url.searchParams.get("X-Amz-Date") ?? ""
  if (authorization !== undefined) {
    // one way of signing only: this is how a key that travels too far is noticed
    return refusal(400, "InvalidArgument")
  }
  if (url.searchParams.get("X-Amz-Signature") !== signature(url.pathname, date)) {
    return refusal(403, "SignatureDoesNotMatch")
  }
  if (!(now < parseCompact(date) + validFor * 1000)) {
    return refusal(403, "AccessDenied")
  }
  const [environment = "", ...path] = url.pathname.slice(root.length + 1).split("/")
  const object = find(environment, path.join("/"))
  return object === undefined ? refusal(404, "NoSuchKey") : text(200, object.contentType, object.body)
}

export const isStorePath = (path: string): boolean => path.startsWith(`${root}/`)
