import { expect, it } from "@effect/vitest"
import { duration, fileName, interval, taskIds, webUrl } from "../../src/cli/options.js"

it.each([
  ["500ms", 500],
  ["1.5s", 1500],
  ["10m", 600_000],
  ["2 hours", 7_200_000]
])("a duration of %s is %d milliseconds", (text, milliseconds) => {
  expect(duration(text)).toBe(milliseconds)
})

it.each(["", "10", "-5s", "0s", "ten minutes", "5 parsecs", "1s2"])("a duration of %j is refused", (text) => {
  expect(() => duration(text)).toThrow("Expected a number above 0 and one unit, such as 30s, 90m or 2h.")
})

it("an interval is at least a tenth of a second, as each poll is a request", () => {
  expect(interval("100ms")).toBe(100)
  expect(() => interval("99ms")).toThrow("Expected at least 100ms.")
})

it("a file has a name", () => {
  expect(fileName("a b")).toBe("a b")
  expect(() => fileName("")).toThrow("Expected the name of a file or folder.")
})

it.each(["https://cloud.trigger.dev/?org=a", "https://cloud.trigger.dev/#runs", "https://cloud.trigger.dev?"])(
  "a dashboard at %j is refused, as paths are appended",
  (text) => {
    expect(() => webUrl(text)).toThrow("without a query or a fragment")
  }
)

it.each(["javascript:alert(1)", "file:///etc/passwd", "cloud.trigger.dev", ""])(
  "a dashboard at %j is refused",
  (text) => {
    expect(() => webUrl(text)).toThrow("Expected a URL")
  }
)

it("a dashboard on the web is taken as it is", () => {
  expect(webUrl("http://localhost:8030/x")).toBe("http://localhost:8030/x")
})

it("--task, given several times, has all ids in their order", () => {
  expect(taskIds("b", taskIds("a", undefined))).toEqual(["a", "b"])
  expect(() => taskIds("", ["a"])).toThrow("Expected the id of a task.")
})
