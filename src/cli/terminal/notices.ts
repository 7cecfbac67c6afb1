/**
 * Tells why a command takes long: no response, a retry, or a wait for the rate limit.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { redact } from "../../internal/describe/redact.js"
import { coloursFor } from "./colours.js"
import { toStderr } from "./output.js"
import { oneLine } from "./plain.js"

export interface Notices {
  /** Takes the log messages of the library as the reasons. */
  readonly logger: Logger.Logger<unknown, void>
  /** Notes the first response. */
  readonly observe: (client: HttpClient.HttpClient) => HttpClient.HttpClient
  /** Prints to stderr, from time to time, the last reason that came since it printed one. */
  readonly print: Effect.Effect<never>
}

/** A command that ends sooner prints none. */
const untilFirst = "3 seconds"

const between = "5 seconds"

const noResponse = "The server has not responded yet"

export const make = (): Notices => {
  let reason: string | undefined = noResponse
  const printNext = Effect.suspend(() => {
    const text = reason
    reason = undefined
    return text === undefined ? Effect.void : toStderr(`${coloursFor(process.stderr).dim(oneLine(redact(text)))}\n`)
  })
  return {
    logger: Logger.make(({ message }) => {
      reason = String(message)
    }),
    observe: HttpClient.transformResponse(Effect.tap(() =>
      Effect.sync(() => {
        reason = reason === noResponse ? undefined : reason
      })
    )),
    print: Effect.zipRight(Effect.sleep(untilFirst), Effect.forever(Effect.zipLeft(printNext, Effect.sleep(between))))
  }
}
