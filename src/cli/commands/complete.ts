/**
 * `complete`: completions for bash, zsh, fish and PowerShell.
 */
import tab from "@bomb.sh/tab/commander"
import type { CommandUnknownOpts } from "@commander-js/extra-typings"
import { Command } from "commander"
import { completeDescription, completeUsage } from "../program.js"

const shells: ReadonlyArray<string> = ["bash", "zsh", "fish", "powershell"]

/**
 * Adds the command. It prints the script of a shell, and the suggestions that this script asks for. Its own message about
 * an unknown shell speaks of a `command-argument`.
 */
export const install = (program: CommandUnknownOpts, args: ReadonlyArray<string>): void => {
  // the same class, with different types
  if (program instanceof Command) {
    tab(program)
    const [asked = ""] = args.slice(args.indexOf("complete") + 1)
    program.commands.find((command) => command.name() === "complete")
      ?.usage(completeUsage)
      .description(completeDescription)
      .hook("preAction", () => {
        // scripts ask for suggestions with `--`
        if (/^[^-]/.test(asked) && !shells.includes(asked)) {
          program.error(`error: Unknown shell ${JSON.stringify(asked)}: expected bash, zsh, fish or powershell.`)
        }
      })
  }
}
