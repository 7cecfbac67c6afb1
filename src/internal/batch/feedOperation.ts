/**
 * The operation that sends one request of the realtime feed.
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Duration from "effect/Duration"
import type { BatchNotFound } from "../../TriggerError.js"
import { ofBatch, withApiVersion } from "../api/operations.js"
import type { Operation } from "../api/request.js"
import * as Feed from "./feed.js"
import { skipColumns } from "./row.js"

/** A server holds a request for 20 seconds, up to 15 % longer. */
const hold = Duration.seconds(23)

/** How long a snapshot may bring nothing where something else can be read instead, and a request after its hold. */
const quick = Duration.seconds(5)

export const feedOperation = (
  state: Feed.State,
  { quickly = false }: { readonly quickly?: boolean } = {}
): Operation<Feed.Step, BatchNotFound> => ({
  name: "TriggerClient.readRealtimeFeed",
  route: "/realtime/v1/batches/{batchId}",
  path: (id) => `/realtime/v1/batches/${id}`,
  extend: (request) =>
    request.pipe(
      HttpClientRequest.setUrlParams({ ...Feed.parameters(state.position), skipColumns }),
      // without it, headers have older names
      HttpClientRequest.setHeader("x-trigger-electric-version", "1.0.0-beta.1"),
      withApiVersion
    ),
  ...ofBatch,
  statuses: [200, 204, 409],
  isUnlimited: true,
  idleTimeout: (requestTimeout) => {
    const shortened = Duration.min(requestTimeout, quick)
    return Feed.isUpToDate(state) ? Duration.sum(hold, shortened) : quickly ? shortened : requestTimeout
  },
  decode: (response) => Feed.read(state, response),
  attributes: (step) => ({
    "trigger.feed.updates": step.updates.length,
    "trigger.feed.held": Feed.isUpToDate(state)
  })
})
