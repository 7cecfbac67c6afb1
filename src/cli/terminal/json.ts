/**
 * Writes JSON that is safe to show on a terminal.
 */

/**
 * What JSON.stringify leaves as it is, although a terminal obeys it (the eight-bit controls) or an editor reorders the
 * text after it.
 */
const unsafe = /[\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`

/** In JSON these characters occur in strings alone, so the value stays the same. */
export const escapeJson = (json: string): string => json.replace(unsafe, escaped)

export const safeJson = (value: unknown, indent?: number): string =>
  escapeJson(JSON.stringify(value, undefined, indent))
