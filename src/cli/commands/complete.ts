/**
 * `complete`: the completions of bash, zsh and fish.
 */
import tab from "@bomb.sh/tab/commander"
import type { CommandUnknownOpts } from "@commander-js/extra-typings"
import { Command } from "commander"

/** Adds the command, which prints the script of a shell, and answers that script while one types. */
export const install = (program: CommandUnknownOpts): void => {
  // the same class, with other types
  if (program instanceof Command) {
    tab(program)
  }
}
