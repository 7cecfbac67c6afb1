/**
 * The three HTTP clients that every fault is tried under.
 */
import { FetchHttpClient, type HttpClient } from "@effect/platform"
import { NodeHttpClient } from "@effect/platform-node"
import type { Layer } from "effect"

export const clientNames = ["FetchHttpClient", "NodeHttpClient.layerUndici", "NodeHttpClient.layer"] as const

export type ClientName = typeof clientNames[number]

export const layers: { readonly [name in ClientName]: Layer.Layer<HttpClient.HttpClient> } = {
  FetchHttpClient: FetchHttpClient.layer,
  "NodeHttpClient.layerUndici": NodeHttpClient.layerUndici,
  "NodeHttpClient.layer": NodeHttpClient.layer
}
