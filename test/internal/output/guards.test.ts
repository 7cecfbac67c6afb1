import { assert, describe, it } from "@effect/vitest"
import { findProto, isDeeperThan } from "../../../src/internal/output/guards.js"

describe("the depth of a value", () => {
  const rows: ReadonlyArray<readonly [json: string, depth: number]> = [
    ["null", 0],
    ["\"text\"", 0],
    ["1", 0],
    ["[]", 1],
    ["{}", 1],
    ["[null,\"text\",1]", 1],
    ["{\"a\":null}", 1],
    ["[1,[]]", 2],
    ["{\"a\":1,\"b\":{\"c\":null}}", 2],
    ["[{\"a\":[[]]},[]]", 4]
  ]
  for (const [json, depth] of rows) {
    it(`is ${depth} for ${json}`, () => {
      assert.isFalse(isDeeperThan(JSON.parse(json), depth))
      assert.isTrue(depth === 0 || isDeeperThan(JSON.parse(json), depth - 1))
    })
  }

  it("is not followed below the limit", () => {
    assert.isTrue(isDeeperThan(JSON.parse(`${"[".repeat(100_000)}${"]".repeat(100_000)}`), 512))
    assert.isTrue(isDeeperThan(JSON.parse(`${"{\"a\":".repeat(100_000)}1${"}".repeat(100_000)}`), 512))
  })
})

describe("a field that would become a prototype", () => {
  const rows: ReadonlyArray<readonly [json: string, path: ReadonlyArray<string | number> | undefined]> = [
    ["null", undefined],
    ["\"__proto__\"", undefined],
    ["[\"__proto__\",null]", undefined],
    ["{\"a\":{\"b\":[]}}", undefined],
    ["{\"__proto__\":1}", ["__proto__"]],
    ["{\"a\":1,\"b\":[0,{\"__proto__\":{}}]}", ["b", 1, "__proto__"]]
  ]
  for (const [json, path] of rows) {
    it(`is ${path === undefined ? "absent" : `at ${path.join(".")}`} in ${json}`, () => {
      assert.deepStrictEqual(findProto(JSON.parse(json)), path)
    })
  }
})
