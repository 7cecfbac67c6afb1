/**
 * What crashes a process in which undici 7 serves `fetch`: a body of more than 100 kB compressed, on a connection that the
 * server then closes (undici issue 5360). The programs that meet it run in processes of their own.
 */
import { build } from "esbuild"
import { createHash } from "node:crypto"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import type { Exchange } from "./server.js"

/** Results of which gzip can make little. */
export const plain = Buffer.from(JSON.stringify({
  id: "batch_1",
  items: Array.from({ length: 5000 }, (_, index) => ({
    ok: true,
    id: `run_${index}`,
    output: createHash("sha512").update(String(index)).digest("hex"),
    outputType: "text/plain"
  }))
}))

export const zipped = gzipSync(plain)

export const acceptsGzip = ({ request }: Exchange): boolean => /^accept-encoding:.*gzip/im.test(request)

/** Where the program of a name is once it has been built. */
export const programOf = (name: string): string =>
  fileURLToPath(new URL(`../../.tmp/${name}.child.mjs`, import.meta.url))

/** As one file it starts in a tenth of the time. Undici stays what is installed. */
export const buildProgram = (name: string) =>
  build({
    entryPoints: [fileURLToPath(new URL(`./${name}.child.ts`, import.meta.url))],
    outfile: programOf(name),
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: ["undici"],
    logLevel: "error"
  })
