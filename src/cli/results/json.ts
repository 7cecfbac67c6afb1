/**
 * The JSON of `--format json` and `--format ndjson`, which scripts rely on.
 */
import * as Effect from "effect/Effect"
import type { RunError } from "../../RunError.js"
import * as RunOutput from "../../RunOutput.js"
import type { TriggerClient } from "../../TriggerClient.js"
import { type RunView, type State, statusOf } from "../runs.js"

/** In JSON, fields that are undefined are left out. Times are ISO 8601 in UTC, durations are milliseconds. */
export interface RunJson {
  readonly id: string | undefined
  readonly task: string | undefined
  readonly state: State
  readonly status: string
  readonly createdAt: Date | undefined
  readonly startedAt: Date | undefined
  readonly finishedAt: Date | undefined
  readonly durationMs: number | undefined
  readonly tags: ReadonlyArray<string> | undefined
  /** Why it failed, as the API sends it. */
  readonly error: RunError | undefined
  /** The error in one line; for a run that could not be read, the reason. */
  readonly message: string | undefined
  /** What the task returned, in its plain JSON form. */
  readonly output?: unknown
  /** Why the output could not be read. */
  readonly outputError?: string
}

const fieldsOf = (run: RunView): RunJson => ({
  id: run.id,
  task: run.task,
  state: run.state,
  status: statusOf(run),
  createdAt: run.createdAt,
  startedAt: run.startedAt,
  finishedAt: run.finishedAt,
  durationMs: run.durationMs,
  tags: run.tags.length === 0 ? undefined : run.tags,
  error: run.result?.ok === false ? run.result.error : undefined,
  message: run.message
})

export const toJson = (run: RunView): Effect.Effect<RunJson, never, TriggerClient> => {
  const fields = fieldsOf(run)
  return run.result?.ok === true
    ? Effect.match(RunOutput.json(run.result), {
      onFailure: (error): RunJson => ({ ...fields, outputError: error.message }),
      onSuccess: (output): RunJson => ({ ...fields, output })
    })
    : Effect.succeed(fields)
}
