/**
 * Parses the values of options. `--help` loads this module, so its imports are small.
 */
import { InvalidArgumentError } from "@commander-js/extra-typings"
import ms from "ms"

/** The only batch of `--demo`. */
export const demoBatchId = "batch_demo"

/** The options of every command. */
export interface ConnectionOptions {
  readonly apiUrl?: string
  readonly branch?: string
  readonly keyFile?: string
  readonly demo?: true
  readonly debug?: true
}

const isStringValue = (text: string): text is ms.StringValue => /^\d+(\.\d+)? ?[a-z]+$/i.test(text)

/** In milliseconds. A number without a unit is ambiguous, and refused. */
export const duration = (text: string): number => {
  // for an unknown unit, `ms` gives undefined, although its types do not say so
  const milliseconds: number | undefined = isStringValue(text) ? ms(text) : undefined
  if (milliseconds === undefined || milliseconds <= 0) {
    throw new InvalidArgumentError("Expected a number above 0 and one unit, such as 30s, 90m or 2h.")
  }
  return milliseconds
}

/** The least interval, in milliseconds: each poll is a request. */
const shortestInterval = 100

export const interval = (text: string): number => {
  const milliseconds = duration(text)
  if (milliseconds < shortestInterval) {
    throw new InvalidArgumentError(`Expected at least ${shortestInterval}ms.`)
  }
  return milliseconds
}

/** Scripts pass an empty name when a variable is not set. */
export const fileName = (text: string): string => {
  if (text === "") {
    throw new InvalidArgumentError("Expected the name of a file or folder.")
  }
  return text
}

/** Of an option that may be given several times. Scripts pass an empty id when a variable is not set. */
export const taskIds = (text: string, before: ReadonlyArray<string> | undefined): ReadonlyArray<string> => {
  if (text === "") {
    throw new InvalidArgumentError("Expected the id of a task.")
  }
  return [...before ?? [], text]
}

/** Only http and https: the URL becomes a link in a page. Paths are appended to it. */
export const webUrl = (text: string): string => {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new InvalidArgumentError("Expected a URL such as https://cloud.trigger.dev.")
  }
  if (/[?#]/.test(text)) {
    throw new InvalidArgumentError("Expected a URL without a query or a fragment, such as https://cloud.trigger.dev.")
  }
  return text
}
