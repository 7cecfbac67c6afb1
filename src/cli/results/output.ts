/**
 * Shows the output of a run as text, for a table and for the page.
 */
import * as Effect from "effect/Effect"
import { mediaType, storeType } from "../../internal/output/parse.js"
import * as RunOutput from "../../RunOutput.js"
import type { RunSuccess } from "../../RunResult.js"
import type { TriggerClient } from "../../TriggerClient.js"
import { lines } from "../terminal/plain.js"

/** Whether the output is too large to be part of the result. */
const isStored = (result: RunSuccess): boolean => mediaType(result.outputType) === storeType

/** What cannot be parsed is shown as it was sent. */
const parsed = (result: RunSuccess, indent?: number): Effect.Effect<string, never, TriggerClient> =>
  Effect.match(RunOutput.json(result), {
    onFailure: () => result.output ?? "",
    onSuccess: (value) => typeof value === "string" ? value : JSON.stringify(value, undefined, indent) ?? ""
  })

/** For a table. An output in the object store is not downloaded. */
export const textOf = (result: RunSuccess): Effect.Effect<string, never, TriggerClient> =>
  isStored(result)
    ? Effect.succeed("(in the object store: --format json downloads it)")
    : parsed(result)

/** How many characters of an output the page holds. */
const longest = 4000

/** For the page, in several lines. */
export const pageTextOf = (result: RunSuccess): Effect.Effect<string, never, TriggerClient> =>
  Effect.map(
    isStored(result) ? Effect.succeed("(in the object store)") : parsed(result, 2),
    (text) =>
      lines(text.length > longest ? `${text.slice(0, longest)}\n… ${text.length - longest} characters more` : text)
  )
