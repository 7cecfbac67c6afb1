/**
 * Starts the measured processes: plain node on compiled files, one at a time at work.
 */
import { type ChildProcess, execFile, fork } from "node:child_process"
import { once } from "node:events"
import { promisify } from "node:util"
import type { Order } from "./caller.js"

const execute = promisify(execFile)

/** Runs a program to its end and reads the JSON that it prints. */
export const output = async <A>(
  file: string,
  args: ReadonlyArray<string>,
  options: { readonly env?: NodeJS.ProcessEnv; readonly node?: ReadonlyArray<string> } = {}
): Promise<A> => {
  const { stdout } = await execute(process.execPath, [...options.node ?? [], file, ...args], {
    env: { ...process.env, ...options.env },
    maxBuffer: 2 ** 26
  })
  return JSON.parse(stdout)
}

/** Runs a program to its end: milliseconds. Certificates that a machine adds would slow down the start of every program. */
export const lifetime = async (args: ReadonlyArray<string>): Promise<number> => {
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env
  const start = performance.now()
  await execute(process.execPath, [...args], { env })
  return performance.now() - start
}

/** Fails when the process ends before it has said something. */
const nextMessage = async <A>(child: ChildProcess): Promise<A> => {
  const ended = new AbortController()
  const sent = once(child, "message", { signal: ended.signal })
  const exit = (code: number | null) => ended.abort(new Error(`a measured process ended with ${code}`))
  child.once("exit", exit)
  try {
    const [message] = await sent
    return message
  } finally {
    child.off("exit", exit)
  }
}

export interface Server {
  readonly url: string
  readonly stop: () => void
}

export const startServer = async (file: string, args: ReadonlyArray<string> = []): Promise<Server> => {
  const child = fork(file, [...args])
  const { port } = await nextMessage<{ readonly port: number }>(child)
  return { url: `http://127.0.0.1:${port}`, stop: () => child.disconnect() }
}

export interface Taken {
  readonly nanos: number
  readonly cpu: number
}

export interface Caller {
  /** How long the ordered calls took, and how much time of the processor, in nanoseconds. */
  readonly take: (order: Order) => Promise<Taken>
  readonly stop: () => void
}

export const startCaller = async (file: string, contender: string, url: string): Promise<Caller> => {
  const child = fork(file, [contender, url])
  await nextMessage(child)
  return {
    take: async (order) => {
      child.send(order)
      return nextMessage<Taken>(child)
    },
    stop: () => child.disconnect()
  }
}
