/**
 * The form that an id must have before it may be a part of a path. Ids such as `..`, or with a literal `/`, reach another
 * route of the API.
 */
import { redact } from "../describe/redact.js"

export const batchIdPattern = /^batch_[A-Za-z0-9_-]{1,122}$/

export const runIdPattern = /^run_[A-Za-z0-9_-]{1,124}$/

/** Programs without types may pass anything. */
export const isBatchId = (id: unknown): id is string => typeof id === "string" && batchIdPattern.test(id)

export const isRunId = (id: unknown): id is string => typeof id === "string" && runIdPattern.test(id)

/** An invalid id as an error may quote it: shortened, and redacted because a key may be given in place of an id. */
export const describeId = (id: unknown): string => redact(String(id).slice(0, 200))
