/**
 * Removes control characters from text: an escape sequence in an output or an error could move the cursor, rewrite
 * lines or set the title of the terminal.
 */
import { stripVTControlCharacters } from "node:util"

/** Control characters, and the Unicode marks that reverse the order of the text after them. */
const unsafe = /[\p{Cc}\u2028\u2029]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** One line, with a single space for each white space. */
export const oneLine = (text: string): string =>
  stripVTControlCharacters(text).replace(/\s+/gu, " ").replace(unsafe, "").trim()

/** Several lines: keeps line feeds and tabs. */
export const lines = (text: string): string =>
  stripVTControlCharacters(text)
    .replace(/\r\n?/g, "\n")
    .replace(unsafe, (character) => character === "\n" || character === "\t" ? character : "")
