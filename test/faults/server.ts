/**
 * A server on loopback that writes whatever bytes it is told to, and counts its connections.
 */
import { Effect, type Scope } from "effect"
import { type AddressInfo, createServer, type Server, type Socket } from "node:net"

/** One request, and the connection that it came on. */
export interface Exchange {
  readonly socket: Socket
  /** The request line and the headers, as they came. */
  readonly request: string
  /** How many requests came before this one. */
  readonly number: number
  readonly port: number
}

export interface FaultyServer {
  readonly port: number
  /** How many requests came. */
  readonly requests: () => number
  /** How many connections that carried a request are open. After an abort undici opens one to spare, which does not. */
  readonly open: () => number
  /** Resolves once there is none. */
  readonly closed: Effect.Effect<void>
  /** Takes no further connections. */
  readonly stop: Effect.Effect<void>
}

export const listen = (
  serve: (exchange: Exchange) => void,
  connected: (socket: Socket) => void = () => {}
): Effect.Effect<FaultyServer, never, Scope.Scope> =>
  Effect.gen(function*() {
    const sockets = new Set<Socket>()
    const used = new Set<Socket>()
    const waiting = new Set<() => void>()
    let requests = 0
    const server = yield* Effect.acquireRelease(
      Effect.async<Server>((resume) => {
        const server = createServer((socket) => {
          sockets.add(socket)
          connected(socket)
          let received = ""
          socket.setNoDelay(true)
          // a client that goes away resets the connection
          socket.on("error", () => {})
          socket.on("close", () => {
            sockets.delete(socket)
            if (used.delete(socket) && used.size === 0) {
              waiting.forEach((resolve) => resolve())
            }
          })
          socket.on("data", (bytes) => {
            received += bytes.toString("latin1")
            const end = received.indexOf("\r\n\r\n")
            if (end >= 0) {
              const request = received.slice(0, end)
              received = received.slice(end + 4)
              used.add(socket)
              const { port } = server.address() as AddressInfo
              serve({ socket, request, number: requests++, port })
            }
          })
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          sockets.forEach((socket) => socket.destroy())
        })
    )
    return {
      port: (server.address() as AddressInfo).port,
      requests: () => requests,
      open: () => used.size,
      closed: Effect.async<void>((resume) => {
        if (used.size === 0) {
          return resume(Effect.void)
        }
        const done = () => resume(Effect.void)
        waiting.add(done)
        return Effect.sync(() => waiting.delete(done))
      }),
      stop: Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
      })
    }
  })
