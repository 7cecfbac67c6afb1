/**
 * A slow network on one machine: a TCP proxy in a process of its own, which passes bytes on late and at a limited rate. TCP's
 * handshake and its slow start are those of loopback: it is a link that is already warm.
 *
 * Argument: the port of the server.
 */
import { connect, createServer, type Socket } from "node:net"
import { slowLink } from "./batches.js"

const port = Number(process.argv[2])

/** Small enough that a response arrives bit by bit, and not at once when its last byte is through. */
const sliceBytes = 8 * 1024

const bytesPerMilli = slowLink.megabits * 1_000 / 8

const slices = function*(chunk: Buffer): Generator<Buffer> {
  for (let start = 0; start < chunk.length; start += sliceBytes) {
    yield chunk.subarray(start, start + sliceBytes)
  }
}

/** One direction of the link. All connections share its rate. */
const direction = () => {
  let freeAt = 0
  return (from: Socket, to: Socket): void => {
    const underWay: Array<{ readonly at: number; readonly slice: Buffer | "end" }> = []
    let timer: NodeJS.Timeout | undefined
    const deliver = (): void => {
      timer = undefined
      for (let next = underWay[0]; next !== undefined && next.at <= performance.now(); next = underWay[0]) {
        underWay.shift()
        if (next.slice === "end") to.end()
        else to.write(next.slice)
      }
      schedule()
    }
    const schedule = (): void => {
      const next = underWay[0]
      if (next !== undefined && timer === undefined) {
        timer = setTimeout(deliver, Math.max(0, next.at - performance.now()))
      }
    }
    const send = (slice: Buffer | "end"): void => {
      freeAt = Math.max(freeAt, performance.now()) + (slice === "end" ? 0 : slice.length / bytesPerMilli)
      underWay.push({ at: freeAt + slowLink.roundTrip / 2, slice })
      schedule()
    }
    from.on("data", (chunk: Buffer) => {
      for (const slice of slices(chunk)) send(slice)
    })
    from.on("end", () => send("end"))
    from.on("close", () => to.writableEnded || send("end"))
    // a client that is done cuts its connection off
    from.on("error", () => to.destroy())
  }
}

const up = direction()
const down = direction()

const proxy = createServer({ allowHalfOpen: true }, (client) => {
  const server = connect({ port, host: "127.0.0.1", allowHalfOpen: true })
  for (const socket of [client, server]) socket.setNoDelay(true)
  up(client, server)
  down(server, client)
})

proxy.listen(0, "127.0.0.1", () => {
  const address = proxy.address()
  process.send?.({ port: typeof address === "object" ? address?.port : undefined })
})

process.on("disconnect", () => process.exit())
