/**
 * The batch that the processes wait for: some runs finish at once, the others after an hour.
 */
import { Deferred, Effect } from "effect"
import { Fault, TriggerSimulator } from "effect-trigger-dev/testing"
import type { News } from "./runner.child.js"
import { setFaults } from "./world.js"

export const early = ["run_0", "run_1", "run_2"]

export const late = ["run_3", "run_4"]

export const all = [...early, ...late]

const hour = 60 * 60 * 1000

export const create = Effect.flatMap(TriggerSimulator, (trigger) =>
  trigger.createBatch({
    id: "batch_1",
    runs: all.map((id) => ({ id, output: id, finishesAfter: early.includes(id) ? 0 : hour }))
  }))

/** What a runner tells in the end. */
export const outcome: News = { _tag: "Outcome", finished: all, complete: true }

/** How often each run was asked for once it had finished. */
export const reads = Effect.map(Effect.flatMap(TriggerSimulator, (trigger) => trigger.requests), (requests) => {
  const counts: Record<string, number> = {}
  for (const { at, path } of requests) {
    const id = path.split("/").pop() ?? ""
    if (path.startsWith("/api/v3/runs/") && (early.includes(id) || at >= hour)) {
      counts[id] = (counts[id] ?? 0) + 1
    }
  }
  return counts
})

export const eachOnce = { run_0: 1, run_1: 1, run_2: 1, run_3: 1, run_4: 1 }

/** The first request for the run never gets a response. Gives an effect that waits for that request. */
export const hang = (runId: string) =>
  Effect.gen(function*() {
    const reached = yield* Deferred.make<void>()
    let hangs = true
    yield* setFaults(({ at, path }) => {
      if (!hangs || !path.endsWith(runId) || (late.includes(runId) && at < hour)) {
        return undefined
      }
      hangs = false
      Deferred.unsafeDone(reached, Effect.void)
      return Fault.hang
    })
    return Deferred.await(reached)
  })
