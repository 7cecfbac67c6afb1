/** A simulated Trigger.dev on a loopback port, for commands that run in another process. */
import { HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Effect, Layer, ManagedRuntime } from "effect"
import {
  type SimulatedBatch,
  TriggerSimulator,
  type TriggerSimulatorOptions,
  type TriggerSimulatorService
} from "effect-trigger-dev/testing"
import { createServer } from "node:http"

export interface Server {
  readonly url: string
  /** The address and a key that is taken. */
  readonly env: { readonly TRIGGER_API_URL: string; readonly TRIGGER_SECRET_KEY: string }
  readonly simulator: TriggerSimulatorService
  readonly createBatch: (batch: SimulatedBatch) => Promise<string>
  readonly close: () => Promise<void>
}

export const start = async (options: TriggerSimulatorOptions = { rateLimit: "off" }): Promise<Server> => {
  const runtime = ManagedRuntime.make(
    TriggerSimulator.layerServer.pipe(
      Layer.provideMerge(NodeHttpServer.layerServer(createServer, { port: 0, host: "127.0.0.1" })),
      Layer.provideMerge(TriggerSimulator.layer(options))
    )
  )
  const [{ address }, simulator] = await runtime.runPromise(Effect.all([HttpServer.HttpServer, TriggerSimulator]))
  if (address._tag !== "TcpAddress") {
    throw new Error("The server has no port")
  }
  const url = `http://127.0.0.1:${address.port}`
  return {
    url,
    env: { TRIGGER_API_URL: url, TRIGGER_SECRET_KEY: TriggerSimulator.defaultKey },
    simulator,
    createBatch: (batch) => runtime.runPromise(Effect.map(simulator.createBatch(batch), ({ id }) => id)),
    close: () => runtime.dispose()
  }
}
