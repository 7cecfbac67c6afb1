import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { build } from "esbuild"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { type ClientName, clientNames } from "./clients.js"
import { acceptsGzip, compressedLength, respondAndClose } from "./hazard.js"
import { type Exchange, listen } from "./server.js"

const program = fileURLToPath(new URL("../../.tmp/undici.child.mjs", import.meta.url))

/** As one file it starts in a tenth of the time. Undici stays what is installed. */
beforeAll(() =>
  build({
    entryPoints: [fileURLToPath(new URL("./undici.child.ts", import.meta.url))],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: ["undici"],
    logLevel: "error"
  }), 60_000)

interface Options {
  readonly clients: ReadonlyArray<ClientName>
  readonly compression: "auto" | "on"
  /** What the server sends with gzip. */
  readonly packs?: (exchange: Exchange) => boolean
  /** What the process is told before the program. */
  readonly node?: ReadonlyArray<string>
}

const calls = 10

/** Runs the program against a server that closes each connection once it has written its response. */
const run = (options: Options) =>
  Effect.gen(function*() {
    let packed = 0
    const packs = options.packs ?? acceptsGzip
    const server = yield* listen((exchange) => {
      const isPacked = packs(exchange)
      packed += isPacked ? 1 : 0
      respondAndClose(exchange, isPacked)
    })
    const ended = yield* Effect.async<{ readonly code: unknown; readonly stdout: string; readonly stderr: string }>(
      (resume) => {
        const child = execFile(
          process.execPath,
          [
            ...options.node ?? [],
            program,
            `http://127.0.0.1:${server.port}`,
            options.compression,
            String(calls),
            ...options.clients
          ],
          (error, stdout, stderr) => resume(Effect.succeed({ code: error?.code ?? 0, stdout, stderr }))
        )
        return Effect.sync(() => child.kill())
      }
    )
    return { ...ended, packed }
  })

const allSucceeded = (clients: ReadonlyArray<ClientName>): string =>
  clients.map((client) => `${JSON.stringify({ client, succeeded: calls, errors: [] })}\n`).join("")

const assertCrash = ({ code, stderr, stdout }: Effect.Effect.Success<ReturnType<typeof run>>): void => {
  assert.deepStrictEqual({ code, stdout }, { code: 1, stdout: "" }, stderr)
  assert.match(stderr, /assert\(!this\.paused\)[^]*undici[^]*onHttpSocketEnd/)
}

describe("where undici 7 crashes a process", () => {
  it.scopedLive("a client with its default settings does not, under any HTTP client", () =>
    Effect.gen(function*() {
      assert.isAbove(compressedLength, 200_000)
      const { code, packed, stderr, stdout } = yield* run({ clients: clientNames, compression: "auto" })
      assert.deepStrictEqual(
        { code, stdout, stderr, packed },
        // the clients of Node ask for gzip once a first response has shown that they do not unpack it
        { code: 0, stdout: allSucceeded(clientNames), stderr: "", packed: 2 * (calls - 1) }
      )
    }), 30_000)

  it.scopedLive(
    "with compression it does, under fetch: once it no longer does, the default can be another",
    () => Effect.map(run({ clients: ["FetchHttpClient"], compression: "on" }), assertCrash),
    30_000
  )

  it.scopedLive(
    "a server that compresses unasked crashes it all the same, under fetch",
    () => Effect.map(run({ clients: ["FetchHttpClient"], compression: "auto", packs: () => true }), assertCrash),
    30_000
  )

  it.scopedLive(
    "with compression it does not, where Node's own fetch was used before undici 7 was loaded",
    () =>
      Effect.gen(function*() {
        const { code, packed, stderr, stdout } = yield* run({
          clients: ["FetchHttpClient"],
          compression: "on",
          node: ["--import", "data:text/javascript,await fetch('data:,')"]
        })
        assert.deepStrictEqual(
          { code, stdout, stderr, packed },
          { code: 0, stdout: allSucceeded(["FetchHttpClient"]), stderr: "", packed: calls }
        )
      }),
    30_000
  )

  it.scopedLive(
    "with compression it does not under the clients of Node, which leave the unpacking to this package",
    () =>
      Effect.gen(function*() {
        const clients = ["NodeHttpClient.layerUndici", "NodeHttpClient.layer"] as const
        const { code, packed, stderr, stdout } = yield* run({ clients, compression: "on" })
        assert.deepStrictEqual(
          { code, stdout, stderr, packed },
          { code: 0, stdout: allSucceeded(clients), stderr: "", packed: 2 * (calls - 1) }
        )
      }),
    30_000
  )
})
