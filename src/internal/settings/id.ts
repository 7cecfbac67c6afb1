/**
 * The form that an id must have before it may be a part of a path. Ids such as `..`, or with a literal `/`, reach another
 * route of the API.
 */
import { textOf } from "../describe/kind.js"
import { redact } from "../describe/redact.js"

export const batchIdPattern = /^batch_[A-Za-z0-9_-]{1,122}$/

export const runIdPattern = /^run_[A-Za-z0-9_-]{1,124}$/

/** What an error says that it expected. */
export const idForm = (prefix: "batch" | "run"): string =>
  `"${prefix}_" followed by letters, digits, "_" or "-", at most 128 characters`

/** Programs without types may pass anything. */
export const isBatchId = (id: unknown): id is string => typeof id === "string" && batchIdPattern.test(id)

export const isRunId = (id: unknown): id is string => typeof id === "string" && runIdPattern.test(id)

/** The characters of an invalid id that an error quotes. */
const maxShown = 200

/** Redacting takes long for a text of many megabytes. A key or token that is cut off here is still redacted. */
const maxRead = 4096

/** An invalid id as an error may quote it: redacted, because a key or a token may be given in place of an id. */
export const describeId = (id: unknown): string => redact(textOf(id).slice(0, maxRead)).slice(0, maxShown)
