import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { promisify } from "node:util"

const { DATABASE_URL, ...withoutDatabase } = process.env

/** What the demo prints. */
const demo = (env: NodeJS.ProcessEnv) =>
  Effect.map(
    Effect.promise(() => promisify(execFile)("npm", ["run", "--silent", "demo:durable"], { env })),
    ({ stdout }) => stdout.trimEnd().split("\n")
  )

const check = (runs: number) => (lines: ReadonlyArray<string>) => {
  const killed = lines.findIndex((line) => line.includes("kill -9 runner"))
  assert.match(lines[killed - 1] ?? "", /page \d: \d+ of \d+ runs$/)
  // the cluster may log something after it, on a machine on which much else runs
  const outcome = lines.filter((line) => line.includes("complete: ")).at(-1)
  assert.match(outcome ?? "", new RegExp(`^runner \\d {2}complete: ${runs} succeeded, 0 failed$`))
  assert.strictEqual(lines.at(-1), `${runs} of ${runs} finished runs were read, 0 of them twice`)
}

/** For machines on which much else runs. */
const timeout = 120_000

describe("npm run demo:durable", () => {
  it.live(
    "kills a runner on SQLite, and another one completes the wait",
    () => Effect.map(demo(withoutDatabase), check(15)),
    timeout
  )

  it.live.runIf(DATABASE_URL !== undefined)(
    "kills one of two runners on PostgreSQL, and the other completes the wait",
    () => Effect.map(demo({ ...withoutDatabase, DATABASE_URL }), check(25)),
    timeout
  )
})
