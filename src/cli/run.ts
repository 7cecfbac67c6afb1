/**
 * Runs the effect of a command: handles signals, prints errors, and gives the exit code.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { flow, identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import { redact } from "../internal/describe/redact.js"
import type { TriggerClient } from "../TriggerClient.js"
import { type ClientOptions, layer, type Observe } from "./client.js"
import { ExitCode } from "./exitCode.js"
import { type CommandError, explain } from "./explain.js"
import { coloursFor } from "./terminal/colours.js"
import * as Notices from "./terminal/notices.js"
import { toStderr } from "./terminal/output.js"
import { lines, oneLine } from "./terminal/plain.js"

const errorLines = (
  cause: Cause.Cause<CommandError>,
  { apiUrl = process.env["TRIGGER_API_URL"], debug }: ClientOptions
): readonly [ExitCode, string] => {
  const colours = coloursFor(process.stderr)
  const { exitCode, todo, what } = Either.match(Cause.failureOrCause(cause), {
    onLeft: (error) => explain(error, { apiUrl }),
    onRight: (defect) => ({
      exitCode: ExitCode.fault,
      what: `Unexpected error: ${String(Cause.squash(defect))}`,
      todo: debug === true
        ? undefined
        : "This is a bug in effect-trigger-dev. Please report it with the output of --debug."
    })
  })
  const text = `${colours.red("error:")} ${what}\n${todo === undefined ? "" : `${todo}\n`}`
  return [
    exitCode,
    debug === true ? `${text}\n${lines(redact(Cause.pretty(cause, { renderErrorCause: true })))}\n` : text
  ]
}

/** Every log message of the library, on stderr. */
const logger = Logger.withConsoleError(Logger.map(Logger.logfmtLogger, oneLine))

/** Where the log messages of the library go: with `--debug` to stderr, else to the notices. */
const logging = (debug: boolean, notices: Notices.Notices): Layer.Layer<never> =>
  Layer.mergeAll(
    Logger.replace(Logger.defaultLogger, debug ? logger : notices.logger),
    Logger.minimumLogLevel(LogLevel.Debug),
    // a failure of the command is printed at its end
    Layer.setUnhandledErrorLogLevel(Option.none()),
    debug ? Layer.empty : Layer.scopedDiscard(Effect.forkScoped(notices.print))
  )

/** A signal interrupts the command, which prints what it knows and ends. A second signal ends the process at once. */
const onSignals = (fiber: Fiber.RuntimeFiber<unknown, unknown>): () => ExitCode | undefined => {
  let exitCode: ExitCode | undefined
  const end = (code: ExitCode) => () => {
    if (exitCode !== undefined) {
      process.exit(code)
    }
    exitCode = code
    Effect.runFork(Fiber.interruptFork(fiber))
  }
  process.on("SIGINT", end(ExitCode.interrupted))
  process.on("SIGTERM", end(ExitCode.terminated))
  return () => exitCode
}

/** Resolves with the exit code; never rejects. */
export const run = (
  command: Effect.Effect<ExitCode, CommandError, TriggerClient>,
  options: ClientOptions,
  observe: Observe = identity
): Promise<ExitCode> => {
  const notices = Notices.make()
  const fiber = Effect.runFork(
    command.pipe(
      Effect.provide(layer(options, flow(observe, notices.observe))),
      Effect.provide(logging(options.debug === true, notices))
    )
  )
  const signalled = onSignals(fiber)
  return Effect.runPromise(Effect.flatMap(Fiber.await(fiber), (exit) => {
    const signal = signalled()
    if (signal !== undefined) {
      return Effect.succeed(signal)
    }
    return Exit.match(exit, {
      onSuccess: Effect.succeed,
      onFailure: (cause) => {
        const [exitCode, text] = errorLines(cause, options)
        return Effect.as(toStderr(text), exitCode)
      }
    })
  }))
}
