/**
 * What reading a batch needs of a client.
 */
import type * as Effect from "effect/Effect"
import type { Batch } from "../../Batch.js"
import type { BatchResults } from "../../BatchResults.js"
import type { Run } from "../../Run.js"
import type { GetBatchResultsError, RetrieveBatchError, RetrieveRunError } from "../../TriggerError.js"
import { defaultConcurrency } from "../settings/concurrency.js"
import type { Availability } from "./availability.js"
import type * as Feed from "./feed.js"

/** The realtime feed of a client. */
export interface FeedSource {
  /**
   * One request of the feed of a batch, and what its response changes. `quickly` gives up on a snapshot if nothing
   * comes for a few seconds.
   */
  readonly read: (
    batchId: string,
    state: Feed.State,
    options?: { readonly quickly: boolean }
  ) => Effect.Effect<Feed.Step, RetrieveBatchError>
  /** What the client remembers about the feed of its server. */
  readonly availability: Availability
}

export interface Source {
  readonly getBatchResults: (batchId: string) => Effect.Effect<BatchResults, GetBatchResultsError>
  readonly retrieveBatch: (batchId: string) => Effect.Effect<Batch, RetrieveBatchError>
  readonly retrieveRun: (runId: string) => Effect.Effect<Run, RetrieveRunError>
  readonly concurrency?: number
  /** Undefined where the feed is switched off, and for stubs. */
  readonly feed?: FeedSource | undefined
}

/** A client of `Layer.mock` has a function for every field that it was not given. */
export const feedOf = ({ feed }: Source): FeedSource | undefined => typeof feed === "object" ? feed : undefined

/** `Stream.flatMap` waits for as many permits as this before it ends: with `Infinity`, it would not wait at all. */
export const concurrencyOf = ({ concurrency }: Source): number =>
  Math.min(typeof concurrency === "number" ? concurrency : defaultConcurrency, Number.MAX_SAFE_INTEGER)
