/**
 * `npm run soak`: many fibers call the simulator over HTTP, with random faults, for a minute. Prints the figures, and
 * fails where a call did not end as it must, or where memory or open handles grew.
 *
 * Options: `--seconds 60`, `--fibers 200`, `--client fetch` (or `undici`, or `node`), `--seed` to draw the same faults.
 */
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { setTimeout } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import type { ClientFigures, ServerFigures } from "./figures.js"
import { report } from "./report.js"
import { verdict } from "./verdict.js"

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    fibers: { type: "string", default: "200" },
    client: { type: "string", default: "fetch" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) }
  }
})
if (
  !["fetch", "undici", "node"].includes(values.client) || !(Number(values.seconds) > 0 && Number(values.fibers) > 0)
) {
  throw new Error("the client is fetch, undici or node; seconds and fibers are more than zero")
}

const start = (file: string, args: ReadonlyArray<string>, node: ReadonlyArray<string> = []): ChildProcess =>
  fork(fileURLToPath(new URL(file, import.meta.url)), args, { execArgv: [...process.execArgv, ...node] })

/** Fails when the process ends before it has said something. */
const nextMessage = async <A>(child: ChildProcess): Promise<A> => {
  const ended = new AbortController()
  const exit = (code: number | null) => ended.abort(new Error(`a process of the soak ended with ${code}`))
  child.once("exit", exit)
  try {
    const [message] = await once(child, "message", { signal: ended.signal })
    return message
  } finally {
    child.off("exit", exit)
  }
}

const server = start("server.ts", [values.fibers, values.seed])
const { port } = await nextMessage<{ readonly port: number }>(server)
console.log(
  `${values.fibers} fibers over ${values.client} for ${values.seconds} s, Node ${process.versions.node}, ` +
    `seed ${values.seed}\n`
)
const client = start(
  "client.ts",
  [values.client, `http://127.0.0.1:${port}`, values.fibers, values.seconds],
  ["--expose-gc"]
)
const clientFigures = await nextMessage<ClientFigures>(client)

/** `fetch` has nothing that could be closed: its idle connections close themselves after some seconds. */
const closed = async (checks = 60): Promise<ServerFigures> => {
  server.send("figures")
  const figures = await nextMessage<ServerFigures>(server)
  if ((figures.connections === 0 && figures.underWay === 0) || checks === 0) {
    return figures
  }
  await setTimeout(250)
  return closed(checks - 1)
}
const serverFigures = await closed()
server.disconnect()
client.disconnect()

console.log(report(clientFigures, serverFigures, Number(values.fibers)))
const reasons = verdict(clientFigures, serverFigures, Number(values.fibers))
console.log(
  reasons.length === 0 ? "\nall is well" : `\nnot well:\n${reasons.map((reason) => `- ${reason}`).join("\n")}`
)
process.exitCode = reasons.length === 0 ? 0 : 1
