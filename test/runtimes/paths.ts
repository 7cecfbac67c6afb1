/**
 * Where a run keeps what it installs.
 */
import * as path from "node:path"

export const root = path.resolve(import.meta.dirname, "../..")

const home = path.join(root, ".tmp", "runtimes")

/** The runtimes, as npm packages. */
export const binaries = path.join(home, "binaries")

/** A project that has installed the packed package, and holds the program. */
export const app = path.join(home, "app")

/** The file of a runtime. */
export const binary = (file: string): string => path.join(binaries, "node_modules", file)
