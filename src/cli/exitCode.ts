/**
 * The exit codes of the command.
 */
export const ExitCode = {
  /** No run failed. */
  success: 0,
  /** A run failed, or could not be created. */
  runsFailed: 1,
  /** Invalid arguments or settings, or a file or stdout that cannot be written. */
  usage: 2,
  /** There is no secret key, or the server refuses it. */
  unauthorized: 3,
  /** The batch does not exist in the environment of the key. */
  noSuchBatch: 4,
  /** The server could not be reached, or a response, a run or an output could not be read. */
  unreachable: 5,
  /** The time-out of `wait` has passed. */
  timedOut: 6,
  /** A bug in this command: EX_SOFTWARE of sysexits.h. */
  fault: 70,
  /** SIGINT (Ctrl-C): 128 + 2. */
  interrupted: 130,
  /** SIGTERM: 128 + 15. */
  terminated: 143
} as const

export type ExitCode = typeof ExitCode[keyof typeof ExitCode]
