import { afterEach, beforeEach, describe, expect, it, vi } from "@effect/vitest"
import { Effect } from "effect"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import * as os from "node:os"
import * as path from "node:path"
import { checkPlace, existing, makeFolder, writeNew } from "../../src/cli/files.js"

let folder: string

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "effect-trigger-dev-files-"))
})

afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true })
})

const at = (name: string): string => path.join(folder, name)

const write = (file: string, content: string, force = false) =>
  Effect.runPromise(Effect.either(writeNew(file, content, { force })))

/** What holds with hard links and without. */
const writesNewFiles = (): void => {
  it("writes a file, and leaves nothing else behind", async () => {
    await write(at("a.txt"), "new")
    expect(fs.readdirSync(folder)).toEqual(["a.txt"])
    expect(fs.readFileSync(at("a.txt"), "utf8")).toBe("new")
  })

  it("does not replace a file, and says which", async () => {
    fs.writeFileSync(at("a.txt"), "old")
    expect(await write(at("a.txt"), "new")).toMatchObject({ left: { _tag: "FileExists", files: [at("a.txt")] } })
    expect(fs.readFileSync(at("a.txt"), "utf8")).toBe("old")
    expect(fs.readdirSync(folder)).toEqual(["a.txt"])
  })
}

describe("writeNew", () => {
  writesNewFiles()

  it("replaces it where that is asked for", async () => {
    fs.writeFileSync(at("a.txt"), "old")
    await write(at("a.txt"), "new", true)
    expect(fs.readFileSync(at("a.txt"), "utf8")).toBe("new")
  })

  it("does not replace what is no regular file, not even where that is asked for", async () => {
    fs.mkdirSync(at("folder"))
    execFileSync("mkfifo", [at("pipe")])
    fs.symlinkSync(at("nowhere"), at("link"))
    for (const name of ["folder", "pipe", "link"]) {
      expect(await write(at(name), "new", true)).toMatchObject({
        left: { _tag: "FileNotWritten", reason: expect.stringContaining("not a regular file") }
      })
    }
    expect(fs.readdirSync(folder).sort()).toEqual(["folder", "link", "pipe"])
    expect(fs.lstatSync(at("pipe")).isFIFO()).toBe(true)
  })

  it.each([false, true])("writes through no link that somebody laid there (force: %s)", async (force) => {
    fs.writeFileSync(at("target"), "old")
    fs.symlinkSync(at("target"), at("a.txt"))
    await write(at("a.txt"), "new", force)
    expect(fs.readFileSync(at("target"), "utf8")).toBe("old")
  })

  it("does not take a link that leads nowhere for a free name", async () => {
    fs.symlinkSync(at("nowhere"), at("a.txt"))
    expect(await write(at("a.txt"), "new")).toMatchObject({ left: { _tag: "FileExists" } })
    expect(fs.existsSync(at("nowhere"))).toBe(false)
  })

  it("says why a file cannot be written", async () => {
    expect(await write(at("none/a.txt"), "new")).toMatchObject({
      left: { _tag: "FileNotWritten", file: at("none/a.txt"), reason: expect.stringContaining("ENOENT") }
    })
  })

  it("leaves no half of a file where it is interrupted", async () => {
    const large = "x".repeat(20_000_000)
    await Effect.runPromise(Effect.timeoutOption(writeNew(at("a.txt"), large, { force: false }), 1))
    expect(fs.readdirSync(folder).filter((name) => fs.statSync(at(name)).size !== large.length)).toEqual([])
  })
})

describe("writeNew on a file system without hard links, such as FAT", () => {
  beforeEach(() => {
    vi.spyOn(fs.promises, "link").mockRejectedValue(
      Object.assign(new Error("EPERM: operation not permitted, link"), { code: "EPERM" })
    )
    syncBuiltinESMExports()
  })

  afterEach(() => {
    vi.restoreAllMocks()
    syncBuiltinESMExports()
  })

  writesNewFiles()
})

it.each([false, true])("checkPlace offers no --force for what it does not replace (force: %s)", async (force) => {
  fs.mkdirSync(at("folder"))
  expect(await Effect.runPromise(Effect.either(checkPlace(at("folder"), { force })))).toMatchObject({
    left: { _tag: "FileNotWritten", reason: "it exists and is not a regular file" }
  })
})

it("existing finds the files that are there", async () => {
  fs.writeFileSync(at("a"), "")
  expect(await Effect.runPromise(existing([at("a"), at("b")]))).toEqual([at("a")])
})

describe("makeFolder", () => {
  it("makes all that are missing, and takes one that is there", async () => {
    await Effect.runPromise(makeFolder(at("a/b")))
    await Effect.runPromise(makeFolder(at("a/b")))
    expect(fs.statSync(at("a/b")).isDirectory()).toBe(true)
  })

  it.skipIf(process.platform !== "linux")("ends where a file system has no place for it", async () => {
    expect(await Effect.runPromise(Effect.either(makeFolder("/proc/none/such")))).toMatchObject({
      left: { _tag: "FileNotWritten", reason: expect.stringContaining("ENOENT") }
    })
  })

  it("says why it cannot", async () => {
    fs.writeFileSync(at("a"), "")
    expect(await Effect.runPromise(Effect.either(makeFolder(at("a"))))).toMatchObject({
      left: { _tag: "FileNotWritten", file: at("a"), reason: "it exists and is not a folder" }
    })
  })
})
