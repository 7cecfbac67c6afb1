/**
 * Shows runs as a table.
 */
import * as Effect from "effect/Effect"
import type { TriggerClient } from "../../TriggerClient.js"
import { isRunning, type RunView, statusOf } from "../runs.js"
import type { Colours } from "../terminal/colours.js"
import { oneLine } from "../terminal/plain.js"
import { table } from "../terminal/table.js"
import { durationText } from "../terminal/time.js"
import { textOf } from "./output.js"

/** More characters than any terminal shows in a line. */
const longest = 1000

/** The time of a table grows with the square of its longest text. */
const cell = (text: string): string => oneLine(text.slice(0, longest))

export const statusText = (run: RunView, colours: Colours): string => {
  const status = cell(statusOf(run))
  switch (run.state) {
    case "succeeded":
      return colours.green(`✓ ${status}`)
    case "failed":
      return colours.red(`✗ ${status}`)
    case "pending":
      return isRunning(run) ? colours.cyan(`▸ ${status}`) : colours.dim(`· ${status}`)
    case "unavailable":
      return colours.yellow(`? ${status}`)
  }
}

const describe = (run: RunView): Effect.Effect<string, never, TriggerClient> =>
  Effect.map(
    run.result?.ok === true ? textOf(run.result) : Effect.succeed(run.message ?? ""),
    cell
  )

export const toTable = (
  runs: ReadonlyArray<RunView>,
  options: { readonly colours: Colours; readonly width: number | undefined }
): Effect.Effect<string, never, TriggerClient> =>
  Effect.map(
    Effect.forEach(runs, (run) =>
      Effect.map(describe(run), (text) => [
        statusText(run, options.colours),
        cell(run.task ?? ""),
        durationText(run.durationMs),
        cell(run.id ?? ""),
        run.state === "failed" ? options.colours.red(text) : text
      ])),
    (rows) =>
      table(
        ["STATUS", "TASK", "DURATION", "RUN", "OUTPUT OR ERROR"].map((title) => options.colours.bold(title)),
        rows,
        options.width,
        1
      )
  )
