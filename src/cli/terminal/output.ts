/**
 * Writes to stdout and stderr, and measures them.
 */
import * as Effect from "effect/Effect"

/** Waits until the stream has taken the text, so that nothing is lost when the process exits. */
const write = (stream: NodeJS.WriteStream, text: string | Uint8Array): Effect.Effect<void> =>
  text.length === 0 ? Effect.void : Effect.async((resume) => {
    // a failed write also emits "error", which main.ts handles
    stream.write(text, () => resume(Effect.void))
  })

/** Results. */
export const toStdout = (text: string | Uint8Array): Effect.Effect<void> => write(process.stdout, text)

/** Writes lines above what is drawn on stderr. */
let writeAbove: ((lines: string) => void) | undefined

/** Everything else. */
export const toStderr = (text: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (writeAbove === undefined) {
      return write(process.stderr, text)
    }
    writeAbove(text)
    return Effect.void
  })

/** While something is drawn on stderr, `above` writes what else goes there; undefined when it ends. */
export const drawOnStderr = (above: ((lines: string) => void) | undefined): void => {
  writeAbove = above
}

/** The columns of a terminal; undefined for a file, a pipe, and a terminal that does not know, as many in CI and containers. */
export const widthOf = ({ columns }: NodeJS.WriteStream): number | undefined => columns > 0 ? columns : undefined
