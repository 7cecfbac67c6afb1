#!/usr/bin/env node
/**
 * The entry point of `npx effect-trigger-dev`.
 */
import { ExitCode } from "./exitCode.js"
import { exitCodeOfParser, makeProgram } from "./program.js"

/** A reader such as `head` may close the pipe early. That is not an error. */
const endQuietly = (error: NodeJS.ErrnoException): void => {
  if (error.code === "EPIPE") {
    process.exit(ExitCode.success)
  }
  throw error
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
    install(program)
  } else {
    program.command("complete").description("print the completion script of bash, zsh, fish or powershell")
      .argument("<shell>")
  }
  try {
    await program.parseAsync(isDemoAlone ? ["wait", ...args] : args, { from: "user" })
    return exitCode
  } catch (error) {
    return exitCodeOfParser(error)
  }
}

process.stdout.on("error", endQuietly)
process.stderr.on("error", endQuietly)

// connections that are kept alive would delay the exit
void main(process.argv.slice(2)).then((exitCode) => process.exit(exitCode))
