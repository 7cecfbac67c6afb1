/**
 * What the `endpoint` of an error says: method and path.
 */

/** The results endpoint accepts fewer kinds of key than the other routes. */
export const isResultsEndpoint = (endpoint: string): boolean => /\/api\/v1\/batches\/[^/]+\/results$/.test(endpoint)
