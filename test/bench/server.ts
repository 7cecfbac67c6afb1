/**
 * The server, in a process of its own: it answers with bodies that were made before the first request.
 */
import { createServer } from "node:http"
import { body, sizes } from "./batches.js"

const bodies = new Map(
  sizes.map((size) => [`/api/v1/batches/${size.id}/results`, Buffer.from(body(size))])
)

/** The headers of the genuine server: chunked, without a length. */
const headers = {
  "content-type": "application/json; charset=utf-8",
  "x-ratelimit-limit": "750",
  "x-ratelimit-remaining": "749",
  "x-ratelimit-reset": "1787306400000",
  "transfer-encoding": "chunked"
}

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const found = bodies.get(request.url ?? "")
  response.writeHead(found === undefined ? 404 : 200, headers)
  response.end(found ?? "{\"error\":\"Batch not found\"}")
})

server.listen(0, "127.0.0.1", () => {
  const address = server.address()
  process.send?.({ port: typeof address === "object" ? address?.port : undefined })
})

process.on("disconnect", () => process.exit())
