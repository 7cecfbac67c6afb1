/**
 * One row of the realtime feed: its columns as the server sends them, and the `RunUpdate` that they say.
 *
 * Every column is text or null, as Postgres writes it. The guards are written by hand: a schema takes many times as long,
 * and a batch has thousands of rows.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { Mutable } from "effect/Types"
import type { RunError } from "../../RunError.js"
import type { RunStatus } from "../../RunStatus.js"
import type { RunUpdate } from "../../RunUpdate.js"
import { parseJson } from "../api/decode.js"
import { isRunError } from "../api/isBatchResults.js"
import { formatPath, type Issue } from "../describe/issue.js"
import { isRunId } from "../settings/id.js"

/** The columns that a `RunUpdate` is made of. The first five cannot be skipped. */
const columnNames = [
  "id",
  "taskIdentifier",
  "friendlyId",
  "status",
  "createdAt",
  "updatedAt",
  "startedAt",
  "completedAt",
  "usageDurationMs",
  "costInCents",
  "baseCostInCents",
  "output",
  "outputType",
  "error",
  "runTags",
  "idempotencyKey",
  "isTest"
] as const

type Column = typeof columnNames[number]

/** What is known of a row. A column that the server has not sent is absent. */
export type Columns = { readonly [Name in Column]?: string | null }

/** The value of the query parameter `skipColumns`: what servers would send besides, payloads above all. */
export const skipColumns = [
  "payload",
  "payloadType",
  "metadata",
  "metadataType",
  "delayUntil",
  "queuedAt",
  "expiredAt",
  "number",
  "ttl",
  "realtimeStreams"
].join(",")

const longestShown = 60

/** How a value that does not fit is shown in an issue. It comes from JSON. */
const show = (value: unknown): string => {
  if (value === undefined) {
    return "nothing"
  }
  if (typeof value === "object" && value !== null) {
    return Array.isArray(value) ? "a list" : "an object"
  }
  return JSON.stringify(
    typeof value === "string" && value.length > longestShown ? `${value.slice(0, longestShown)}…` : value
  )
}

export const issue = (path: ReadonlyArray<PropertyKey>, expected: string, actual: unknown): Issue => ({
  path: formatPath(path),
  reason: `Expected ${expected}, actual ${show(actual)}`
})

/**
 * The row after a change. Electric sends only the changed columns of an update, so it is merged over what is known.
 * `index` is the position of the message in the response, for the issue.
 */
export const merge = (
  known: Columns | undefined,
  value: { readonly [column: string]: unknown },
  index: number
): Either.Either<Columns, Issue> => {
  const columns: Mutable<Columns> = {}
  for (const name of columnNames) {
    const sent = value[name]
    const text = sent === undefined ? known?.[name] : sent
    if (text === undefined) {
      continue
    }
    if (text !== null && typeof text !== "string") {
      return Either.left(issue([index, "value", name], "text or null", text))
    }
    columns[name] = text
  }
  return Either.right(columns)
}

/** How the text of a column is read. `parse` gives undefined for a text that does not fit. */
interface Reader<A> {
  readonly expected: string
  readonly parse: (text: string) => A | undefined
}

const text: Reader<string> = { expected: "text", parse: (text) => text }

const runId: Reader<string> = {
  expected: "a run id such as \"run_1234\"",
  parse: (text) => isRunId(text) ? text : undefined
}

/** The words of the database that the API words differently. */
const statuses: ReadonlyMap<string, RunStatus> = new Map([
  ["PENDING", "QUEUED"],
  ["WAITING_FOR_DEPLOY", "PENDING_VERSION"],
  ["RETRYING_AFTER_FAILURE", "EXECUTING"],
  ["WAITING_TO_RESUME", "WAITING"],
  ["PAUSED", "WAITING"],
  ["COMPLETED_SUCCESSFULLY", "COMPLETED"],
  ["COMPLETED_WITH_ERRORS", "FAILED"],
  ["INTERRUPTED", "FAILED"]
])

const status: Reader<RunStatus> = { expected: "a status", parse: (text) => statuses.get(text) ?? text }

/** ISO without a zone from Trigger.dev itself, Postgres text from Electric, with microseconds; both mean UTC. */
const timestampPattern = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(?:Z|\+00(?::?00)?)?$/

const timestamp: Reader<Date> = {
  expected: "a time in UTC such as \"2026-11-25T12:45:38.424\"",
  parse: (text) => {
    const [, date, time, fraction = ""] = timestampPattern.exec(text) ?? []
    if (date === undefined || time === undefined) {
      return undefined
    }
    // engines need not take more or fewer than three digits
    const parsed = new Date(`${date}T${time}.${fraction.slice(0, 3).padEnd(3, "0")}Z`)
    return Number.isNaN(parsed.getTime()) ? undefined : parsed
  }
}

const number: Reader<number> = {
  expected: "a number",
  parse: (text) => {
    const parsed = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN
    return Number.isFinite(parsed) ? parsed : undefined
  }
}

/** `t` and `f` from Trigger.dev itself, `true` and `false` from Electric. */
const booleans: ReadonlyMap<string, boolean> = new Map([["t", true], ["true", true], ["f", false], ["false", false]])

const boolean: Reader<boolean> = { expected: "\"t\" or \"f\"", parse: (text) => booleans.get(text) }

/** An item of an array, and the position after it. The text of NULL is undefined. */
interface Item {
  readonly text: string | undefined
  readonly end: number
}

/** Undefined where the quote that opens at `start` is never closed. */
const quotedItem = (array: string, start: number): Item | undefined => {
  let text = ""
  for (let at = start + 1; at < array.length; at++) {
    const char = array.charAt(at)
    if (char === "\"") {
      return { text, end: at + 1 }
    }
    // what is escaped stands for itself
    text += char === "\\" ? array.charAt(++at) : char
  }
  return undefined
}

/** Undefined where the item is empty, or holds what Postgres would quote. */
const plainItem = (array: string, start: number): Item | undefined => {
  const comma = array.indexOf(",", start)
  const end = comma === -1 ? array.length : comma
  const text = array.slice(start, end)
  return /^[^"{}\\]+$/.test(text) ? { text: text.toUpperCase() === "NULL" ? undefined : text, end } : undefined
}

/** A Postgres array such as `{"a","b c",d}`. Items that are NULL are left out. */
const list: Reader<ReadonlyArray<string>> = {
  expected: "a list such as {\"a\",\"b\"}",
  parse: (text) => {
    if (!text.startsWith("{") || !text.endsWith("}")) {
      return undefined
    }
    const array = text.slice(1, -1)
    const items: Array<string> = []
    for (let at = 0; at < array.length;) {
      const item = array.charAt(at) === "\"" ? quotedItem(array, at) : plainItem(array, at)
      if (item === undefined) {
        return undefined
      }
      if (item.text !== undefined) {
        items.push(item.text)
      }
      if (item.end === array.length) {
        return items
      }
      if (array.charAt(item.end) !== ",") {
        return undefined
      }
      at = item.end + 1
    }
    return array === "" ? items : undefined
  }
}

/**
 * The error is JSON text. What is not an error that a `RunError` can be is kept as what a task may have thrown: a text
 * as a string, any other JSON as itself. So a broken error never makes a run unreadable.
 */
const runError: Reader<RunError> = {
  expected: "an error",
  parse: (text) => {
    const json = Option.getOrElse(parseJson(text), (): unknown => text)
    return typeof json === "string"
      ? { type: "STRING_ERROR", raw: json }
      : isRunError(json)
      ? json
      : { type: "CUSTOM_ERROR", raw: text }
  }
}

/** A row, decoded. */
export interface Row {
  readonly update: RunUpdate
  /**
   * Whether the old engine executed the run. Today's engine makes the run id out of the internal id of the run; the old
   * engine gave a run two ids that had nothing to do with each other.
   */
  readonly ofOldEngine: boolean
}

const epoch = new Date(0)

/** `index` is the position in the response of the message that changed the row last. */
export const decode = (columns: Columns, index: number): Either.Either<Row, Issue> => {
  let found: Issue | undefined

  const read = <A>(name: Column, sent: string, { expected, parse }: Reader<A>): A | undefined => {
    const value = parse(sent)
    if (value === undefined) {
      found ??= issue([index, "value", name], expected, sent)
    }
    return value
  }

  const optional = <A>(name: Column, reader: Reader<A>): A | undefined => {
    const sent = columns[name]
    return sent === undefined || sent === null ? undefined : read(name, sent, reader)
  }

  /** The placeholder is never seen: a row without the column is refused. */
  const required = <A>(name: Column, reader: Reader<A>, placeholder: A): A => {
    const sent = columns[name]
    if (sent === undefined || sent === null) {
      found ??= issue([index, "value", name], reader.expected, sent)
      return placeholder
    }
    return read(name, sent, reader) ?? placeholder
  }

  const update: Mutable<RunUpdate> = {
    id: required("friendlyId", runId, ""),
    taskIdentifier: required("taskIdentifier", text, ""),
    status: required("status", status, ""),
    createdAt: required("createdAt", timestamp, epoch),
    tags: optional("runTags", list) ?? []
  }

  /** Where the server says nothing, the field stays absent. */
  const set = <Field extends keyof RunUpdate>(field: Field, name: Column, reader: Reader<RunUpdate[Field]>): void => {
    const value = optional(name, reader)
    if (value !== undefined) {
      update[field] = value
    }
  }
  set("updatedAt", "updatedAt", timestamp)
  set("startedAt", "startedAt", timestamp)
  set("finishedAt", "completedAt", timestamp)
  set("durationMs", "usageDurationMs", number)
  set("costInCents", "costInCents", number)
  set("baseCostInCents", "baseCostInCents", number)
  set("output", "output", text)
  set("outputType", "outputType", text)
  set("error", "error", runError)
  set("idempotencyKey", "idempotencyKey", text)
  set("isTest", "isTest", boolean)

  return found === undefined
    ? Either.right({ update, ofOldEngine: columns.id !== update.id.slice("run_".length) })
    : Either.left(found)
}
