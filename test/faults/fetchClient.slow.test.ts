import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { answer, gzip, json } from "./answers.js"
import type { events } from "./fetchClient.child.js"
import { acceptsGzip, buildProgram, plain, programOf, zipped } from "./hazard.js"
import { listen } from "./server.js"

beforeAll(() => buildProgram("fetchClient"), 60_000)

/** Runs the program against a server that would crash undici 7: it closes each connection once it has written its answer. */
const run = (event: string) =>
  Effect.gen(function*() {
    const compressed: Array<boolean> = []
    const server = yield* listen((exchange) => {
      const accepts = acceptsGzip(exchange)
      compressed.push(accepts)
      exchange.socket.end(accepts ? answer(zipped, [json, gzip]) : answer(plain))
    })
    const stderr = yield* Effect.async<string>((resume) => {
      const child = execFile(process.execPath, [programOf("fetchClient"), event], {
        env: {
          ...process.env,
          TRIGGER_API_URL: `http://127.0.0.1:${server.port}`,
          TRIGGER_SECRET_KEY: "tr_dev_kq3Vx9TzLw7Rn2Yd5Bp8"
        }
      }, (error, _, stderr) => resume(Effect.succeed(error === null ? stderr : `${error.message}\n${stderr}`)))
      return Effect.sync(() => child.kill())
    })
    assert.strictEqual(stderr, "")
    return compressed
  })

/** How many of the first five calls, and of the five after the event, ask for compression where Node's undici is not version 7. */
const table: { readonly [event in keyof typeof events]: readonly [before: number, after: number] } = {
  "nothing": [5, 5],
  "Node's own undici is version 7": [0, 0],
  "undici is loaded before": [0, 0],
  "undici is loaded later": [5, 5],
  "fetch is used before": [0, 0],
  "undici's dispatcher is installed later": [5, 0],
  "undici's fetch is installed later": [5, 0],
  "undici's fetch is provided": [0, 0],
  "undici's dispatcher is provided": [0, 0]
}

describe("`TriggerClient.layerFetch` asks for compression only where Node's own undici serves `fetch`", () => {
  const isSafe = process.versions["undici"]?.startsWith("7.") === false
  for (const [event, [before, after]] of Object.entries(table)) {
    it.scopedLive(event, () =>
      Effect.gen(function*() {
        const compressed = yield* run(event)
        const count = (some: ReadonlyArray<boolean>) => some.filter((accepts) => accepts).length
        assert.lengthOf(compressed, 10)
        assert.deepStrictEqual(
          [count(compressed.slice(0, 5)), count(compressed.slice(5))],
          isSafe ? [before, after] : [0, 0]
        )
      }), 30_000)
  }
})
