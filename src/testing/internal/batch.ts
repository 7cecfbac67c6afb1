/**
 * The batches of the simulated server, and where their runs stand at a time.
 */
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import type { RunError } from "../../RunError.js"
import type { FinishedStatus, UnfinishedStatus } from "../../RunStatus.js"
import type { SimulatedBatch, SimulatedRun } from "./simulatedBatch.js"
import * as SuperJson from "./superJson.js"

/** A value as it is stored: text, and what kind of text it is. */
export interface Stored {
  readonly output?: string
  readonly outputType: string
}

/** The state of a run from a time until the next change or the end. */
export interface Change {
  /** Epoch milliseconds on the server's clock, as all instants here. */
  readonly at: number
  readonly status: UnfinishedStatus
  readonly metadata: { readonly [key: string]: unknown } | undefined
}

export interface Run {
  readonly id: string
  /** The batch that created it. Other batches may reuse it. */
  readonly batch: Batch
  readonly task: string
  readonly createdAt: number
  /** Ordered by time: the creation first, none after the end. */
  readonly changes: readonly [Change, ...Array<Change>]
  readonly finishesAt: number
  readonly finalStatus: FinishedStatus
  readonly stored: Stored
  readonly canBeSigned: boolean
  readonly error: RunError | undefined
  readonly attempt: boolean
  readonly payload: Stored
  readonly tags: ReadonlyArray<string>
  readonly ttl: string
  /** Milliseconds; undefined where the options of the simulator decide. */
  readonly replicationLag: number | undefined
  readonly shows: { readonly [field: string]: unknown }
  readonly columns: { readonly [column: string]: string | null }
}

export interface Batch {
  readonly id: string
  readonly engine: "v1" | "v2" | "v2 over v1"
  readonly reversed: boolean
  readonly environment: string
  readonly createdAt: number
  readonly visibleAt: number
  /** In batch order. A run may stand here twice, and may be another batch's. */
  readonly runs: Array<Run>
  /** The runs that the batch created, each once. The others, which it reuses, belong to their own batches. */
  readonly ownRuns: Array<Run>
  readonly failedToStart: NonNullable<SimulatedBatch["failedToStart"]>
  readonly shows: { readonly [field: string]: unknown }
}

/** What a task returns, or is given, as the SDK writes it. */
const serialize = (value: unknown): Stored =>
  value === undefined
    ? { outputType: "application/json" }
    : typeof value === "string"
    ? { output: value, outputType: "text/plain" }
    : { output: SuperJson.stringify(value), outputType: "application/super+json" }

/** `never` is infinitely long. */
const millis = (duration: Duration.DurationInput | "never"): number =>
  duration === "never" ? Number.POSITIVE_INFINITY : Duration.toMillis(duration)

/** Changes before the creation happen at the creation; those after the end never happen. */
const changesOf = (options: SimulatedRun, batch: Batch, createdAt: number, finishesAt: number): Run["changes"] => {
  const creation: Change = {
    at: createdAt,
    status: options.unfinishedStatus ?? (options.status === "EXPIRED" ? "QUEUED" : "EXECUTING"),
    metadata: options.metadata
  }
  const later = (options.changes ?? [])
    .map((change) => ({ ...change, at: Math.max(createdAt, batch.createdAt + Duration.toMillis(change.after)) }))
    .filter(({ at }) => at < finishesAt)
    .sort((a, b) => a.at - b.at)
  const changes: [Change, ...Array<Change>] = [creation]
  let last = creation
  for (const { at, metadata = last.metadata, status = last.status } of later) {
    last = { at, status, metadata }
    changes.push(last)
  }
  return changes
}

const makeRun = (options: SimulatedRun, id: string, batch: Batch): Run => {
  const createdAt = batch.createdAt + Duration.toMillis(options.createdAfter ?? 0)
  const finishesAt = Math.max(createdAt, batch.createdAt + millis(options.finishesAfter ?? 0))
  return {
    id,
    batch,
    task: options.task ?? "task",
    createdAt,
    changes: changesOf(options, batch, createdAt, finishesAt),
    finishesAt,
    finalStatus: options.status ?? (options.error === undefined ? "COMPLETED" : "FAILED"),
    stored: options.stored ?? serialize(options.output),
    canBeSigned: options.signing !== "fails",
    error: options.error,
    attempt: options.attempt ?? true,
    payload: serialize(options.payload ?? {}),
    tags: options.tags ?? [],
    ttl: options.ttl ?? "10m",
    replicationLag: options.replicationLag === undefined ? undefined : millis(options.replicationLag),
    shows: options.shows ?? {},
    columns: options.columns ?? {}
  }
}

/** `name` makes up an id with a prefix. `find` finds a run of an earlier batch. Left says why the batch is not possible. */
export const make = (
  options: SimulatedBatch,
  environment: string,
  now: number,
  name: (prefix: "batch" | "run") => string,
  find: (runId: string) => Run | undefined
): Either.Either<Batch, string> => {
  const batch: Batch = {
    id: options.id ?? name("batch"),
    engine: options.engine ?? "v2",
    reversed: (options.listed ?? "reversed") === "reversed",
    environment: options.environment ?? environment,
    createdAt: now,
    visibleAt: now + Duration.toMillis(options.visibleAfter ?? 0),
    runs: [],
    ownRuns: [],
    failedToStart: options.failedToStart ?? [],
    shows: options.shows ?? {}
  }
  const own = new Map<string, Run>()
  for (const run of options.runs) {
    const made = "reuses" in run
      ? Either.fromNullable(find(run.reuses), () => `there is no run ${JSON.stringify(run.reuses)} to reuse`)
      : Either.try({
        try: () => makeRun(run, run.id ?? name("run"), batch),
        catch: (error) =>
          `an output or a payload cannot be serialised (${String(error)}): an output may be given as \`stored\``
      })
    if (Either.isLeft(made)) {
      return Either.left(made.left)
    }
    const isOwn = made.right.batch === batch
    // of a run that stands in the batch twice the first counts
    const first = isOwn ? own.get(made.right.id) : undefined
    batch.runs.push(first ?? made.right)
    if (isOwn && first === undefined) {
      own.set(made.right.id, made.right)
      batch.ownRuns.push(made.right)
    }
  }
  return Either.right(batch)
}

export const isFinished = (run: Run, now: number): boolean => now >= run.finishesAt

/** The last change that has happened. */
export const changeAt = (run: Run, now: number): Change =>
  run.changes.reduce((last, change) => now >= change.at ? change : last)

export const statusOf = (run: Run, now: number): FinishedStatus | UnfinishedStatus =>
  isFinished(run, now) ? run.finalStatus : changeAt(run, now).status

export const updatedAt = (run: Run, now: number): number =>
  isFinished(run, now) ? run.finishesAt : changeAt(run, now).at

const waiting: ReadonlySet<string> = new Set<UnfinishedStatus>([
  "PENDING_VERSION",
  "QUEUED",
  "DELAYED",
  "WAITING_FOR_DEPLOY"
])

/** Whether a run of this status waits for its first attempt. */
export const isWaiting = (status: string): boolean => waiting.has(status)

/**
 * When a worker took the run; undefined while it waits, and if it ended before a worker took it. A run that is `DEQUEUED`
 * has started: recordings have its `startedAt`.
 */
export const startedAt = (run: Run, now: number): number | undefined => {
  const start = run.changes.find(({ status }) => !isWaiting(status))?.at ??
    (run.finalStatus === "EXPIRED" || run.finalStatus === "CANCELED" ? undefined : run.finishesAt)
  return start !== undefined && now >= start ? start : undefined
}

const executed: ReadonlySet<FinishedStatus> = new Set<FinishedStatus>(["COMPLETED", "FAILED"])

/** Milliseconds that a run is charged for: none if Trigger.dev ended it. Recordings have none of the old engine's runs. */
export const usageOf = (run: Run, now: number): number =>
  run.batch.engine !== "v1" && isFinished(run, now) && executed.has(run.finalStatus)
    ? run.finishesAt - (startedAt(run, now) ?? run.finishesAt)
    : 0

/** Until when a run that begins as `DELAYED` is delayed. */
export const delayedUntil = ({ changes: [creation, next], finishesAt }: Run): number | undefined => {
  if (creation.status !== "DELAYED") {
    return undefined
  }
  const until = next?.at ?? finishesAt
  return Number.isFinite(until) ? until : creation.at + 3_600_000
}

/** The runs that exist at a time. A run that stands in the batch twice is there twice. */
export const runsOf = (batch: Batch, now: number): ReadonlyArray<Run> =>
  batch.runs.filter((run) => now >= run.createdAt)
