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
   * The pause after a page. It is durable: the process is not needed during it. Undefined ends the wait, with what there
   * is, or with the error of the page. Shorter pauses than a second count as a second, longer ones than a day as a day;
   * no pause is shorter than the server's hint. Default: `defaultPause`.
   */
  readonly pause?: (progress: AwaitBatchProgress) => Duration.DurationInput | undefined
  /**
   * How long the wait goes on where only errors are left that cannot get better: the batch is not found, or nothing is
   * pending and the runs that are left cannot be read (`RunNotFound`, `InvalidResponse`, `UnexpectedResponse`). Then it
   * fails with `BatchNotFound`, or ends with those runs in `unavailable`. Default: 5 minutes.
   */
  readonly grace?: Duration.DurationInput
  /**
   * How long a page waits in the process for the batch, if it has not finished. Results come sooner, at the price of a
   * connection to the server, and what a page has read is stored when it ends. Default: zero, a page takes what there is.
   */
  readonly hold?: Duration.DurationInput
  /** Run after each page, at least once. For a log or a metric. */
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
   * Takes the new results of a page, of which there is at least one. It sees each result at least once: again if the
   * process dies before the page is stored. If it fails, the page counts as not read, and its results come again after
   * the pause. A defect ends the workflow.
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
 * Whichever process goes on knows what the stored pages have, and reads only the rest.
 *
 * Each page is read as by `collectBatchResults` with `onError: "report"`. What cannot be read is asked for again at the
 * next page: the workflow waits until the server is back, the key is mended, the API URL is right. It fails with
 * `InvalidBatchId` at once, and with `BatchNotFound` after the `grace`. With any other error only where `pause` ends it.
 *
 * The pages keep all results, and each time the workflow goes on, the engine reads all of them: use `onResults` for more
 * than a few megabytes. The workflow then keeps ids and counts only.
 *
 * Several batches may be awaited at the same time, with `Effect.all` and its `concurrency`. A pause ends only when no page of
 * the same workflow is being read. Two fibers that wait for the same batch end the workflow with a defect. Do not put `Effect.timeout` around it: let `pause` end the wait.
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
