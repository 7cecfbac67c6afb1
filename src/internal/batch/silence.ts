/**
 * How long a batch has brought nothing new. A realtime feed that has fallen behind shows runs as they were before their end,
 * for ever; so after a long silence the runs that it shows as unfinished are read elsewhere.
 */
import * as Effect from "effect/Effect"
import { monotonicMillis, monotonicOf } from "../rateLimit/time.js"
import type { Call } from "./call.js"
import * as State from "./state.js"

/** The longest silence in which the feed is relied on, in milliseconds. */
const longest = 5 * 60_000

const begin = ({ state }: Call, at: number): void => State.step(state, { _tag: "SilenceBegan", at })

/** Something new has come. */
export const restart = (call: Call): Effect.Effect<void> => Effect.map(monotonicMillis, (now) => begin(call, now))

/**
 * A call has begun, and has read what there is. To the first call of all everything is new, which says nothing. But a batch that
 * is `COMPLETED` says that its own runs have finished: the feed should show that soon.
 */
export const afterFirstRead = (call: Call, hasNews: boolean): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { batch, known: { silentSince } } = call.state
    if (silentSince === undefined && batch?.status === "COMPLETED") {
      return Effect.map(monotonicOf(batch.updatedAt), (at) => begin(call, at))
    }
    return silentSince === undefined || hasNews ? restart(call) : Effect.void
  })

const isSilent = ({ state: { known: { silentSince } } }: Call, now: number): boolean =>
  silentSince !== undefined && now - silentSince >= longest

/** Whether the silence is so long that the batch must be asked about it. */
export const isTooLong = (call: Call): Effect.Effect<boolean> =>
  Effect.map(monotonicMillis, (now) => isSilent(call, now))

/**
 * Whether the runs that the feed shows as unfinished must be read elsewhere: the silence is too long, and the batch, which has just
 * been read, does not say that runs are still to finish. If so, this is asked again after another such silence.
 */
export const isDoubtful = (call: Call): Effect.Effect<boolean> =>
  Effect.map(monotonicMillis, (now) => {
    if (!isSilent(call, now)) {
      return false
    }
    begin(call, now)
    const { batch } = call.state
    return batch === undefined || !State.isRunning(batch)
  })
