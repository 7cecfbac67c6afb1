/**
 * The TypeScript code blocks that a reader can copy: those of README.md, of docs, and of the doc comments in src.
 */
import * as fs from "node:fs"
import * as path from "node:path"

export const root = path.resolve(import.meta.dirname, "../..")

export const read = (file: string): string => fs.readFileSync(path.join(root, file), "utf8")

/** The files below a folder, as paths from the root. */
export const filesBelow = (folder: string, extension: string): Array<string> =>
  fs.readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .map((file) => path.posix.join(folder, file.replaceAll(path.sep, "/")))
    .filter((file) => file.endsWith(extension))
    .sort()

export interface Block {
  /** The file and the line of its first line of code, such as `README.md:8`. */
  readonly name: string
  readonly code: string
  /** What the block needs that is not here: the words after the language, as in "ts needs Node 22". Else empty. */
  readonly needs: string
  /** The block as a module of its own. */
  readonly module: string
}

const folder = path.join(root, ".tmp", "docs")

/**
 * Writes each block as a module. A line of the module has the number that it has in its source, so that compilers and
 * stack traces point at the source. Exports what the block declares, so that it can be run.
 */
const write = (file: string, line: number, needs: string, code: string): Block => {
  const module = path.join(folder, `${file.replace(/[^\w.]+/g, "_")}.${line}.ts`)
  const declared = [...code.matchAll(/^const (\w+)/gm)].map(([, name]) => name)
  if (needs === "") fs.writeFileSync(module, `${"\n".repeat(line - 1)}${code}\nexport { ${declared.join(", ")} }\n`)
  return { name: `${file}:${line}`, code, needs, module }
}

const blocksOf = (file: string): Array<Block> => {
  // in a doc comment, each line begins with a star
  const prefix = file.endsWith(".md") ? "" : "\\s*\\* ?"
  const text = read(file)
  const fence = new RegExp(`^${prefix}\`\`\`(?:ts|typescript)\\b *(.*)\\n([^]*?)^${prefix}\`\`\`$`, "gm")
  return [...text.matchAll(fence)].map(({ 1: needs = "", 2: code = "", index }) =>
    write(file, text.slice(0, index).split("\n").length + 1, needs, code.replace(new RegExp(`^${prefix}`, "gm"), ""))
  )
}

/** All blocks, written below .tmp/docs together with a tsconfig.json that compiles them. */
export const writeBlocks = (): Array<Block> => {
  fs.rmSync(folder, { recursive: true, force: true })
  fs.mkdirSync(folder, { recursive: true })
  fs.writeFileSync(path.join(folder, "tsconfig.json"), `{ "extends": "../../tsconfig.json", "include": ["."] }\n`)
  // docs/api is generated from the doc comments in src
  const pages = filesBelow("docs", ".md").filter((file) => !file.startsWith("docs/api/"))
  return ["README.md", ...pages, ...filesBelow("src", ".ts")].flatMap(blocksOf)
}
