/**
 * The program as the script of a page in a browser. It posts a report of each check, because a page has no standard output.
 */
import { FetchHttpClient } from "@effect/platform"
import { Effect } from "effect"
import { checkNames, run } from "./checks.js"
import type { World } from "./world.js"

/** Set when the script is bundled. */
declare const WORLD: World

await Effect.runPromise(run(
  WORLD,
  FetchHttpClient.layer,
  checkNames,
  (report) => Effect.promise(() => fetch(`${WORLD.control}/report`, { method: "POST", body: JSON.stringify(report) }))
))
