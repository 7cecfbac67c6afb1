/**
 * Type-checks every example that a reader can copy: the ts blocks of README.md, of docs, and of the doc comments in src,
 * each as a module of its own that imports the package by its name.
 *
 * A block that is not complete code opts out with "ignore" after its language. Errors name the line in the original.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import ts from "typescript"

interface Line {
  readonly text: string
  /** The position in the original, counted from 0. */
  readonly line: number
  readonly column: number
}

interface Snippet {
  readonly source: string
  readonly lines: ReadonlyArray<Line>
}

const root = path.resolve(import.meta.dirname, "..")
const workDir = path.join(root, ".tmp", "docs-check")

const filesUnder = (dir: string, extension: string): Array<string> =>
  fs.existsSync(path.join(root, dir))
    ? fs.readdirSync(path.join(root, dir), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(extension))
      .map((file) => path.join(dir, file))
      .sort()
    : []

const linesOf = (file: string): Array<Line> =>
  fs.readFileSync(path.join(root, file), "utf8").split(/\r?\n/).map((text, line) => ({ text, line, column: 0 }))

const without = (line: Line, prefix: RegExp): Line => {
  const length = prefix.exec(line.text)?.[0].length ?? 0
  return { text: line.text.slice(length), line: line.line, column: line.column + length }
}

const problems: Array<string> = []
const snippets: Array<Snippet> = []
let ignored = 0

const collect = (source: string, lines: ReadonlyArray<Line>): void => {
  for (let start = 0; start < lines.length; start++) {
    const opening = /^(\s*)(`{3,}|~{3,})\s*(.*)$/.exec(lines[start]?.text ?? "")
    if (opening === null) continue
    const [, indent = "", fence = "", info = ""] = opening
    const end = lines.findIndex((line, index) => index > start && line.text.trim() === fence)
    if (end === -1) {
      problems.push(`${source}:${(lines[start]?.line ?? 0) + 1} - this code block is never closed`)
      return
    }
    const [language = "", ...flags] = info.trim().split(/\s+/)
    if (/^(ts|typescript|mts)$/.test(language)) {
      if (flags.includes("ignore")) {
        ignored++
      } else {
        const indentation = new RegExp(`^\\s{0,${indent.length}}`)
        snippets.push({ source, lines: lines.slice(start + 1, end).map((line) => without(line, indentation)) })
      }
    }
    start = end
  }
}

const docComments = (file: string): Array<Array<Line>> => {
  const comments: Array<Array<Line>> = []
  let comment: Array<Line> | undefined
  for (const line of linesOf(file)) {
    if (comment === undefined && /^\s*\/\*\*/.test(line.text)) comment = []
    if (comment === undefined) continue
    comment.push(without(line, /^\s*(\/\*\*|\*(?!\/)) ?/))
    if (line.text.includes("*/")) {
      comments.push(comment)
      comment = undefined
    }
  }
  return comments
}

const readme = fs.existsSync(path.join(root, "README.md")) ? ["README.md"] : []
for (const file of [...readme, ...filesUnder("docs", ".md")]) {
  collect(file, linesOf(file))
}
for (const file of filesUnder("src", ".ts")) {
  for (const comment of docComments(file)) {
    collect(file, comment)
    comment.forEach((line, index) => {
      if (!/^@example\b/.test(line.text)) return
      const next = comment.slice(index + 1).find(({ text }) => /^\s*```|^@\w/.test(text))
      if (next === undefined || !/^\s*```(ts|typescript)\b/.test(next.text)) {
        problems.push(`${file}:${line.line + 1} - this @example has no ts code block`)
      }
    })
  }
}

fs.rmSync(workDir, { recursive: true, force: true })
fs.mkdirSync(workDir, { recursive: true })
const written = new Map(snippets.map((snippet) => {
  const name = `${snippet.source.replace(/[^\w.]+/g, "_")}.line${(snippet.lines[0]?.line ?? 0) + 1}.ts`
  const file = path.join(workDir, name)
  fs.writeFileSync(file, snippet.lines.map(({ text }) => text).join("\n") + "\n")
  return [ts.sys.resolvePath(file), snippet] as const
}))

const config = ts.getParsedCommandLineOfConfigFile(path.join(root, "tsconfig.json"), { noEmit: true }, {
  ...ts.sys,
  onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
    throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n"))
  }
})
if (config === undefined) throw new Error("tsconfig.json cannot be read")

for (const diagnostic of ts.getPreEmitDiagnostics(ts.createProgram([...written.keys()], config.options))) {
  const message = `error TS${diagnostic.code}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n")}`
  if (diagnostic.file === undefined) {
    problems.push(message)
    continue
  }
  const at = diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start ?? 0)
  const snippet = written.get(ts.sys.resolvePath(diagnostic.file.fileName))
  const original = snippet?.lines[Math.min(at.line, snippet.lines.length - 1)]
  problems.push(
    original === undefined || snippet === undefined
      ? `${path.relative(root, diagnostic.file.fileName)}:${at.line + 1}:${at.character + 1} - ${message}`
      : `${snippet.source}:${original.line + 1}:${original.column + at.character + 1} - ${message}`
  )
}

if (snippets.length === 0) problems.push("not a single example was found: the check would be checking nothing")
for (const problem of problems) console.error(problem)
console.log(`${snippets.length} examples checked, ${ignored} ignored, ${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1
