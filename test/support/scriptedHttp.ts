/**
 * An `HttpClient` that responds from a script and writes down what it was sent, and when on the test clock.
 */
import { HttpClient, HttpClientError, HttpClientResponse } from "@effect/platform"
import { Clock, Effect, Layer, Redacted } from "effect"
import { TriggerAuth, TriggerClient, TriggerConfig, type TriggerConfigOptions } from "effect-trigger-dev"

export interface Response {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** What becomes of one request. */
export type Step = Response | "refused" | "cut off" | "hang" | "hang in the body"

export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: Record<string, string | undefined>
  /** Milliseconds on the test clock. */
  readonly at: number
}

export const secretKey = "tr_dev_0123456789abcdefSECRET"

export const json = (body: unknown, headers: Record<string, string> = {}, status = 200): Response => ({
  status,
  headers: { "content-type": "application/json; charset=utf-8", ...headers },
  body: JSON.stringify(body)
})

export const ok: Response = json({ id: "batch_1234", items: [] })

/** The cause that undici gives a `fetch` whose connection was refused. */
const refused = () =>
  new TypeError("fetch failed", {
    cause: Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" })
  })

const cutOff = () =>
  new TypeError("terminated", {
    cause: Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" })
  })

const bodyOf = (
  step: Response | "cut off" | "hang in the body",
  cancel: () => void
): ConstructorParameters<typeof Response>[0] => {
  if (step === "cut off") {
    return new ReadableStream({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode("{\"id\":"))
        controller.error(cutOff())
      }
    })
  }
  if (step === "hang in the body") {
    return new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode("{\"id\":")),
      cancel
    })
  }
  return step.body === undefined || step.body === "" ? null : step.body
}

/** The last step is for all further requests. */
export const make = (
  script: ReadonlyArray<Step> | ((request: Received, number: number) => Step)
): {
  readonly requests: Array<Received>
  readonly layer: Layer.Layer<HttpClient.HttpClient>
  /** How many requests were given up, before their headers or in their bodies. */
  aborted: number
} => {
  const requests: Array<Received> = []
  const self = {
    requests,
    aborted: 0,
    layer: Layer.succeed(
      HttpClient.HttpClient,
      HttpClient.make((request, url, signal) =>
        Effect.flatMap(Clock.currentTimeMillis, (at) => {
          const abort = () => {
            self.aborted++
          }
          signal.addEventListener("abort", abort)
          const received: Received = { method: request.method, url: url.toString(), headers: request.headers, at }
          requests.push(received)
          const step = typeof script === "function"
            ? script(received, requests.length)
            : script[Math.min(requests.length, script.length) - 1] as Step
          if (step === "hang") {
            return Effect.never
          }
          if (step === "refused") {
            return Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport", cause: refused() }))
          }
          const whole = typeof step === "string" ? { status: 200 } : step
          return Effect.succeed(
            HttpClientResponse.fromWeb(
              request,
              new Response(bodyOf(step, abort), { status: whole.status, headers: whole.headers ?? {} })
            )
          )
        })
      )
    )
  }
  return self
}

/** The client over a scripted server, with jitter as the policy says. */
export const client = (
  http: { readonly layer: Layer.Layer<HttpClient.HttpClient> },
  config: TriggerConfigOptions = {}
): Layer.Layer<TriggerClient> =>
  TriggerClient.layer.pipe(
    Layer.provide(TriggerConfig.layer({ apiUrl: "http://trigger.test", realtime: "off", ...config })),
    Layer.provide(TriggerAuth.layer(Redacted.make(secretKey))),
    Layer.provide(http.layer)
  )
