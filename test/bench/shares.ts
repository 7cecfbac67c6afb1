/**
 * What the time of a call may go to, as far as a profile can tell it.
 */

export const shares = [
  "our code",
  "`effect`",
  "`@effect/platform`",
  "undici",
  "Node",
  "`JSON.parse`, and the caller",
  "garbage collector",
  "not JavaScript"
] as const

export type Share = (typeof shares)[number]

/** Milliseconds of a call, by what ran; waiting does not count. */
export type Profile = { readonly [share in Share]?: number }

export const shareOf = (
  { functionName, url }: { readonly functionName: string; readonly url: string }
): Share | undefined => {
  if (functionName === "(idle)") {
    return undefined
  }
  if (functionName === "(garbage collector)") {
    return "garbage collector"
  }
  // V8 counts the time of JSON.parse to the function that calls it
  if (functionName === "parseJson" || url.endsWith("/bench/contenders.js")) {
    return "`JSON.parse`, and the caller"
  }
  if (url.includes("undici")) {
    return "undici"
  }
  if (url.includes("/@effect/")) {
    return "`@effect/platform`"
  }
  if (url.includes("/node_modules/effect/")) {
    return "`effect`"
  }
  if (url.startsWith("node:")) {
    return "Node"
  }
  return url.startsWith("file:") ? "our code" : "not JavaScript"
}
