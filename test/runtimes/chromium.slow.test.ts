import { differences } from "./expected.js"
import { asPage, chromium } from "./run.js"
import { commandVersion, verify } from "./verify.js"

verify({
  runtime: `Chromium ${commandVersion(chromium)}`,
  client: "FetchHttpClient.layer",
  run: asPage,
  differs: differences.chromium
})
