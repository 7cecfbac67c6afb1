/**
 * What a test says of a batch and of its runs.
 */
import type * as Duration from "effect/Duration"
import type { RunError } from "../../RunError.js"
import type { FinishedStatus, UnfinishedStatus } from "../../RunStatus.js"

/**
 * A run. By default it is created with the batch, finishes at once, and returns `undefined`.
 *
 * @since 0.1.0
 * @category models
 */
export interface SimulatedRun {
  /** `run_…`, an id that no other batch has. Default: one that the simulator makes up. */
  readonly id?: string
  /** The task identifier. Default: `task`. */
  readonly task?: string
  /** How long after the batch the run is created. Default: zero. */
  readonly createdAfter?: Duration.DurationInput
  /** How long after the batch the run finishes; `never` for one that never finishes. Default: zero. */
  readonly finishesAfter?: Duration.DurationInput | "never"
  /** The status of the run from its creation on. Default: `EXECUTING`, and `QUEUED` for one that expires. */
  readonly unfinishedStatus?: UnfinishedStatus
  /** What happens to the run between its creation and its end, in order of time. Default: nothing. */
  readonly changes?: ReadonlyArray<RunChange>
  /** How the run ends. Default: `FAILED` if it has an `error`, else `COMPLETED`. */
  readonly status?: FinishedStatus
  /** What the task returns, serialised as the SDK does: text as text, anything else as super+json. */
  readonly output?: unknown
  /**
   * The serialised output, in place of `output`. If `outputType` is `application/store`, it is the path of an object that the
   * store has lost.
   */
  readonly stored?: { readonly output?: string; readonly outputType: string }
  /**
   * `fails`: the server cannot sign the download of an output in the object store. `/api/v3/runs` then shows neither an
   * output nor a URL, and `/api/v1/packets` sends a 500.
   */
  readonly signing?: "fails"
  /** What the task throws, or the internal error that says why Trigger.dev ended the run. */
  readonly error?: RunError
  /** Whether the old engine stored an attempt; without one, its results endpoint does not list the run. Default: true. */
  readonly attempt?: boolean
  /** What the task is given. Default: `{}`. */
  readonly payload?: unknown
  /** The metadata at the creation. Default: none. */
  readonly metadata?: { readonly [key: string]: unknown }
  /** Default: none. */
  readonly tags?: ReadonlyArray<string>
  /** How long the run may wait before it expires, as the API writes it. Default: `10m`. */
  readonly ttl?: string
  /**
   * How long after its creation the realtime feed has the run in its list of runs; `never` for one that the list never
   * has. Default: that of the simulator's `realtime` options.
   */
  readonly replicationLag?: Duration.DurationInput | "never"
  /** Fields of `/api/v3/runs/{id}` to show in place of the made-up ones or beside them; `undefined` leaves one out. */
  readonly shows?: { readonly [field: string]: unknown }
  /** Columns of the realtime feed to show in place of the made-up ones. */
  readonly columns?: { readonly [column: string]: string | null }
}

/**
 * A change of a run that has not finished. Fields that it does not have stay as they were.
 *
 * @since 0.1.0
 * @category models
 */
export interface RunChange {
  /** How long after the batch it happens. */
  readonly after: Duration.DurationInput
  readonly status?: UnfinishedStatus
  readonly metadata?: { readonly [key: string]: unknown }
}

/**
 * A run of an earlier batch that stands in place of a new one, as an idempotency key makes it.
 *
 * @since 0.1.0
 * @category models
 */
export interface ReusedRun {
  /** The id of the run. */
  readonly reuses: string
}

/**
 * A batch to create.
 *
 * @since 0.1.0
 * @category models
 */
export interface SimulatedBatch {
  /** `batch_…`, an id that no other batch has. Default: one that the simulator makes up. */
  readonly id?: string
  readonly runs: ReadonlyArray<SimulatedRun | ReusedRun>
  /**
   * Which engine executes it. `v2` is today's, for which the results endpoint lists nothing. `v1` is the old one. Of a
   * batch that was created over the old routes and executed by today's engine (`v2 over v1`), the endpoint lists the
   * cancelled runs only, and its status stays `PENDING`. Default: `v2`.
   */
  readonly engine?: "v1" | "v2" | "v2 over v1"
  /**
   * The order in which the results endpoint and the realtime feed list runs. Genuine servers have none. Default: `reversed`.
   */
  readonly listed?: "reversed" | "in batch order"
  /** Items for which no run could be created. */
  readonly failedToStart?: ReadonlyArray<{
    readonly index: number
    readonly taskIdentifier: string
    readonly error: string
    readonly errorCode?: string
  }>
  /** For how long after its creation it is a 404, as while a replica lags behind. Default: zero. */
  readonly visibleAfter?: Duration.DurationInput
  /** The environment that it belongs to. Default: that of the simulator's first key. */
  readonly environment?: string
  /** Fields of `/api/v2/batches/{id}` to show in place of the made-up ones or beside them; `undefined` leaves one out. */
  readonly shows?: { readonly [field: string]: unknown }
}
