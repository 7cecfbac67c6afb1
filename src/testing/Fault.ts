/**
 * What may go wrong with a request to the simulated server.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"

/**
 * What goes wrong with one request.
 *
 * @since 0.1.0
 * @category models
 */
export type Fault =
  | {
    readonly _tag: "Status"
    readonly status: number
    readonly headers: { readonly [name: string]: string }
    readonly body: string
  }
  | { readonly _tag: "ServerError"; readonly message: string }
  | { readonly _tag: "Hang" }
  | { readonly _tag: "Reset" }
  | { readonly _tag: "Lost" }
  | { readonly _tag: "CutOff"; readonly bytes: number }
  | { readonly _tag: "Garbage" }
  | { readonly _tag: "Delay"; readonly duration: Duration.Duration }

/**
 * The faults that a simulated server has.
 *
 * @example
 * ```ts
 * import { Fault, TriggerSimulator } from "effect-trigger-dev/testing"
 *
 * // the first request meets a proxy's error page, the second loses its connection in the middle of the body
 * const flaky = TriggerSimulator.layer({
 *   faults: { 1: Fault.status(503, { body: "<html>" }), 2: Fault.cutOff(10) }
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const Fault = {
  /** Another response than the right one. Throws a `RangeError` unless `status` is an integer from 200 to 599. */
  status: (
    status: number,
    options: { readonly headers?: { readonly [name: string]: string }; readonly body?: string } = {}
  ): Fault => {
    // `new Response` throws for any other
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      throw new RangeError(`Fault.status(${status}): expected an integer from 200 to 599`)
    }
    // the simulator itself writes all names in lower case, and must find a `Date` that is given
    const headers = Object.fromEntries(
      Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value])
    )
    return { _tag: "Status", status, headers, body: options.body ?? "" }
  },
  /** The 500 that a genuine server sends while its database is down. */
  serverError: (message = "Internal Server Error"): Fault => ({ _tag: "ServerError", message }),
  /** No response, ever. */
  hang: { _tag: "Hang" },
  /** The connection is dropped before the server looks at the request. */
  reset: { _tag: "Reset" },
  /**
   * The server sends the right response, and the connection is dropped before any of it arrives. Of a live request of the
   * realtime feed, the server believes that its handle has been sent the changes.
   */
  lost: { _tag: "Lost" },
  /** The connection is dropped after so many bytes of the right response's body. */
  cutOff: (bytes: number): Fault => ({ _tag: "CutOff", bytes }),
  /** A 200 that says it is JSON and is not. */
  garbage: { _tag: "Garbage" },
  /** The right response, so much later. */
  delay: (duration: Duration.DurationInput): Fault => ({ _tag: "Delay", duration: Duration.decode(duration) })
} as const satisfies { readonly [name: string]: Fault | ((...args: Array<never>) => Fault) }
