/**
 * The servers that the program in a runtime talks to, all on loopback: simulators, servers that fail, and one that tells
 * the program what the others have seen.
 */
import { HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Context, Effect, Layer, Queue, Runtime, type Scope } from "effect"
import {
  type SimulatedBatch,
  TriggerSimulator,
  type TriggerSimulatorOptions,
  type TriggerSimulatorService
} from "effect-trigger-dev/testing"
import { createServer, type RequestListener, type Server } from "node:http"
import { createServer as createTlsServer } from "node:https"
import type { AddressInfo, Socket } from "node:net"
import { gzipSync } from "node:zlib"
import { acceptsGzip, respondAndClose } from "../faults/hazard.js"
import {
  chunk,
  chunked,
  close,
  gzip,
  head,
  json,
  response,
  send,
  sendAndClose,
  sendAndReset
} from "../faults/responses.js"
import { type Exchange, listen } from "../faults/server.js"
import { certificate, privateKey } from "./certificate.js"
import type { Report, Seen, World } from "./program/world.js"

/** No program may print one of these. */
export const secrets = {
  key: "tr_dev_Runtimes0123456789abcdef",
  signature: "0b5cf1d2a4e84b0f9a3c7d6e5f4a3b2c1d0e9f8a"
}

// ------------------------------------------------------------------------------------------------------------- batches

const outputs = Array.from({ length: 3 }, (_, index) => ({
  number: `no-${index}`,
  sentAt: new Date(Date.UTC(2026, 0, index + 1)),
  total: BigInt(index)
}))

/** From 128 KiB, an output is in the object store. */
const large = { number: `long${"x".repeat(150_000)}`, sentAt: new Date(0), total: 1n }

const repeated = (output: unknown, length: number) => Array.from({ length }, () => ({ output }))

const batches: { readonly [kind: string]: (seconds: number) => SimulatedBatch } = {
  old: () => ({ engine: "v1", listed: "in batch order", runs: [{ output: "text" }, { status: "CANCELED" }] }),
  finished: () => ({ runs: [...outputs, large].map((output) => ({ output })) }),
  running: (seconds) => ({
    runs: outputs.map((output, index) => ({ output, finishesAfter: `${seconds * 1000 * (index + 1) / 3} millis` }))
  }),
  many: () => ({ runs: repeated(outputs[0], 12) }),
  large: () => ({ runs: repeated(large, 6) })
}

// -------------------------------------------------------------------------------------------------------------- faults

const body = Buffer.from("{\"id\":\"batch_1\",\"items\":[]}")

const promised = head([json, ["content-length", String(body.length)], close])

/** As of a server that would have kept the connection. */
const keptChunked = head([json, ["transfer-encoding", "chunked"]])

const zipped = gzipSync(body)

const damaged = Buffer.from(zipped)
damaged.fill(0xff, 12, 20)

/** The checksum is before the last 4 bytes. */
const badChecksum = Buffer.from(zipped)
badChecksum.fill(0xff, zipped.length - 8, zipped.length - 4)

/** Responds to a request for a presigned URL with one that leads to `origin`. */
const presigned = (origin: string) =>
  send(response(JSON.stringify({ presignedUrl: `${origin}/object?X-Amz-Signature=${secrets.signature}` })))

type Serve = (exchange: Exchange) => void

/** The pause lets the client see what came before the end. */
const sendAndLeave = (...parts: ReadonlyArray<string | Uint8Array>): Serve => (exchange) => {
  send(...parts)(exchange)
  setTimeout(() => exchange.socket.end(), 100)
}

const faults = (closed: string): { readonly [name: string]: Serve } => ({
  redirect: (exchange) =>
    send(response("", [["location", `http://127.0.0.1:${exchange.port}/redirected`]], "302 Found"))(exchange),
  reset: ({ socket }) => socket.resetAndDestroy(),
  closed: ({ socket }) => socket.end(),
  stopped: send(promised, body.subarray(0, 10)),
  "large-closed": (exchange) => respondAndClose(exchange, acceptsGzip(exchange)),
  large: send(response(Buffer.alloc(2000, " "))),
  cut: sendAndLeave(promised, body.subarray(0, 10)),
  "cut-reset": sendAndReset(promised, body.subarray(0, 10)),
  "cut-chunked": sendAndLeave(keptChunked, chunk(body.subarray(0, 10))),
  "cut-chunked-close": sendAndLeave(chunked, chunk(body.subarray(0, 10))),
  "not-http": sendAndClose("SSH-2.0-OpenSSH_9.0\r\n"),
  "bad-header": sendAndClose("HTTP/1.1 200 OK\r\nbad header\r\n\r\n"),
  "bad-length": sendAndClose("HTTP/1.1 200 OK\r\ncontent-length: ten\r\n\r\n"),
  "bad-chunk": sendAndLeave(keptChunked, "no size\r\n"),
  "large-head": send(response(body, [json, ["x-large", "x".repeat(1_000_000)]])),
  "bad-checksum": send(response(badChecksum, [json, gzip])),
  "not-gzip": send(response(body, [json, gzip])),
  "damaged-gzip": send(response(damaged, [json, gzip])),
  "short-gzip": send(response(zipped.subarray(0, -10), [json, gzip])),
  "not-brotli": send(response(body, [json, ["content-encoding", "br"]])),
  "presign-closed": presigned(closed),
  // that of IRC, which fetch must not use: https://fetch.spec.whatwg.org/#port-blocking
  "presign-blocked": presigned("http://127.0.0.1:6667")
})

/** Responds to the first bytes of TLS as a server of HTTP does. */
const refuseTls = (socket: Socket): void => {
  socket.once("data", (bytes: Buffer) => {
    if (bytes[0] === 0x16) {
      socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")
    }
  })
}

// ------------------------------------------------------------------------------------------------------------- servers

const listening = <S extends Server>(make: () => S): Effect.Effect<S, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.async<S>((resume) => {
      const server = make()
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  )

const addressOf = (server: Server, scheme = "http"): string =>
  `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`

/** An address that was free a moment ago. */
const closedAddress = Effect.scoped(Effect.map(listening(() => createServer()), (server) => addressOf(server)))

interface Simulator {
  readonly simulator: TriggerSimulatorService
  readonly address: string
}

const simulator = (options: TriggerSimulatorOptions): Effect.Effect<Simulator, never, Scope.Scope> =>
  Effect.map(
    Layer.build(TriggerSimulator.layerServer.pipe(
      Layer.provideMerge(TriggerSimulator.layer({ keys: [{ key: secrets.key }], ...options })),
      Layer.provideMerge(NodeHttpServer.layerServer(() => createServer(), { port: 0, host: "127.0.0.1" })),
      Layer.orDie
    )),
    (context) => {
      const { address } = Context.get(context, HttpServer.HttpServer)
      return {
        simulator: Context.get(context, TriggerSimulator),
        address: `http://127.0.0.1:${address._tag === "TcpAddress" ? address.port : 0}`
      }
    }
  )

/** What `control` gives to a browser. */
export interface Page {
  readonly contentType: string
  readonly body: string
}

export interface Servers {
  readonly world: World
  /** Reports that were sent to `control`. */
  readonly reports: Queue.Dequeue<Report>
  /** Pages of `control`, by path. */
  readonly pages: Map<string, Page>
}

/** Starts all servers; they end with the scope. */
export const start: Effect.Effect<Servers, never, Scope.Scope> = Effect.gen(function*() {
  const api = yield* simulator({})
  const busyApi = yield* simulator({ rateLimit: { limit: 40, refill: 40, interval: "1 second" } })
  const closed = yield* closedAddress
  let redirected = 0
  const serves = faults(closed)
  const faulty = yield* listen((exchange) => {
    const [, name = ""] = /^GET \/([^/ ]+)/.exec(exchange.request) ?? []
    redirected += name === "redirected" ? 1 : 0
    const serve = serves[name] ?? send(response("", [], "404 Not Found"))
    serve(exchange)
  }, refuseTls)
  const silent = yield* listen(() => {})
  const handshake = yield* listen(() => {}, (socket) => socket.once("data", () => socket.destroySoon()))
  const tls = { cert: certificate, key: privateKey }
  const selfSigned = yield* listening(() => createTlsServer(tls))
  const outdated = yield* listening(() =>
    // Node 20 has TLS 1.1 only at this level of security
    createTlsServer({ ...tls, minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" })
  )
  const hasFeed = yield* Effect.promise(async () => {
    const response = await fetch(`${api.address}/realtime/v1/batches/batch_1`)
    await response.text()
    return response.status !== 404
  })

  const seen = Effect.map(api.simulator.requests, (requests): Seen => ({
    feedRequests: requests.filter(({ path }) => path.startsWith("/realtime/")).length,
    hasFeed,
    redirected,
    waiting: silent.open()
  }))

  const resultOf = (path: string): Effect.Effect<object> | undefined => {
    if (path === "/seen") {
      return seen
    }
    const [, busy, kind = "", seconds] = /^\/(busy\/)?(\w+)(?:\/([\d.]+))?$/.exec(path) ?? []
    const { simulator } = busy === undefined ? api : busyApi
    return batches[kind] === undefined ? undefined : simulator.createBatch(batches[kind](Number(seconds ?? 1)))
  }

  const runPromise = Runtime.runPromise(yield* Effect.runtime<never>())
  const reports = yield* Queue.unbounded<Report>()
  const pages = new Map<string, Page>()
  const respond: RequestListener = (request, response) => {
    const path = request.url ?? "/"
    const page = pages.get(path)
    const result = resultOf(path)
    if (page !== undefined) {
      response.writeHead(200, { "content-type": page.contentType }).end(page.body)
    } else if (result !== undefined) {
      void runPromise(result).then((value) => response.end(JSON.stringify(value)))
    } else if (path === "/report") {
      let text = ""
      request.on("data", (bytes) => {
        text += bytes
      })
      request.on("end", () => {
        Queue.unsafeOffer(reports, JSON.parse(text) as Report)
        response.end()
      })
    } else {
      response.writeHead(404).end()
    }
  }
  const control = yield* listening(() => createServer(respond))

  return {
    world: {
      key: secrets.key,
      api: api.address,
      busyApi: busyApi.address,
      faults: `http://127.0.0.1:${faulty.port}`,
      silent: `http://127.0.0.1:${silent.port}`,
      closed,
      selfSigned: addressOf(selfSigned, "https"),
      handshake: `https://127.0.0.1:${handshake.port}`,
      outdated: addressOf(outdated, "https"),
      control: addressOf(control)
    },
    reports,
    pages
  }
})
