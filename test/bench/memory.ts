/**
 * The most memory that a process needs to read the largest batch once and hold it.
 *
 * Arguments: the contender, the URL of the server, the batch id. Prints the peak of the resident set, in bytes.
 */
import { openNamed } from "./open.js"

const [name, apiUrl = "", id = ""] = process.argv.slice(2)
const client = await openNamed(name, apiUrl)
const batch = await client.call(id)
console.log(JSON.stringify(batch.items.length === 0 ? 0 : process.resourceUsage().maxRSS * 1024))
process.exit()
