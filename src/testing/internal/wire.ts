/**
 * The bodies of good responses, field by field as genuine servers write them.
 */
import {
  type Batch,
  changeAt,
  delayedUntil,
  isFinished,
  isWaiting,
  type Run,
  runsOf,
  startedAt,
  statusOf,
  type Stored,
  updatedAt,
  usageOf
} from "./batch.js"
import * as RunErrors from "./error.js"
import * as SuperJson from "./superJson.js"

const time = (instant: number): string => new Date(instant).toISOString()

const storeType = "application/store"

/** Whether a test gives a path in place of the output: the store has no object there. */
export const isLost = ({ stored }: Run): boolean => stored.outputType === storeType

/** The packet of an output that is too large for the database lies in the object store, under this path. */
export const storagePath = (run: Run): string => {
  const { output, outputType } = run.stored
  return isLost(run) && output !== undefined
    ? output
    : `${run.id}${run.batch.engine === "v1" ? "/attempt_1" : "-1"}/output.${
      outputType === "text/plain" ? "txt" : "json"
    }`
}

const offloadedFrom = 128 * 1024

export const isOffloaded = (run: Run): boolean => {
  const { output } = run.stored
  return output !== undefined && (isLost(run) || new TextEncoder().encode(output).length >= offloadedFrom)
}

const result = (run: Run) => {
  const head = { id: run.id, taskIdentifier: run.task }
  if (run.finalStatus !== "COMPLETED") {
    return { ok: false, ...head, error: RunErrors.listed(run) }
  }
  if (isOffloaded(run)) {
    return { ok: true, ...head, output: storagePath(run), outputType: storeType }
  }
  const { output, outputType } = run.stored
  return { ok: true, ...head, ...(output === undefined ? {} : { output }), outputType }
}

/** Each engine's runs as the results endpoint knows them. */
const isListed = (run: Run, now: number): boolean => {
  if (!isFinished(run, now)) {
    return false
  }
  switch (run.batch.engine) {
    case "v1":
      // a run that was cancelled before its first attempt is listed all the same
      return run.finalStatus === "CANCELED" ||
        (run.attempt && run.finalStatus !== "EXPIRED" && run.finalStatus !== "TIMED_OUT")
    case "v2 over v1":
      return run.finalStatus === "CANCELED"
    case "v2":
      return false
  }
}

/** `GET /api/v1/batches/{id}/results`. */
export const results = (batch: Batch, now: number): unknown => {
  const items = new Map(runsOf(batch, now).filter((run) => isListed(run, now)).map((run) => [run.id, result(run)]))
  const listed = [...items.values()]
  return { id: batch.id, items: batch.reversed ? listed.reverse() : listed }
}

/** Today's engine lists a run of several items once, in the place of the last of them. */
const listedRuns = (batch: Batch, now: number): ReadonlyArray<string> => {
  const ids = runsOf(batch, now).map(({ id }) => id)
  return batch.engine === "v2" ? [...new Set(ids.reverse())].reverse() : ids
}

/**
 * That of a batch that came over the old routes stays `PENDING` for ever, and so does that of one with a run of several items:
 * its server waits for as many runs as items. Runs that a batch reuses from another one do not count.
 */
const statusOfBatch = (batch: Batch, listed: ReadonlyArray<string>, created: boolean, now: number): string => {
  if (batch.engine !== "v2") {
    return "PENDING"
  }
  if (!created) {
    return "PROCESSING"
  }
  if (batch.failedToStart.length > 0 && batch.runs.length === 0) {
    return "ABORTED"
  }
  const hasRunPerItem = listed.length === batch.runs.length
  if (hasRunPerItem && batch.ownRuns.every((run) => isFinished(run, now))) {
    return "COMPLETED"
  }
  return batch.failedToStart.length > 0 ? "PARTIAL_FAILED" : "PENDING"
}

/** `GET /api/v2/batches/{id}`. */
export const batch = (batch: Batch, now: number): unknown => {
  const processed = batch.ownRuns.reduce((latest, run) => Math.max(latest, run.createdAt), batch.createdAt)
  const created = batch.engine === "v2" && now >= processed
  // today's engine stores the list of runs when it has created the last of them
  const runs = batch.engine === "v2" && !created ? [] : listedRuns(batch, now)
  const status = statusOfBatch(batch, runs, created, now)
  const completed = batch.ownRuns.reduce((latest, run) => Math.max(latest, run.finishesAt), processed)
  return {
    id: batch.id,
    status,
    createdAt: time(batch.createdAt),
    updatedAt: time(status === "COMPLETED" ? completed : Math.min(now, processed)),
    ...(created ? { processingCompletedAt: time(processed) } : {}),
    runCount: batch.runs.length + batch.failedToStart.length,
    runs,
    processing: { ...(created ? { completedAt: time(processed) } : {}), errors: batch.failedToStart },
    ...batch.shows
  }
}

/** The JSON value of what is stored, as the run route shows it. */
const plain = ({ output = "null", outputType }: Stored): unknown => {
  switch (outputType) {
    case "application/json":
      return JSON.parse(output)
    case "application/super+json":
      return SuperJson.toJson(output)
    default:
      return output
  }
}

/** An empty text is shown as no output at all. A download that cannot be signed is neither an output nor a URL. */
const output = (run: Run, presigned: (path: string) => string): { readonly [field: string]: unknown } =>
  run.stored.output === undefined || run.stored.output === ""
    ? {}
    : !isOffloaded(run)
    ? { output: plain(run.stored) }
    : run.canBeSigned
    ? { outputPresignedUrl: presigned(storagePath(run)) }
    : {}

/** Of the old engine's runs this route has neither output nor error, but for runs that expired or timed out. */
const outcome = (run: Run, presigned: (path: string) => string): { readonly [field: string]: unknown } => {
  const old = run.batch.engine === "v1"
  if (run.finalStatus === "COMPLETED") {
    return old ? {} : output(run, presigned)
  }
  return old && run.finalStatus !== "EXPIRED" && run.finalStatus !== "TIMED_OUT" ? {} : { error: RunErrors.shown(run) }
}

/** What a client is told that does not know the statuses of the current API version. */
const olderStatuses: { readonly [status: string]: string } = { DEQUEUED: "EXECUTING", WAITING: "FROZEN" }

const executing: ReadonlySet<string> = new Set(["EXECUTING", "DEQUEUED", "REATTEMPTING", "FROZEN"])

/** `GET /api/v3/runs/{id}`. `presigned` gives the URL of an object in the store. */
export const run = (
  run: Run,
  now: number,
  currentStatuses: boolean,
  presigned: (path: string) => string
): unknown => {
  const current = statusOf(run, now)
  const status = currentStatuses ? current : olderStatuses[current] ?? current
  const finished = isFinished(run, now)
  const waiting = isWaiting(status)
  const started = startedAt(run, now)
  const delayed = delayedUntil(run)
  const { metadata } = changeAt(run, now)
  const old = run.batch.engine === "v1"
  return {
    id: run.id,
    taskIdentifier: run.task,
    ...(old ? {} : { version: "20261123.1" }),
    status,
    createdAt: time(run.createdAt),
    ...(started === undefined ? {} : { startedAt: time(started) }),
    updatedAt: time(updatedAt(run, now)),
    ...(finished ? { finishedAt: time(run.finishesAt) } : {}),
    ...(status === "EXPIRED" ? { expiredAt: time(run.finishesAt) } : {}),
    ...(delayed === undefined ? {} : { delayedUntil: time(delayed) }),
    ...(old ? {} : { ttl: run.ttl }),
    costInCents: 0,
    baseCostInCents: 0,
    durationMs: usageOf(run, now),
    isTest: false,
    depth: 0,
    tags: [...run.tags].sort(),
    isQueued: waiting,
    isExecuting: executing.has(status),
    // as genuine servers have it: neither holds for a run that expired or timed out
    isCompleted: finished && status !== "EXPIRED" && status !== "TIMED_OUT",
    isFailed: finished && status !== "COMPLETED" && status !== "EXPIRED" && status !== "TIMED_OUT",
    isSuccess: status === "COMPLETED",
    isCancelled: status === "CANCELED",
    isWaiting: status === "WAITING",
    triggerFunction: "batchTrigger",
    batchId: run.batch.id,
    ...(metadata === undefined ? {} : { metadata }),
    region: "main",
    payload: plain(run.payload),
    ...(finished ? outcome(run, presigned) : {}),
    attemptCount: started === undefined ? 0 : 1,
    attempts: [],
    relatedRuns: { children: [] },
    ...run.shows
  }
}
