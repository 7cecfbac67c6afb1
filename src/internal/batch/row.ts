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
import { kindOf } from "../describe/kind.js"
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

/**
 * How a value that does not fit is shown in an issue. What is not text may be an output, of which no error shows anything;
 * a text that is cut may end in a part of a secret, which `redact` does not recognize.
 */
const show = (value: unknown): string => {
  if (value === undefined) {
    return "nothing"
  }
  if (typeof value !== "string") {
    return kindOf(value)
  }
  return value.length > longestShown ? `a string of ${value.length} characters` : JSON.stringify(value)
}

export const issue = (path: ReadonlyArray<PropertyKey>, expected: string, actual: unknown): Issue => ({
  path: formatPath(path),
  reason: `Expected ${expected}, actual ${show(actual)}`
})

/** Whether every column that an update is made of is text or null. Other columns may hold anything. */
const isColumns = (value: { readonly [column: string]: unknown }): value is Columns => {
  for (const name of columnNames) {
    const sent = value[name]
    if (typeof sent !== "string" && sent !== null && sent !== undefined) {
      return false
    }
  }
  return true
}

/**
 * The row after a change. Electric sends only the changed columns of an update, so it is merged over what is known.
 * `index` is the position of the message in the response, for the issue.
 */
export const merge = (
  known: Columns | undefined,
  value: { readonly [column: string]: unknown },
  index: number
): Either.Either<Columns, Issue> => {
  // a whole row is kept as it came: most rows are read once
  if (known === undefined && isColumns(value)) {
    return Either.right(value)
  }
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

/** Whether two rows say the same, word by word. */
export const isSame = (a: Columns, b: Columns): boolean => columnNames.every((name) => a[name] === b[name])

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
const timestampPattern =
  /^[1-9]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[T ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|\+00(?::?00)?)?$/

/** The number that the digits of a text make, from a position up to another one. What is no digit counts as zero. */
const digits = (text: string, start: number, end: number): number => {
  let number = 0
  for (let at = start; at < end; at++) {
    const digit = text.charCodeAt(at) - 48
    number = number * 10 + (digit >= 0 && digit <= 9 ? digit : 0)
  }
  return number
}

/** Read by position: `Date.parse` takes several times as long, and a batch has thousands of times. */
const timestamp: Reader<Date> = {
  expected: "a time in UTC such as \"2026-11-25T12:45:38.424\"",
  parse: (text) =>
    timestampPattern.test(text)
      ? new Date(Date.UTC(
        digits(text, 0, 4),
        digits(text, 5, 7) - 1,
        digits(text, 8, 10),
        digits(text, 11, 13),
        digits(text, 14, 16),
        digits(text, 17, 19),
        // where a zone stands in the place of a fraction, its digits are all zero
        digits(text, 20, 23)
      ))
      : undefined
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
  /** Whether the server shows how the run ended. A public token may leave columns out, whatever the request asks for. */
  readonly hasOutcome: boolean
}

/** A column without a value is null; one that is left out is absent. */
export const hasOutcome = ({ error, output, outputType }: Columns): boolean =>
  error !== undefined && output !== undefined && outputType !== undefined

const epoch = new Date(0)

/** A row while it is decoded. */
interface Reading {
  readonly columns: Columns
  readonly index: number
  /** The first column that does not fit. */
  found: Issue | undefined
}

const read = <A>(reading: Reading, name: Column, sent: string, { expected, parse }: Reader<A>): A | undefined => {
  const value = parse(sent)
  if (value === undefined) {
    reading.found ??= issue([reading.index, "value", name], expected, sent)
  }
  return value
}

/** The placeholder is never seen: a row without the column is refused. */
const required = <A>(reading: Reading, name: Column, reader: Reader<A>, placeholder: A): A => {
  const sent = reading.columns[name]
  if (sent === undefined || sent === null) {
    reading.found ??= issue([reading.index, "value", name], reader.expected, sent)
    return placeholder
  }
  return read(reading, name, sent, reader) ?? placeholder
}

const optional = <A>(reading: Reading, name: Column, reader: Reader<A>): A | undefined => {
  const sent = reading.columns[name]
  return sent === undefined || sent === null ? undefined : read(reading, name, sent, reader)
}

/** Where the server says nothing, the field stays absent. */
const set = <Field extends keyof RunUpdate>(
  update: Mutable<RunUpdate>,
  field: Field,
  value: RunUpdate[Field] | undefined
): void => {
  if (value !== undefined) {
    update[field] = value
  }
}

/** `index` is the position in the response of the message that changed the row last. */
export const decode = (columns: Columns, index: number): Either.Either<Row, Issue> => {
  const reading: Reading = { columns, index, found: undefined }
  const update: Mutable<RunUpdate> = {
    id: required(reading, "friendlyId", runId, ""),
    taskIdentifier: required(reading, "taskIdentifier", text, ""),
    status: required(reading, "status", status, ""),
    createdAt: required(reading, "createdAt", timestamp, epoch),
    tags: optional(reading, "runTags", list) ?? []
  }
  set(update, "updatedAt", optional(reading, "updatedAt", timestamp))
  set(update, "startedAt", optional(reading, "startedAt", timestamp))
  set(update, "finishedAt", optional(reading, "completedAt", timestamp))
  set(update, "durationMs", optional(reading, "usageDurationMs", number))
  set(update, "costInCents", optional(reading, "costInCents", number))
  set(update, "baseCostInCents", optional(reading, "baseCostInCents", number))
  set(update, "output", optional(reading, "output", text))
  set(update, "outputType", optional(reading, "outputType", text))
  set(update, "error", optional(reading, "error", runError))
  set(update, "idempotencyKey", optional(reading, "idempotencyKey", text))
  set(update, "isTest", optional(reading, "isTest", boolean))

  return reading.found === undefined
    ? Either.right({
      update,
      ofOldEngine: columns.id !== update.id.slice("run_".length),
      hasOutcome: hasOutcome(columns)
    })
    : Either.left(reading.found)
}
