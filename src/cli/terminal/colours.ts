/**
 * Colours, where they are wanted: on a terminal that has them, unless NO_COLOR or FORCE_COLOR say otherwise.
 */
import picocolors from "picocolors"

export type Colours = ReturnType<typeof picocolors.createColors>

/** What is looked at of a stream: a file or a pipe is no terminal. */
export interface Target {
  readonly isTTY?: boolean
}

type Environment = { readonly [name: string]: string | undefined }

/**
 * FORCE_COLOR wins, as in Node itself; `0` and `false` switch colours off. https://no-color.org counts any value of
 * NO_COLOR but an empty one.
 */
export const hasColours = (target: Target, environment: Environment): boolean => {
  const forced = environment["FORCE_COLOR"]
  if (forced !== undefined) {
    return forced !== "0" && forced !== "false"
  }
  const refused = environment["NO_COLOR"]
  return (refused === undefined || refused === "") && target.isTTY === true && environment["TERM"] !== "dumb"
}

export const coloursFor = (target: Target, environment: Environment = process.env): Colours =>
  picocolors.createColors(hasColours(target, environment))
