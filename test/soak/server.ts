/**
 * The simulator on a socket, in a process of its own, with faults. Tells its port, and its figures when it is asked.
 *
 * Arguments: the number of fibers, the seed of the faults.
 */
import { HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { TriggerSimulator } from "effect-trigger-dev/testing"
import { createServer } from "node:http"
import * as Faults from "./faults.js"
import type { ServerFigures } from "./figures.js"
import { batches } from "./world.js"

const [fibers = "", seed = ""] = process.argv.slice(2)
const plan = Faults.make(Number(seed))
let requests = 0
let underWay = 0
let connections = 0
let mostConnections = 0

const server = createServer((_, response) => {
  requests++
  underWay++
  response.on("close", () => underWay--)
})
server.on("connection", (socket) => {
  mostConnections = Math.max(mostConnections, ++connections)
  socket.on("close", () => connections--)
})

const figures = (): ServerFigures => ({ faults: plan.counts(), requests, underWay, connections, mostConnections })

const program = Effect.gen(function*() {
  const simulator = yield* TriggerSimulator
  for (let fiber = 0; fiber < Number(fibers); fiber++) {
    yield* Effect.forEach(batches(fiber), simulator.createBatch)
  }
  const { address } = yield* HttpServer.HttpServer
  process.on("message", () => process.send?.(figures()))
  process.send?.({ port: address._tag === "TcpAddress" ? address.port : undefined })
  // it keeps a list of all requests, which nobody reads here
  yield* Effect.forever(Effect.delay(simulator.clearRequests, "1 second"))
})

const Live = TriggerSimulator.layerServer.pipe(
  Layer.provideMerge(TriggerSimulator.layer({
    faults: plan.faults,
    // counted and told in headers, but never exhausted: a refusal of its own would come on top of the plan
    rateLimit: { limit: 1_000_000, refill: 1_000_000, interval: "1 second" }
  })),
  Layer.provideMerge(NodeHttpServer.layerServer(() => server, { port: 0, host: "127.0.0.1" }))
)

process.on("disconnect", () => process.exit())
Effect.runFork(Effect.provide(program, Live)).addObserver((exit) => {
  console.error(exit)
  process.exit(1)
})
