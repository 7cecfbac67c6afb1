/**
 * Where the time of a call goes: the samples of a CPU profile, by what ran. Prints milliseconds a call as JSON.
 *
 * Arguments: the contender, the URL of the server, the id of the batch, the number of calls, how many at a time.
 */
import { Session } from "node:inspector/promises"
import { isContender, open } from "./contenders.js"
import { type Share, shareOf } from "./shares.js"

const [name, apiUrl = "", id = "", calls = "", width = ""] = process.argv.slice(2)
if (!isContender(name)) {
  throw new Error(`no such contender: ${name}`)
}
const client = await open(name, apiUrl)
// once to warm up
await client.calls(id, Number(calls), Number(width))
const session = new Session()
session.connect()
await session.post("Profiler.enable")
await session.post("Profiler.setSamplingInterval", { interval: 100 })
await session.post("Profiler.start")
await client.calls(id, Number(calls), Number(width))
const { profile } = await session.post("Profiler.stop")

const frames = new Map(profile.nodes.map(({ callFrame, id }) => [id, callFrame]))
const found = new Map<Share, number>()
profile.samples?.forEach((node, index) => {
  const frame = frames.get(node)
  const share = frame === undefined ? undefined : shareOf(frame)
  if (share !== undefined) {
    const micros = profile.timeDeltas?.[index] ?? 0
    found.set(share, (found.get(share) ?? 0) + micros / 1_000 / Number(calls))
  }
})
console.log(JSON.stringify(Object.fromEntries(found)))
process.exit()
