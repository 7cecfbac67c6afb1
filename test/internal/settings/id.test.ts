import { assert, describe, it } from "@effect/vitest"
import { isBatchId, isRunId } from "../../../src/internal/settings/id.js"

const kinds = [["batch", isBatchId], ["run", isRunId]] as const

for (const [kind, isId] of kinds) {
  const longest = 128 - `${kind}_`.length

  describe(`an id of a ${kind}`, () => {
    for (const rest of ["1", "abc123", "A-b_C", "a".repeat(longest)]) {
      it(`may be "${kind}_${rest}"`, () => {
        assert.isTrue(isId(`${kind}_${rest}`))
      })
    }

    const others: ReadonlyArray<unknown> = [
      "",
      kind,
      `${kind}_`,
      `${kind}_${"a".repeat(longest + 1)}`,
      `${kind}_a/b`,
      `${kind}_..`,
      `${kind}_%2e`,
      `${kind}_1\n`,
      ` ${kind}_1`,
      `x${kind}_1`,
      `${kind}_é`,
      [`${kind}_1`],
      { toString: () => `${kind}_1` },
      null,
      undefined,
      1
    ]
    for (const other of others) {
      it(`may not be ${JSON.stringify(other)}`, () => {
        assert.isFalse(isId(other))
      })
    }
  })
}
