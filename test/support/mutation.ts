/**
 * Loaded before each test file under Stryker, whose thread is kept: nothing of a mutant may outlive the file.
 */
import { GlobalValue } from "effect"
import { afterAll, inject } from "vitest"

declare module "vitest" {
  interface ProvidedContext {
    /** Where Stryker keeps its state on `globalThis`. */
    readonly globalNamespace: string
  }
}

// a reference is asked for its default value once in the life of a thread
GlobalValue.globalValue("effect/Context/defaultValueCache", () => new Map<string, unknown>()).clear()

afterAll(() => {
  Reflect.deleteProperty(Reflect.get(globalThis, inject("globalNamespace")), "activeMutant")
})
