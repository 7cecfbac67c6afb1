import { expect, it } from "vitest"
import { differences } from "./expected.js"
import { binary } from "./paths.js"
import { asProcess } from "./run.js"
import { namesOf, verify, versionOf, withoutCompression } from "./verify.js"

for (const name of ["node20", "node22", "node24"] as const) {
  const runtime = `Node ${versionOf(name)}`

  // docs/runtimes.md says so
  it(`${runtime} loads the package with require`, () => {
    expect(namesOf(binary(`${name}/bin/node`))).toContain("getBatchResults")
  })

  const run = (client: string) => asProcess([binary(`${name}/bin/node`)], client)
  verify({
    runtime,
    client: "FetchHttpClient.layer",
    run: run("FetchHttpClient.layer"),
    differs: differences[name]
  })
  for (const client of ["NodeHttpClient.layerUndici", "NodeHttpClient.layer"] as const) {
    verify({ runtime, client, run: run(client), checks: withoutCompression, differs: differences[client] })
  }
}
