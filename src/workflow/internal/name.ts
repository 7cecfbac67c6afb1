/**
 * The name under which the engine stores the pages and pauses of a wait.
 */
import { WorkflowInstance } from "@effect/workflow/WorkflowEngine"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import type * as FiberId from "effect/FiberId"
import * as Schema from "effect/Schema"
import { BatchId } from "../../BatchId.js"
import type { Settings } from "./read.js"

/** The waits of one name that a run of a workflow's body has begun. */
interface Begun {
  readonly count: number
  readonly fiber: FiberId.FiberId
}

/** Each replay is another run of the body, with an instance of its own. */
const begun = new WeakMap<WorkflowInstance["Type"], Map<string, Begun>>()

/**
 * Counts from 1. Two fibers may begin their waits in another order at each replay, so that one would get the pages of the
 * other, with results that its `onResults` has never seen.
 */
const countOf = (name: string): Effect.Effect<number, never, WorkflowInstance> =>
  Effect.gen(function*() {
    const instance = yield* WorkflowInstance
    const fiber = yield* Effect.fiberId
    const waits = begun.get(instance) ?? new Map<string, Begun>()
    const before = waits.get(name)
    if (before !== undefined && !Equal.equals(before.fiber, fiber)) {
      return yield* Effect.dieMessage(
        `Two fibers of a workflow wait for the same batch (${name}), and could get each other's results when the ` +
          "workflow continues. Wait for the batch once, and give its results to both."
      )
    }
    const count = (before?.count ?? 0) + 1
    begun.set(instance, waits.set(name, { count, fiber }))
    return count
  })

/** The id for names and spans. Instead of a batch id the program may give anything, even a key. */
export const shownId = (batchId: string): string => Schema.is(BatchId)(batchId) ? batchId : "invalid"

/**
 * Each wait has a name of its own, also among waits for the same batch and among retries. A wait that keeps other things in
 * its pages starts over.
 */
export const nameOf = <R>({ batchId, take }: Settings<R>): Effect.Effect<string, never, WorkflowInstance> =>
  Effect.suspend(() => {
    const id = shownId(batchId)
    const name = `effect-trigger-dev/awaitBatch/${id}${take === undefined ? "" : "/taken"}`
    // an invalid id fails at the first page, whichever wait it is
    return id !== batchId
      ? Effect.succeed(name)
      : Effect.map(countOf(name), (count) => count === 1 ? name : `${name}/wait-${count}`)
  })
