/**
 * The batches of the simulated server: what a test says of them, and where their runs stand at a time.
 */
import * as Duration from "effect/Duration"
import type { RunError } from "../../RunError.js"
import type { FinishedStatus, UnfinishedStatus } from "../../RunStatus.js"
import * as SuperJson from "./superJson.js"

/**
 * A run. What is not said has a default: it is created with the batch, finishes at once, and returns `undefined`.
 *
 * @since 0.1.0
 * @category models
 */
export interface SimulatedRun {
  /** `run_…`, and of no run of another batch. Default: one that the simulator makes up. */
  readonly id?: string
  /** The task identifier. Default: `task`. */
  readonly task?: string
  /** How long after the batch it is created. Default: zero. */
  readonly createdAfter?: Duration.DurationInput
  /** How long after the batch it finishes; `never` for one that goes on for ever. Default: zero. */
  readonly finishesAfter?: Duration.DurationInput | "never"
  /** Its status until then. Default: `EXECUTING`. */
  readonly unfinishedStatus?: UnfinishedStatus
  /** How it ends. Default: `FAILED` where it has an `error`, else `COMPLETED`. */
  readonly status?: FinishedStatus
  /** What the task returns, serialised as the SDK does: text as text, anything else as super+json. */
  readonly output?: unknown
  /** An output as it is stored, in place of `output`. */
  readonly stored?: { readonly output?: string; readonly outputType: string }
  /** What the task throws. */
  readonly error?: RunError
  /** Whether the old engine stored an attempt; without one, its results endpoint does not list the run. Default: true. */
  readonly attempt?: boolean
  /** Fields of `/api/v3/runs/{id}` to show in place of the made-up ones. */
  readonly shows?: { readonly [field: string]: unknown }
}

/**
 * @since 0.1.0
 * @category models
 */
export interface SimulatedBatch {
  /** `batch_…`, and of no other batch. Default: one that the simulator makes up. */
  readonly id?: string
  readonly runs: ReadonlyArray<SimulatedRun>
  /**
   * Which engine executes it. `v2` is today's, for which the results endpoint lists nothing. `v1` is the old one. Of a
   * batch that was created over the old routes and executed by today's engine (`v2 over v1`), the endpoint lists the
   * cancelled runs only, and its status stays `PENDING`. Default: `v2`.
   */
  readonly engine?: "v1" | "v2" | "v2 over v1"
  /** The order in which the results endpoint lists runs. Genuine servers have none. Default: `reversed`. */
  readonly listed?: "reversed" | "in batch order"
  /** Items for which no run could be created. */
  readonly failedToStart?: ReadonlyArray<{
    readonly index: number
    readonly taskIdentifier: string
    readonly error: string
    readonly errorCode?: string
  }>
  /** For how long after its creation it answers 404, as while a replica lags behind. Default: zero. */
  readonly visibleAfter?: Duration.DurationInput
  /** The environment that it belongs to. Default: that of the simulator's first key. */
  readonly environment?: string
  /** Fields of `/api/v2/batches/{id}` to show in place of the made-up ones. */
  readonly shows?: { readonly [field: string]: unknown }
}

/** An output as it is stored. */
export interface Stored {
  readonly output?: string
  readonly outputType: string
}

export interface Run {
  readonly id: string
  readonly batch: Batch
  readonly index: number
  readonly task: string
  /** Epoch milliseconds, as all instants here. */
  readonly createdAt: number
  readonly finishesAt: number
  readonly unfinishedStatus: UnfinishedStatus
  readonly finalStatus: FinishedStatus
  readonly stored: Stored
  readonly error: RunError | undefined
  readonly attempt: boolean
  readonly shows: { readonly [field: string]: unknown }
}

export interface Batch {
  readonly id: string
  readonly engine: "v1" | "v2" | "v2 over v1"
  readonly reversed: boolean
  readonly environment: string
  readonly createdAt: number
  readonly visibleAt: number
  readonly runs: Array<Run>
  readonly failedToStart: NonNullable<SimulatedBatch["failedToStart"]>
  readonly shows: { readonly [field: string]: unknown }
}

/** What a task returns, as the SDK writes it. */
const serialize = (output: unknown): Stored =>
  output === undefined
    ? { outputType: "application/json" }
    : typeof output === "string"
    ? { output, outputType: "text/plain" }
    : { output: SuperJson.stringify(output), outputType: "application/super+json" }

/** `name` makes up ids: it is given a prefix. */
export const make = (
  options: SimulatedBatch,
  environment: string,
  now: number,
  name: (prefix: "batch" | "run") => string
): Batch => {
  const batch: Batch = {
    id: options.id ?? name("batch"),
    engine: options.engine ?? "v2",
    reversed: (options.listed ?? "reversed") === "reversed",
    environment: options.environment ?? environment,
    createdAt: now,
    visibleAt: now + Duration.toMillis(options.visibleAfter ?? 0),
    runs: [],
    failedToStart: options.failedToStart ?? [],
    shows: options.shows ?? {}
  }
  for (const [index, run] of options.runs.entries()) {
    const createdAt = now + Duration.toMillis(run.createdAfter ?? 0)
    batch.runs.push({
      id: run.id ?? name("run"),
      batch,
      index,
      task: run.task ?? "task",
      createdAt,
      finishesAt: run.finishesAfter === "never"
        ? Number.POSITIVE_INFINITY
        : Math.max(createdAt, now + Duration.toMillis(run.finishesAfter ?? 0)),
      unfinishedStatus: run.unfinishedStatus ?? "EXECUTING",
      finalStatus: run.status ?? (run.error === undefined ? "COMPLETED" : "FAILED"),
      stored: run.stored ?? serialize(run.output),
      error: run.error,
      attempt: run.attempt ?? true,
      shows: run.shows ?? {}
    })
  }
  return batch
}

export const isFinished = (run: Run, now: number): boolean => now >= run.finishesAt

export const statusOf = (run: Run, now: number): FinishedStatus | UnfinishedStatus =>
  isFinished(run, now) ? run.finalStatus : run.unfinishedStatus

/** The runs that exist at a time. A run that stands in the batch twice is there twice. */
export const runsOf = (batch: Batch, now: number): ReadonlyArray<Run> =>
  batch.runs.filter((run) => now >= run.createdAt)
