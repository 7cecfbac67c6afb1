/**
 * The requests that are held, for each environment.
 */

export interface Connections {
  /** Takes a connection; false where the environment has no free one. */
  readonly open: (environment: string, limit: number, now: number) => boolean
  readonly close: (environment: string, now: number) => void
  /** Since when the server listens to the changes of the environment, which it does while it holds requests. */
  readonly listeningSince: (environment: string) => number | undefined
  /** How many requests are held. */
  readonly held: () => number
  /** From now on the server listens as one that was just restarted. */
  readonly restart: (now: number) => void
}

/** After the last held request the server still listens for so many milliseconds. */
const linger = 5_000

export const makeConnections = (): Connections => {
  const environments = new Map<string, { held: number; since: number; closedAt: number }>()
  return {
    open: (environment, limit, now) => {
      const known = environments.get(environment)
      const held = known?.held ?? 0
      if (held >= limit) {
        return false
      }
      const listens = known !== undefined && (held > 0 || now - known.closedAt <= linger)
      environments.set(environment, { held: held + 1, since: listens ? known.since : now, closedAt: now })
      return true
    },
    close: (environment, now) => {
      const known = environments.get(environment)
      if (known !== undefined) {
        environments.set(environment, { ...known, held: known.held - 1, closedAt: now })
      }
    },
    listeningSince: (environment) => environments.get(environment)?.since,
    held: () => [...environments.values()].reduce((sum, { held }) => sum + held, 0),
    restart: (now) => {
      for (const [environment, known] of environments) {
        environments.set(environment, { ...known, since: now, closedAt: Number.NEGATIVE_INFINITY })
      }
    }
  }
}
