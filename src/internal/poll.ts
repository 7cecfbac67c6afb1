/**
 * How often a batch is asked again that has not finished.
 */
import * as Schedule from "effect/Schedule"

/** 1 second, growing by 1.5 to 15 seconds, each up to a fifth shorter or longer. */
export const defaultSchedule: Schedule.Schedule<unknown> = Schedule.exponential("1 second", 1.5).pipe(
  Schedule.union(Schedule.spaced("15 seconds")),
  Schedule.jittered
)
