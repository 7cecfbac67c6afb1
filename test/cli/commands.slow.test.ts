import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import { Fault } from "effect-trigger-dev/testing"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import packageJson from "../../package.json" with { type: "json" }
import { build, type Finished, run } from "./support/command.js"
import { type Server, start } from "./support/server.js"

let file: string
let server: Server
let folder: string

const command = (args: ReadonlyArray<string>, env: { readonly [name: string]: string } = {}): Promise<Finished> =>
  run(file, args, { env: { ...server.env, ...env }, cwd: folder })

const fresh = (): string => fs.mkdtempSync(path.join(folder, "out-"))

/** The URL of a port that nothing listens on. */
const unreachable = async (): Promise<string> => {
  const probe = net.createServer().listen(0, "127.0.0.1")
  await new Promise((resolve) => probe.on("listening", resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return typeof address === "object" && address !== null ? `http://127.0.0.1:${address.port}` : ""
}

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "effect-trigger-dev-cli-"))
  file = await build()
  server = await start()
  await server.createBatch({
    id: "batch_mixed",
    runs: [
      { id: "run_text", task: "greet", output: "Hello, \u001b[31mworld" },
      { id: "run_object", task: "count", output: { total: 3n, at: new Date(0) } },
      { id: "run_nothing", task: "ping" },
      {
        id: "run_broken",
        task: "count",
        error: { type: "BUILT_IN_ERROR", name: "TypeError", message: "no total", stackTrace: "TypeError: no total" }
      },
      { id: "run_pending", task: "greet", finishesAfter: "never" }
    ]
  })
  await server.createBatch({ id: "batch_good", runs: [{ id: "run_good", task: "greet", output: "fine" }] })
  await server.createBatch({
    id: "batch_old",
    engine: "v1",
    listed: "in batch order",
    runs: [{ id: "run_old", task: "count", output: { total: 3n } }]
  })
})

afterAll(async () => {
  await server.close()
  fs.rmSync(folder, { recursive: true, force: true })
  fs.rmSync(file)
})

describe("results", () => {
  it("prints a table of every run, without colours and escape sequences in a pipe", async () => {
    const { exitCode, stderr, stdout } = await command(["results", "batch_mixed"])
    const [head, ...rows] = stdout.trimEnd().split("\n").map((line) => line.split(/ {2,}/))
    expect(head).toEqual(["STATUS", "TASK", "DURATION", "RUN", "OUTPUT OR ERROR"])
    expect(rows.map(([status, task, , id, text]) => [status, task, id, text])).toEqual([
      ["✓ COMPLETED", "greet", "run_text", "Hello, world"],
      ["✓ COMPLETED", "count", "run_object", `{"total":"3","at":"1970-01-01T00:00:00.000Z"}`],
      ["✓ COMPLETED", "ping", "run_nothing", undefined],
      ["✗ FAILED", "count", "run_broken", "TypeError: no total"],
      ["▸ EXECUTING", "greet", "run_pending", undefined]
    ])
    expect(stderr).toBe("5 runs: 3 succeeded, 1 failed, 1 running\n")
    expect(exitCode).toBe(1)
  })

  it("prints one JSON value with every output in its plain form", async () => {
    const { exitCode, stdout } = await command(["results", "batch_mixed", "--format", "json"])
    const { batch, counts, runs } = JSON.parse(stdout)
    expect(batch.id).toBe("batch_mixed")
    expect(counts).toEqual({ total: 5, succeeded: 3, failed: 1, running: 1, queued: 0, unavailable: 0, unread: 0 })
    expect(runs).toMatchObject([
      { id: "run_text", task: "greet", state: "succeeded", status: "COMPLETED", output: "Hello, \u001b[31mworld" },
      { id: "run_object", output: { total: "3", at: "1970-01-01T00:00:00.000Z" } },
      { id: "run_nothing", state: "succeeded" },
      {
        id: "run_broken",
        state: "failed",
        error: { type: "BUILT_IN_ERROR", name: "TypeError" },
        message: "TypeError: no total"
      },
      { id: "run_pending", state: "pending", status: "EXECUTING" }
    ])
    expect(runs[2]).not.toHaveProperty("output")
    expect(exitCode).toBe(1)
  })

  it("prints one line of JSON per run, and only those that are asked for", async () => {
    const { exitCode, stderr, stdout } = await command([
      ...["results", "batch_mixed", "--format", "ndjson", "--only", "succeeded"],
      ...["--task", "greet", "--task", "ping"]
    ])
    expect(stdout.trimEnd().split("\n").map((line) => JSON.parse(line).id)).toEqual(["run_text", "run_nothing"])
    // of the runs of these tasks, none failed
    expect(exitCode).toBe(0)
    expect(stderr).toBe("3 of 5 runs selected: 2 succeeded, 1 running\n")
  })

  it("counts the runs of the selected tasks in JSON, too", async () => {
    const { exitCode, stdout } = await command(["results", "batch_mixed", "--format", "json", "--task", "greet"])
    expect(JSON.parse(stdout).counts).toMatchObject({ total: 2, succeeded: 1, failed: 0, running: 1 })
    expect(exitCode).toBe(0)
  })

  it.each(["json", "ndjson"])("escapes controls of eight bits and marks that reverse text in %s", async (format) => {
    await server.createBatch({ id: `batch_${format}`, runs: [{ output: "a\u009b31m\u202eb" }] })
    const { stdout } = await command(["results", `batch_${format}`, "--format", format])
    expect(stdout).toContain("a\\u009b31m\\u202eb")
  })

  it("says so if no run has the task that is asked for, and which tasks there are", async () => {
    const { exitCode, stderr } = await command([
      ...["results", "batch_mixed", "--task", "great", "--task", "ping", "--task", "pong"]
    ])
    expect(stderr).toBe(
      "notice: no run of task \"great\", \"pong\"; this batch has runs of: greet, count, ping\n" +
        "1 of 5 runs selected: 1 succeeded\n"
    )
    expect(exitCode).toBe(0)
  })

  it("names ten of the tasks that there are, without what a terminal obeys", async () => {
    await server.createBatch({
      id: "batch_tasks",
      runs: Array.from({ length: 12 }, (_, index) => ({ task: `task-${index}\u001b[31m` }))
    })
    const { stderr } = await command(["results", "batch_tasks", "--task", "great\u001b[31m"])
    expect(stderr).toBe(
      "notice: no run of task \"great\"; this batch has runs of: task-0, task-1, task-2, task-3, task-4, task-5, " +
        "task-6, task-7, task-8, task-9 and 2 more\n0 of 12 runs selected\n"
    )
  })

  it("names no tasks of a batch without runs", async () => {
    await server.createBatch({ id: "batch_empty", runs: [] })
    const { stderr } = await command(["results", "batch_empty", "--task", "greet"])
    expect(stderr).toBe("notice: no run of task \"greet\"\n0 of 0 runs selected\n")
  })

  it("prints what the endpoint sent, byte by byte", async () => {
    const sent = await fetch(`${server.url}/api/v1/batches/batch_old/results`, {
      headers: { authorization: `Bearer ${server.env.TRIGGER_SECRET_KEY}` }
    })
    const { exitCode, stderr, stdout } = await command(["results", "batch_old", "--raw"])
    expect(stdout).toBe(await sent.text())
    expect([exitCode, stderr]).toEqual([0, ""])
  })

  it("writes each output to a file of its own, and does not replace one unasked", async () => {
    const out = path.join(fresh(), "new")
    const first = await command(["results", "batch_mixed", "--output-dir", out])
    expect(fs.readdirSync(out).sort()).toEqual(["run_object.json", "run_text.txt"])
    expect(JSON.parse(fs.readFileSync(path.join(out, "run_object.json"), "utf8")).total).toBe("3")
    expect(fs.readFileSync(path.join(out, "run_text.txt"), "utf8")).toBe("Hello, \u001b[31mworld")
    expect(first.stderr).toContain("2 outputs written to")
    expect(first.exitCode).toBe(1)

    fs.writeFileSync(path.join(out, "run_text.txt"), "mine")
    const second = await command(["results", "batch_mixed", "--output-dir", out])
    expect(second.stderr).toMatch(/\nerror: 2 files exist already: .*\nNo file was written\. .*--force/)
    expect(second.exitCode).toBe(2)
    // a long wait is not for nothing
    expect(second.stdout).toBe(first.stdout)
    expect(fs.readFileSync(path.join(out, "run_text.txt"), "utf8")).toBe("mine")

    await command(["results", "batch_mixed", "--output-dir", out, "--force"])
    expect(fs.readFileSync(path.join(out, "run_text.txt"), "utf8")).toBe("Hello, \u001b[31mworld")
  })
})

describe("status", () => {
  it("counts the runs by their status", async () => {
    const { exitCode, stdout } = await command(["status", "batch_mixed"])
    expect(stdout).toMatch(
      /^batch_mixed {2}PENDING\ncreated .* UTC, .* ago\n5 runs: 3 succeeded, 1 failed, 1 running\n/
    )
    expect(stdout).toContain("\n3  ✓ COMPLETED\n1  ✗ FAILED\n1  ▸ EXECUTING\n")
    expect(exitCode).toBe(1)
  })

  it("shows no time in the future where the clock of the server is ahead", async () => {
    const other = await start({ rateLimit: "off", clockSkew: { ahead: "1 hour" } })
    await other.createBatch({ id: "batch_ahead", runs: [{}] })
    const { stdout } = await command(["status", "batch_ahead"], other.env)
    await other.close()
    expect(stdout).toMatch(/\ncreated .* UTC, 0ms ago\n/)
  })

  it("says the same as JSON", async () => {
    const { exitCode, stdout } = await command(["status", "batch_good", "--format", "json"])
    expect(JSON.parse(stdout)).toMatchObject({
      batch: { id: "batch_good", status: "COMPLETED" },
      counts: { total: 1, succeeded: 1 },
      statuses: { COMPLETED: 1 }
    })
    expect(exitCode).toBe(0)
  })
})

describe("wait", () => {
  it("prints one line per change to stderr, and the results when the last run has finished", async () => {
    await server.createBatch({
      id: "batch_waited",
      runs: [{ output: 1 }, { finishesAfter: "3 seconds", error: { type: "STRING_ERROR", raw: "late" } }]
    })
    const { exitCode, stderr, stdout } = await command([
      "wait",
      "batch_waited",
      "--interval",
      "200ms",
      "--format",
      "ndjson"
    ])
    expect(stderr).toBe("2 runs: 1 succeeded, 1 running\n2 runs: 1 succeeded, 1 failed\n")
    expect(stdout.trimEnd().split("\n").map((line) => JSON.parse(line).state)).toEqual(["succeeded", "failed"])
    // the waiting was a success
    expect(exitCode).toBe(0)
  })

  it("prints the last counts once, however long the batch takes to be read again", async () => {
    const other = await start({
      rateLimit: "off",
      faults: ({ path }) => path.startsWith("/api/v2/batches") ? Fault.delay("1 second") : undefined
    })
    await other.createBatch({ id: "batch_slow", runs: [{ finishesAfter: "5 seconds" }] })
    const { stderr } = await command(["wait", "batch_slow"], other.env)
    await other.close()
    expect(stderr).toBe("1 run: 1 running\n1 run: 1 succeeded\n")
  })

  it("shows the progress of all runs, and counts those of the selected tasks at the end", async () => {
    await server.createBatch({
      id: "batch_selected",
      runs: [{ task: "big", output: 1 }, { task: "small", finishesAfter: "3 seconds" }]
    })
    const { stderr } = await command(["wait", "batch_selected", "--task", "big"])
    expect(stderr).toBe("2 runs: 1 succeeded, 1 running\n1 of 2 runs selected: 1 succeeded\n")
  })

  it("exits with 1 for a failed run where that is asked for", async () => {
    const { exitCode } = await command(["wait", "batch_waited", "--exit-status"])
    expect(exitCode).toBe(1)
  })

  it("ends soon where the server never responded", async () => {
    const started = Date.now()
    const { exitCode, stderr } = await command(["wait", "batch_mixed", "--api-url", await unreachable()])
    expect(stderr).toMatch(/^error: The server cannot be reached: connect ECONNREFUSED/)
    expect(exitCode).toBe(5)
    expect(Date.now() - started).toBeLessThan(8000)
  })

  it("says after --timeout that no response came, where none did", async () => {
    const other = await start({ faults: () => Fault.hang })
    const { exitCode, stderr, stdout } = await command(["wait", "batch_mixed", "--timeout", "500ms"], other.env)
    await other.close()
    expect(stderr).toMatch(/^error: No usable response came within 500ms\.\n.*--api-url.*\n$/)
    expect([exitCode, stdout]).toEqual([5, ""])
  })

  it("prints what is known when the batch cannot be read any more", async () => {
    let requests = 0
    const other = await start({ faults: () => ++requests > 3 ? Fault.status(401) : undefined })
    await other.createBatch({
      id: "batch_1",
      runs: [{ id: "run_done", output: 1 }, { finishesAfter: "1 second" }, { finishesAfter: "never" }]
    })
    const { exitCode, stderr, stdout } = await command(["wait", "batch_1"], other.env)
    await other.close()
    expect(stdout).toContain("run_done")
    expect(stderr).toContain("error: The server refuses the key")
    expect(exitCode).toBe(3)
  })

  it("says after --timeout why the last attempt failed", async () => {
    let requests = 0
    const other = await start({ faults: () => ++requests === 1 ? Fault.serverError("busy") : Fault.hang })
    const { exitCode, stderr } = await command(["wait", "batch_mixed", "--timeout", "2s"], other.env)
    await other.close()
    expect(stderr).toBe(
      "error: No usable response came within 2s. The last attempt to read the batch failed: The server failed with status 500: busy.\n" +
        "Try again later.\n"
    )
    expect(exitCode).toBe(5)
  })

  it("says after --timeout that the server is gone", async () => {
    let requests = 0
    const other = await start({ faults: () => ++requests > 2 ? Fault.serverError("down") : undefined })
    await other.createBatch({ id: "batch_1", runs: [{ id: "run_done", output: 1 }, { finishesAfter: "never" }] })
    const { exitCode, stderr, stdout } = await command(["wait", "batch_1", "--timeout", "6s"], other.env)
    await other.close()
    expect(stdout).toContain("run_done")
    expect(stderr).toContain(
      "error: The batch did not finish within 6s. The last attempt to read the batch failed: " +
        "The server failed with status 500: down.\nIts runs continue."
    )
    // before the time-out has passed
    expect(stderr).toMatch(/^.* returned 500 \(“down”\).*\n(.*\n)*error: /m)
    expect(exitCode).toBe(6)
  })

  it("says of an output that it has no time to download why that is so", async () => {
    await server.createBatch({
      id: "batch_stored",
      runs: [{ id: "run_stored", output: "x".repeat(200_000) }, { finishesAfter: "never" }]
    })
    const { exitCode, stdout } = await command(["wait", "batch_stored", "--timeout", "3s", "--format", "json"])
    expect(JSON.parse(stdout).runs[0].outputError).toContain("the time-out has passed")
    expect(exitCode).toBe(6)
  })

  it("says after --timeout that it has written no file", async () => {
    const { stderr } = await command(["wait", "batch_mixed", "--timeout", "1s", "--output-dir", "none"])
    expect(stderr).toContain("The batch did not finish within 1s. No file was written.\n")
    expect(fs.existsSync(path.join(folder, "none"))).toBe(false)
  })

  it("stops on SIGTERM, prints what is known and exits with 143", async () => {
    const { exitCode, stdout } = await run(file, ["wait", "batch_mixed"], {
      env: server.env,
      cwd: folder,
      signal: "SIGTERM"
    })
    expect(stdout).toContain("run_broken")
    expect(exitCode).toBe(143)
  })

  it("gives up after --timeout, and prints what is known by then", async () => {
    const { exitCode, stderr, stdout } = await command(["wait", "batch_mixed", "--timeout", "1s", "--only", "failed"])
    expect(stdout).toContain("run_broken")
    expect(stderr).toMatch(
      /^5 runs: .*\nerror: The batch did not finish within 1s\.\nIts runs continue\. Run `wait` again, or pass a longer --timeout\.\n$/
    )
    expect(exitCode).toBe(6)
  })
})

describe("report", () => {
  it("prints what failed and what was slow", async () => {
    const { exitCode, stdout } = await command(["report", "batch_mixed"])
    expect(stdout).toMatch(/^batch_mixed {2}PENDING\n/)
    expect(stdout).toMatch(
      /\nFailures\nRUNS +STATUS +TASK +EXAMPLE +MESSAGE\n1 +FAILED +count +run_broken +TypeError: no total\n/
    )
    expect(stdout).toMatch(/\nDurations\nTASK +RUNS/)
    expect(exitCode).toBe(0)
  })

  it("writes a page, and does not replace one unasked", async () => {
    const page = path.join(fresh(), "report.html")
    const first = await command(["report", "batch_mixed", "--html", page, "--exit-status"])
    expect([first.exitCode, first.stdout]).toEqual([1, ""])
    expect(fs.readFileSync(page, "utf8")).toMatch(/^<!doctype html>\n<html lang="en">/)
    const second = await command(["report", "batch_mixed", "--html", page])
    expect(second.stderr).toMatch(/^error: This file exists already/)
    expect(second.exitCode).toBe(2)
    expect(fs.readdirSync(path.dirname(page))).toEqual(["report.html"])
    // found out before the batch is read
    const unknown = await command(["report", "batch_1", "--html", page])
    expect(unknown.stderr).toMatch(/^error: This file exists already/)
  })

  it("writes the page to stdout for -", async () => {
    const { stdout } = await command(["report", "batch_good", "--html", "-"])
    expect(stdout).toMatch(/^<!doctype html>\n.*<\/html>\n$/s)
  })
})

describe("errors", () => {
  const refusal = (what: RegExp, todo: RegExp) =>
    new RegExp(`^error: ${what.source}[^\\n]*\\n${todo.source}[^\\n]*\\n$`)

  it.each([
    ["no arguments", [], {}, 2, /Usage: effect-trigger-dev/],
    ["no batch id", ["status"], {}, 2, refusal(/missing required argument 'batchId'/, /Add --help/)],
    [
      "no command",
      ["batch_1"],
      {},
      2,
      /unknown command 'batch_1'\nA batch id needs a command in front: effect-trigger-dev wait batch_1\.\nAdd --help/
    ],
    ["an unknown command", ["reslts", "batch_1"], {}, 2, /unknown command 'reslts'\n\(Did you mean results\?\)/],
    ["another batch of the demo", ["status", "batch_1", "--demo"], {}, 2, /no batch 'batch_1', only 'batch_demo'\n/],
    [
      "an unknown option",
      ["results", "batch_1", "--fromat"],
      {},
      2,
      /unknown option '--fromat'\n\(Did you mean --format\?\)/
    ],
    ["an unknown format", ["results", "batch_1", "--format", "xml"], {}, 2, /Allowed choices are table, json, ndjson/],
    [
      "a time without a unit",
      ["wait", "batch_1", "--timeout", "10"],
      {},
      2,
      /Expected a number above 0 and one unit, such as 30s/
    ],
    ["--raw with a format", ["results", "batch_1", "--raw", "-f", "json"], {}, 2, /'--raw' cannot be used with/],
    ["--force without a folder", ["wait", "batch_1", "--force"], {}, 2, /option '--force' needs '--output-dir'\n/],
    ["--force without a page", ["report", "batch_1", "--force"], {}, 2, /option '--force' needs '--html'\n/],
    [
      "a dashboard without a page",
      ["report", "batch_1", "--dashboard-url", "https://cloud.trigger.dev"],
      {},
      2,
      /option '--dashboard-url' needs '--html'\n/
    ],
    [
      "a server for the demo",
      ["status", "--demo", "--api-url", "https://api.trigger.dev"],
      {},
      2,
      /option '--demo' cannot be used with option '--api-url <url>'\n/
    ],
    ["--raw with a filter", ["results", "batch_1", "--raw", "--only", "failed"], {}, 2, /'--raw' cannot be used with/],
    ["what is no batch id", ["status", "run_1"], {}, 2, refusal(/Invalid batch id: "run_1"/, /Expected "batch_"/)],
    [
      "what is no URL",
      ["status", "batch_1", "--api-url", "nowhere"],
      {},
      2,
      /^error: --api-url cannot be used: .*, got "nowhere"\n/
    ],
    [
      "what is no URL in the environment",
      ["status", "batch_1"],
      { TRIGGER_API_URL: "x" },
      2,
      /^error: TRIGGER_API_URL cannot be used: .*, got "x"\n/
    ],
    ["an empty file name", ["report", "batch_1", "--html", ""], {}, 2, /Expected the name of a file or folder\./],
    [
      "an empty folder name",
      ["results", "batch_1", "--output-dir", ""],
      {},
      2,
      /Expected the name of a file or folder\./
    ],
    ["an empty task", ["results", "batch_1", "--task", ""], {}, 2, /Expected the id of a task\./],
    ["an empty key file", ["status", "batch_1", "--key-file", ""], {}, 2, /Expected the name of a file or folder\./],
    ["an interval of nothing", ["wait", "batch_1", "--interval", "1ms"], {}, 2, /Expected at least 100ms\./],
    [
      "an unknown shell",
      ["complete", "nosuchshell"],
      {},
      2,
      /^error: Unknown shell "nosuchshell": expected bash, zsh, fish or powershell\.\n/
    ],
    [
      "no key",
      ["status", "batch_1"],
      { TRIGGER_SECRET_KEY: "" },
      3,
      refusal(/There is no secret key/, /Set TRIGGER_SECRET_KEY/)
    ],
    [
      "a refused key",
      ["status", "batch_1"],
      { TRIGGER_SECRET_KEY: "tr_dev_wrong" },
      3,
      refusal(
        /The server refuses the key/,
        /Check the key \(TRIGGER_SECRET_KEY, else TRIGGER_ACCESS_TOKEN, or --key-file\)/
      )
    ],
    [
      "a key that the results endpoint refuses",
      ["results", "batch_old", "--raw"],
      { TRIGGER_SECRET_KEY: "tr_dev_wrong" },
      3,
      refusal(/The server refuses the key/, /.*leave out --raw/)
    ],
    [
      "a key file without a key",
      ["status", "batch_1", "--key-file", os.devNull],
      {},
      3,
      refusal(/The key file "\/dev\/null" cannot be used: it is empty/, /Name a file/)
    ],
    [
      "a folder as a key file",
      ["status", "batch_1", "--key-file", os.tmpdir()],
      {},
      3,
      refusal(/The key file ".*" cannot be used: it is a folder/, /Name a file/)
    ],
    [
      "a key with white space in the second variable",
      ["status", "batch_1"],
      { TRIGGER_SECRET_KEY: "", TRIGGER_ACCESS_TOKEN: "a b" },
      3,
      refusal(/The secret key in TRIGGER_ACCESS_TOKEN contains white space/, /Set TRIGGER_SECRET_KEY/)
    ],
    [
      "a folder that is not there",
      ["report", "batch_none", "--html", "/none/such/page.html"],
      {},
      2,
      refusal(/"\/none\/such\/page\.html" cannot be written: there is no folder "\/none\/such"/, /Choose another place/)
    ],
    [
      "a key file that is not there",
      ["status", "batch_1", "--key-file", "/none/such"],
      {},
      3,
      refusal(/The key file "\/none\/such" cannot be used: ENOENT/, /Name a file/)
    ],
    [
      "an unknown batch",
      ["status", "batch_1"],
      {},
      4,
      refusal(/There is no batch batch_1/, /Check that the id and the key/)
    ]
  ])("for %s are one or two lines that say what to do", async (_, args, env, code, text) => {
    const { exitCode, stderr, stdout } = await command(args, env)
    expect(stderr).toMatch(text)
    expect([exitCode, stdout]).toEqual([code, ""])
  })

  it("for a server that does not respond, too", async () => {
    const { exitCode, stderr } = await command(["status", "batch_1", "--api-url", await unreachable()])
    expect(stderr).toMatch(refusal(/The server cannot be reached: connect ECONNREFUSED/, /Check the address/))
    expect(exitCode).toBe(5)
  })

  it("for a response that is none, too", async () => {
    const other = await start({ rateLimit: "off", faults: () => Fault.garbage })
    const { exitCode, stderr } = await command(["results", "batch_1"], other.env)
    await other.close()
    expect(stderr).toMatch(/^error: The response to GET \/api\/v2\/batches\/batch_1 cannot be read/)
    expect(exitCode).toBe(5)
  })

  it("never reverse the text of a terminal, not even with --debug", async () => {
    const other = await start({ rateLimit: "off", faults: () => Fault.serverError("a\u202eb") })
    const { exitCode, stderr } = await command(["status", "batch_1", "--debug"], other.env)
    await other.close()
    expect(stderr).toContain("ServerError: GET /api/v2/batches/batch_1 returned 500 (“ab”)")
    expect(stderr).not.toContain("\u202e")
    expect(exitCode).toBe(5)
  })

  it("never show the key, not even with --debug or as an argument", async () => {
    const key = "tr_dev_thisisthesecretkey123"
    const env = { TRIGGER_SECRET_KEY: key }
    const outcomes = await Promise.all([
      command(["status", "batch_1", "--debug"], env),
      command(["status", key], env),
      command(["status", "batch_1", `--secret-key=${key}`], env),
      command(["results", "batch_1", "--format", key], env)
    ])
    expect(outcomes[0]?.stderr).toMatch(/Unauthorized/)
    for (const { stderr, stdout } of outcomes) {
      expect(stdout + stderr).not.toContain("thisisthesecretkey")
    }
  })
})

describe("a command that takes long", () => {
  it("says so where the server does not respond, and no more once it has", async () => {
    let requests = 0
    const other = await start({ faults: () => ++requests === 1 ? Fault.delay("4 seconds") : Fault.delay("3 seconds") })
    await other.createBatch({ id: "batch_1", runs: [{ output: 1 }] })
    const { exitCode, stderr } = await command(["status", "batch_1"], other.env)
    await other.close()
    expect(requests).toBeGreaterThan(1)
    expect([exitCode, stderr]).toEqual([0, "The server has not responded yet\n"])
  })

  it("says how long it waits for the rate limit, and with --debug says it at once", async () => {
    const limited = Fault.status(429, { headers: { "retry-after": "4" }, body: "too many" })
    let requests = 0
    const other = await start({ faults: () => ++requests % 3 === 1 ? limited : undefined })
    await other.createBatch({ id: "batch_1", runs: [{ output: 1 }] })
    const { exitCode, stderr } = await command(["status", "batch_1"], other.env)
    requests = 0
    const debug = await command(["status", "batch_1", "--debug"], other.env)
    await other.close()
    expect(stderr).toMatch(/^Waiting (4s|3s \d+ms), because the server responded with 429\n$/)
    expect(exitCode).toBe(0)
    expect(debug.stderr).toMatch(/level=DEBUG .*message="Waiting /)
  })
})

describe("settings", () => {
  it("come from options before the environment, and the key from a file", async () => {
    const keyFile = path.join(fresh(), "key")
    fs.writeFileSync(keyFile, `${server.env.TRIGGER_SECRET_KEY}\n`)
    const { exitCode } = await command(["status", "batch_good", "--api-url", server.url, "--key-file", keyFile], {
      TRIGGER_API_URL: "http://127.0.0.1:9",
      TRIGGER_SECRET_KEY: "tr_dev_wrong"
    })
    expect(exitCode).toBe(0)
  })

  it.each([
    ["Bearer tr_dev_key", /^error: The key file ".*key" cannot be used: it contains white space: .*\nName a file /],
    [
      "tr_dev_kéy",
      /^error: The key file ".*key" cannot be used: it contains characters other than visible ASCII\nName a file /
    ]
  ])("refuse a key file that holds %j, and name it", async (content, text) => {
    const keyFile = path.join(fresh(), "key")
    fs.writeFileSync(keyFile, content)
    const { exitCode, stderr } = await command(["status", "batch_good", "--key-file", keyFile])
    expect(stderr).toMatch(text)
    expect(exitCode).toBe(3)
  })

  it("name the branch of a preview environment", async () => {
    const other = await start({ keys: [{ key: "tr_preview_key", environment: "preview", branches: ["feature"] }] })
    await other.createBatch({ id: "batch_preview", runs: [{}] })
    const env = { ...other.env, TRIGGER_SECRET_KEY: "tr_preview_key" }
    const outcomes = [
      await command(["status", "batch_preview", "--branch", "feature"], env),
      await command(["status", "batch_preview"], { ...env, TRIGGER_PREVIEW_BRANCH: "feature" }),
      await command(["status", "batch_preview"], env)
    ]
    await other.close()
    expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([0, 0, 3])
  })
})

describe("the command", () => {
  it("has help for itself and for each command, on stdout", async () => {
    for (const args of [["--help"], ...["results", "wait", "status", "report"].map((name) => [name, "--help"])]) {
      const { exitCode, stderr, stdout } = await command(args)
      expect(stdout).toContain(`Usage: ${["effect-trigger-dev", ...args.slice(0, -1)].join(" ")} [options]`)
      expect([exitCode, stderr]).toEqual([0, ""])
    }
  })

  it.each(["results", "wait", "status", "report", "complete"])(
    "has the same words for %s in both helps",
    async (name) => {
      const all = (await command(["--help"])).stdout.replace(/\s+/g, " ")
      const own = await command([name, "--help"])
      const [, usage, description] = /^Usage: effect-trigger-dev (.*)\n\n(.*)\n/.exec(own.stdout) ?? []
      expect(all).toContain(` ${usage} ${description} `)
    }
  )

  it("prints the version of the package", async () => {
    expect(await command(["--version"])).toEqual({ exitCode: 0, stdout: `${packageJson.version}\n`, stderr: "" })
  })

  it("prints completions that the shell itself can read", async () => {
    for (const shell of ["bash", "zsh", "fish"]) {
      const { exitCode, stdout } = await command(["complete", shell])
      expect(exitCode).toBe(0)
      expect(stdout).toContain("effect-trigger-dev complete --")
      // the shells that are not installed here are known to read what they are given
      if (shell === "bash") {
        expect(spawnSync("bash", ["-n"], { input: stdout, encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" })
      }
    }
  })

  it("completes commands, options and their values", async () => {
    const complete = async (...words: ReadonlyArray<string>): Promise<ReadonlyArray<string>> =>
      (await command(["complete", "--", ...words])).stdout.split("\n").map((line) => line.split("\t")[0] ?? "")
    expect(await complete("re")).toEqual(expect.arrayContaining(["results", "report"]))
    expect(await complete("wait", "--ti")).toContain("--timeout")
    expect(await complete("results", "--format", "")).toEqual(expect.arrayContaining(["table", "json", "ndjson"]))
  })

  it("ends quietly when its reader goes away", async () => {
    await server.createBatch({
      id: "batch_large",
      runs: Array.from({ length: 40 }, () => ({ output: "x".repeat(20_000) }))
    })
    const outcome = await run(file, ["results", "batch_large", "--format", "ndjson"], {
      env: server.env,
      stopsReading: true
    })
    expect(outcome).toMatchObject({ exitCode: 0, stderr: "" })
  })

  it("says so when the results cannot be written", () => {
    const { status, stderr } = spawnSync("sh", ["-c", `"$0" "$1" results --demo >/dev/full`, process.execPath, file], {
      encoding: "utf8"
    })
    expect(stderr).toMatch(/^error: stdout cannot be written: ENOSPC/)
    expect(status).toBe(2)
  })

  it("starts in at most 2.2 times the time of an empty program", () => {
    const empty = path.join(fresh(), "empty.cjs")
    fs.writeFileSync(empty, "")
    const timeOf = (program: string, args: ReadonlyArray<string>): number => {
      const start = performance.now()
      spawnSync(process.execPath, [program, ...args])
      return performance.now() - start
    }
    // other processes slow single runs down, so the fastest of several are compared
    let bare = Infinity
    let help = Infinity
    for (let round = 0; round < 4 || (round < 25 && help > 2.2 * bare); round++) {
      bare = Math.min(bare, timeOf(empty, []))
      help = Math.min(help, timeOf(file, ["--help"]))
    }
    expect(help / bare).toBeLessThanOrEqual(2.2)
  })

  it("shows the simulator's batch without a key", async () => {
    const { exitCode, stdout } = await run(file, ["status", "--demo", "--format", "json"])
    expect(JSON.parse(stdout).counts.total).toBe(60)
    expect(exitCode).toBe(1)
  })
})
