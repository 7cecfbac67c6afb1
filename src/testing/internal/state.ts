/**
 * What the simulated server knows: keys, batches, runs, and the state of its rate limit.
 */
import * as Either from "effect/Either"
import { idForm, isBatchId, isRunId } from "../../internal/settings/id.js"
import { type Batch, make, type Run } from "./batch.js"
import * as RateLimit from "./rateLimit.js"
import type { SimulatedBatch } from "./simulatedBatch.js"

/**
 * A key that is valid for the simulator.
 *
 * @since 0.1.0
 * @category models
 */
export interface SimulatedKey {
  readonly key: string
  /** Keys of different environments do not see each other's batches. Default: `dev`. */
  readonly environment?: string
  /** The branches of a preview key; `x-trigger-branch` must name one of them. */
  readonly branches?: ReadonlyArray<string>
  /**
   * The routes that a restricted key may use. It gets a 401 from the results endpoint without `results`, and a 403 from any other
   * route that is not listed. Genuine restricted keys may use `batches`, `runs` and `realtime`. Default: all.
   */
  readonly routes?: ReadonlyArray<SimulatedRoute>
}

/**
 * The routes that a key may be restricted to: `results` is `GET /api/v1/batches/{id}/results`, `batches` is
 * `GET /api/v2/batches/{id}`, `runs` is `GET /api/v3/runs/{id}`, `packets` is `GET /api/v1/packets/{path}`, and `realtime`
 * is the feed of a batch.
 *
 * @since 0.1.0
 * @category models
 */
export type SimulatedRoute = "results" | "batches" | "runs" | "packets" | "realtime"

/** What a key opens. */
export interface Access {
  readonly environment: string
  readonly routes: ReadonlyArray<SimulatedRoute> | undefined
}

export interface TriggerSimulatorState {
  /** Left is why there can be no such batch. */
  readonly create: (options: SimulatedBatch, now: number) => Either.Either<Batch, string>
  readonly batch: (id: string, environment: string, now: number) => Batch | undefined
  readonly run: (id: string, environment: string, now: number) => Run | undefined
  readonly runs: () => Iterable<Run>
  /** Undefined where the key is not taken. */
  readonly accessOf: (key: string | undefined, branch: string | undefined) => Access | undefined
  readonly decide: (authorization: string, now: number) => RateLimit.Decision | undefined
}

export interface StateOptions {
  readonly keys: ReadonlyArray<SimulatedKey>
  readonly rateLimit: RateLimit.SimulatedRateLimit | "redis down" | "off"
}

/** All three headers are zero while the store of a genuine server's rate limit is down. */
const redisDown: RateLimit.Decision = { allowed: true, limit: 0, remaining: 0, reset: 0 }

const environmentOf = ({ environment = "dev" }: SimulatedKey): string => environment

export const makeState = ({ keys, rateLimit }: StateOptions): TriggerSimulatorState => {
  const batches = new Map<string, Batch>()
  const runs = new Map<string, Run>()
  const limiter = typeof rateLimit === "string" ? undefined : RateLimit.make(rateLimit)
  const firstEnvironment = keys[0]?.environment ?? "dev"
  let named = 0
  const name = (prefix: "batch" | "run"): string => `${prefix}_sim${String(++named).padStart(6, "0")}`

  /** The secret keys of an environment share a bucket; any other value of the header has one of its own. */
  const bucketOf = (authorization: string): string => {
    const known = keys.find(({ key }) => key.startsWith("tr_") && authorization === `Bearer ${key}`)
    return known === undefined ? authorization : `environment ${environmentOf(known)}`
  }

  const visible = (batch: Batch, environment: string, now: number): boolean =>
    batch.environment === environment && now >= batch.visibleAt

  /** What a client would never ask for, or what would take the place of another. */
  const objectionTo = (batch: Batch): string | undefined => {
    if (!isBatchId(batch.id)) {
      return `${JSON.stringify(batch.id)} is not a batch id: expected ${idForm("batch")}`
    }
    if (batches.has(batch.id)) {
      return `there is a batch ${batch.id} already`
    }
    for (const { id } of batch.ownRuns) {
      if (!isRunId(id)) {
        return `${JSON.stringify(id)} is not a run id: expected ${idForm("run")}`
      }
      const other = runs.get(id)
      if (other !== undefined) {
        return `there is a run ${id} already, in ${other.batch.id}`
      }
    }
    return undefined
  }

  return {
    create: (options, now) =>
      Either.flatMap(make(options, firstEnvironment, now, name, (id) => runs.get(id)), (batch) => {
        const objection = objectionTo(batch)
        if (objection !== undefined) {
          return Either.left(objection)
        }
        batches.set(batch.id, batch)
        for (const run of batch.ownRuns) {
          runs.set(run.id, run)
        }
        return Either.right(batch)
      }),
    batch: (id, environment, now) => {
      const batch = batches.get(id)
      return batch !== undefined && visible(batch, environment, now) ? batch : undefined
    },
    run: (id, environment, now) => {
      const run = runs.get(id)
      return run !== undefined && visible(run.batch, environment, now) && now >= run.createdAt ? run : undefined
    },
    runs: () => runs.values(),
    accessOf: (key, branch) => {
      const known = keys.find((candidate) => candidate.key === key)
      return known === undefined || (known.branches !== undefined && !known.branches.includes(branch ?? ""))
        ? undefined
        : { environment: environmentOf(known), routes: known.routes }
    },
    decide: (authorization, now) =>
      rateLimit === "off" ? undefined : limiter === undefined ? redisDown : limiter(bucketOf(authorization), now)
  }
}
