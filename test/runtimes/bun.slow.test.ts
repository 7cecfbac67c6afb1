import { Effect } from "effect"
import { expect, it } from "vitest"
import { differences } from "./expected.js"
import { binary } from "./paths.js"
import { asProcess } from "./run.js"
import { namesOf, verify, versionOf, withoutCompression } from "./verify.js"

for (const name of ["bun13", "bun14"] as const) {
  const runtime = `Bun ${versionOf(name)}`
  const command = [binary(`${name}/bin/bun`)] as const
  verify({
    runtime,
    client: "FetchHttpClient.layer",
    run: asProcess(command, "FetchHttpClient.layer"),
    differs: differences[name]
  })
  verify({
    runtime,
    client: "NodeHttpClient.layer",
    run: asProcess(command, "NodeHttpClient.layer"),
    checks: withoutCompression,
    differs: differences[name === "bun13" ? "bun13 with NodeHttpClient.layer" : "NodeHttpClient.layer"]
  })

  // docs/runtimes.md says so, and the next
  it(`${runtime} loads the package with require`, () => {
    expect(namesOf(...command)).toContain("getBatchResults")
  })

  it(`${runtime} does not work with NodeHttpClient.layerUndici`, async () => {
    const { reports } = await Effect.runPromise(asProcess(command, "NodeHttpClient.layerUndici", ["a call"]))
    expect(reports.get("a call")).toContain("dispatcher.request is not a function")
  })
}
