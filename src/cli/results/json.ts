/**
 * The JSON of `--format json` and `--format ndjson`, which scripts rely on.
 */
import * as Effect from "effect/Effect"
import type { RunError } from "../../RunError.js"
import * as RunOutput from "../../RunOutput.js"
import type { TriggerClient } from "../../TriggerClient.js"
import { type RunView, type State, statusOf } from "../runs.js"

/** Unknown fields are left out. Times are ISO 8601 in UTC, durations are milliseconds. */
export interface RunJson {
  readonly id?: string
  readonly task?: string
  readonly state: State
  readonly status: string
  readonly createdAt?: string
  readonly startedAt?: string
  readonly finishedAt?: string
  readonly durationMs?: number
  readonly tags?: ReadonlyArray<string>
  /** What the task returned, in its plain JSON form. */
  readonly output?: unknown
  /** Why the output could not be read. */
  readonly outputError?: string
  /** Why it failed, as the API sends it. */
  readonly error?: RunError
  /** The error in one line; for a run that could not be read, the reason. */
  readonly message?: string
}

const fieldsOf = (run: RunView): RunJson => ({
  ...(run.id === undefined ? {} : { id: run.id }),
  ...(run.task === undefined ? {} : { task: run.task }),
  state: run.state,
  status: statusOf(run),
  ...(run.createdAt === undefined ? {} : { createdAt: run.createdAt.toISOString() }),
  ...(run.startedAt === undefined ? {} : { startedAt: run.startedAt.toISOString() }),
  ...(run.finishedAt === undefined ? {} : { finishedAt: run.finishedAt.toISOString() }),
  ...(run.durationMs === undefined ? {} : { durationMs: run.durationMs }),
  ...(run.tags.length === 0 ? {} : { tags: run.tags }),
  ...(run.result?.ok === false && run.result.error !== undefined ? { error: run.result.error } : {}),
  ...(run.message === undefined ? {} : { message: run.message })
})

export const toJson = (run: RunView): Effect.Effect<RunJson, never, TriggerClient> => {
  const fields = fieldsOf(run)
  return run.result?.ok === true
    ? Effect.match(RunOutput.json(run.result), {
      onFailure: (error): RunJson => ({ ...fields, outputError: error.message }),
      onSuccess: (output): RunJson => output === undefined ? fields : { ...fields, output }
    })
    : Effect.succeed(fields)
}
