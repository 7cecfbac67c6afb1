/**
 * The result of a finished run, discriminated by `ok`, in the shape of the results endpoint.
 *
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import { dual } from "effect/Function"
import * as Schema from "effect/Schema"
import { optional } from "./internal/describe/optional.js"
import { SensitiveId } from "./internal/describe/sensitive.js"
import { RunError } from "./RunError.js"
import { RunStatus } from "./RunStatus.js"

const fields = {
  /** The run id. */
  id: Schema.String,
  /** The id of the task. Every known server sends it, but the published contract does not promise it. */
  taskIdentifier: optional(Schema.String),
  /** What the run used. Absent in `getBatchResults`, and for results that were read from the results endpoint alone. */
  usage: optional(Schema.Struct({
    /** The compute time of the run, in milliseconds. */
    durationMs: optional(Schema.JsonNumber)
  })),
  /** How the run ended. Absent in `getBatchResults`, and for runs of the old engine whose status is not known. */
  status: optional(RunStatus)
}

/**
 * A run whose task returned. `output` is a text in the format that `outputType` names, and absent if the task returned
 * `undefined`. `RunOutput.decode` reads every format.
 *
 * With a `status`, but neither `output` nor `outputType`, the result was read from `/api/v3/runs`, which showed no output:
 * the task returned nothing or an empty text, or the server could not sign the download URL of a large output.
 * `RunOutput` fails with `OutputUnavailable` and the reason `NotShown` then.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RunSuccess = Schema.Struct({
  /** The task returned. */
  ok: Schema.Literal(true),
  ...fields,
  /**
   * The output as the task serialised it, or its path in the object store. Absent if the task returned `undefined`, and for
   * some results that were read from `/api/v3/runs`: those in the object store, and those whose output it does not show.
   */
  output: optional(Schema.String.annotations({ [SensitiveId]: true })),
  /** The content type of `output`, such as `application/json`. `application/store`: it is in the object store. */
  outputType: optional(Schema.String)
}).annotations({ identifier: "RunSuccess" })

/**
 * A run whose task returned.
 *
 * @since 0.1.0
 * @category models
 */
export interface RunSuccess extends Schema.Schema.Type<typeof RunSuccess> {}

/**
 * A run whose task threw, or that was cancelled, or that Trigger.dev ended.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RunFailure = Schema.Struct({
  /** The task did not return: `status` and `error` say why. */
  ok: Schema.Literal(false),
  ...fields,
  /** Why the run failed. Absent if the server reported no error. `RunError.message` writes it in one line. */
  error: optional(RunError)
}).annotations({ identifier: "RunFailure" })

/**
 * A run whose task threw, or that was cancelled, or that Trigger.dev ended.
 *
 * @since 0.1.0
 * @category models
 */
export interface RunFailure extends Schema.Schema.Type<typeof RunFailure> {}

/**
 * The result of a finished run.
 *
 * @since 0.1.0
 * @category models
 */
export type RunResult = RunSuccess | RunFailure

/** The type keeps its name in what editors show of a result. */
const schema: Schema.Schema<RunResult, typeof RunSuccess.Encoded | typeof RunFailure.Encoded> = Schema.Union(
  RunSuccess,
  RunFailure
)

const isSuccess = (result: RunResult): result is RunSuccess => result.ok

const isFailure = (result: RunResult): result is RunFailure => !result.ok

const match: {
  <A, B>(cases: {
    readonly onSuccess: (success: RunSuccess) => A
    readonly onFailure: (failure: RunFailure) => B
  }): (self: RunResult) => A | B
  <A, B>(self: RunResult, cases: {
    readonly onSuccess: (success: RunSuccess) => A
    readonly onFailure: (failure: RunFailure) => B
  }): A | B
} = dual(2, <A, B>(self: RunResult, cases: {
  readonly onSuccess: (success: RunSuccess) => A
  readonly onFailure: (failure: RunFailure) => B
}): A | B => self.ok ? cases.onSuccess(self) : cases.onFailure(self))

const partition = (results: Iterable<RunResult>): {
  readonly successes: Array<RunSuccess>
  readonly failures: Array<RunFailure>
} => {
  const [failures, successes] = Arr.partition(results, isSuccess)
  return { successes, failures }
}

const counts = (results: Iterable<RunResult>): {
  readonly total: number
  readonly succeeded: number
  readonly failed: number
} => {
  let total = 0
  let succeeded = 0
  for (const result of results) {
    total++
    if (result.ok) {
      succeeded++
    }
  }
  return { total, succeeded, failed: total - succeeded }
}

/**
 * Decodes one result. Its statics work on results.
 *
 * @example
 * ```ts
 * import { RunError, RunResult } from "effect-trigger-dev"
 *
 * const line = RunResult.match({
 *   onSuccess: (run) => `${run.id} returned ${run.output}`,
 *   onFailure: (run) => `${run.id} failed: ${run.error === undefined ? "no error reported" : RunError.message(run.error)}`
 * })
 *
 * declare const results: ReadonlyArray<RunResult>
 * const { failures, successes } = RunResult.partition(results)
 * const { failed, total } = RunResult.counts(results)
 * results.map(line)
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const RunResult = Object.assign(schema, {
  /** Handles both outcomes of a result; data-first and data-last. */
  match,
  /** A type guard: `results.filter(RunResult.isSuccess)` is an array of `RunSuccess`. */
  isSuccess,
  /** A type guard: `results.filter(RunResult.isFailure)` is an array of `RunFailure`. */
  isFailure,
  /** Splits results by outcome, in their order. */
  partition,
  /** The number of results, and of each outcome. */
  counts
})
