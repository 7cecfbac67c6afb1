/**
 * A run as a row of the feed: every value is text or null.
 */
import type { FinishedStatus, UnfinishedStatus } from "../../../RunStatus.js"
import { changeAt, delayedUntil, isFinished, type Run, startedAt, statusOf, updatedAt, usageOf } from "../batch.js"
import * as RunErrors from "../error.js"
import { isOffloaded, storagePath } from "../wire.js"

/** How a backend writes the types of Postgres as text. */
export interface Encoding {
  readonly timestamp: (instant: number) => string
  readonly bool: (value: boolean) => string
  readonly list: (values: ReadonlyArray<string>) => string
  readonly json: (value: object) => string
}

export type Row = { readonly [column: string]: string | null }

/** Postgres orders the fields of a `jsonb` by the length of their names, and then by the names. */
const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(sorted)
    : typeof value === "object" && value !== null
    ? Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1))
        .map(([name, field]) => [name, sorted(field)])
    )
    : value

const quoted = (value: string): string => `"${value.replace(/["\\]/g, "\\$&")}"`

/** As Trigger.dev's own backend writes them. */
export const native: Encoding = {
  timestamp: (instant) => new Date(instant).toISOString().slice(0, -1),
  bool: (value) => value ? "t" : "f",
  list: (values) => `{${values.map(quoted).join(",")}}`,
  json: (value) => JSON.stringify(sorted(value))
}

/** Postgres writes spaces after the commas and the colons of a `jsonb`. */
const spaced = (value: unknown): string =>
  Array.isArray(value)
    ? `[${value.map(spaced).join(", ")}]`
    : typeof value === "object" && value !== null
    ? `{${Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}: ${spaced(field)}`).join(", ")}}`
    : JSON.stringify(value)

/** As Postgres itself writes them, and Electric sends them on. */
export const electric: Encoding = {
  // Postgres leaves out the zeros at the end of the fraction
  timestamp: (instant) => new Date(instant).toISOString().replace("T", " ").replace(/\.?0*Z$/, ""),
  bool: String,
  // Postgres quotes only what needs quotes
  list: (values) => `{${values.map((value) => /^$|[\s"\\{},]|^null$/i.test(value) ? quoted(value) : value).join(",")}}`,
  json: (value) => spaced(sorted(value))
}

/** The statuses of the API in the words of the database. */
const statuses: { readonly [status in FinishedStatus | UnfinishedStatus]: string } = {
  DELAYED: "DELAYED",
  QUEUED: "PENDING",
  PENDING_VERSION: "PENDING_VERSION",
  WAITING_FOR_DEPLOY: "WAITING_FOR_DEPLOY",
  DEQUEUED: "DEQUEUED",
  EXECUTING: "EXECUTING",
  REATTEMPTING: "RETRYING_AFTER_FAILURE",
  WAITING: "WAITING_TO_RESUME",
  FROZEN: "PAUSED",
  COMPLETED: "COMPLETED_SUCCESSFULLY",
  FAILED: "COMPLETED_WITH_ERRORS",
  CANCELED: "CANCELED",
  CRASHED: "CRASHED",
  SYSTEM_FAILURE: "SYSTEM_FAILURE",
  INTERRUPTED: "INTERRUPTED",
  EXPIRED: "EXPIRED",
  TIMED_OUT: "TIMED_OUT"
}

/** The output or the error of a run that has finished. The old engine stored them in another table. */
const outcome = (run: Run, now: number): Pick<Run["stored"], "output" | "outputType"> & { readonly error?: object } => {
  if (!isFinished(run, now) || run.batch.engine === "v1") {
    return { outputType: "application/json" }
  }
  const error = RunErrors.stored(run)
  return run.finalStatus !== "COMPLETED"
    ? { outputType: "application/json", ...(error === undefined ? {} : { error }) }
    : isOffloaded(run)
    ? { output: storagePath(run), outputType: "application/store" }
    : run.stored
}

interface Column {
  readonly name: string
  readonly schema: { readonly type: string; readonly dims?: 1 }
  readonly value: (run: Run, now: number, encoding: Encoding) => string | null
}

const text = (name: string, value: (run: Run, now: number) => string | undefined): Column => ({
  name,
  schema: { type: "text" },
  value: (run, now) => value(run, now) ?? null
})

const timestamp = (name: string, value: (run: Run, now: number) => number | undefined): Column => ({
  name,
  schema: { type: "timestamp" },
  value: (run, now, encoding) => {
    const instant = value(run, now)
    return instant === undefined ? null : encoding.timestamp(instant)
  }
})

const number = (name: string, type: "int4" | "float8", value: (run: Run, now: number) => number): Column => ({
  name,
  schema: { type },
  value: (run, now) => String(value(run, now))
})

/** In the order in which servers send them. */
const columns: ReadonlyArray<Column> = [
  // the id in the database; the old engine made it independently of `friendlyId`, the id in the API
  text("id", (run) => run.batch.engine === "v1" ? `v1_${run.id}` : run.id.slice("run_".length)),
  text("taskIdentifier", (run) => run.task),
  timestamp("createdAt", (run) => run.createdAt),
  timestamp("updatedAt", updatedAt),
  timestamp("startedAt", startedAt),
  timestamp("delayUntil", delayedUntil),
  timestamp("queuedAt", (run, now) => changeAt(run, now).status === "DELAYED" ? undefined : run.createdAt),
  timestamp(
    "expiredAt",
    (run, now) => isFinished(run, now) && run.finalStatus === "EXPIRED" ? run.finishesAt : undefined
  ),
  timestamp("completedAt", (run, now) => isFinished(run, now) ? run.finishesAt : undefined),
  text("friendlyId", (run) => run.id),
  number("number", "int4", () => 0),
  { name: "isTest", schema: { type: "bool" }, value: (_run, _now, encoding) => encoding.bool(false) },
  text("status", (run, now) => statuses[statusOf(run, now)]),
  number("usageDurationMs", "int4", usageOf),
  number("costInCents", "float8", () => 0),
  number("baseCostInCents", "float8", () => 0),
  text("ttl", (run) => run.ttl),
  text("payload", (run) => run.payload.output),
  text("payloadType", (run) => run.payload.outputType),
  text("metadata", (run, now) => {
    const { metadata } = changeAt(run, now)
    return metadata === undefined ? undefined : JSON.stringify(metadata)
  }),
  text("metadataType", () => "application/json"),
  text("output", (run, now) => outcome(run, now).output),
  text("outputType", (run, now) => outcome(run, now).outputType),
  {
    name: "runTags",
    schema: { type: "text", dims: 1 },
    // without tags the database has null, and not an empty list
    value: (run, _now, encoding) => run.tags.length === 0 ? null : encoding.list(run.tags)
  },
  {
    name: "error",
    schema: { type: "jsonb" },
    value: (run, now, encoding) => {
      const { error } = outcome(run, now)
      return error === undefined ? null : encoding.json(error)
    }
  },
  { name: "realtimeStreams", schema: { type: "text", dims: 1 }, value: (_run, _now, encoding) => encoding.list([]) }
]

export const rowOf = (run: Run, now: number, encoding: Encoding, skip: ReadonlySet<string>): Row =>
  Object.fromEntries(
    columns.filter(({ name }) => !skip.has(name)).map(({ name, value }) => {
      const shown = run.columns[name]
      return [name, shown === undefined ? value(run, now, encoding) : shown]
    })
  )

/** The header with the types of the columns. */
export const schemaHeader = (skip: ReadonlySet<string>): string =>
  JSON.stringify(
    Object.fromEntries(columns.filter(({ name }) => !skip.has(name)).map(({ name, schema }) => [name, schema]))
  )
