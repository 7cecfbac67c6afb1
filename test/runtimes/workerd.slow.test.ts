import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { differences } from "./expected.js"
import { createBatch } from "./program/checks.js"
import { asWorker, bundle, compatibilityDates, worker } from "./run.js"
import { start } from "./servers.js"
import { verify, versionOf } from "./verify.js"

for (const date of compatibilityDates) {
  verify({
    runtime: `workerd ${versionOf("workerd")} (${date})`,
    client: "FetchHttpClient.layer",
    run: asWorker(date),
    differs: differences[`workerd ${date}`]
  })
}

it("the bundle of a program holds nothing of the simulator", async () => {
  const bundled = Effect.flatMap(start, ({ world }) => bundle("page.js", world))
  const { files } = await Effect.runPromise(Effect.scoped(bundled))
  expect(files.filter((file) => /effect-trigger-dev\/dist\/.*\/index\.js$/.test(file))).toHaveLength(1)
  expect(files.filter((file) => /superjson|effect-trigger-dev\/dist\/.*\/testing\//.test(file))).toEqual([])
})

describe("docs/examples/edge.ts", () => {
  it.each(compatibilityDates)("takes its settings from the variables of the Worker (%s)", async (date) => {
    const bodies = Effect.gen(function*() {
      const servers = yield* start
      const { api, key } = servers.world
      const { url } = yield* worker(servers, date, {
        entry: "edge.js",
        env: { TRIGGER_SECRET_KEY: key, TRIGGER_API_URL: api }
      })
      const batchId = yield* createBatch(servers.world, "finished")
      const ask = Effect.promise(async () => (await fetch(`${url}/${batchId}`)).json())
      // the first request makes the client that the others use
      return yield* Effect.all([ask, ask, ask], { concurrency: "unbounded" })
    })
    for (const { complete, failures, outputs } of await Effect.runPromise(Effect.scoped(bodies))) {
      expect([complete, outputs.length, failures]).toEqual([true, 4, []])
    }
  })
})

/** How many results each operation must bring. */
const operations = {
  collectBatchResults: 12,
  awaitBatchResults: 3,
  streamBatchResults: 3,
  subscribeToBatch: 3,
  "RunOutput.decode with downloads": 6
}

const clients = [
  "16 at once, from the feed",
  "16 at once, run by run",
  "2 at once, from the feed",
  "2 at once, run by run"
]

const requests = 4

const rounds = 4

describe("a client at module scope, which 4 concurrent requests share, 4 times over", () => {
  for (const client of clients) {
    for (const [operation, count] of Object.entries(operations)) {
      it(`${operation} ends in each of them, whoever else goes away: ${client}`, async () => {
        const seen = Effect.gen(function*() {
          const { ask, leave, printed } = yield* Effect.flatMap(start, (servers) => worker(servers, "2026-11-01"))
          const query = { client, operation }
          // the first round meets a Worker that has just started
          const bodies = yield* Effect.forEach(
            Array.from({ length: rounds }),
            () =>
              Effect.forEach(
                Array.from({ length: requests }),
                (_, index) => Effect.zipLeft(ask(query), leave(query, 50 * (index + 1)), { concurrent: true }),
                {
                  concurrency: "unbounded"
                }
              )
          )
          return { bodies: bodies.flat(), printed: printed() }
        })
        expect(await Effect.runPromise(Effect.timeout(Effect.scoped(seen), "100 seconds"))).toEqual({
          bodies: Array.from({ length: rounds * requests }, () => `${count} results`),
          // workerd warns of whatever one request does to another
          printed: ""
        })
      })
    }
  }
})
