/**
 * The routes of the API that the client calls, and what their responses mean.
 */
import * as Schema from "effect/Schema"
import { Batch } from "../../Batch.js"
import { BatchResults } from "../../BatchResults.js"
import { Run } from "../../Run.js"
import { BatchNotFound, RunNotFound } from "../../TriggerError.js"
import * as Decode from "./decode.js"
import { isBatchResults } from "./isBatchResults.js"
import type { Operation } from "./request.js"

const decodeBatchResults = Decode.make(BatchResults, isBatchResults)

/** The published contract does not promise the id, which the caller knows anyway. */
const withId = (json: unknown, id: string): unknown =>
  typeof json === "object" && json !== null && !("id" in json) && !Array.isArray(json) ? { ...json, id } : json

export const getBatchResults: Operation<BatchResults, BatchNotFound> = {
  name: "TriggerClient.getBatchResults",
  route: "/api/v1/batches/{batchId}/results",
  path: (id) => `/api/v1/batches/${id}/results`,
  idAttribute: "trigger.batch.id",
  notFound: (fields, batchId) => new BatchNotFound({ ...fields, batchId }),
  decode: Decode.json((value, id) => decodeBatchResults(withId(value, id))),
  attributes: (results) => ({ "trigger.batch.items": results.items.length })
}

export const retrieveBatch: Operation<Batch, BatchNotFound> = {
  name: "TriggerClient.retrieveBatch",
  route: "/api/v2/batches/{batchId}",
  path: (id) => `/api/v2/batches/${id}`,
  idAttribute: "trigger.batch.id",
  notFound: (fields, batchId) => new BatchNotFound({ ...fields, batchId }),
  decode: Decode.json(Decode.make(Batch)),
  attributes: (batch) => ({ "trigger.batch.status": batch.status, "trigger.batch.runs": batch.runs.length })
}

/**
 * `Run` that is open to fields of any name. A decoder that keeps unknown fields compares each field with every name of the schema,
 * which took two thirds of the time to decode a run. In an open schema, the first comparison is with "any string", and fits.
 */
const openRun = Schema.Struct(Run.fields, { key: Schema.String, value: Schema.Unknown }).annotations({
  identifier: "Run"
})

export const retrieveRun: Operation<Run, RunNotFound> = {
  name: "TriggerClient.retrieveRun",
  route: "/api/v3/runs/{runId}",
  path: (id) => `/api/v3/runs/${id}`,
  idAttribute: "trigger.run.id",
  notFound: (fields, runId) => new RunNotFound({ ...fields, runId }),
  decode: Decode.json(Decode.make(openRun)),
  attributes: (run) => ({ "trigger.run.status": run.status })
}
