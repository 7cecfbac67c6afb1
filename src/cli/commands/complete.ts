/**
 * `complete`: completions for bash, zsh, fish and PowerShell.
 */
import tab from "@bomb.sh/tab/commander"
import type { CommandUnknownOpts } from "@commander-js/extra-typings"
import { Command } from "commander"

/** Adds the command. It prints the script of a shell, and the suggestions that this script asks for. */
export const install = (program: CommandUnknownOpts): void => {
  // the same class, with different types
  if (program instanceof Command) {
    tab(program)
  }
}
