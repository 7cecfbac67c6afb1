/**
 * Whether an id is safe in a path. An id such as `..`, or one that contains `/`, would reach another route of the API.
 */
export const batchIdPattern = /^batch_[A-Za-z0-9_-]{1,122}$/

export const runIdPattern = /^run_[A-Za-z0-9_-]{1,124}$/

/** The parameter is `unknown` because callers in JavaScript may pass anything. */
export const isBatchId = (id: unknown): id is string => typeof id === "string" && batchIdPattern.test(id)

export const isRunId = (id: unknown): id is string => typeof id === "string" && runIdPattern.test(id)
