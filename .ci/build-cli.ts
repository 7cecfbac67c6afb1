/**
 * Bundles the command, src/cli, into the one file dist/cli.js, which needs nothing but Node. The licences of what is in
 * it stand at its end, as they ask for.
 */
import { build, type Metafile } from "esbuild"
import * as fs from "node:fs"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "..")

const licenceOf = (folder: string): string => {
  const { license, name, version } = JSON.parse(fs.readFileSync(path.join(root, folder, "package.json"), "utf8"))
  const file = fs.readdirSync(path.join(root, folder)).find((name) => /^licen[cs]e/i.test(name))
  const text = file === undefined ? "" : fs.readFileSync(path.join(root, folder, file), "utf8").trim()
  return `${name} ${version}, ${license}\n\n${text}\n`.replaceAll("*/", "* /")
}

/** The packages of which any code is in the bundle, as folders. */
const packagesIn = ({ outputs }: Metafile): ReadonlyArray<string> => {
  const files = Object.values(outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .flatMap(([file, { bytesInOutput }]) => bytesInOutput > 0 ? [file] : [])
  return [...new Set(files.flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []))]
    .sort()
}

const rule = `\n${"-".repeat(80)}\n\n`

/** Writes the bundle, and gives the packages that are in it. */
export const buildCommand = async (outfile: string): Promise<ReadonlyArray<string>> => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["src/cli/main.ts"],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    minify: true,
    metafile: true,
    legalComments: "none",
    // packages in CommonJS ask for Node's modules with `require`, which a module does not have
    banner: { js: "import{createRequire as __r}from'node:module';const require=__r(import.meta.url);" },
    logLevel: "warning"
  })
  const packages = packagesIn(metafile)
  fs.appendFileSync(
    outfile,
    `\n/*\nThis file holds code of these packages:\n${rule}${packages.map(licenceOf).join(rule)}*/\n`
  )
  fs.chmodSync(outfile, 0o755)
  return packages
}

if (process.argv[1] === import.meta.filename) {
  const outfile = path.join(root, "dist", "cli.js")
  const packages = await buildCommand(outfile)
  console.log(`dist/cli.js: ${Math.round(fs.statSync(outfile).size / 1000)} kB, with ${packages.length} packages`)
}
