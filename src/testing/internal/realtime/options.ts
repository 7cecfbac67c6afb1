/**
 * What a test says of the realtime feed.
 */
import * as Duration from "effect/Duration"

/**
 * How the simulator serves the realtime feed of batches.
 *
 * @since 0.1.0
 * @category models
 */
export interface SimulatedRealtime {
  /**
   * What stands behind the feed. Default: `native`.
   *
   * - `native`: Trigger.dev's own backend.
   * - `electric`: Electric, the other one.
   * - `clickhouse down`: `native`, while its database is down: a 500.
   * - `electric unreachable`: a 503, as on a self-hosted server that has no Electric.
   * - `no route`: the HTML 404 of a server that is too old to have the feed.
   */
  readonly backend?: "native" | "electric" | "clickhouse down" | "electric unreachable" | "no route"
  /** How long a live request is held while nothing changes. Default: 20 seconds; genuine servers vary it by 15 %. */
  readonly hold?: Duration.DurationInput
  /** How many requests an environment may have held at a time; one more is a 429. Default: no limit. */
  readonly connectionLimit?: number
  /**
   * How long after its creation a run is in the list of runs, from which snapshots are made. Native only. Default: zero;
   * genuine servers take about a second.
   */
  readonly replicationLag?: Duration.DurationInput
  /** How many rows a response holds at most. Electric only. Default: no limit. */
  readonly chunkSize?: number
  /** Whether an update holds the changed columns only. Electric only. Default: true. */
  readonly partialUpdates?: boolean
  /** The status of a live response without a change. Electric only: older versions send 204. Default: 200. */
  readonly unchangedStatus?: 200 | 204
  /**
   * Electric drops the first shape of each batch after so many responses: the next request is a 409 with another handle,
   * and the client must begin again. Electric only. Default: never.
   */
  readonly mustRefetchAfter?: number
}

/** The options as the backends read them: times are milliseconds. */
export interface RealtimeSettings {
  readonly backend: NonNullable<SimulatedRealtime["backend"]>
  readonly hold: number
  readonly connectionLimit: number
  readonly replicationLag: number
  readonly chunkSize: number
  readonly partialUpdates: boolean
  readonly unchangedStatus: 200 | 204
  readonly mustRefetchAfter: number
}

export const settingsOf = (options: SimulatedRealtime = {}): RealtimeSettings => ({
  backend: options.backend ?? "native",
  hold: Duration.toMillis(options.hold ?? "20 seconds"),
  connectionLimit: options.connectionLimit ?? Number.POSITIVE_INFINITY,
  replicationLag: Duration.toMillis(options.replicationLag ?? 0),
  chunkSize: options.chunkSize ?? Number.POSITIVE_INFINITY,
  partialUpdates: options.partialUpdates ?? true,
  unchangedStatus: options.unchangedStatus ?? 200,
  mustRefetchAfter: options.mustRefetchAfter ?? Number.POSITIVE_INFINITY
})
