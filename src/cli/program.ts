/**
 * Defines the commands with their arguments and options. The code of a command is loaded when it runs.
 */
import { Argument, Command, CommanderError, type CommandUnknownOpts, Option } from "@commander-js/extra-typings"
import packageJson from "../../package.json" with { type: "json" }
import { redact } from "../internal/describe/redact.js"
import { ExitCode } from "./exitCode.js"
import { demoBatchId, duration, fileName, interval, taskIds, webUrl } from "./options.js"
import { coloursFor } from "./terminal/colours.js"

const description = `Shows the runs of a Trigger.dev batch: their results, live progress, and a report.

The secret key is read from TRIGGER_SECRET_KEY or from a file, never from an argument.`

const environment = `
Environment:
  TRIGGER_SECRET_KEY      the secret key (tr_dev_…, tr_prod_…); else TRIGGER_ACCESS_TOKEN
  TRIGGER_API_URL         the URL of a self-hosted API
  TRIGGER_PREVIEW_BRANCH  the branch of a preview environment
  NO_COLOR, FORCE_COLOR   switch colours off, or on in a pipe

Exit codes:
  0    no run failed
  1    some runs failed (of wait and report: only with --exit-status)
  2    invalid arguments or settings, or a file that cannot be written
  3    no valid key
  4    no such batch
  5    no usable response
  6    --timeout has passed
  70   a bug in the command
  130  interrupted (143: terminated)
`

/** The help of `complete` also comes from the library that makes the completions. */
export const completeUsage = "<shell>"

export const completeDescription = "print the completion script of bash, zsh, fish or powershell"

const batchIdArgument = new Argument("[batchId]", "the id of the batch (batch_…); optional with --demo")

/** A batch id where a command is expected. */
const explainBatchId = (text: string): string =>
  text.replace(
    /unknown command '(batch_[\w-]+)'\n/,
    "$&A batch id needs a command in front: effect-trigger-dev wait $1.\n"
  )

/** The simulator has one batch, which is the default there. */
const batchIdOf = (command: CommandUnknownOpts, given: string | undefined): string => {
  if (command.optsWithGlobals()["demo"] === true) {
    return given === undefined || given === demoBatchId
      ? demoBatchId
      : command.error(`error: --demo has no batch '${given}', only '${demoBatchId}'`)
  }
  return given ?? command.error("error: missing required argument 'batchId'", { code: "commander.missingArgument" })
}

/** Commander knows options that exclude each other, but none that do nothing without another one. */
const needs = (option: string, other: string) => (command: CommandUnknownOpts): void => {
  const isGiven = (flag: string): boolean =>
    command.options.some((known) => known.long === flag && command.getOptionValue(known.attributeName()) !== undefined)
  if (isGiven(option) && !isGiven(other)) {
    command.error(`error: option '${option}' needs '${other}'`)
  }
}

/** The options that `results` and `wait` share. */
const withResults = <
  Args extends Array<unknown>,
  Opts extends Record<string, unknown>,
  Global extends Record<string, unknown>
>(
  command: Command<Args, Opts, Global>
) =>
  command
    .addOption(
      new Option("-f, --format <format>", "output format").choices(["table", "json", "ndjson"] as const)
        .default("table" as const)
    )
    .addOption(
      new Option("--only <state>", "show only runs in this state").choices(["failed", "succeeded", "pending"] as const)
    )
    .option("--task <id>", "show only runs of this task; can be repeated", taskIds)
    .option("--output-dir <dir>", "also write each output to its own file in this folder", fileName)
    .option("--force", "replace existing files")
    .hook("preAction", needs("--force", "--output-dir"))

export const makeProgram = (onExit: (exitCode: ExitCode) => void) => {
  const program = new Command("effect-trigger-dev")
    .description(description)
    .version(packageJson.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .option("--api-url <url>", "the URL of the API (else TRIGGER_API_URL)")
    .option(
      "--branch <name>",
      "the preview branch (else TRIGGER_PREVIEW_BRANCH, VERCEL_GIT_COMMIT_REF or TRIGGER_DEV_BRANCH)"
    )
    .option("--key-file <file>", "a file that holds the secret key (else TRIGGER_SECRET_KEY)", fileName)
    .addOption(
      new Option("--demo", `use a simulated server with one batch, ${demoBatchId}`).conflicts([
        "apiUrl",
        "branch",
        "keyFile"
      ])
    )
    .option("--debug", "print log messages, and errors with their full cause")
    .addHelpText("after", environment)
    .showSuggestionAfterError()
    .showHelpAfterError("Add --help for the commands and options.")
    .exitOverride()
    .configureHelp({
      showGlobalOptions: true,
      styleTitle: (title) => coloursFor(process.stdout).bold(title)
    })
    .configureOutput({
      // an argument may be a key in the wrong place
      outputError: (text, write) =>
        write(redact(explainBatchId(text).replace(/^error:/, coloursFor(process.stderr).red("error:"))))
    })

  withResults(program.command("results").description("print the result of every run").addArgument(batchIdArgument))
    .addOption(
      new Option(
        "--raw",
        "print the response of GET /api/v1/batches/{batchId}/results, unchanged; it lists no run of most batches"
      ).conflicts([
        "format",
        "only",
        "task",
        "outputDir"
      ])
    )
    .action(async (batchId, _, command) => {
      const { results } = await import("./commands/index.js")
      onExit(await results(batchIdOf(command, batchId), command.optsWithGlobals()))
    })

  withResults(
    program.command("wait").description("wait until the last run has finished, then print the results")
      .addArgument(batchIdArgument)
  )
    .option("--timeout <duration>", "stop waiting after this time, such as 10m", duration)
    .option(
      "--interval <duration>",
      "time between polls of runs that the realtime feed does not show (default: grows from 1s to 15s)",
      interval
    )
    .option("--exit-status", "exit with 1 if a run failed")
    .action(async (batchId, _, command) => {
      const { wait } = await import("./commands/index.js")
      onExit(await wait(batchIdOf(command, batchId), command.optsWithGlobals()))
    })

  program.command("status")
    .description("print the number of runs by status")
    .addArgument(batchIdArgument)
    .addOption(
      new Option("-f, --format <format>", "output format").choices(["table", "json"] as const)
        .default("table" as const)
    )
    .action(async (batchId, _, command) => {
      const { status } = await import("./commands/index.js")
      onExit(await status(batchIdOf(command, batchId), command.optsWithGlobals()))
    })

  program.command("report")
    .description("print failures and slow runs, or write an HTML page")
    .addArgument(batchIdArgument)
    .option("--html <file>", "write a self-contained page to this file; - is stdout", fileName)
    .option("--dashboard-url <url>", "link run ids to this dashboard", webUrl)
    .option("--force", "replace an existing file")
    .option("--exit-status", "exit with 1 if a run failed")
    .hook("preAction", needs("--force", "--html"))
    .hook("preAction", needs("--dashboard-url", "--html"))
    .action(async (batchId, _, command) => {
      const { report } = await import("./commands/index.js")
      onExit(await report(batchIdOf(command, batchId), command.optsWithGlobals()))
    })

  return program
}

/** Commander throws after `--help` and `--version`, and for arguments that it refuses. */
export const exitCodeOfParser = (error: unknown): ExitCode => {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? ExitCode.success : ExitCode.usage
  }
  throw error
}
