/**
 * One contender in a process of its own: it makes calls when it is told to, and says how long they took.
 *
 * Arguments: the contender, the URL of the server.
 */
import { openNamed } from "./open.js"

export interface Order {
  readonly id: string
  readonly items: number
  readonly calls: number
  readonly width: number
}

const [name, apiUrl = ""] = process.argv.slice(2)
const client = await openNamed(name, apiUrl)

const check = async ({ id, items }: Order): Promise<void> => {
  const batch = await client.call(id)
  if (batch.id !== id || batch.items.length !== items) {
    throw new Error(`${name} read ${batch.items.length} items of ${batch.id}, not ${items} of ${id}`)
  }
}

process.on("message", (order: Order) => {
  const run = async () => {
    if (order.calls === 0) {
      return check(order)
    }
    const cpu = process.cpuUsage()
    const start = process.hrtime.bigint()
    await client.calls(order.id, order.calls, order.width)
    const nanos = Number(process.hrtime.bigint() - start)
    const { system, user } = process.cpuUsage(cpu)
    process.send?.({ nanos, cpu: (system + user) * 1_000 })
  }
  run().then(
    () => order.calls === 0 && process.send?.({ nanos: 0, cpu: 0 }),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    }
  )
})

process.on("disconnect", () => process.exit())
process.send?.({ ready: true })
