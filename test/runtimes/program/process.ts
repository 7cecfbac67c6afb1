/**
 * The program for runtimes that run a file: Node, Bun and Deno. It prints a line of JSON for each check. It does not end
 * the process, so that whatever keeps a process alive is noticed.
 */
import { FetchHttpClient, type HttpClient } from "@effect/platform"
import { Effect, type Layer } from "effect"
import { argv } from "node:process"
import { checkNames, run } from "./checks.js"
import type { World } from "./world.js"

const [world = "", client = "", ...names] = argv.slice(2)

/** Loads `@effect/platform-node` only where it is used, because its `undici` replaces that of Node's `fetch`. */
const load = async (): Promise<Layer.Layer<HttpClient.HttpClient>> => {
  switch (client) {
    case "FetchHttpClient.layer":
      return FetchHttpClient.layer
    case "NodeHttpClient.layerUndici":
      return (await import("@effect/platform-node")).NodeHttpClient.layerUndici
    case "NodeHttpClient.layer":
      return (await import("@effect/platform-node")).NodeHttpClient.layer
    default:
      throw new Error(`There is no HTTP client "${client}"`)
  }
}

await Effect.runPromise(run(
  JSON.parse(world) as World,
  await load(),
  names.length > 0 ? names : checkNames,
  (report) => Effect.sync(() => console.log(JSON.stringify(report)))
))
