/**
 * The result of one finished run, in the shape that the results endpoint sends: discriminated by `ok`.
 *
 * @since 0.1.0
 */
import { dual } from "effect/Function"
import * as Schema from "effect/Schema"
import { RunError } from "./RunError.js"
import { RunStatus } from "./RunStatus.js"

const fields = {
  /** The run id. */
  id: Schema.String,
  /** The id of the task that ran. Every server sends it; the published contract does not promise it. */
  taskIdentifier: Schema.optionalWith(Schema.String, { exact: true }),
  /** Results from the realtime feed have it. The results endpoint promises it, and has never been seen to send it. */
  usage: Schema.optionalWith(
    Schema.Struct({
      /** Milliseconds. */
      durationMs: Schema.optionalWith(Schema.Number, { exact: true })
    }),
    { exact: true }
  ),
  /** How the run ended. The results endpoint does not say; results from the realtime feed or read run by run have it. */
  status: Schema.optionalWith(RunStatus, { exact: true })
}

/**
 * A run that returned. `output` is serialised in one of several ways that `outputType` names; `RunOutput.decode` reads
 * them all. It is absent where the task returned `undefined`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RunSuccess = Schema.Struct({
  ok: Schema.Literal(true),
  ...fields,
  output: Schema.optionalWith(Schema.String, { exact: true }),
  /** The content type of `output`, such as `application/json`. */
  outputType: Schema.optionalWith(Schema.String, { exact: true })
}).annotations({ identifier: "RunSuccess" })

/**
 * @since 0.1.0
 * @category models
 */
export interface RunSuccess extends Schema.Schema.Type<typeof RunSuccess> {}

/**
 * A run that threw, was cancelled, or was ended by Trigger.dev.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RunFailure = Schema.Struct({
  ok: Schema.Literal(false),
  ...fields,
  error: Schema.optionalWith(RunError, { exact: true })
}).annotations({ identifier: "RunFailure" })

/**
 * @since 0.1.0
 * @category models
 */
export interface RunFailure extends Schema.Schema.Type<typeof RunFailure> {}

/**
 * @since 0.1.0
 * @category models
 */
export type RunResult = RunSuccess | RunFailure

const schema = Schema.Union(RunSuccess, RunFailure)

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
  const successes: Array<RunSuccess> = []
  const failures: Array<RunFailure> = []
  for (const result of results) {
    if (result.ok) {
      successes.push(result)
    } else {
      failures.push(result)
    }
  }
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
 * Decodes one result, and holds what one does with it.
 *
 * @example
 * ```ts
 * import { RunError, RunResult } from "effect-trigger-dev"
 *
 * const line = RunResult.match({
 *   onSuccess: (run) => `${run.id} returned ${run.output}`,
 *   onFailure: (run) => `${run.id} failed: ${run.error === undefined ? "no reason given" : RunError.message(run.error)}`
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
  /** Folds a result; data-first and data-last. */
  match,
  /** A guard, so that `results.filter(RunResult.isSuccess)` is typed. */
  isSuccess,
  /** A guard, so that `results.filter(RunResult.isFailure)` is typed. */
  isFailure,
  /** Splits results by outcome and keeps their order. */
  partition,
  /** How many there are, and how many of either outcome. */
  counts
})
