/**
 * Processes that wait for a batch of a simulator, which is on a socket and whose time is the `TestClock`: a run finishes
 * when the test says so, however busy the machine is.
 */
import { Reactivity } from "@effect/experimental"
import { HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { PgClient } from "@effect/sql-pg"
import { Effect, Layer, Redacted, type Scope } from "effect"
import { Fault, type ReceivedRequest, TriggerSimulator } from "effect-trigger-dev/testing"
import { build } from "esbuild"
import { type ChildProcess, fork } from "node:child_process"
import { randomUUID } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { News, Order } from "./runner.child.js"

/** Test files that run at the same time compile it each for itself. */
const program = fileURLToPath(
  new URL(`../../../.tmp/runner.child.${process.env["VITEST_POOL_ID"] ?? "0"}.cjs`, import.meta.url)
)

/** A test takes some seconds. The rest is for machines on which much else runs. */
export const timeout = 120_000

/** As one file it starts in a fraction of the time. */
export const compile = () =>
  build({
    entryPoints: [fileURLToPath(new URL("./runner.child.ts", import.meta.url))],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    // it has a binary; and one that is not installed
    external: ["@libsql/client", "pg-native"],
    logLevel: "error"
  })

/** Runs are read one by one: the realtime feed would show finished runs with each snapshot. */
const withoutFeed = ({ path }: ReceivedRequest) =>
  path.startsWith("/realtime/")
    ? Fault.status(404, { headers: { "content-type": "text/html" }, body: "<html>" })
    : undefined

/** The simulator, and where it listens. */
export const simulator = TriggerSimulator.layerServer.pipe(
  Layer.provideMerge(TriggerSimulator.layer({ rateLimit: "off", faults: withoutFeed })),
  Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" }))
)

/** Adds faults to those that keep the feed away. */
export const setFaults = (faults: (request: ReceivedRequest) => Fault | undefined) =>
  Effect.flatMap(TriggerSimulator, (trigger) => trigger.setFaults((request) => withoutFeed(request) ?? faults(request)))

/** A file for SQLite. */
export const databaseFile = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-trigger-dev-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  ),
  (folder) => join(folder, "durable.db")
)

export const freePort: Effect.Effect<number> = Effect.async((resume) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
  })
})

/** A database of its own for each test. */
export const postgresDatabase = (url: string) =>
  Effect.gen(function*() {
    const sql = yield* PgClient.make({ url: Redacted.make(url) })
    const name = `durable_${yield* Effect.map(Effect.sync(randomUUID), (id) => id.replaceAll("-", ""))}`
    yield* Effect.acquireRelease(
      Effect.orDie(sql`CREATE DATABASE ${sql(name)}`),
      () => Effect.orDie(sql`DROP DATABASE ${sql(name)} WITH (FORCE)`)
    )
    const database = new URL(url)
    database.pathname = name
    return database.toString()
  }).pipe(Effect.provide(Reactivity.layer))

export interface Runner {
  /** All that it has told. */
  readonly news: ReadonlyArray<News>
  /** The next of what it tells that has this tag. What is skipped is not looked at again. */
  readonly next: <Tag extends News["_tag"]>(tag: Tag) => Effect.Effect<Extract<News, { readonly _tag: Tag }>>
  readonly interrupt: Effect.Effect<void>
  /** Ends it, and waits for the end. */
  readonly kill: (signal: "SIGKILL" | "SIGTERM") => Effect.Effect<void>
}

const ended = (child: ChildProcess): Effect.Effect<void> =>
  Effect.async((resume) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resume(Effect.void)
    } else {
      child.once("exit", () => resume(Effect.void))
    }
  })

/** Starts a runner, which is killed at the end of the test if it still runs. */
export const start = (
  order: Pick<Order, "database"> & Partial<Order>
): Effect.Effect<Runner, never, HttpServer.HttpServer | Scope.Scope> =>
  Effect.gen(function*() {
    const { address } = yield* HttpServer.HttpServer
    const complete: Order = {
      apiUrl: address._tag === "TcpAddress" ? `http://127.0.0.1:${address.port}` : "",
      key: TriggerSimulator.defaultKey,
      port: 34431,
      runners: 1,
      batchId: "batch_1",
      // a fraction of a millisecond, as the default pause has
      pause: "1.00025 seconds",
      onResults: "none",
      besides: undefined,
      ...order
    }
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => fork(program, [JSON.stringify(complete)], { stdio: ["ignore", "pipe", "pipe", "ipc"] })),
      (child) => Effect.zipRight(Effect.sync(() => child.kill("SIGKILL")), ended(child))
    )
    const news: Array<News> = []
    let output = ""
    let read = 0
    let look = () => {}
    child.stdout?.on("data", (text) => output += text)
    child.stderr?.on("data", (text) => output += text)
    child.on("message", (message) => {
      news.push(message as News)
      look()
    })
    child.on("exit", () => look())
    return {
      news,
      next: (tag) =>
        Effect.async((resume) => {
          look = () => {
            while (read < news.length) {
              const one = news[read++]
              if (one?._tag === tag) {
                look = () => {}
                resume(Effect.succeed(one as never))
                return
              }
            }
            if (child.exitCode !== null || child.signalCode !== null) {
              resume(
                Effect.dieMessage(
                  `The runner ended before it told "${tag}". It told ${JSON.stringify(news)}\n${output}`
                )
              )
            }
          }
          look()
          return Effect.sync(() => {
            look = () => {}
          })
        }),
      interrupt: Effect.sync(() => child.send("interrupt")),
      kill: (signal) => Effect.zipRight(Effect.sync(() => child.kill(signal)), ended(child))
    }
  })
