/**
 * What a soak counts and measures, in memory that does not grow with the number of calls.
 */

/** Latencies, in classes that are each 2 % wider than the one before. */
export interface Histogram {
  readonly add: (millis: number) => void
  readonly count: () => number
  /** The upper end of the class in which the given share is reached, in milliseconds. */
  readonly quantile: (share: number) => number
}

const shortest = 0.01
const width = Math.log(1.02)

export const makeHistogram = (): Histogram => {
  // up to shortest × 1.02 ^ 1000, which is more than an hour
  const classes = new Uint32Array(1_000)
  let count = 0
  return {
    add: (millis) => {
      const index = Math.ceil(Math.log(Math.max(millis, shortest) / shortest) / width)
      classes[Math.min(index, classes.length - 1)] = (classes[Math.min(index, classes.length - 1)] ?? 0) + 1
      count++
    },
    count: () => count,
    quantile: (share) => {
      let seen = 0
      const index = classes.findIndex((of) => (seen += of) >= share * count)
      return shortest * Math.exp(width * Math.max(0, index))
    }
  }
}

export const median = (samples: ReadonlyArray<number>): number => {
  const sorted = [...samples].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1
    ? sorted[middle] ?? Number.NaN
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

/** Memory after a garbage collection, in bytes, and what is open. */
export interface Sample {
  readonly heap: number
  /** Outside of the heap: array buffers and the like. */
  readonly external: number
  readonly resident: number
  readonly handles: Handles
  /** Fibers that have not ended. */
  readonly fibers: number
}

/** What keeps the event loop alive, by kind. Idle connections of undici do not: the server counts them. */
export type Handles = { readonly [kind: string]: number }

export interface CallFigures {
  readonly name: string
  readonly count: number
  readonly interrupted: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}

export interface ClientFigures {
  readonly seconds: number
  readonly calls: ReadonlyArray<CallFigures>
  readonly all: Pick<CallFigures, "count" | "p50" | "p99">
  readonly requests: number
  readonly retries: number
  /** Calls that ended otherwise than they must, and what the first of them were. */
  readonly wrong: { readonly count: number; readonly first: ReadonlyArray<string> }
  /** While the fibers were at work. */
  readonly samples: ReadonlyArray<Sample>
  /** With nothing under way: before any call, after a warm-up, after the last call, and with the client closed. */
  readonly quiet: {
    readonly first: Sample
    readonly before: Sample
    readonly after: Sample
    readonly closed: Sample
  }
  /** Unhandled rejections, uncaught exceptions and warnings of the process. */
  readonly alarms: ReadonlyArray<string>
}

export interface ServerFigures {
  readonly faults: { readonly [name: string]: number }
  readonly requests: number
  /** Requests without a response. */
  readonly underWay: number
  readonly connections: number
  /** How many were open at once. */
  readonly mostConnections: number
}
