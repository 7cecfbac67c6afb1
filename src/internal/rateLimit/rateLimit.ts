/**
 * When a request may be sent: the gate that a 429 closes, and the pace of bulk reading. Callers need not know whether
 * anything waits.
 */
import * as Effect from "effect/Effect"
import type { AttemptError } from "../../RetryPolicy.js"
import type { Headers } from "../http/retryHeaders.js"
import * as Gate from "./gate.js"
import * as Pace from "./pace.js"

export interface RateLimit {
  /** Makes an attempt as soon as it may be sent. */
  readonly admit: <A, E extends AttemptError>(attempt: Effect.Effect<A, E>) => Effect.Effect<A, E>
  /** Learns from the headers of a response. */
  readonly observe: (headers: Headers) => Effect.Effect<void>
}

/** At most `concurrency` requests of bulk reading are in flight. */
export const make = (concurrency: number): RateLimit => {
  const gate = Gate.make()
  const pace = Pace.make(concurrency)
  return {
    admit: (attempt) =>
      pace.admit(
        Effect.tapError(
          Effect.zipRight(gate.pass, attempt),
          (error) => error._tag === "RateLimited" ? gate.close(error) : Effect.void
        )
      ),
    observe: (headers) => pace.isUsed() ? pace.observe(headers) : Effect.void
  }
}
