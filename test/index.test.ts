import * as Platform from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import * as EffectExports from "effect"

/** The own keys of every export of every module of a package. */
const ownKeys = (packageExports: object): ReadonlyArray<readonly [name: string, keys: ReadonlyArray<PropertyKey>]> =>
  Object.entries(packageExports).flatMap(([module, exports]) =>
    Object.entries(exports as object).flatMap(([name, value]) =>
      (typeof value === "object" && value !== null) || typeof value === "function"
        ? [[`${module}.${name}`, Reflect.ownKeys(value)] as const]
        : []
    )
  )

describe("importing the package", () => {
  it("adds nothing to what effect and @effect/platform export", async () => {
    const before = [...ownKeys(EffectExports), ...ownKeys(Platform)]
    await import("effect-trigger-dev")
    await import("effect-trigger-dev/testing")
    assert.deepStrictEqual([...ownKeys(EffectExports), ...ownKeys(Platform)], before)
  })
})
