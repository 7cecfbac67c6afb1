/**
 * Which fault a request meets: random ones, but never more of them in a row on one path than a call may try again.
 *
 * A fiber has paths of its own and makes one call after the other, so what is in a row on a path is in a row for a call.
 */
import { Fault, type ReceivedRequest } from "effect-trigger-dev/testing"
import { PCGRandom } from "effect/Utils"
import { settings } from "./world.js"

/** A kind of fault, and how often it is drawn, relative to the others. */
interface Kind {
  readonly name: string
  readonly weight: number
  readonly make: (random: PCGRandom) => Fault
  /** Whether it takes the whole time-out: then it is the only one in its row, or a soak would be about waiting. */
  readonly isSlow?: boolean
  /** Whether the client tries again only for responses of the API, not for those of the object store. */
  readonly apiOnly?: boolean
}

/** A hint of the server that is short enough for a soak, in milliseconds. */
const hint = (random: PCGRandom): number => 20 + random.integer(100)

const html = { "content-type": "text/html; charset=utf-8" }

const failures: ReadonlyArray<Kind> = [
  { name: "500", weight: 10, make: () => Fault.serverError() },
  {
    name: "502 in HTML",
    weight: 10,
    make: () => Fault.status(502, { headers: html, body: "<html><h1>502 Bad Gateway</h1></html>" })
  },
  { name: "503, empty", weight: 10, make: () => Fault.status(503) },
  {
    name: "503 with Retry-After",
    weight: 5,
    make: (random) => Fault.status(503, { headers: { "retry-after": String(hint(random) / 1_000) } })
  },
  {
    name: "429 with a reset",
    weight: 3,
    make: (random) =>
      Fault.status(429, {
        headers: {
          "content-type": "application/problem+json; charset=utf-8",
          "x-ratelimit-limit": "750",
          "x-ratelimit-remaining": "0",
          "x-ratelimit-reset": String(Date.now() + hint(random))
        },
        body: "{\"title\":\"Rate Limit Exceeded\",\"status\":429,\"remaining\":-1}"
      })
  },
  {
    name: "404 for a moment",
    weight: 10,
    apiOnly: true,
    make: () =>
      Fault.status(404, {
        headers: { "content-type": "application/json; charset=utf-8", "x-should-retry": "true" },
        body: "{\"error\":\"Not found\"}"
      })
  },
  { name: "reset", weight: 15, make: () => Fault.reset },
  { name: "body cut off", weight: 15, make: (random) => Fault.cutOff(random.integer(1_000)) },
  {
    name: "response after the time-out",
    weight: 1,
    isSlow: true,
    make: () => Fault.delay(settings.requestTimeout + 500)
  },
  { name: "no response", weight: 1, isSlow: true, make: () => Fault.hang }
]

const draw = (random: PCGRandom, kinds: ReadonlyArray<Kind>): Kind | undefined => {
  let point = random.number() * kinds.reduce((sum, { weight }) => sum + weight, 0)
  return kinds.find(({ weight }) => (point -= weight) < 0)
}

/** Faults that never pass, for calls that are to fail. */
const permanent: ReadonlyArray<readonly [part: string, name: string, fault: Fault | undefined]> = [
  ["always500", "500 for ever", Fault.serverError()],
  ["alwaysreset", "reset for ever", Fault.reset],
  ["alwaysgarbage", "garbage for ever", Fault.garbage],
  // whose 404 is tried again itself: a fault before the last one would take its place
  ["run_unknown", "", undefined]
]

/** Where a path stands. */
interface Path {
  /** Faults that are still to come in a row. */
  left: number
  /** Whether the next response must be good. */
  rests: boolean
  /** Whether there was a slow fault in this row. */
  waited: boolean
}

export interface Plan {
  readonly faults: (request: Pick<ReceivedRequest, "path">) => Fault | undefined
  /** How often each kind was chosen so far. */
  readonly counts: () => { readonly [name: string]: number }
}

export const make = (seed: number, maxInARow: number = settings.maxRetries): Plan => {
  const random = new PCGRandom(seed)
  const paths = new Map<string, Path>()
  const counts = new Map<string, number>()

  const count = (name: string, fault: Fault): Fault => {
    counts.set(name, (counts.get(name) ?? 0) + 1)
    return fault
  }

  const fail = (path: Path, isStore: boolean): Fault | undefined => {
    const kind = draw(
      random,
      failures.filter(({ apiOnly, isSlow }) => !(isStore && apiOnly === true) && !(path.waited && isSlow === true))
    )
    path.waited ||= kind?.isSlow === true
    path.rests = path.left === 0
    return kind === undefined ? undefined : count(kind.name, kind.make(random))
  }

  const faults: Plan["faults"] = ({ path }) => {
    const lasting = permanent.find(([part]) => path.includes(part))
    if (lasting !== undefined) {
      const [, name, fault] = lasting
      return fault === undefined ? undefined : count(name, fault)
    }
    const isStore = path.startsWith("/packets/")
    const state = paths.get(path) ?? { left: 0, rests: false, waited: false }
    paths.set(path, state)
    if (state.left > 0) {
      state.left--
      return fail(state, isStore)
    }
    const chance = random.number()
    if (!state.rests && chance < 0.05) {
      state.left = random.integer(maxInARow)
      state.waited = false
      return fail(state, isStore)
    }
    if (!state.rests && isStore && chance < 0.1) {
      // a refused URL is replaced at once, and once: no second one may follow
      state.rests = true
      return count("403, the URL has expired", Fault.status(403, { body: "<Error><Code>AccessDenied</Code></Error>" }))
    }
    state.rests = false
    return chance > 0.98 ? count("response before the time-out", Fault.delay(50 + random.integer(500))) : undefined
  }

  return { faults, counts: () => Object.fromEntries([...counts].sort(([a], [b]) => a < b ? -1 : 1)) }
}
