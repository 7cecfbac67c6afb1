/**
 * The commands that need a client. The build keeps what this module imports out of the start of the process.
 */
export { report } from "./report.js"
export { results } from "./results.js"
export { status } from "./status.js"
export { wait } from "./wait.js"
