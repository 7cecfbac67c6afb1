/**
 * Electric as the backend of the feed. A shape has a handle and a log: first the rows that existed when the shape was
 * created, then each change. Electric remembers nothing of a client: it sends what stands in the log after the offset.
 */
import * as Effect from "effect/Effect"
import { sleep } from "../../../internal/rateLimit/time.js"
import type { Batch } from "../batch.js"
import { type ApiResponse, json } from "../response.js"
import { changeTimes, type Delivery } from "./changes.js"
import { electric, type Row, rowOf } from "./columns.js"
import type { RealtimeSettings } from "./options.js"
import type { FeedRequest } from "./request.js"
import { type ChangeMessage, type ControlMessage, type FeedResponse, keyOf } from "./response.js"

interface Shape {
  readonly handle: string
  readonly createdAt: number
  /** Whether it is the first one of its batch and its columns. */
  readonly first: boolean
  responses: number
}

interface Log {
  readonly messages: ReadonlyArray<ChangeMessage>
  /** How many of them are rows that existed when the shape was created. */
  readonly snapshot: number
}

const relation = ["public", "TaskRun"]

const changed = (before: Row, after: Row): Row =>
  Object.fromEntries(Object.entries(after).filter(([column, value]) => column === "id" || value !== before[column]))

const logOf = (
  shape: Shape,
  { batch, skipColumns }: FeedRequest,
  deliveries: ReadonlyArray<Delivery>,
  settings: RealtimeSettings,
  now: number
): Log => {
  const row = (run: Delivery["run"], at: number) => rowOf(run, at, electric, skipColumns)
  const snapshot = batch.ownRuns.filter(({ createdAt }) => createdAt <= shape.createdAt).map((run): ChangeMessage => ({
    key: keyOf(run.id),
    value: row(run, shape.createdAt),
    headers: { operation: "insert", relation }
  }))
  const changes = deliveries.flatMap(({ changedAt: at, run }): Array<ChangeMessage> => {
    if (at <= shape.createdAt || at > now) {
      return []
    }
    const before = changeTimes(run).filter((time) => time < at).at(-1)
    const after = row(run, at)
    const value = before === undefined || !settings.partialUpdates ? after : changed(row(run, before), after)
    return [{
      key: keyOf(run.id),
      value,
      headers: { operation: before === undefined ? "insert" : "update", relation, last: true }
    }]
  })
  return { messages: [...snapshot, ...changes], snapshot: snapshot.length }
}

/** The offset for a client that has read so many messages of the log. */
const offsetAfter = (count: number, { snapshot }: Log): string =>
  count > snapshot ? `${count - snapshot}_0` : count === 0 ? "0_inf" : `0_${count - 1}`

/** How many messages of the log a client has read; undefined where the offset is malformed. */
const countAt = (offset: string, { messages, snapshot }: Log): number | undefined => {
  const [, transaction = "", position = ""] = /^(\d+)_(\d+|inf)$/.exec(offset) ?? []
  if (offset === "-1") {
    return 0
  }
  if (transaction === "") {
    return undefined
  }
  const count = transaction !== "0"
    ? snapshot + Number(transaction)
    : position === "inf"
    ? snapshot
    : Number(position) + 1
  return Math.min(count, messages.length)
}

const invalid = (errors: { readonly [parameter: string]: ReadonlyArray<string> }): ApiResponse =>
  json(400, { message: "Invalid request", errors }, {
    "cache-control": "no-store",
    "access-control-expose-headers": "*"
  })

const upToDate: ControlMessage = { headers: { control: "up-to-date" } }

const mustRefetch: ControlMessage = { headers: { control: "must-refetch" } }

export interface Electric {
  readonly respond: (request: FeedRequest, settings: RealtimeSettings) => Effect.Effect<FeedResponse, ApiResponse>
  /** Drops all shapes. */
  readonly forget: () => void
}

export const makeElectric = (
  currentTime: Effect.Effect<number>,
  deliveriesOf: (batch: Batch) => ReadonlyArray<Delivery>
): Electric => {
  const shapes = new Map<string, Shape>()
  /** The keys of all shapes so far, also of those that were dropped. */
  const known = new Set<string>()
  let sequence = 0

  const shapeOf = ({ batch, skipColumns }: FeedRequest, settings: RealtimeSettings, now: number): Shape => {
    const key = `${batch.id} ${[...skipColumns].sort().join()}`
    const found = shapes.get(key)
    if (found !== undefined && !(found.first && found.responses >= settings.mustRefetchAfter)) {
      return found
    }
    const shape = {
      handle: `${10_000_000 + ++sequence}-${now * 1000}`,
      createdAt: now,
      first: !known.has(key),
      responses: 0
    }
    shapes.set(key, shape)
    known.add(key)
    return shape
  }

  return {
    respond: (request, settings) =>
      Effect.gen(function*() {
        const startedAt = yield* currentTime
        if (request.handle === undefined && request.offset !== "-1") {
          return yield* Effect.fail(invalid({ handle: ["can't be blank when offset != -1"] }))
        }
        if (request.live && request.offset === "-1") {
          return yield* Effect.fail(invalid({ live: ["can't be true when offset == -1"] }))
        }
        const shape = shapeOf(request, settings, startedAt)
        if (request.handle !== undefined && request.handle !== shape.handle) {
          return {
            status: 409,
            messages: [mustRefetch],
            handle: shape.handle,
            schema: false,
            headers: { "cache-control": "public, max-age=60, must-revalidate" }
          } as const
        }
        const deliveries = deliveriesOf(request.batch)
        const have = countAt(request.offset, logOf(shape, request, deliveries, settings, startedAt))
        if (have === undefined) {
          return yield* Effect.fail(invalid({ offset: ["has invalid format"] }))
        }

        const deadline = startedAt + settings.hold
        let now = startedAt
        let log = logOf(shape, request, deliveries, settings, now)
        while (request.live && log.messages.length === have && now < deadline) {
          const next = deliveries.reduce(
            (soonest, { changedAt: at }) => at > now ? Math.min(soonest, at) : soonest,
            deadline
          )
          yield* sleep(next - now)
          now = yield* currentTime
          log = logOf(shape, request, deliveries, settings, now)
        }

        const messages = log.messages.slice(have, have + settings.chunkSize)
        const count = have + messages.length
        // the response to the first request may be cached for long: only later ones say that they are up to date
        const isUpToDate = count === log.messages.length && request.offset !== "-1"
        const offset = offsetAfter(count, log)
        shape.responses++
        return {
          status: request.live && messages.length === 0 ? settings.unchangedStatus : 200,
          messages: isUpToDate ? [...messages, upToDate] : messages,
          handle: shape.handle,
          offset,
          ...(request.live ? { cursor: String(++sequence) } : {}),
          schema: !request.live,
          headers: {
            "cache-control": request.offset === "-1"
              ? "public, max-age=604800, s-maxage=3600, stale-while-revalidate=2629746"
              : request.live
              ? "public, max-age=5, stale-while-revalidate=5"
              : "public, max-age=60, stale-while-revalidate=300",
            etag: `"${shape.handle}:${request.offset}:${offset}"`,
            ...(isUpToDate ? { "electric-up-to-date": "" } : {})
          }
        } as const
      }),
    forget: () => shapes.clear()
  }
}
