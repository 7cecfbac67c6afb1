/**
 * What the command's exit code says.
 */
export const ExitCode = {
  /** The command did its work, and no run failed. */
  success: 0,
  /** A run failed, or never started. */
  runsFailed: 1,
  /** The arguments or the settings cannot be used. */
  usage: 2,
  /** There is no key, or the server refuses it. */
  unauthorized: 3,
  /** The key's environment has no such batch. */
  noSuchBatch: 4,
  /** The server could not be reached, or its response could not be read. */
  unreachable: 5,
  /** `wait` waited as long as it was allowed to. */
  timedOut: 6,
  /** A fault of this command: EX_SOFTWARE of sysexits.h. */
  fault: 70,
  /** Ctrl-C: 128 and the number of SIGINT. */
  interrupted: 130,
  /** 128 and the number of SIGTERM. */
  terminated: 143
} as const

export type ExitCode = typeof ExitCode[keyof typeof ExitCode]
