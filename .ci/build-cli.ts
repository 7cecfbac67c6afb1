/**
 * Bundles the command, src/cli, into the one file dist/cli.cjs, which needs nothing but Node. The licences of the bundled
 * packages are at its end.
 */
import { build, type BuildOptions, type Metafile, type Plugin } from "esbuild"
import * as fs from "node:fs"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "..")

const options: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  // modules of Node are loaded when they are needed: in the format "esm", all of them are loaded at the start
  format: "cjs",
  target: "node20",
  minify: true,
  metafile: true,
  legalComments: "none",
  logLevel: "warning"
}

/**
 * Embeds src/cli/commands as text, which Node compiles when a command runs. Compiled with the rest, it would triple the
 * time that `--help` and each completion take (docs/decisions/0008-the-command.md).
 */
const embedCommands = (onBundled: (metafile: Metafile) => void): Plugin => ({
  name: "embed-commands",
  setup: ({ onLoad, onResolve }) => {
    onResolve({ filter: /\/commands\/index\.js$/ }, ({ path: file, resolveDir }) => ({
      path: path.join(resolveDir, file.replace(/js$/, "ts")),
      namespace: "embedded"
    }))
    onLoad({ filter: /./, namespace: "embedded" }, async ({ path: file }) => {
      const { metafile, outputFiles } = await build({ ...options, entryPoints: [file], metafile: true, write: false })
      onBundled(metafile)
      const source = `(function (module, exports, require) {${outputFiles[0]?.text ?? ""}\n})`
      return {
        contents: `
          const { Script } = require("node:vm")
          const script = new Script(${JSON.stringify(source)}, { filename: __filename + "/commands.js" })
          script.runInThisContext()(module, exports, require)`
      }
    })
  }
})

/** The packages of which any code is in a bundle, as folders. */
const packagesIn = (metafiles: ReadonlyArray<Metafile>): ReadonlyArray<string> => {
  const files = metafiles.flatMap(({ outputs }) => Object.values(outputs))
    .flatMap(({ inputs }) => Object.entries(inputs))
    .flatMap(([file, { bytesInOutput }]) => bytesInOutput > 0 ? [file] : [])
  return [...new Set(files.flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []))]
    .sort()
}

const licenceOf = (folder: string): string => {
  const { license, name, version } = JSON.parse(fs.readFileSync(path.join(root, folder, "package.json"), "utf8"))
  const file = fs.readdirSync(path.join(root, folder)).find((name) => /^licen[cs]e/i.test(name))
  const text = file === undefined ? "" : fs.readFileSync(path.join(root, folder, file), "utf8").trim()
  return `${name} ${version}, ${license}\n\n${text}\n`.replaceAll("*/", "* /")
}

const rule = `\n${"-".repeat(80)}\n\n`

/** Writes the bundle, and gives the packages that are in it. */
export const buildCommand = async (outfile: string): Promise<ReadonlyArray<string>> => {
  const metafiles: Array<Metafile> = []
  const { metafile } = await build({
    ...options,
    entryPoints: ["src/cli/main.ts"],
    outfile,
    metafile: true,
    plugins: [embedCommands((bundled) => metafiles.push(bundled))]
  })
  const packages = packagesIn([metafile, ...metafiles])
  const licences = packages.map(licenceOf).join(rule)
  fs.appendFileSync(outfile, `\n/*\nThis file contains code of these packages:\n${rule}${licences}*/\n`)
  fs.chmodSync(outfile, 0o755)
  return packages
}

if (process.argv[1] === import.meta.filename) {
  const outfile = path.join(root, "dist", "cli.cjs")
  const packages = await buildCommand(outfile)
  console.log(`dist/cli.cjs: ${Math.round(fs.statSync(outfile).size / 1000)} kB, with ${packages.length} packages`)
}
