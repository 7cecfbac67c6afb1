/**
 * What a client asks the realtime feed for.
 */
import type { Batch } from "../batch.js"

export interface FeedRequest {
  readonly batch: Batch
  readonly environment: string
  /** `-1` where the client has nothing yet. */
  readonly offset: string
  readonly handle: string | undefined
  readonly live: boolean
  readonly skipColumns: ReadonlySet<string>
  /** Older clients send no version, and read the headers by their older names. */
  readonly olderHeaders: boolean
  readonly currentStatuses: boolean
}

/** The columns that every row has. */
const reserved: ReadonlySet<string> = new Set(["id", "taskIdentifier", "friendlyId", "status", "createdAt"])

/** Whether a client knows the statuses of the current API version. */
export const knowsCurrentStatuses = (headers: { readonly [name: string]: string | undefined }): boolean =>
  headers["x-trigger-api-version"] === "2025-07-16"

export const parse = (
  url: URL,
  headers: { readonly [name: string]: string | undefined },
  batch: Batch,
  environment: string
): FeedRequest => ({
  batch,
  environment,
  offset: url.searchParams.get("offset") ?? "-1",
  // `shape_id` is what older clients call the handle
  handle: url.searchParams.get("handle") ?? url.searchParams.get("shape_id") ?? undefined,
  live: url.searchParams.get("live") === "true",
  skipColumns: new Set(
    (url.searchParams.get("skipColumns") ?? "").split(",").map((name) => name.trim()).filter((name) =>
      !reserved.has(name)
    )
  ),
  olderHeaders: (headers["x-trigger-electric-version"] ?? "") === "",
  currentStatuses: knowsCurrentStatuses(headers)
})
