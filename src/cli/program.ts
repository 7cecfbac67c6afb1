/**
 * The commands, their arguments and their options, as a person types them. What a command does is loaded when it runs.
 */
import { Command, CommanderError, type CommandUnknownOpts, Option } from "@commander-js/extra-typings"
import packageJson from "../../package.json" with { type: "json" }
import { scrub } from "../internal/describe/redact.js"
import { ExitCode } from "./exitCode.js"
import { demoBatchId, duration, several, webUrl } from "./options.js"
import { coloursFor } from "./terminal/colours.js"

const description = `How a Trigger.dev batch is doing: the result of every run, live if you like, or as a page.

The secret key comes from TRIGGER_SECRET_KEY or from a file, never from an argument.`

const environment = `
Environment:
  TRIGGER_SECRET_KEY      the secret key (tr_dev_…, tr_prod_…)
  TRIGGER_API_URL         where the API is, for servers of your own
  TRIGGER_PREVIEW_BRANCH  the branch of a preview environment
  NO_COLOR, FORCE_COLOR   no colours; colours even in a pipe

Exit codes:
  0  no run failed              4  no such batch
  1  some runs failed           5  the server cannot be reached, or not be understood
  2  arguments or settings      6  --timeout has passed
  3  no key, or a refused one   130  interrupted
`

/** A batch id is given, unless the simulator is asked: it has one. */
const batchIdOf = (command: CommandUnknownOpts, given: string | undefined): string => {
  if (given !== undefined) {
    return given
  }
  return command.optsWithGlobals()["demo"] === true
    ? demoBatchId
    : command.error("error: missing required argument 'batchId'", { code: "commander.missingArgument" })
}

/** The options of `results`, which `wait` has too. */
const withResults = <
  Args extends Array<unknown>,
  Opts extends Record<string, unknown>,
  Global extends Record<string, unknown>
>(
  command: Command<Args, Opts, Global>
) =>
  command
    .addOption(
      new Option("-f, --format <format>", "how they are printed").choices(["table", "json", "ndjson"] as const)
        .default("table" as const)
    )
    .addOption(
      new Option("--only <state>", "only runs of this state").choices(["failed", "succeeded", "pending"] as const)
    )
    .option("--task <id>", "only runs of this task; may be given several times", several)
    .option("--output-dir <dir>", "write each output to a file of its own in this folder")
    .option("--force", "replace files that exist")

export const makeProgram = (onExit: (exitCode: ExitCode) => void) => {
  const program = new Command("effect-trigger-dev")
    .description(description)
    .version(packageJson.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .option("--api-url <url>", "where the API is (else TRIGGER_API_URL)")
    .option("--branch <name>", "the preview branch (else TRIGGER_PREVIEW_BRANCH)")
    .option("--key-file <file>", "a file that holds the secret key (else TRIGGER_SECRET_KEY)")
    .option("--demo", `try it on a simulated server, with the batch ${demoBatchId}`)
    .option("--debug", "print all there is to know about an error")
    .addHelpText("after", environment)
    .showSuggestionAfterError()
    .exitOverride()
    .configureHelp({
      showGlobalOptions: true,
      styleTitle: (title) => coloursFor(process.stdout).bold(title)
    })
    .configureOutput({
      // an argument may be a key that stands where no key belongs
      outputError: (text, write) => write(scrub(text.replace(/^error:/, coloursFor(process.stderr).red("error:"))))
    })

  withResults(program.command("results").description("print the result of every run").argument("[batchId]"))
    .addOption(
      new Option("--raw", "print exactly what the results endpoint sent").conflicts([
        "only",
        "task",
        "outputDir"
      ])
    )
    .usage("[options] <batchId>")
    .action(async (batchId, _, command) => {
      const { results } = await import("./commands/results.js")
      onExit(await results(batchIdOf(command, batchId), command.optsWithGlobals()))
    })

  withResults(
    program.command("wait").description("wait until the last run has finished, then print the results").argument(
      "[batchId]"
    )
  )
    .option("--timeout <duration>", "wait no longer than this, such as 10m", duration)
    .option("--interval <duration>", "ask the server this often (default: ever more rarely, from 1s to 15s)", duration)
    .option("--exit-status", "exit with 1 if a run failed")
    .usage("[options] <batchId>")
    .action(async (batchId, _, command) => {
      const { wait } = await import("./commands/wait.js")
      onExit(await wait(batchIdOf(command, batchId), command.optsWithGlobals()))
    })

  program.command("status")
    .description("print how many runs have which status")
    .argument("[batchId]")
    .addOption(
      new Option("-f, --format <format>", "how it is printed").choices(["table", "json"] as const)
        .default("table" as const)
    )
    .usage("[options] <batchId>")
    .action(async (batchId, _, command) => {
      const { status } = await import("./commands/status.js")
      onExit(await status(batchIdOf(command, batchId), command.optsWithGlobals()))
    })

  program.command("report")
    .description("print what failed and what was slow, or write it as a page")
    .argument("[batchId]")
    .option("--html <file>", "write a page that stands on its own to this file")
    .option("--dashboard-url <url>", "where the dashboard is: run ids in the page become links", webUrl)
    .option("--force", "replace the file if it exists")
    .option("--exit-status", "exit with 1 if a run failed")
    .usage("[options] <batchId>")
    .action(async (batchId, _, command) => {
      const { report } = await import("./commands/report.js")
      onExit(await report(batchIdOf(command, batchId), command.optsWithGlobals()))
    })

  return program
}

export type Program = ReturnType<typeof makeProgram>

/** Commander throws where it is done before a command runs: after `--help`, and where it refuses the arguments. */
export const exitCodeOfParser = (error: unknown): ExitCode => {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? ExitCode.success : ExitCode.usage
  }
  throw error
}
