/**
 * `npm run bench`: measures everything and writes `docs/benchmarks.md`. It takes about half an hour, and wants a
 * machine with nothing else to do. With `-- --quick` it takes fewer rounds, prints, and writes `.tmp/benchmarks.md` instead.
 */
import { readFile, writeFile } from "node:fs/promises"
import { cpus, loadavg, release, totalmem, type } from "node:os"
import { bundleSizes, compile } from "./compile.js"
import type { Growth } from "./growth.js"
import {
  allCalls,
  bodies,
  collecting,
  collectingOverSlowLink,
  commands,
  decoding,
  type Effort,
  heaps,
  memory,
  metrics,
  profiles,
  starts
} from "./measure.js"
import { output, startServer } from "./processes.js"
import { page, type Setting, summary } from "./report.js"

const quick = process.argv.includes("--quick")
const folder = ".tmp/bench"
const effort: Effort = quick ? { rounds: 3, warmup: 300, sample: 10 } : { rounds: 21, warmup: 6_000, sample: 60 }
const log = (line: string) => console.log(`${(performance.now() / 1_000).toFixed(0).padStart(4)} s  ${line}`)

const versionOf = async (name: string): Promise<readonly [string, string]> => {
  const manifest = JSON.parse(await readFile(`node_modules/${name}/package.json`, "utf8"))
  return [name, manifest.version]
}

const setting = async (): Promise<Setting> => {
  const packages = [
    "effect",
    "@effect/platform",
    "@effect/platform-node",
    "undici",
    "@trigger.dev/core",
    "zod",
    "esbuild"
  ]
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} cores, ` +
      `${Math.round(totalmem() / 2 ** 30)} GB, ${type()} ${release()}`,
    versions: [
      ["node", `${process.versions.node} (its fetch: undici ${process.versions["undici"]})`],
      ...await Promise.all(packages.map(versionOf))
    ],
    load: loadavg()[2] ?? 0,
    quick
  }
}

log("compiling")
await compile(folder)
const bundles = await bundleSizes()
const server = await startServer(`${folder}/server.js`)
log("validation")
const validation = await decoding(`${folder}/decode.js`, quick ? 5 : 11, quick ? 1e6 : 1e7)
const calls = await allCalls(
  `${folder}/caller.js`,
  server.url,
  effort,
  // fifty bodies of 10 MB at once are 500 MB under way: more than this is to measure
  quick ? 5e7 : 1e8,
  log
)
const collected = await collecting(
  { caller: `${folder}/caller.js`, memory: `${folder}/memory.js` },
  server.url,
  effort,
  quick ? 1e7 : 1e8,
  log
)
const overSlowLink = await collectingOverSlowLink(
  { caller: `${folder}/caller.js`, link: `${folder}/slowLink.js` },
  server.url,
  effort,
  log
)
log("metrics")
// many short samples: what else the machine does then hits both alike
const metricTimes = await metrics(`${folder}/caller.js`, server.url, {
  ...effort,
  rounds: 10 * effort.rounds,
  sample: 30
})
log("bodies")
const bodyTimes = await bodies(`${folder}/caller.js`, server.url, effort)
log("memory")
const peaks = await memory(`${folder}/memory.js`, server.url, quick ? 1 : 7, quick ? 1e7 : 1e8)
const heap = await heaps(`${folder}/heap.js`, server.url, quick ? 1_000 : 5_000)
log("profiles")
const profiled = await profiles(`${folder}/profile.js`, server.url, quick ? 1_000 : 4_000)
log("growth")
const growth = await output<Growth>(`${folder}/growth.js`, [], { node: ["--expose-gc"] })
log("start")
const startTimes = await starts((app) => `${folder}/apps/${app}.js`, server.url, quick ? 3 : 9)
const commandTimes = await commands("dist/cli.cjs", quick ? 5 : 21)
server.stop()

const result = {
  setting: await setting(),
  bundles,
  decoding: validation,
  calls,
  memory: peaks,
  heaps: heap,
  profiles: profiled,
  growth,
  starts: startTimes,
  commands: commandTimes,
  metrics: metricTimes,
  collecting: { ...collected, overSlowLink },
  bodies: bodyTimes
}
console.log(summary(result))
const file = quick ? ".tmp/benchmarks.md" : "docs/benchmarks.md"
await writeFile(file, page(result))
log(`wrote ${file}`)
