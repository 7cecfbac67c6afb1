import { Effect } from "effect"
import { expect, it } from "vitest"
import { differences } from "./expected.js"
import { binary } from "./paths.js"
import { asProcess } from "./run.js"
import { verify, versionOf, withoutCompression } from "./verify.js"

const runtime = `Deno ${versionOf("deno")}`

const run = (client: string) =>
  asProcess([binary("deno/deno"), "run", "--allow-all", "--no-remote", "--node-modules-dir=manual"], client)

verify({ runtime, client: "FetchHttpClient.layer", run: run("FetchHttpClient.layer"), differs: differences.deno })

for (const client of ["NodeHttpClient.layerUndici", "NodeHttpClient.layer"] as const) {
  verify({ runtime, client, run: run(client), checks: withoutCompression, differs: differences[client] })
}

it("a connection that Deno does not permit is told as that", async () => {
  const command = [binary("deno/deno"), "run", "--no-prompt", "--allow-read", "--allow-env", "--no-remote"] as const
  const { reports } = await Effect.runPromise(
    asProcess([...command, "--node-modules-dir=manual"], "FetchHttpClient.layer", ["nothing listens"])
  )
  expect(reports.get("nothing listens")).toMatchObject({ error: "TransportError", reason: "NotPermitted" })
})
