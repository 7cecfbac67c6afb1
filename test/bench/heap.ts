/**
 * Whether many calls leave anything behind: the heap after garbage collection, before and after them.
 *
 * Arguments: the contender, the URL of the server, the batch id, the number of calls. Prints bytes as JSON. Needs
 * `node --expose-gc`.
 */
import { isContender, open } from "./contenders.js"

const [name, apiUrl = "", id = "", calls] = process.argv.slice(2)
if (!isContender(name) || gc === undefined) {
  throw new Error(`no such contender, or no --expose-gc: ${name}`)
}
const client = await open(name, apiUrl)
await client.calls(id, 1_000, 1)

/** Finalizers run between collections, so that one collection is not enough. */
const heapUsed = async (): Promise<number> => {
  for (let i = 0; i < 4; i++) {
    gc?.()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return process.memoryUsage().heapUsed
}

const before = await heapUsed()
await client.calls(id, Number(calls), 1)
const after = await heapUsed()
console.log(JSON.stringify({ before, after }))
process.exit()
