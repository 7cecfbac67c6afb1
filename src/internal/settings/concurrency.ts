/**
 * How many requests of bulk reading a client sends at once, unless the user says otherwise.
 */
export const defaultConcurrency = 16
