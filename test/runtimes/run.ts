/**
 * Ways to run the program: as a process, as a Worker, and as the script of a page.
 */
import { Deferred, Effect, Queue, type Scope } from "effect"
import { build } from "esbuild"
import { type ChildProcess, spawn } from "node:child_process"
import * as fs from "node:fs"
import { connect } from "node:net"
import * as path from "node:path"
import { app, binary } from "./paths.js"
import { checkNames } from "./program/checks.js"
import type { Report, World } from "./program/world.js"
import { type Servers, start } from "./servers.js"

/** How a process ended by itself. */
export interface Exit {
  readonly code: number | null
  /** How long it ran after its last report, in milliseconds. */
  readonly after: number
}

/** What a program said. */
export interface Run {
  readonly reports: ReadonlyMap<string, unknown>
  /** All that it printed, reports included. */
  readonly printed: string
  /** Undefined for programs that are no process of their own. */
  readonly exit: Exit | undefined
}

const reportsOf = (reports: ReadonlyArray<Report>): ReadonlyMap<string, unknown> =>
  new Map(reports.map(({ check, outcome }) => [check, outcome]))

interface Launched {
  readonly child: ChildProcess
  /** The exit code, once the process has ended; dies where it could not be started. */
  readonly ended: Effect.Effect<number | null>
}

/** Asks a process to end, as Chromium needs to end its own processes, and kills it if it does not. */
const stop = ({ child, ended }: Launched): Effect.Effect<void> =>
  Effect.sync(() => child.kill("SIGTERM")).pipe(
    Effect.zipRight(Effect.timeoutOption(Effect.interruptible(Effect.exit(ended)), "5 seconds")),
    Effect.zipRight(Effect.sync(() => child.kill("SIGKILL")))
  )

/** Starts a process, and ends it with the scope. */
const launch = (
  [command, ...args]: readonly [string, ...Array<string>],
  onText: (text: string) => void
): Effect.Effect<Launched, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.map(Deferred.make<number | null>(), (ended) => {
      const child = spawn(command, args, { cwd: app, stdio: ["ignore", "pipe", "pipe", "pipe"] })
      child.on("error", ({ message }) => Deferred.unsafeDone(ended, Effect.dieMessage(message)))
      child.on("close", (code) => Deferred.unsafeDone(ended, Effect.succeed(code)))
      for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding("utf8").on("data", onText)
      }
      return { child, ended: Deferred.await(ended) }
    }),
    stop
  )

// ----------------------------------------------------------------------------------------------------------- processes

/** A line of JSON is a report; a runtime may print other lines. */
const parseReports = (text: string): ReadonlyArray<Report> =>
  text.split("\n").filter((line) => line.startsWith("{\"check\":")).map((line) => JSON.parse(line) as Report)

/** Runs the program with one of the HTTP clients, and waits until the process ends. */
export const asProcess = (
  command: readonly [string, ...Array<string>],
  client: string,
  names: ReadonlyArray<string> = []
): Effect.Effect<Run> =>
  Effect.scoped(Effect.gen(function*() {
    const { world } = yield* start
    let printed = ""
    let endedAt = Number.POSITIVE_INFINITY
    const { ended } = yield* launch([...command, "process.js", JSON.stringify(world), client, ...names], (text) => {
      printed += text
      if (text.includes("{\"check\":\"end\"")) {
        endedAt = Date.now()
      }
    })
    const code = yield* ended
    return { reports: reportsOf(parseReports(printed)), printed, exit: { code, after: Date.now() - endedAt } }
  }))

// ------------------------------------------------------------------------------------------------------------- bundles

interface Bundle {
  readonly text: string
  /** The files that it was made of. */
  readonly files: ReadonlyArray<string>
}

/** One file without imports, as it is deployed to a Worker or to a browser. */
export const bundle = (entry: string, world: World): Effect.Effect<Bundle> =>
  Effect.promise(async () => {
    const { metafile, outputFiles } = await build({
      entryPoints: [path.join(app, entry)],
      bundle: true,
      write: false,
      metafile: true,
      format: "esm",
      platform: "browser",
      target: "es2022",
      define: { WORLD: JSON.stringify(world) },
      tsconfigRaw: "{}",
      logLevel: "error"
    })
    return { text: outputFiles[0]?.text ?? "", files: Object.keys(metafile.inputs) }
  })

// ------------------------------------------------------------------------------------------------------------- workerd

const configuration = (compatibilityDate: string, env: WorkerOptions["env"] = {}) => `
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["local", "private", "public"], tlsOptions = (trustBrowserCas = true)))
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);

const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  compatibilityDate = "${compatibilityDate}",
  bindings = [${
  Object.entries(env).map(([name, text]) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(text)})`).join()
}]
);
`

export interface WorkerOptions {
  /** The module of the Worker. Default: worker.js, the program. */
  readonly entry?: string
  /** The variables of the Worker. Default: none. */
  readonly env?: { readonly [name: string]: string }
}

/** A Worker that has received no request yet. */
export interface Worker {
  readonly url: string
  /** Sends it a request, and returns the body of the response, or why there is none. */
  readonly ask: (query: { readonly [name: string]: string }) => Effect.Effect<string>
  /** Sends it a request, and resets the connection after so many milliseconds. */
  readonly leave: (query: { readonly [name: string]: string }, millis: number) => Effect.Effect<void>
  readonly printed: () => string
}

/** The compatibility dates of the tests: the earliest that the documentation names, and that of this workerd. */
export const compatibilityDates = ["2022-10-31", "2026-11-01"] as const

export type CompatibilityDate = typeof compatibilityDates[number]

/** Starts workerd with the program, or with another module. */
export const worker = (
  { world }: Servers,
  date: CompatibilityDate,
  { entry = "worker.js", env }: WorkerOptions = {}
): Effect.Effect<Worker, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { text } = yield* bundle(entry, world)
    const directory = yield* Effect.acquireRelease(
      Effect.sync(() => fs.mkdtempSync(path.join(app, "worker-"))),
      (directory) => Effect.sync(() => fs.rmSync(directory, { recursive: true }))
    )
    fs.writeFileSync(path.join(directory, "worker.js"), text)
    fs.writeFileSync(path.join(directory, "worker.capnp"), configuration(date, env))
    let printed = ""
    const command = binary("workerd/bin/workerd")
    const { child, ended } = yield* launch(
      [command, "serve", path.join(directory, "worker.capnp"), "--control-fd=3"],
      (text) => {
        printed += text
      }
    )
    // on this descriptor workerd tells which port it has chosen
    const listens = Effect.async<string>((resume) => {
      child.stdio[3]?.on("data", (bytes) => {
        const port = /"port":(\d+)/.exec(String(bytes))?.[1]
        if (port !== undefined) {
          resume(Effect.succeed(port))
        }
      })
    })
    const port = yield* Effect.raceFirst(
      listens,
      Effect.flatMap(ended, (code) => Effect.dieMessage(`workerd ended with ${code}: ${printed}`))
    )
    const url = `http://127.0.0.1:${port}`
    return {
      url,
      ask: (query) =>
        Effect.promise(async () => {
          const response = await fetch(`${url}/?${new URLSearchParams(query).toString()}`)
          const text = await response.text()
          return response.ok ? text : `${response.status}: ${text}`
        }).pipe(Effect.catchAllDefect((defect) => Effect.succeed(String(defect)))),
      leave: (query, millis) =>
        Effect.async((resume) => {
          const socket = connect(Number(port), "127.0.0.1", () => {
            socket.write(`GET /?${new URLSearchParams(query).toString()} HTTP/1.1\r\nhost: worker\r\n\r\n`)
            // workerd does not notice a connection that only ends
            setTimeout(() => socket.resetAndDestroy(), millis)
          })
          socket.on("close", () => resume(Effect.void))
        }),
      printed: () => printed
    }
  })

/** Runs the program as a Worker, with a request for each check. */
export const asWorker = (date: CompatibilityDate): Effect.Effect<Run> =>
  Effect.scoped(Effect.gen(function*() {
    const { ask, printed } = yield* Effect.flatMap(start, (servers) => worker(servers, date))
    const bodies = yield* Effect.forEach(checkNames, (check) => ask({ check }))
    return {
      reports: reportsOf(
        bodies.flatMap((body, index): ReadonlyArray<Report> =>
          body.startsWith("[") ? JSON.parse(body) : [{ check: checkNames[index] ?? "", outcome: body }]
        )
      ),
      printed: bodies.join("\n") + printed(),
      exit: undefined
    }
  }))

// ------------------------------------------------------------------------------------------------------------ browsers

/** Debian's, unless the environment names another one. */
export const chromium = process.env["CHROMIUM"] ?? "chromium"

/** Runs the program as the script of a page. */
export const asPage: Effect.Effect<Run> = Effect.scoped(Effect.gen(function*() {
  const { pages, reports, world } = yield* start
  const { text } = yield* bundle("page.js", world)
  pages.set("/page.js", { contentType: "text/javascript", body: text })
  pages.set("/", {
    contentType: "text/html",
    body: "<!doctype html><script type=\"module\" src=\"/page.js\"></script>"
  })
  const profile = yield* Effect.acquireRelease(
    Effect.sync(() => fs.mkdtempSync(path.join(app, "chromium-"))),
    (profile) => Effect.sync(() => fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5 }))
  )
  let printed = ""
  const { ended } = yield* launch([
    chromium,
    "--headless=new",
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    // the servers do not speak CORS, as the API does not for such a request
    "--disable-web-security",
    `--user-data-dir=${profile}`,
    `${world.control}/`
  ], (text) => {
    printed += text
  })
  const received: Array<Report> = []
  yield* Effect.raceFirst(
    Effect.repeat(Effect.tap(Queue.take(reports), (report) => Effect.sync(() => received.push(report))), {
      until: ({ check }) => check === "end"
    }),
    Effect.flatMap(ended, (code) => Effect.dieMessage(`Chromium ended with ${code}: ${printed}`))
  )
  return { reports: reportsOf(received), printed: printed + JSON.stringify(received), exit: undefined }
}))
