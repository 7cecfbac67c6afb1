/**
 * The name under which the engine stores the pages and pauses of a wait.
 */
import * as Activity from "@effect/workflow/Activity"
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
 * Each wait has a name of its own, also among waits for the same batch. A retry of the user's (`Activity.retry`) starts over,
 * and so does a wait that keeps other things in its pages.
 */
export const nameOf = <R>({ batchId, take }: Settings<R>): Effect.Effect<string, never, WorkflowInstance> =>
  Effect.gen(function*() {
    const attempt = yield* Activity.CurrentAttempt
    const name = [
      "effect-trigger-dev/awaitBatch",
      shownId(batchId),
      ...(take === undefined ? [] : ["taken"]),
      ...(attempt === 1 ? [] : [`attempt-${attempt}`])
    ].join("/")
    // an invalid id fails at the first page, whichever wait it is
    const count = shownId(batchId) === batchId ? yield* countOf(name) : 1
    return count === 1 ? name : `${name}/wait-${count}`
  })
