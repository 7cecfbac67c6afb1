/**
 * Trigger.dev's own backend of the feed. It makes snapshots from a list of runs that lags behind, and delivers changes to
 * live requests as they happen. It remembers for each handle what it has sent, and never sends that again.
 */
import * as Effect from "effect/Effect"
import { sleep } from "../../../internal/rateLimit/time.js"
import { type Run, updatedAt } from "../batch.js"
import { type ApiResponse, internalError } from "../response.js"
import type { Delivery } from "./changes.js"
import { native, rowOf } from "./columns.js"
import type { Connections } from "./connections.js"
import type { RealtimeSettings } from "./options.js"
import type { FeedRequest } from "./request.js"
import { type ChangeMessage, type FeedResponse, keyOf } from "./response.js"

/** The runs that a handle was sent: by id, the time of the last change that it knows. */
type Seen = ReadonlyMap<string, number>

interface Sent {
  readonly seen: Seen
  /** When the last response was sent. */
  readonly at: number
}

/** A list has at most so many runs: of more it has the newest half and the oldest half. */
const maxListed = 1_000

/** While the server listens, it keeps the changes of the last milliseconds for the next request of a handle. */
const replayWindow = 2_000

/** The server forgets a handle that was not used for so many milliseconds. */
const handleTtl = 300_000

const headers = { "cache-control": "no-store" }

const upToDate = { headers: { control: "up-to-date" } } as const

/** What genuine servers say where a client knows no change: 0. A batch on a `TestClock` may be from before 1970. */
const noChange = ({ batch }: FeedRequest): number => batch.createdAt < 0 ? batch.createdAt - 1 : 0

/** The offset begins with the time of the last change that the client knows. */
const timeOf = (request: FeedRequest): number => {
  const time = Number(request.offset.split("_")[0])
  return Number.isFinite(time) ? time : noChange(request)
}

/** The time of the last change of these runs, or that of the offset if it is later. */
const latest = (runs: Seen, offset: number): number => {
  let time = offset
  for (const updated of runs.values()) {
    time = Math.max(time, updated)
  }
  return time
}

export interface Native {
  readonly snapshot: (request: FeedRequest, settings: RealtimeSettings) => Effect.Effect<FeedResponse, ApiResponse>
  readonly live: (
    request: FeedRequest,
    handle: string,
    settings: RealtimeSettings
  ) => Effect.Effect<FeedResponse, ApiResponse>
  /** Forgets all handles, as a restart does. */
  readonly forget: () => void
}

export const makeNative = (
  currentTime: Effect.Effect<number>,
  connections: Connections,
  deliveriesOf: (batch: FeedRequest["batch"]) => ReadonlyArray<Delivery>
): Native => {
  const sent = new Map<string, Sent>()
  let sequence = 0

  const keyFor = (request: FeedRequest, handle: string): string => `${request.environment}:${handle}`

  const newHandle = ({ batch }: FeedRequest): string => {
    const random = Math.imul(++sequence, 0x9e3779b1) >>> 0
    return `${batch.id}_${sequence}_${random.toString(16).padStart(8, "0")}`
  }

  const listed = (
    { batch }: FeedRequest,
    settings: RealtimeSettings,
    now: number
  ): Effect.Effect<ReadonlyArray<Run>, ApiResponse> => {
    if (settings.backend === "clickhouse down") {
      return Effect.fail(internalError)
    }
    const runs = batch.ownRuns
      .filter((run) => now >= run.createdAt + (run.replicationLag ?? settings.replicationLag))
      .sort((a, b) => a.createdAt - b.createdAt)
    const capped = runs.length <= maxListed
      ? runs
      : [...runs.slice(0, maxListed / 2), ...runs.slice(-maxListed / 2)]
    return Effect.succeed(batch.reversed ? capped.reverse() : capped)
  }

  /** The messages for a client that has seen this; of a client that is not known, its offset says what it has seen. */
  const compare = (request: FeedRequest, runs: Iterable<Run>, seen: Seen | undefined, now: number) => {
    const messages: Array<ChangeMessage> = []
    const touched = new Map<string, number>()
    for (const run of runs) {
      const updated = updatedAt(run, now)
      const before = seen === undefined ? timeOf(request) : seen.get(run.id)
      touched.set(run.id, updated)
      if (before === undefined || updated > before) {
        messages.push({
          key: keyOf(run.id),
          value: rowOf(run, now, native, request.skipColumns),
          headers: { operation: before === undefined ? "insert" : "update" }
        })
      }
    }
    return { messages, touched }
  }

  const liveResponse = (
    request: FeedRequest,
    handle: string,
    seen: Seen,
    messages: ReadonlyArray<ChangeMessage>,
    touched: Seen,
    now: number
  ): FeedResponse => {
    sent.set(keyFor(request, handle), { seen, at: now })
    const cursor = String(++sequence)
    return {
      messages: [...messages, upToDate],
      handle,
      offset: `${latest(touched, timeOf(request))}_${cursor}`,
      cursor,
      schema: false,
      headers
    }
  }

  return {
    snapshot: (request, settings) =>
      Effect.gen(function*() {
        const now = yield* currentTime
        const { messages, touched } = compare(request, yield* listed(request, settings, now), new Map(), now)
        const handle = request.handle ?? newHandle(request)
        sent.set(keyFor(request, handle), { seen: touched, at: now })
        return {
          messages: [...messages, upToDate],
          handle,
          offset: `${latest(touched, noChange(request))}_${++sequence}`,
          schema: true,
          headers
        }
      }),

    live: (request, handle, settings) =>
      Effect.gen(function*() {
        const startedAt = yield* currentTime
        const deadline = startedAt + settings.hold
        const known = sent.get(keyFor(request, handle))
        const remembered = known !== undefined && startedAt - known.at <= handleTtl ? known : undefined
        const deliveries = deliveriesOf(request.batch)
        let seen = remembered?.seen
        // changes that were delivered until then have been compared
        let until = remembered?.at ?? startedAt - replayWindow

        const missedNothing = until >= startedAt - replayWindow &&
          (connections.listeningSince(request.environment) ?? startedAt) <= until
        if (!missedNothing) {
          const { messages, touched } = compare(request, yield* listed(request, settings, startedAt), seen, startedAt)
          if (messages.length > 0) {
            return liveResponse(request, handle, touched, messages, touched, startedAt)
          }
          seen = touched
          until = startedAt
        }

        while (true) {
          const now = yield* currentTime
          const changed = new Set<Run>()
          for (const { deliveredAt, run } of deliveries) {
            if (deliveredAt > until && deliveredAt <= now) {
              changed.add(run)
            }
          }
          until = now
          if (changed.size > 0) {
            const { messages, touched } = compare(request, changed, seen, now)
            seen = new Map([...seen ?? [], ...touched])
            if (messages.length > 0) {
              return liveResponse(request, handle, seen, messages, touched, now)
            }
          }
          const next = deliveries.find(({ deliveredAt }) => deliveredAt > now)
          if (next === undefined || next.deliveredAt > deadline) {
            yield* sleep(deadline - now)
            break
          }
          yield* sleep(next.deliveredAt - now)
        }

        // a run that did not change while the request was held may have come into the list
        const now = yield* currentTime
        const { messages, touched } = compare(request, yield* listed(request, settings, now), seen, now)
        return liveResponse(request, handle, touched, messages, touched, now)
      }).pipe(
        Effect.onInterrupt(() =>
          Effect.map(currentTime, (now) => {
            const known = sent.get(keyFor(request, handle))
            if (known !== undefined) {
              sent.set(keyFor(request, handle), { ...known, at: now })
            }
          })
        )
      ),

    forget: () => sent.clear()
  }
}
