/**
 * Prints the outcome of the last test run as its last line: "N passed, N failed". A file that could not even be loaded
 * counts as one failure. Fails if any test failed, or if none ran.
 */
import * as fs from "node:fs"

interface Results {
  readonly success: boolean
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: ReadonlyArray<{ readonly status: string; readonly assertionResults: ReadonlyArray<unknown> }>
}

const file = ".tmp/test-results.json"
const results: Results | undefined = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")) : undefined

if (results === undefined) console.error("The test run left no results")
const unloaded = results?.testResults.filter(({ assertionResults, status }) =>
  status === "failed" && assertionResults.length === 0
)
const passed = results?.numPassedTests ?? 0
const failed = (results?.numFailedTests ?? 0) + (unloaded?.length ?? 0)
const skipped = (results?.numPendingTests ?? 0) + (results?.numTodoTests ?? 0)

if (skipped > 0) console.log(`${skipped} skipped or to do`)
if (passed + failed === 0) console.error("Not a single test ran")
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = results?.success === true && failed === 0 && passed > 0 ? 0 : 1
