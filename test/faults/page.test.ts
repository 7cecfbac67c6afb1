import { expect, it } from "@effect/vitest"
import { page } from "./page.js"

it("docs/reliability.md is what the table of faults says", () =>
  expect(page).toMatchFileSnapshot("../../docs/reliability.md"))
