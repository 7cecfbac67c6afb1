/** The built command as a child process, through pipes and in a pseudo-terminal. */
import { type ChildProcess, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { buildCommand } from "../../../.ci/build-cli.js"

export interface Finished {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  /** What the command sees of the environment, besides PATH. */
  readonly env?: { readonly [name: string]: string }
  readonly cwd?: string
  /** Closes the pipe of stdout as soon as something came, as `head` does. */
  readonly stopsReading?: true
  /** Sent as soon as something came to stderr, as the progress of `wait` does. */
  readonly signal?: NodeJS.Signals
}

const folder = fileURLToPath(new URL("../../../.tmp/cli", import.meta.url))

/** Each test file builds its own, so that none runs a file which another one is writing. */
export const build = async (): Promise<string> => {
  const file = path.join(folder, `${process.pid}-${Math.random().toString(36).slice(2)}.cjs`)
  fs.mkdirSync(folder, { recursive: true })
  await buildCommand(file)
  return file
}

const environment = (env: RunOptions["env"]) => ({ PATH: process.env["PATH"] ?? "", TERM: "xterm-256color", ...env })

export const run = (file: string, args: ReadonlyArray<string>, options: RunOptions = {}): Promise<Finished> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...args], {
      env: environment(options.env),
      cwd: options.cwd,
      stdio: ["ignore", "pipe", "pipe"]
    })
    let stdout = ""
    let stderr = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text
      if (options.stopsReading === true) {
        child.stdout.destroy()
      }
    })
    child.stderr.setEncoding("utf8").on("data", (text: string) => stderr += text)
    const { signal } = options
    if (signal !== undefined) {
      child.stderr.once("data", () => child.kill(signal))
    }
    child.on("error", reject)
    child.on("close", (exitCode) => resolve({ exitCode, stdout, stderr }))
  })

export interface TerminalOptions extends Pick<RunOptions, "env" | "cwd"> {
  /** How wide the terminal is. Default: 100. */
  readonly columns?: number
  /** What a shell would make of the end of the line, such as `| cat`. */
  readonly redirect?: string
}

export interface Terminal {
  /** All that was shown, with its escape sequences. */
  readonly screen: () => string
  /** Types. */
  readonly type: (keys: string) => void
  readonly finished: Promise<{ readonly exitCode: number | null; readonly screen: string }>
  /** Resolves when a text that fits is shown, and rejects when the command ends before. */
  readonly shows: (text: RegExp) => Promise<void>
}

const running = new Set<ChildProcess>()

/** Ends what a test that failed left behind. */
export const stopAll = (): void => {
  for (const child of running) {
    child.kill("SIGKILL")
  }
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** In a pseudo-terminal of `script`, which Debian has in bsdutils: stdout and stderr are one screen. */
export const runInTerminal = (
  file: string,
  args: ReadonlyArray<string>,
  options: TerminalOptions = {}
): Terminal => {
  const command = [process.execPath, file, ...args].map(quote).join(" ")
  const child = spawn(
    "script",
    [
      "--quiet",
      "--return",
      "--flush",
      "--command",
      `stty cols ${options.columns ?? 100} rows 40; exec ${command} ${options.redirect ?? ""}`,
      "/dev/null"
    ],
    { env: { SHELL: "/bin/sh", ...environment(options.env) }, cwd: options.cwd, stdio: ["pipe", "pipe", "inherit"] }
  )
  running.add(child)
  let screen = ""
  const watchers = new Set<() => void>()
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen += text
    for (const watcher of watchers) {
      watcher()
    }
  })
  let isOver = false
  const finished = new Promise<{ readonly exitCode: number | null; readonly screen: string }>((resolve, reject) => {
    child.on("error", reject)
    child.on("close", (exitCode) => {
      isOver = true
      running.delete(child)
      for (const watcher of watchers) {
        watcher()
      }
      resolve({ exitCode, screen })
    })
  })
  return {
    screen: () => screen,
    type: (keys) => void child.stdin.write(keys),
    finished,
    shows: (text) =>
      new Promise((resolve, reject) => {
        const watcher = () => {
          if (text.test(screen)) {
            watchers.delete(watcher)
            resolve()
          } else if (isOver) {
            watchers.delete(watcher)
            reject(new Error(`The command ended without showing ${String(text)}:\n${screen}`))
          }
        }
        watchers.add(watcher)
        watcher()
      })
  }
}
