#!/usr/bin/env node
/**
 * The entry point of `npx effect-trigger-dev`.
 */
import { ExitCode } from "./exitCode.js"
import { completeDescription, completeUsage, exitCodeOfParser, makeProgram } from "./program.js"

/** A reader such as `head` may close the pipe early. That is not an error. */
const onStdoutError = (error: NodeJS.ErrnoException): void => {
  if (error.code === "EPIPE") {
    process.exit(ExitCode.success)
  }
  process.stderr.write(`error: stdout cannot be written: ${error.message}\n`)
  process.exit(ExitCode.usage)
}

/** Messages that nobody reads do not end the command: its results may be read. */
const onStderrError = (): void => undefined

const onBug = (error: unknown): void => {
  process.stderr.write(`error: Unexpected error: ${String(error)}\n`)
  process.exit(ExitCode.fault)
}

const main = async (args: ReadonlyArray<string>): Promise<ExitCode> => {
  let exitCode: ExitCode = ExitCode.success
  // of all commands, `wait` shows the most
  const isDemoAlone = args.length === 1 && args[0] === "--demo"
  const program = makeProgram((code) => {
    exitCode = code
  })
  // loaded only for completions; it reads all commands and options
  if (args.includes("complete")) {
    const { install } = await import("./commands/complete.js")
    install(program, args)
  } else {
    program.command("complete").description(completeDescription).argument(completeUsage)
  }
  try {
    await program.parseAsync(isDemoAlone ? ["wait", ...args] : args, { from: "user" })
    return exitCode
  } catch (error) {
    return exitCodeOfParser(error)
  }
}

process.stdout.on("error", onStdoutError)
process.stderr.on("error", onStderrError)

// connections that are kept alive would delay the exit
void main(process.argv.slice(2)).then((exitCode) => process.exit(exitCode), onBug)
