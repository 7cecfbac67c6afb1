/**
 * The output of a run: as one line for a table, and as a value for JSON and for files.
 */
import * as Effect from "effect/Effect"
import * as RunOutput from "../../RunOutput.js"
import type { RunResult, RunSuccess } from "../../RunResult.js"
import type { TriggerClient } from "../../TriggerClient.js"
import type { ReadOutputError } from "../../TriggerError.js"
import { lines } from "../terminal/plain.js"

const typeOf = ({ outputType = "application/json" }: RunSuccess): string =>
  outputType.split(";", 1)[0]?.trim().toLowerCase() ?? ""

/** Whether the output is too large to be part of the result. */
export const isStored = (result: RunResult): boolean => result.ok && typeOf(result) === "application/store"

/** The plain JSON form. It is `undefined` where the task returned nothing, and a text where the output is no JSON. */
export const valueOf = (result: RunSuccess): Effect.Effect<unknown, ReadOutputError, TriggerClient> =>
  RunOutput.json(result)

const asText = (value: unknown): string => typeof value === "string" ? value : JSON.stringify(value) ?? ""

/** For the eye: an output that is stored apart is not fetched, and one that cannot be parsed is shown as it came. */
export const textOf = (result: RunSuccess): Effect.Effect<string, never, TriggerClient> =>
  isStored(result)
    ? Effect.succeed("(stored apart: --output-dir or --format json fetches it)")
    : Effect.match(valueOf(result), { onFailure: () => result.output ?? "", onSuccess: asText })

/** As much of an output as the page holds. */
const longest = 4000

/** For the page: several lines, so that a large output can be read. */
export const pageTextOf = (result: RunSuccess): Effect.Effect<string, never, TriggerClient> =>
  Effect.map(
    isStored(result)
      ? Effect.succeed("(stored apart)")
      : Effect.match(valueOf(result), {
        onFailure: () => result.output ?? "",
        onSuccess: (value) => typeof value === "string" ? value : JSON.stringify(value, undefined, 2) ?? ""
      }),
    (text) =>
      lines(text.length > longest ? `${text.slice(0, longest)}\n… ${text.length - longest} characters more` : text)
  )
