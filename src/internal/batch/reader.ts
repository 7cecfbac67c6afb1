/**
 * Reads the results of a batch from the two sources that the API has, and remembers what has finished.
 *
 * The results endpoint lists runs of the old engine, and cancelled ones. The run route shows every run, but of the old
 * engine's it has neither output nor error. So the endpoint is asked once, and then, run by run, for what it left out.
 * A finished run of which the run route shows neither output nor error is looked up in the endpoint again: it may have
 * finished in between, and if it did so on the old engine, only the endpoint has the rest.
 */
import * as Effect from "effect/Effect"
import { hasProperty } from "effect/Predicate"
import type { Batch } from "../../Batch.js"
import type { BatchResults } from "../../BatchResults.js"
import type { BatchProgress, CollectedResults } from "../../CollectedResults.js"
import type { Run } from "../../Run.js"
import type { RunResult } from "../../RunResult.js"
import type {
  CollectBatchResultsError,
  GetBatchResultsError,
  RetrieveBatchError,
  RetrieveRunError
} from "../../TriggerError.js"
import { inBulk } from "../rateLimit/pace.js"
import { defaultConcurrency } from "../settings/concurrency.js"
import { fromRun, isFinished, isThin, withStatus } from "./fromRun.js"

/** What a reader needs of a client. */
export interface Source {
  readonly getBatchResults: (batchId: string) => Effect.Effect<BatchResults, GetBatchResultsError>
  readonly retrieveBatch: (batchId: string) => Effect.Effect<Batch, RetrieveBatchError>
  readonly retrieveRun: (runId: string) => Effect.Effect<Run, RetrieveRunError>
  readonly concurrency?: number
}

/** `E` is what becomes of a call where anything but the batch cannot be read. */
export interface Reader<E = CollectBatchResultsError> {
  readonly batchId: string
  /** The result of a run that is known to have finished. */
  readonly get: (runId: string) => RunResult | undefined
  readonly readBatch: (source: Source) => Effect.Effect<Batch, RetrieveBatchError>
  /** Asks the results endpoint, unless it is known to be of no use for this batch. */
  readonly readEndpoint: (source: Source, batch: Batch) => Effect.Effect<void, E>
  /** The runs that are to be read one by one. */
  readonly unread: (batch: Batch) => ReadonlyArray<string>
  /** Reads one run. A result that the endpoint may know more of stays back for `settle`. */
  readonly readRun: (source: Source, runId: string) => Effect.Effect<RunResult | undefined, E>
  /** The runs that stay back. */
  readonly unsettled: () => ReadonlyArray<string>
  /** Asks the endpoint for the runs that stay back, if there are any, and takes those as they are that it omits. */
  readonly settle: (source: Source) => Effect.Effect<void, E>
  /** What is known of a batch by now. */
  readonly summary: (batch: Batch) => CollectedResults
}

/** Where a handle has its reader. */
export const Reading: unique symbol = Symbol.for("effect-trigger-dev/Reading")

export const concurrencyOf = (source: Source): number => source.concurrency ?? defaultConcurrency

/** `results` are those that the caller has stored. */
export const make = (batchId: string, results: ReadonlyArray<RunResult> = []): Reader => {
  const known = new Map(results.map((result) => [result.id, result]))
  const thin = new Map<string, RunResult>()
  let endpoint: "not asked" | "silent" | "talks" = "not asked"

  const ask = (source: Source): Effect.Effect<void, GetBatchResultsError> =>
    Effect.map(inBulk(source.getBatchResults(batchId)), ({ items }) => {
      if (endpoint !== "talks") {
        endpoint = items.length === 0 ? "silent" : "talks"
      }
      for (const item of items) {
        thin.delete(item.id)
        if (!known.has(item.id)) {
          known.set(item.id, withStatus(item))
        }
      }
    })

  const remember = (run: Run, runId: string): Effect.Effect<RunResult | undefined, RetrieveRunError> => {
    if (!isFinished(run)) {
      return Effect.succeed(undefined)
    }
    return Effect.map(fromRun(run, runId), (result) => {
      if (isThin(run)) {
        thin.set(runId, result)
        return undefined
      }
      known.set(runId, result)
      return result
    })
  }

  const isUnknown = (runId: string): boolean => !known.has(runId) && !thin.has(runId)

  const reader: Reader = {
    batchId,
    get: (runId) => known.get(runId),
    readBatch: (source) => inBulk(source.retrieveBatch(batchId)),
    readEndpoint: (source, batch) =>
      Effect.suspend(() => endpoint === "silent" || !batch.runs.some(isUnknown) ? Effect.void : ask(source)),
    unread: (batch) => runsOf(batch).filter(isUnknown),
    readRun: (source, runId) =>
      Effect.suspend(() =>
        isUnknown(runId)
          ? Effect.flatMap(inBulk(source.retrieveRun(runId)), (run) => remember(run, runId))
          : Effect.succeed(known.get(runId))
      ),
    unsettled: () => [...thin.keys()],
    settle: (source) =>
      Effect.suspend(() => {
        const waiting = [...thin]
        return waiting.length === 0 ? Effect.void : Effect.map(ask(source), () => {
          for (const [runId, result] of waiting) {
            if (thin.delete(runId)) {
              known.set(runId, result)
            }
          }
        })
      }),
    summary: (batch) => summarize(reader, batch)
  }
  return reader
}

/** A batch is read afresh where its id is given, and from where it stood where a handle is. */
export const readerOf = (batch: string | { readonly [Reading]: Reader }): Reader =>
  hasProperty(batch, Reading) ? batch[Reading] : make(batch)

/** The runs of a batch, each once: a run may stand in it twice, where two items have the same idempotency key. */
export const runsOf = (batch: Batch): ReadonlyArray<string> => [...new Set(batch.runs)]

const failedToStart = (batch: Batch): CollectedResults["failedToStart"] => batch.processing?.errors ?? []

/** How many runs are still to be created. The status alone does not say: that of old batches is `PENDING` for ever. */
export const toBeCreated = (batch: Batch): number =>
  batch.status === "PENDING" || batch.status === "PROCESSING"
    ? Math.max(0, batch.runCount - failedToStart(batch).length - batch.runs.length)
    : 0

export const summarize = (reader: Pick<Reader, "get">, batch: Batch): CollectedResults => {
  const results: Array<RunResult> = []
  const pending: Array<string> = []
  for (const runId of runsOf(batch)) {
    const result = reader.get(runId)
    if (result === undefined) {
      pending.push(runId)
    } else {
      results.push(result)
    }
  }
  return {
    batch,
    results,
    pending,
    failedToStart: failedToStart(batch),
    unavailable: [],
    complete: pending.length === 0 && toBeCreated(batch) === 0
  }
}

/** All that there is now. Where a run ends it that cannot be read, what was read until then is remembered. */
export const collect = <E>(
  source: Source,
  reader: Reader<E>
): Effect.Effect<CollectedResults, RetrieveBatchError | E> =>
  Effect.gen(function*() {
    const batch = yield* reader.readBatch(source)
    yield* reader.readEndpoint(source, batch)
    yield* Effect.forEach(reader.unread(batch), (runId) => reader.readRun(source, runId), {
      concurrency: concurrencyOf(source),
      discard: true
    })
    yield* reader.settle(source)
    return reader.summary(batch)
  })

export const progressOf = ({ batch, pending, results, unavailable }: CollectedResults): BatchProgress => ({
  finished: results.length,
  total: results.length + pending.length + unavailable.length + toBeCreated(batch),
  failed: results.reduce((count, result) => result.ok ? count : count + 1, 0),
  unavailable: unavailable.length
})

/** What spans tell about it. */
export const attributesOf = (
  { failedToStart, pending, results, unavailable }: CollectedResults
): Record<string, number> => ({
  "trigger.batch.runs": results.length + pending.length + unavailable.length,
  "trigger.batch.finished": results.length,
  "trigger.batch.pending": pending.length,
  "trigger.batch.failed_to_start": failedToStart.length,
  "trigger.batch.unavailable": unavailable.length
})
