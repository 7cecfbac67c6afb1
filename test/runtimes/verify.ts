/**
 * Tests of one run of the program: each check ends as it must, no secret is printed, and the process ends.
 */
import { Effect } from "effect"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { type Expected, expected } from "./expected.js"
import { app, binary } from "./paths.js"
import { checkNames } from "./program/checks.js"
import type { Run } from "./run.js"
import { secrets } from "./servers.js"

/** For HTTP clients that neither ask for compressed bodies nor unpack them: those of `@effect/platform-node`. */
export const withoutCompression = checkNames.filter((check) => !/^(gzip|brotli) /.test(check))

/** What the table in the documentation shows of a test. */
export interface Cell {
  readonly runtime: string
  readonly client: string
  readonly check: string
  /** The reason of the error, or its tag; undefined where there is no error. */
  readonly error: string | undefined
}

declare module "vitest" {
  interface TaskMeta {
    cell?: Cell
  }
}

/** The longest time that a process may go on after the program has ended, in milliseconds. A kept connection takes 5 s. */
const longestAfter = 3000

/** Without what only serves to look for secrets. */
const shown = (outcome: unknown): unknown =>
  JSON.parse(JSON.stringify({ outcome }, (key, value: unknown) => key === "printed" ? undefined : value))

const errorOf = (outcome: unknown): string | undefined => {
  if (typeof outcome !== "object" || outcome === null) {
    return undefined
  }
  const { error, reason } = outcome as { readonly error?: string; readonly reason?: string }
  return error === "TransportError" || error === undefined ? reason : error
}

/** The version of a runtime that npm has installed. */
export const versionOf = (name: string): string =>
  JSON.parse(fs.readFileSync(binary(`${name}/package.json`), "utf8")).version

export const commandVersion = (command: string): string =>
  /\d+(\.\d+)+/.exec(execFileSync(command, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }))
    ?.[0] ?? "?"

/** What a CommonJS program gets from the package. */
export const namesOf = (command: string): ReadonlyArray<string> => {
  const file = path.join(app, "names.cjs")
  fs.writeFileSync(file, "console.log(JSON.stringify(Object.keys(require(\"effect-trigger-dev\"))))")
  return JSON.parse(execFileSync(command, [file], { cwd: app, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }))
}

export interface Subject {
  /** With its version. */
  readonly runtime: string
  readonly client: string
  readonly run: Effect.Effect<Run>
  /** Default: all. */
  readonly checks?: ReadonlyArray<string>
  /** How checks end here, where they end differently than elsewhere. */
  readonly differs?: Expected
}

export const verify = ({ checks = checkNames, client, differs = {}, run, runtime }: Subject): void => {
  describe(`${runtime} with ${client}`, () => {
    let seen: Run
    beforeAll(async () => {
      seen = await Effect.runPromise(Effect.timeout(run, "100 seconds"))
    })

    for (const check of checks) {
      it(check, ({ task }) => {
        const outcome = seen.reports.get(check)
        task.meta.cell = { runtime, client, check, error: errorOf(outcome) }
        expect(shown(outcome)).toMatchObject({ outcome: check in differs ? differs[check] : expected[check] })
      })
    }

    it("prints no secret", () => {
      expect(seen.printed).not.toContain(secrets.key)
      expect(seen.printed).not.toContain(secrets.signature)
    })

    it("ends by itself", () => {
      if (seen.exit !== undefined) {
        expect(seen.exit.code).toBe(0)
        expect(seen.exit.after).toBeLessThan(longestAfter)
      }
      expect(seen.reports.has("end")).toBe(true)
    })
  })
}
