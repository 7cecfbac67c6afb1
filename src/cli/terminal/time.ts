/**
 * Formats durations and times for people.
 */
import prettyMs from "pretty-ms"

/** `undefined` is a dash. */
export const durationText = (milliseconds: number | undefined): string =>
  milliseconds === undefined ? "–" : prettyMs(milliseconds, {
    unitCount: 2,
    secondsDecimalDigits: milliseconds < 10_000 ? 1 : 0
  })

/** In UTC, to the second. */
export const timeText = (time: Date): string => `${time.toISOString().slice(0, 19).replace("T", " ")} UTC`
