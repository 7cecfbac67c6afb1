/**
 * Decides whether output has colours: on a terminal, unless NO_COLOR or FORCE_COLOR say otherwise.
 */
import picocolors from "picocolors"

export type Colours = ReturnType<typeof picocolors.createColors>

export interface Target {
  readonly isTTY?: boolean
}

type Environment = { readonly [name: string]: string | undefined }

/**
 * FORCE_COLOR wins, as in Node itself; `0` and `false` switch colours off. An empty NO_COLOR does not count
 * (https://no-color.org).
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
