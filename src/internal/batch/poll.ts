/**
 * How often a batch is asked again that has not finished, and when not any more.
 */
import * as Schedule from "effect/Schedule"
import type { CollectedResults } from "../../CollectedResults.js"
import { toBeCreated } from "./reader.js"
import { mayPass } from "./report.js"

/** 1 second, growing by 1.5 to 15 seconds, each up to a fifth shorter or longer. */
export const defaultSchedule: Schedule.Schedule<unknown> = Schedule.exponential("1 second", 1.5).pipe(
  Schedule.union(Schedule.spaced("15 seconds")),
  Schedule.jittered
)

/** Whether another poll has nothing to wait for: a run that was given up keeps no one waiting. */
export const isOver = ({ batch, pending, unavailable }: CollectedResults): boolean =>
  pending.length === 0 && toBeCreated(batch) === 0 && !unavailable.some(({ error }) => mayPass(error))
