/**
 * The program that `fetchClient.slow.test.ts` runs in a process of its own: ten calls with `TriggerClient.layerFetch`, and the event
 * that its argument names. Undici 7 is loaded only where that event does it.
 */
import { FetchHttpClient } from "@effect/platform"
import { Effect, Layer } from "effect"
import { getBatchResults, TriggerClient } from "effect-trigger-dev"

const undici = () => import("undici")

/** What happens before the layer is built, to the layer, and after five calls. */
interface Event {
  readonly before?: () => unknown
  readonly provided?: () => Promise<Layer.Layer<FetchHttpClient.Fetch> | Layer.Layer<FetchHttpClient.RequestInit>>
  readonly between?: () => Promise<unknown>
}

export const events = {
  "nothing": {},
  "Node's own undici is version 7": {
    before: () => Object.defineProperty(process, "versions", { value: { ...process.versions, undici: "7.16.0" } })
  },
  "undici is loaded before": { before: undici },
  "undici is loaded later": { between: undici },
  "fetch is used before": { before: () => fetch("data:,") },
  "undici's dispatcher is installed later": {
    between: async () => {
      const { Agent, setGlobalDispatcher } = await undici()
      setGlobalDispatcher(new Agent())
    }
  },
  "undici's fetch is installed later": { between: async () => (await undici()).install() },
  "undici's fetch is provided": {
    provided: async () => {
      const { Agent, fetch } = await undici()
      const dispatcher = new Agent()
      return Layer.succeed(
        FetchHttpClient.Fetch,
        ((url: string, init: RequestInit) => fetch(url, { ...init, dispatcher } as never)) as never
      )
    }
  },
  "undici's dispatcher is provided": {
    provided: async () => {
      const { Agent } = await undici()
      return Layer.succeed(FetchHttpClient.RequestInit, { dispatcher: new Agent() } as never)
    }
  }
} satisfies { readonly [event: string]: Event }

const isEvent = (name: string | undefined): name is keyof typeof events => name !== undefined && name in events

const name = process.argv[2]
if (isEvent(name)) {
  const { before, between, provided }: Event = events[name]
  await before?.()
  // a first layer finds Node's own undici before the event loads another one
  await Effect.runPromise(Effect.scoped(Layer.build(TriggerClient.layerFetch)))
  const layer = TriggerClient.layerFetch.pipe(Layer.provide(await provided?.() ?? Layer.empty))
  await Effect.runPromise(
    Effect.gen(function*() {
      yield* Effect.replicateEffect(getBatchResults("batch_1"), 5)
      yield* Effect.promise(async () => between?.())
      yield* Effect.replicateEffect(getBatchResults("batch_1"), 5)
    }).pipe(Effect.provide(layer))
  )
}
