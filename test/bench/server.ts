/**
 * The server, in a process of its own: it responds with bodies that were made before the first request.
 */
import { createServer } from "node:http"
import { gzipSync } from "node:zlib"
import { batch, body, collectedSizes, run, runByRunSizes, sizes, slowLinkSizes, snapshot } from "./batches.js"

const bodies = new Map<string, Buffer>([
  ...sizes.map((size) => [`/api/v1/batches/${size.id}/results`, Buffer.from(body(size))] as const),
  ...runByRunSizes.map((size) =>
    [`/api/v1/batches/${size.id}/results`, Buffer.from(body({ ...size, items: 0 }))] as const
  ),
  ...[...collectedSizes, ...runByRunSizes, ...slowLinkSizes].map((size) =>
    [`/api/v2/batches/${size.id}`, Buffer.from(batch(size))] as const
  )
])

const snapshots = new Map<string, Buffer>(
  [...collectedSizes, ...slowLinkSizes].map((size) =>
    [`/realtime/v1/batches/${size.id}`, Buffer.from(snapshot(size))] as const
  )
)

/** The bodies that are sent compressed, by their paths. */
const compressed = new Map<string, Buffer>(
  [...bodies, ...snapshots].filter(([path]) => slowLinkSizes.some(({ id }) => path.endsWith(`/${id}`)))
    .map(([path, body]) => [path, gzipSync(body)] as const)
)

/** The headers of the genuine server: chunked, without a length. */
const headers = {
  "content-type": "application/json; charset=utf-8",
  "transfer-encoding": "chunked"
}

const rateLimit = {
  "x-ratelimit-limit": "750",
  "x-ratelimit-remaining": "749",
  "x-ratelimit-reset": "1787306400000"
}

/** Electric's client converts the columns by their types. */
const types: { readonly [column: string]: string } = {
  createdAt: "timestamp",
  updatedAt: "timestamp",
  startedAt: "timestamp",
  completedAt: "timestamp",
  isTest: "bool",
  usageDurationMs: "int4",
  costInCents: "float8",
  baseCostInCents: "float8",
  error: "jsonb"
}

const feed = {
  "electric-handle": "bench_1",
  "electric-offset": "1795611027050_57",
  "electric-schema": JSON.stringify({
    ...Object.fromEntries(Object.entries(types).map(([column, type]) => [column, { type }])),
    runTags: { type: "text", dims: 1 }
  })
}

let requests = 0

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const [path = "", query = ""] = (request.url ?? "").split("?")
  if (path === "/requests") {
    // since it was asked the last time
    response.end(String(requests))
    requests = 0
    return
  }
  requests++
  const runId = /^\/api\/v3\/runs\/(\w+)$/.exec(path)?.[1]
  if (runId !== undefined) {
    // without a rate limit
    response.writeHead(200, headers)
    response.end(run(runId))
    return
  }
  if (path === "/empty") {
    response.end()
    return
  }
  const gzip = request.headers["accept-encoding"]?.includes("gzip") === true ? compressed.get(path) : undefined
  const encoding = gzip === undefined ? {} : { "content-encoding": "gzip" }
  const rows = snapshots.get(path)
  if (rows !== undefined) {
    // nothing changes any more: a held request ends with its client
    if (!query.includes("live=true")) {
      response.writeHead(200, { ...headers, ...feed, ...encoding })
      response.end(gzip ?? rows)
    }
    return
  }
  const found = bodies.get(path)
  const isLimited = !runByRunSizes.some(({ id }) => path.includes(id))
  response.writeHead(found === undefined ? 404 : 200, { ...headers, ...encoding, ...(isLimited ? rateLimit : {}) })
  response.end(gzip ?? found ?? "{\"error\":\"Batch not found\"}")
})

server.listen(0, "127.0.0.1", () => {
  const address = server.address()
  process.send?.({ port: typeof address === "object" ? address?.port : undefined })
})

process.on("disconnect", () => process.exit())
