/**
 * Writes the output of each run to a file of its own.
 */
import * as Effect from "effect/Effect"
import { join } from "node:path"
import { isRunId } from "../../internal/settings/id.js"
import * as RunOutput from "../../RunOutput.js"
import type { RunSuccess } from "../../RunResult.js"
import type { TriggerClient } from "../../TriggerClient.js"
import { existing, FileExists, makeFolder, type WriteError, writeNew } from "../files.js"
import type { RunView } from "../runs.js"
import { safeJson } from "../terminal/json.js"

export interface Written {
  readonly files: number
  /** Runs whose output could not be written, and why. */
  readonly problems: ReadonlyArray<string>
}

/** A valid run id has only letters, digits, `_` and `-`, so the file stays in the folder. */
const fileNames = (id: string): readonly [json: string, text: string] => [`${id}.json`, `${id}.txt`]

const writeOutput = (
  folder: string,
  id: string,
  result: RunSuccess,
  force: boolean
): Effect.Effect<Written, WriteError, TriggerClient> =>
  Effect.matchEffect(RunOutput.json(result), {
    onFailure: (error) => Effect.succeed<Written>({ files: 0, problems: [error.message] }),
    onSuccess: (value) => {
      if (value === undefined) {
        return Effect.succeed<Written>({ files: 0, problems: [] })
      }
      const [json, text] = fileNames(id)
      // the run route sends texts as JSON, without their type
      const [name, content] = typeof value === "string"
        ? [text, value]
        : [json, `${safeJson(value, 2)}\n`]
      return Effect.as(writeNew(join(folder, name), content, { force }), { files: 1, problems: [] })
    }
  })

export const writeOutputs = (
  runs: ReadonlyArray<RunView>,
  folder: string,
  options: { readonly force: boolean }
): Effect.Effect<Written, WriteError, TriggerClient> =>
  Effect.gen(function*() {
    const outputs = runs.flatMap(({ id, result }) => id === undefined || result?.ok !== true ? [] : [{ id, result }])
    const [named, unnamed] = [outputs.filter(({ id }) => isRunId(id)), outputs.filter(({ id }) => !isRunId(id))]
    if (!options.force) {
      // checked before the first file is written
      const files = yield* existing(named.flatMap(({ id }) => fileNames(id).map((name) => join(folder, name))))
      if (files.length > 0) {
        return yield* Effect.fail(new FileExists({ files }))
      }
    }
    yield* makeFolder(folder)
    const written = yield* Effect.forEach(named, ({ id, result }) => writeOutput(folder, id, result, options.force), {
      concurrency: 8
    })
    return {
      files: written.reduce((sum, { files }) => sum + files, 0),
      problems: [
        ...written.flatMap(({ problems }) => problems),
        ...unnamed.map(({ id }) => `${JSON.stringify(id)} is not a run id, so its output was not written`)
      ]
    }
  })
