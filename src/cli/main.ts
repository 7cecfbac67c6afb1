#!/usr/bin/env node
/**
 * The entry of the command: `npx effect-trigger-dev`.
 */
import { ExitCode } from "./exitCode.js"
import { exitCodeOfParser, makeProgram } from "./program.js"

/** Whoever reads our output may stop reading, as `head` does: that is the end, and no error. */
const endQuietly = (error: NodeJS.ErrnoException): void => {
  if (error.code === "EPIPE") {
    process.exit(ExitCode.success)
  }
  throw error
}

const main = async (args: ReadonlyArray<string>): Promise<ExitCode> => {
  let exitCode: ExitCode = ExitCode.success
  const program = makeProgram((code) => {
    exitCode = code
  })
  // completions need the whole program, and only a shell asks for them
  if (args.includes("complete")) {
    const { install } = await import("./commands/complete.js")
    install(program)
  } else {
    program.command("complete").description("print the completion script of bash, zsh, fish or powershell")
      .argument("<shell>")
  }
  try {
    await program.parseAsync(args, { from: "user" })
    return exitCode
  } catch (error) {
    return exitCodeOfParser(error)
  }
}

process.stdout.on("error", endQuietly)
process.stderr.on("error", endQuietly)

// not a plain exit: sockets that are kept alive would hold the process
void main(process.argv.slice(2)).then((exitCode) => process.exit(exitCode))
