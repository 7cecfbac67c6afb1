/**
 * Reads the output of a run: as one line for a table, as text for the page, and as a value for JSON and files.
 */
import * as Effect from "effect/Effect"
import { mediaType, storeType } from "../../internal/output/parse.js"
import * as RunOutput from "../../RunOutput.js"
import type { RunResult, RunSuccess } from "../../RunResult.js"
import type { TriggerClient } from "../../TriggerClient.js"
import { lines } from "../terminal/plain.js"

/** Whether the output is too large to be part of the result. */
export const isStored = (result: RunResult): boolean => result.ok && mediaType(result.outputType) === storeType

const asText = (value: unknown): string => typeof value === "string" ? value : JSON.stringify(value) ?? ""

/** For a table: an offloaded output is not downloaded, and one that cannot be parsed is shown as it was sent. */
export const textOf = (result: RunSuccess): Effect.Effect<string, never, TriggerClient> =>
  isStored(result)
    ? Effect.succeed("(in the object store: --format json downloads it)")
    : Effect.match(RunOutput.json(result), { onFailure: () => result.output ?? "", onSuccess: asText })

/** How many characters of an output the page holds. */
const longest = 4000

/** For the page, in several lines. */
export const pageTextOf = (result: RunSuccess): Effect.Effect<string, never, TriggerClient> =>
  Effect.map(
    isStored(result)
      ? Effect.succeed("(in the object store)")
      : Effect.match(RunOutput.json(result), {
        onFailure: () => result.output ?? "",
        onSuccess: (value) => typeof value === "string" ? value : JSON.stringify(value, undefined, 2) ?? ""
      }),
    (text) =>
      lines(text.length > longest ? `${text.slice(0, longest)}\n… ${text.length - longest} characters more` : text)
  )
