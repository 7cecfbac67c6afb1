/**
 * The form that an id must have before it may stand in a path. Ids such as `..`, or with a literal `/`, would reach
 * another route of the API.
 */
export const batchIdPattern = /^batch_[A-Za-z0-9_-]{1,122}$/

export const runIdPattern = /^run_[A-Za-z0-9_-]{1,124}$/

/** Callers without types may pass anything. */
export const isBatchId = (id: unknown): id is string => typeof id === "string" && batchIdPattern.test(id)

export const isRunId = (id: unknown): id is string => typeof id === "string" && runIdPattern.test(id)
