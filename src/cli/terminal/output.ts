/**
 * Writes to stdout and stderr, and knows what becomes of a reader that goes away.
 */
import * as Effect from "effect/Effect"

/** Waits until the text is handed over, so that a slow reader slows the command down and nothing is lost at the exit. */
const write = (stream: NodeJS.WriteStream, text: string | Uint8Array): Effect.Effect<void> =>
  text.length === 0 ? Effect.void : Effect.async((resume) => {
    // a stream that failed has told so by its "error" event
    stream.write(text, () => resume(Effect.void))
  })

/** Results. */
export const toStdout = (text: string | Uint8Array): Effect.Effect<void> => write(process.stdout, text)

/** Everything else. */
export const toStderr = (text: string): Effect.Effect<void> => write(process.stderr, text)
