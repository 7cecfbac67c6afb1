/**
 * The routes of the API that the client calls, and what their responses mean.
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Either from "effect/Either"
import { isRecord } from "effect/Predicate"
import { Batch } from "../../Batch.js"
import { BatchResults } from "../../BatchResults.js"
import { Run } from "../../Run.js"
import { BatchNotFound, RunNotFound } from "../../TriggerError.js"
import * as Decode from "./decode.js"
import * as Quick from "./quickDecode.js"
import type { Operation } from "./request.js"
import { withoutNulls } from "./withoutNulls.js"

/** For spans, which no text from outside may reach. */
const statusOf = ({ status }: { readonly status: string }): string => /^[A-Z_]{1,40}$/.test(status) ? status : "unknown"

/** Without it, the run route says `FROZEN` for `WAITING`, and all routes say `EXECUTING` for `DEQUEUED`. */
export const withApiVersion = HttpClientRequest.setHeader("x-trigger-api-version", "2025-07-16")

/** An operation whose id is that of a batch. */
export const ofBatch: Pick<Operation<unknown, BatchNotFound>, "idAttribute" | "notFound"> = {
  idAttribute: "trigger.batch.id",
  notFound: (fields, batchId) => new BatchNotFound({ ...fields, batchId })
}

/** An operation whose id is that of a run. */
export const ofRun: Pick<Operation<unknown, RunNotFound>, "idAttribute" | "notFound"> = {
  idAttribute: "trigger.run.id",
  notFound: (fields, runId) => new RunNotFound({ ...fields, runId })
}

const decodeItems = Decode.make(BatchResults, Quick.batchResults)

const decodeBatchResults = (value: unknown): ReturnType<typeof decodeItems> => {
  const known = Quick.batchResults(value)
  return known === undefined ? decodeItems(withoutNulls(value)) : Either.right(known)
}

/** The published contract does not promise the id, which the caller knows anyway. */
const withId = (json: unknown, id: string): unknown => isRecord(json) && !("id" in json) ? { ...json, id } : json

export const getBatchResults: Operation<BatchResults, BatchNotFound> = {
  name: "TriggerClient.getBatchResults",
  route: "/api/v1/batches/{batchId}/results",
  path: (id) => `/api/v1/batches/${id}/results`,
  ...ofBatch,
  decode: Decode.json((value, id) => decodeBatchResults(withId(value, id))),
  attributes: (results) => ({ "trigger.batch.items": results.items.length })
}

export const retrieveBatch: Operation<Batch, BatchNotFound> = {
  name: "TriggerClient.retrieveBatch",
  route: "/api/v2/batches/{batchId}",
  path: (id) => `/api/v2/batches/${id}`,
  ...ofBatch,
  decode: Decode.json(Decode.make(Batch, Quick.batch)),
  attributes: (batch) => ({ "trigger.batch.status": statusOf(batch), "trigger.batch.runs": batch.runs.length })
}

export const retrieveRun: Operation<Run, RunNotFound> = {
  name: "TriggerClient.retrieveRun",
  route: "/api/v3/runs/{runId}",
  path: (id) => `/api/v3/runs/${id}`,
  extend: withApiVersion,
  ...ofRun,
  decode: Decode.json(Decode.make(Run, Quick.run)),
  attributes: (run) => ({ "trigger.run.status": statusOf(run) })
}
