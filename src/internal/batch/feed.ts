/**
 * The protocol of the realtime feed of a batch, as a state and the function that steps it: which request comes next, and
 * what a response to it changes. It sends nothing itself.
 *
 * The feed is a log of changes to rows, in the HTTP protocol of Electric (https://electric-sql.com/docs/api/http).
 * Trigger.dev responds in one of two ways: itself, with whole rows, or through Electric, which sends only the changed
 * columns, splits long logs, and may ask for a start from the beginning.
 */
import * as Either from "effect/Either"
import type * as Equivalence from "effect/Equivalence"
import * as Option from "effect/Option"
import { isRecord } from "effect/Predicate"
import * as Schema from "effect/Schema"
import { RunUpdate } from "../../RunUpdate.js"
import type { RetrieveBatchError } from "../../TriggerError.js"
import { parseJson } from "../api/decode.js"
import type { TextResponse } from "../api/responseError.js"
import type { Issue } from "../describe/issue.js"
import type { Headers } from "../http/retryHeaders.js"
import { isFinished } from "./fromRun.js"
import { type Columns, decode, hasOutcome, isSame, issue, merge, type Row } from "./row.js"

/** How far the log has been read. The server names the places: they are its own, and mean nothing here. */
interface Place {
  readonly offset: string
  readonly handle: string
  readonly cursor: string | undefined
}

/** Where the reading stands, and so what the next request asks for. */
export type Position =
  /** Nothing has been read, or all of it is void. The handle is the one that the server names for the new log. */
  | { readonly _tag: "Start"; readonly handle: string | undefined }
  /** More can be had at once. For Trigger.dev itself, this is the request for a new snapshot. */
  | { readonly _tag: "CatchUp" } & Place
  /** All has been read: the server holds the request until something changes. */
  | { readonly _tag: "Live" } & Place

/** A value: a step makes a new one. */
export interface State {
  readonly position: Position
  /** The rows of the batch by the server's key for them. */
  readonly rows: ReadonlyMap<string, Columns>
  /** The last update of each run, by run id. It outlives `rows`, so that what is read again is not reported again. */
  readonly reported: ReadonlyMap<string, RunUpdate>
  /** Whether it is being read from the beginning after a failure. If that fails too, the place was not at fault. */
  readonly isSecondTry: boolean
}

/** Where reading begins. */
export const start: State = {
  position: { _tag: "Start", handle: undefined },
  rows: new Map(),
  reported: new Map(),
  isSecondTry: false
}

/** The query parameters of the next request. */
export const parameters = (position: Position): Readonly<Record<string, string>> => {
  if (position._tag === "Start") {
    return { offset: "-1", ...(position.handle === undefined ? {} : { handle: position.handle }) }
  }
  const { cursor, handle, offset } = position
  return {
    offset,
    handle,
    ...(position._tag === "Live" ? { live: "true" } : {}),
    ...(cursor === undefined ? {} : { cursor })
  }
}

/**
 * Whether everything has been read that the server knew, so that it holds the next request until something changes, or until
 * about 20 seconds have passed. It does not mean that the server knows every run of the batch.
 */
export const isUpToDate = ({ position }: State): boolean => position._tag === "Live"

/** A request that ends earlier than this, in milliseconds, and brings nothing was not held. */
export const shortestHold = 1000

/** What a response brought. */
export interface Step {
  readonly state: State
  /** Each run that has changed, once, as it is now. */
  readonly updates: ReadonlyArray<Row>
}

/**
 * Whether a response brought nothing, although there is more to read. After a start from the beginning, known rows come again:
 * they are no updates, but add to `rows`.
 */
export const isEmpty = (before: State, { state, updates }: Step): boolean =>
  !isUpToDate(state) && updates.length === 0 && state.rows.size <= before.rows.size

/** Without the request header `x-trigger-electric-version`, servers send the older name. */
const header = (headers: Headers, name: string, olderName: string): string | undefined =>
  headers[name] || headers[olderName] || undefined

const handleOf = (headers: Headers): string | undefined => header(headers, "electric-handle", "electric-shape-id")

const offsetOf = (headers: Headers): string | undefined =>
  header(headers, "electric-offset", "electric-chunk-last-offset")

/**
 * The server has dropped the log. The new one has the handle that the response names; the old handle is not sent again,
 * or the same response could come for ever.
 */
const restart = ({ isSecondTry, position, reported }: State, headers: Headers): Step => {
  const handle = handleOf(headers)
  return {
    state: {
      position: { _tag: "Start", handle: handle === position.handle ? undefined : handle },
      rows: new Map(),
      reported,
      isSecondTry
    },
    updates: []
  }
}

/**
 * Where the reading stands after a response. A place that is missing, or that is not further on although there is more
 * to read, is an issue: the same request would be sent for ever.
 */
const advance = (
  position: Position,
  { headers, status }: TextResponse,
  upToDate: boolean
): Either.Either<Position, Issue> => {
  const before = position._tag === "Start" ? undefined : position
  // a response without content need not repeat the place
  const unchanged = status === 204 ? before : undefined
  const handle = handleOf(headers) ?? unchanged?.handle
  const offset = offsetOf(headers) ?? unchanged?.offset
  if (handle === undefined) {
    return Either.left(issue(["headers", "electric-handle"], "the handle of the log", undefined))
  }
  if (offset === undefined) {
    return Either.left(issue(["headers", "electric-offset"], "the place that was reached in the log", undefined))
  }
  if (!upToDate && handle === before?.handle && offset === before.offset) {
    return Either.left(issue(["headers", "electric-offset"], "a place further on, as there is more to read", offset))
  }
  return Either.right({
    _tag: upToDate ? "Live" : "CatchUp",
    handle,
    offset,
    cursor: headers["electric-cursor"] || before?.cursor
  })
}

const parseMessages = (body: string): Either.Either<ReadonlyArray<unknown>, Issue | undefined> => {
  if (body.trim() === "") {
    return Either.right([])
  }
  const json = parseJson(body)
  if (Option.isNone(json)) {
    return Either.left(undefined)
  }
  return Array.isArray(json.value)
    ? Either.right(json.value)
    : Either.left(issue([], "a list of messages", json.value))
}

/**
 * A message changes a row, or controls the reading. One of another kind is ignored, as the protocol asks: servers add some, such
 * as `snapshot-end`.
 */
interface Message {
  readonly control: unknown
  readonly change: Change | undefined
}

interface Change {
  readonly operation: "insert" | "update" | "delete"
  readonly key: string
  readonly value: { readonly [column: string]: unknown }
}

const noColumns = {}

const parseMessage = (message: unknown, index: number): Either.Either<Message, Issue> => {
  if (!isRecord(message)) {
    return Either.left(issue([index], "a message", message))
  }
  const { headers, key, value } = message
  if (!isRecord(headers)) {
    return Either.left(issue([index, "headers"], "the headers of a message", headers))
  }
  const { control, operation } = headers
  if (operation !== "insert" && operation !== "update" && operation !== "delete") {
    return Either.right({ control, change: undefined })
  }
  if (typeof key !== "string") {
    return Either.left(issue([index, "key"], "the key of a row", key))
  }
  if (operation === "delete") {
    return Either.right({ control, change: { operation, key, value: noColumns } })
  }
  return isRecord(value)
    ? Either.right({ control, change: { operation, key, value } })
    : Either.left(issue([index, "value"], "the columns of a row", value))
}

/** What the messages of a response say. */
interface Changes {
  readonly rows: State["rows"]
  /** The rows that changed and still exist, by run id. */
  readonly changed: ReadonlyMap<string, Row>
  readonly upToDate: boolean
}

/** Undefined where the server asks for a start from the beginning. */
const apply = (
  { position, rows: known }: State,
  messages: ReadonlyArray<unknown>
): Either.Either<Changes | undefined, Issue> => {
  const rows = new Map(known)
  const changed = new Map<string, Row>()
  const isCatchUp = position._tag === "CatchUp"
  /** The keys in a response to a catch-up, and whether it is a whole snapshot. */
  const sent = new Set<string>()
  let isWhole = false
  let upToDate = messages.length === 0
  for (let index = 0; index < messages.length; index++) {
    const message = parseMessage(messages[index], index)
    if (Either.isLeft(message)) {
      return Either.left(message.left)
    }
    const { change, control } = message.right
    if (control === "must-refetch") {
      return Either.right(undefined)
    }
    upToDate ||= control === "up-to-date"
    if (change === undefined) {
      continue
    }
    const { key, operation, value } = change
    const before = rows.get(key)
    if (operation === "delete") {
      rows.delete(key)
      changed.delete(before?.friendlyId ?? "")
      continue
    }
    if (isCatchUp) {
      sent.add(key)
      // the log of Electric never inserts a row that exists
      isWhole ||= operation === "insert" && before !== undefined
    }
    const columns = merge(operation === "update" ? before : undefined, value, index)
    if (Either.isLeft(columns)) {
      return Either.left(columns.left)
    }
    if (before !== undefined && isSame(before, columns.right)) {
      continue
    }
    const row = decode(columns.right, index)
    if (Either.isLeft(row)) {
      return Either.left(row.left)
    }
    rows.set(key, columns.right)
    changed.set(row.right.update.id, row.right)
  }
  // Trigger.dev itself sends a new snapshot. It has at most 1,000 runs, so it may lack some that the last one had
  if (isWhole) {
    for (const key of known.keys()) {
      if (!sent.has(key)) {
        rows.delete(key)
      }
    }
  }
  return Either.right({ rows, changed, upToDate })
}

let equivalence: Equivalence.Equivalence<RunUpdate> | undefined

/** Compiled when it is first needed, which is not for a first snapshot. */
const isSameUpdate: Equivalence.Equivalence<RunUpdate> = (a, b) => (equivalence ??= Schema.equivalence(RunUpdate))(a, b)

/** What has not been reported yet. A new snapshot repeats what is known. */
const report = (
  known: State["reported"],
  changed: ReadonlyMap<string, Row>
): Pick<Step, "updates"> & Pick<State, "reported"> => {
  const reported = new Map(known)
  const updates: Array<Row> = []
  for (const [id, row] of changed) {
    const before = known.get(id)
    if (before === undefined || !isSameUpdate(before, row.update)) {
      reported.set(id, row.update)
      updates.push(row)
    }
  }
  return { reported, updates }
}

/**
 * Steps the state by the response to the request that `parameters` describes: a 200, 204 or 409. An issue says where the
 * response does not follow the protocol, and is undefined where the body is not JSON; the state stays as it was.
 */
export const read = (state: State, response: TextResponse): Either.Either<Step, Issue | undefined> => {
  const { body, headers, status } = response
  if (status === 409 && handleOf(headers) !== undefined) {
    return Either.right(restart(state, headers))
  }
  const changes = Either.flatMap(parseMessages(body), (messages) => apply(state, messages))
  return Either.flatMap(changes, (changes) => {
    if (changes === undefined) {
      return Either.right(restart(state, headers))
    }
    if (status === 409) {
      return Either.left(issue([], "a must-refetch message, as the status is 409", []))
    }
    const { changed, rows, upToDate } = changes
    return Either.map(advance(state.position, response, upToDate), (position) => {
      const { reported, updates } = report(state.reported, changed)
      return { state: { position, rows, reported, isSecondTry: state.isSecondTry && !upToDate }, updates }
    })
  })
}

/**
 * The state after a held request that failed, timed out or was interrupted. Trigger.dev itself never sends the lost
 * changes again; the same place without `live` gives a new snapshot, and from Electric whatever follows that place.
 */
export const afterLostResponse = (state: State): State =>
  state.position._tag === "Live" ? { ...state, position: { ...state.position, _tag: "CatchUp" } } : state

/**
 * Whether a start from the beginning may help: the server may no longer know the place that was reached, or go on from another
 * one.
 */
export const mayRestart = ({ isSecondTry, position }: State, error: RetrieveBatchError): boolean =>
  position._tag !== "Start" && !isSecondTry && (error._tag === "UnexpectedResponse" || error._tag === "InvalidResponse")

/** The state after any other request that failed. The server may no longer know the place, so all is read again. */
export const afterFailure = ({ reported }: State): State => ({ ...start, reported, isSecondTry: true })

/** The ids of the runs that the feed shows: how they go on, and how they ended. */
export const shown = ({ reported, rows }: State): ReadonlySet<string> => {
  const ids = new Set<string>()
  for (const columns of rows.values()) {
    const update = reported.get(columns.friendlyId ?? "")
    if (update !== undefined && (hasOutcome(columns) || !isFinished(update))) {
      ids.add(update.id)
    }
  }
  return ids
}
