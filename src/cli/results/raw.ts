/**
 * Records the body of a response byte by byte, for `--raw`.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import { escapeJson } from "../terminal/json.js"
import { toStdout } from "../terminal/output.js"

export interface RecordedBody {
  readonly observe: (client: HttpClient.HttpClient) => HttpClient.HttpClient
  readonly print: Effect.Effect<void>
}

/** Records the body of the last response. The client gets a new response with the same body. */
export const recordBody = (): RecordedBody => {
  let last = new Uint8Array()
  return {
    observe: HttpClient.transformResponse(Effect.flatMap((response) =>
      Effect.map(response.arrayBuffer, (body) => {
        last = new Uint8Array(body)
        return HttpClientResponse.fromWeb(
          response.request,
          new Response(body.byteLength === 0 ? null : body, { status: response.status, headers: response.headers })
        )
      })
    )),
    print: Effect.suspend(() =>
      toStdout(process.stdout.isTTY ? `${escapeJson(new TextDecoder().decode(last))}\n` : last)
    )
  }
}
