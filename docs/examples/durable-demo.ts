/**
 * `npm run demo:durable`: a runner waits for a batch, is killed in the middle with `kill -9`, another one goes on, and at
 * the end stands how many runs were read twice.
 *
 * The runners are durable.ts, on a SQLite file; with DATABASE_URL they are two at once, on that PostgreSQL.
 */
import { HttpServer } from "@effect/platform"
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Config, Console, Effect, Layer, Option, PubSub, Stream } from "effect"
import { Fault, TriggerSimulator } from "effect-trigger-dev/testing"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

/** One of them finishes each second. */
const makeRuns = (count: number) =>
  Array.from({ length: count }, (_, second) => ({
    id: `run_${second}`,
    output: { number: `2026-00${10 + second}` },
    finishesAfter: `${second} seconds` as const
  }))

const Simulator = TriggerSimulator.layerServer.pipe(
  Layer.provideMerge(TriggerSimulator.layer()),
  Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" }))
)

/** How quickly a runner notices what happens: the defaults are 10 seconds and a minute. */
const quick = {
  ENTITY_MESSAGE_POLL_INTERVAL: "1 second",
  REFRESH_ASSIGNMENTS_INTERVAL: "1 second",
  RUNNER_HEALTH_CHECK_INTERVAL: "1 second"
}

/** Starts a runner and shows what it prints. */
const startRunner = (name: string, batchId: string, env: Record<string, string>) =>
  Effect.gen(function*() {
    const { address } = yield* HttpServer.HttpServer
    const lines = yield* PubSub.unbounded<string>()
    const runner = yield* Effect.acquireRelease(
      Effect.sync(() =>
        spawn(process.execPath, ["--import", "tsx", fileURLToPath(new URL("durable.ts", import.meta.url)), batchId], {
          stdio: ["ignore", "pipe", "inherit"],
          env: {
            ...process.env,
            TRIGGER_SECRET_KEY: TriggerSimulator.defaultKey,
            TRIGGER_API_URL: address._tag === "TcpAddress" ? `http://127.0.0.1:${address.port}` : "",
            ...quick,
            ...env
          }
        })
      ),
      (runner) => Effect.sync(() => runner.kill("SIGKILL"))
    )
    const exit = once(runner, "exit")
    const ended = Effect.promise(() => exit)
    createInterface(runner.stdout).on("line", (line) => {
      console.log(`${name}  ${line}`)
      lines.unsafeOffer(line)
    })
    return {
      name,
      ended,
      kill: Effect.sync(() => runner.kill("SIGKILL")),
      /** Waits for the next line that begins so, or for the end. */
      prints: (start: string) =>
        Stream.fromPubSub(lines).pipe(
          Stream.filter((line) => line.startsWith(start)),
          Stream.interruptWhen(ended),
          Stream.runHead
        )
    }
  })

const demo = Effect.gen(function*() {
  const trigger = yield* TriggerSimulator
  const isPostgres = Option.isSome(yield* Config.option(Config.string("DATABASE_URL")))
  // the second runner has to start in the meantime
  const runs = makeRuns(isPostgres ? 25 : 15)
  // PostgreSQL remembers what earlier demos did
  const batchId = `batch_${Date.now()}`
  let startedAt = 0
  yield* trigger.setFaults(({ path }) => {
    if (startedAt === 0) {
      // the batch begins when a runner asks for it, however long the start of the runner takes
      Effect.runSync(trigger.createBatch({ id: batchId, runs }))
      startedAt = Date.now()
    }
    // without the realtime feed each run is read by a request of its own, which can be counted
    return path.startsWith("/realtime/") ? Fault.status(404) : undefined
  })
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "durable-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  )
  yield* Console.log(
    `${runs.length} runs, one finishes each second. State: ${
      isPostgres ? "PostgreSQL, two runners" : "a SQLite file, one runner"
    }`
  )

  // long enough for the second runner to join in a pause, and not just when a page begins (docs/workflow.md)
  const env = { DATABASE_FILE: join(folder, "durable.db"), PAUSE: isPostgres ? "10 seconds" : "3 seconds" }
  const first = yield* startRunner("runner 1", batchId, { ...env, RUNNER_PORT: "34451" })
  // it creates the tables
  yield* first.prints("page")
  const others = isPostgres ? [yield* startRunner("runner 2", batchId, { ...env, RUNNER_PORT: "34452" })] : []
  yield* Effect.forEach(others, (runner) => runner.prints("["))
  const all = [first, ...others]
  const killed = yield* Effect.raceAll(all.map((runner) => Effect.as(runner.prints("page"), runner)))
  // the page is stored a moment after the runner has printed it
  yield* Effect.sleep("1 second")
  yield* killed.kill
  yield* Console.log(`          kill -9 ${killed.name}`)
  const survivor = all.find((runner) => runner !== killed) ??
    (yield* startRunner("runner 2", batchId, env))
  yield* survivor.ended

  const requests = yield* trigger.requests
  /** How often a run was read from so many milliseconds after its end on. */
  const readsOf = (second: number, after: number) =>
    requests.filter(({ at, path }) => path === `/api/v3/runs/run_${second}` && at >= startedAt + second * 1000 + after)
      .length
  // a run may finish between the arrival of a request and the response to it
  const read = runs.filter((_, second) => readsOf(second, -100) > 0).length
  const twice = runs.filter((_, second) => readsOf(second, 0) > 1).length
  yield* Console.log(`${read} of ${runs.length} finished runs were read, ${twice} of them twice`)
})

demo.pipe(Effect.scoped, Effect.provide(Simulator), NodeRuntime.runMain)
