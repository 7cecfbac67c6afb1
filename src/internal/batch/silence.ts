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

/** Something new has come, or the runs are about to be read elsewhere. */
export const restart = (call: Call): Effect.Effect<void> => Effect.map(monotonicMillis, (now) => begin(call, now))

/**
 * Notes what the first read of a call brought. To the first call of a batch everything is new, so nothing counts as news. If the
 * batch is `COMPLETED`, its own runs have finished, and the feed should show that soon: then the silence began there.
 */
export const afterFirstRead = (call: Call, hasNews: boolean): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { batch, known: { silentSince } } = call.state
    if (silentSince === undefined && batch?.status === "COMPLETED") {
      return Effect.map(monotonicOf(batch.updatedAt), (at) => begin(call, at))
    }
    return silentSince === undefined || hasNews ? restart(call) : Effect.void
  })

/** Whether the silence is so long that the batch must be asked about it. */
export const isTooLong = ({ state: { known } }: Call): Effect.Effect<boolean> =>
  Effect.map(monotonicMillis, (now) => known.silentSince !== undefined && now - known.silentSince >= longest)
