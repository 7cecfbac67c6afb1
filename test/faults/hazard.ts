/**
 * What undici 6.28 loses under `fetch`, and undici 7 crashes on (undici issue 5360): a body of more than 100 kB compressed, on
 * a connection that the server then closes.
 */
import { createHash } from "node:crypto"
import { gzipSync } from "node:zlib"
import { gzip, json, response, sendAndClose } from "./responses.js"
import type { Exchange } from "./server.js"

/** Results of which gzip can make little. */
const plain = Buffer.from(JSON.stringify({
  id: "batch_1",
  items: Array.from({ length: 5000 }, (_, index) => ({
    ok: true,
    id: `run_${index}`,
    output: createHash("sha512").update(String(index)).digest("hex"),
    outputType: "text/plain"
  }))
}))

const zipped = gzipSync(plain)

export const compressedLength = zipped.length

/** Whether the request asks for it. */
export const acceptsGzip = ({ request }: Exchange): boolean => /^accept-encoding:.*gzip/im.test(request)

/** Responds and closes the connection. */
export const respondAndClose = (exchange: Exchange, isCompressed: boolean): void =>
  sendAndClose(isCompressed ? response(zipped, [json, gzip]) : response(plain))(exchange)
