/**
 * Makes text from outside safe to print: outputs and errors are whatever a task returned or threw, and an escape
 * sequence in one could move the cursor, rewrite lines or set the title of the terminal.
 */
import { stripVTControlCharacters } from "node:util"

/** Controls, and the marks with which Unicode reverses the order of what follows. */
const unsafe = /[\p{Cc}\u2028\u2029]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** One line. White space is a space, and what cannot be shown is gone. */
export const oneLine = (text: string): string =>
  stripVTControlCharacters(text).replace(/\s+/gu, " ").replace(unsafe, "").trim()

/** Several lines: line feeds and tabs stay. */
export const lines = (text: string): string =>
  stripVTControlCharacters(text)
    .replace(/\r\n?/g, "\n")
    .replace(unsafe, (character) => character === "\n" || character === "\t" ? character : "")
