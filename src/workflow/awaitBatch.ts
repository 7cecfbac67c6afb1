/**
 * Waits for a batch in the body of a workflow, page by page.
 *
 * @since 0.1.0
 */
import * as Activity from "@effect/workflow/Activity"
import type { WorkflowEngine, WorkflowInstance } from "@effect/workflow/WorkflowEngine"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { CollectedResults } from "../CollectedResults.js"
import type { RunResult } from "../RunResult.js"
import type { TriggerClient } from "../TriggerClient.js"
import type { AwaitBatchError } from "./AwaitBatchError.js"
import { type AwaitBatchProgress, defaultPause } from "./AwaitBatchProgress.js"
import type { BatchSummary } from "./BatchSummary.js"
import { nameOf, shownId } from "./internal/name.js"
import * as Page from "./internal/page.js"
import { sleep } from "./internal/pause.js"
import { readPage, type Settings } from "./internal/read.js"
import * as Wait from "./internal/wait.js"

/**
 * The options of `awaitBatch`.
 *
 * @since 0.1.0
 * @category models
 */
export interface AwaitBatchOptions<R = never> {
  /**
   * The durable pause after a page. `undefined` ends the wait with what it has read so far, or with the error of the page. A
   * pause lasts at least a second and the time of the server's hint, and at most a day. Default: `defaultPause`.
   */
  readonly pause?: (progress: AwaitBatchProgress) => Duration.DurationInput | undefined
  /**
   * How long to keep waiting for a batch that is not found, or, when nothing else is pending, for runs that can never be read
   * (`RunNotFound`, `InvalidResponse`, `UnexpectedResponse`). After it the wait fails with `BatchNotFound`, or ends with those
   * runs in `unavailable`. Default: 5 minutes.
   */
  readonly grace?: Duration.DurationInput
  /**
   * How long a page may wait in the process for more results. They arrive sooner, but the page keeps a connection open, and what
   * it has read is stored only when it ends. Default: zero.
   */
  readonly hold?: Duration.DurationInput
  /** Runs after each page, at least once. For a log or a metric. */
  readonly onProgress?: (progress: AwaitBatchProgress) => Effect.Effect<unknown, never, R>
}

/**
 * The option of `awaitBatch` that takes the results as they come.
 *
 * @since 0.1.0
 * @category models
 */
export interface OnResults<E, R> {
  /**
   * Takes the new results of a page, at least one. It gets each result at least once: again if the process dies before the page
   * is stored. If it fails, the page counts as not read, and its results come again after the pause. A defect ends the
   * workflow.
   */
  readonly onResults: (results: ReadonlyArray<RunResult>) => Effect.Effect<unknown, E, R>
}

const settingsOf = <E, R>(
  batchId: string,
  options: AwaitBatchOptions<R> & Partial<OnResults<E, R>>
): Settings<R> => {
  const { onResults } = options
  return {
    batchId,
    hold: Duration.decode(options.hold ?? Duration.zero),
    grace: Duration.decode(options.grace ?? Duration.minutes(5)),
    pause: options.pause ?? defaultPause,
    onProgress: options.onProgress ?? (() => Effect.void),
    ...(onResults === undefined ? {} : {
      take: (results) =>
        onResults(results).pipe(
          Effect.tapErrorCause((cause) =>
            Effect.logDebug("onResults failed, so its results will come again", cause).pipe(
              Effect.annotateLogs("package", "effect-trigger-dev")
            )
          ),
          Effect.isSuccess
        )
    })
  }
}

/** The pause, in milliseconds, before what a page had is read again, because this version cannot decode the page. */
const repair = 10_000

/**
 * Undefined for an interruption that the engine has stored. The engine in memory does, where a pause of another wait suspends
 * the workflow just when the page begins; without this, the workflow would be interrupted each time it goes on.
 */
const withoutStoredInterruption = <A, E, R>(page: Effect.Effect<A, E, R>): Effect.Effect<A | undefined, E, R> =>
  Effect.catchAllCause(
    page,
    (cause) => Cause.isInterruptedOnly(cause) ? Effect.succeed(undefined) : Effect.failCause(cause)
  )

const pages = <R>(
  settings: Settings<R>
): Effect.Effect<
  readonly [Wait.Wait, Page.Ending],
  AwaitBatchError,
  WorkflowEngine | WorkflowInstance | TriggerClient | R
> =>
  Effect.gen(function*() {
    const name = yield* nameOf(settings)
    let wait = Wait.initial
    for (let number = 1;; number++) {
      const stored = yield* Activity.make({
        name: `${name}/page-${number}`,
        success: Schema.Unknown,
        execute: Effect.flatMap(readPage(settings, wait), Page.encode)
      }).pipe(withoutStoredInterruption)
      const page = Option.getOrUndefined(Page.decode(stored))
      const outcome = page?.outcome
      wait = page === undefined ? Wait.skip(wait) : Wait.add(wait, page)
      if (outcome?._tag === "Fails") {
        return yield* Effect.fail(outcome.error)
      }
      if (outcome?._tag === "Ends" && Wait.isWhole(wait, outcome)) {
        return [wait, outcome]
      }
      yield* sleep(`${name}/pause-${number}`, outcome?._tag === "Continues" ? outcome.pause : repair)
    }
  })

/**
 * Waits, in the body of a workflow, until every run of a batch has finished. The process need not live that long: each
 * page of newly finished runs is an activity, whose result the engine stores, and between two pages is a durable pause.
 * The process that continues the workflow reads only the runs that no stored page has.
 *
 * Each page reads the batch as `collectBatchResults` does with `onError: "report"`. The next page reads again what could not be
 * read: the workflow waits until the server is back, or until the key or the API URL is corrected. It fails at once with
 * `InvalidBatchId`, and after the `grace` with `BatchNotFound`; with any other error only if `pause` ends it.
 *
 * The pages keep all results, and the engine reads all pages each time the workflow continues: use `onResults` for more than
 * a few megabytes. The workflow then keeps ids and counts only.
 *
 * A workflow may wait for several batches at once, with `Effect.all` and its `concurrency`. A pause ends only when no page of
 * the same workflow is being read. Two fibers that wait for the same batch end the workflow with a defect. Do not use
 * `Effect.timeout`: let `pause` end the wait.
 *
 * @example
 * ```ts
 * import { Workflow, WorkflowEngine } from "@effect/workflow"
 * import { Console, Effect, Layer, Schema } from "effect"
 * import { RunResult, TriggerClient } from "effect-trigger-dev"
 * import { TriggerWorkflow } from "effect-trigger-dev/workflow"
 *
 * const Report = Workflow.make({
 *   name: "Report",
 *   // another attempt is another execution: the outcome of the first is stored for good
 *   payload: { batchId: Schema.String, attempt: Schema.Int },
 *   idempotencyKey: ({ attempt, batchId }) => `${batchId}/${attempt}`,
 *   success: TriggerWorkflow.BatchSummary,
 *   error: TriggerWorkflow.AwaitBatchError
 * })
 *
 * const ReportLayer = Report.toLayer(({ batchId }) =>
 *   TriggerWorkflow.awaitBatch(batchId, {
 *     onResults: (results) => Console.log(RunResult.counts(results))
 *   })
 * ).pipe(
 *   Layer.provide(TriggerClient.layerFetch),
 *   // in memory, for tests; the engines of `@effect/cluster` have a database
 *   Layer.provideMerge(WorkflowEngine.layerMemory)
 * )
 *
 * Report.execute({ batchId: "batch_1234", attempt: 1 }).pipe(Effect.provide(ReportLayer), Effect.runPromise)
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export function awaitBatch<E, R = never, R2 = never>(
  batchId: string,
  options: AwaitBatchOptions<R2> & OnResults<E, R>
): Effect.Effect<BatchSummary, AwaitBatchError, WorkflowEngine | WorkflowInstance | TriggerClient | R | R2>
export function awaitBatch<R = never>(
  batchId: string,
  options?: AwaitBatchOptions<R> & { readonly onResults?: never }
): Effect.Effect<CollectedResults, AwaitBatchError, WorkflowEngine | WorkflowInstance | TriggerClient | R>
export function awaitBatch<E, R>(
  batchId: string,
  options: AwaitBatchOptions<R> & Partial<OnResults<E, R>> = {}
): Effect.Effect<
  BatchSummary | CollectedResults,
  AwaitBatchError,
  WorkflowEngine | WorkflowInstance | TriggerClient | R
> {
  return Effect.suspend(() => {
    const settings = settingsOf(batchId, options)
    return Effect.map(
      pages(settings),
      ([wait, ending]) => settings.take === undefined ? Wait.collected(wait, ending) : Wait.summary(wait, ending)
    )
  }).pipe(
    Effect.withSpan("TriggerWorkflow.awaitBatch", {
      captureStackTrace: false,
      attributes: { "trigger.batch.id": shownId(batchId) }
    })
  )
}
