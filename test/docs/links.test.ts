/**
 * Every link in a Markdown file leads to a file and a heading that exist: in this repository, and in the package as npm
 * publishes it. So does every link in a form or a template of GitHub's.
 */
import GithubSlugger from "github-slugger"
import { execFileSync } from "node:child_process"
import * as path from "node:path"
import { assert, describe, it } from "vitest"
import { filesBelow, read, root } from "./blocks.js"

const withoutCode = (markdown: string): string =>
  markdown.replace(/^```[^]*?^```$/gm, "").replace(/`[^`\n]*`\]\(/g, "](")

/** The anchors of a page, as GitHub makes them of its headings. */
const anchorsOf = (file: string): ReadonlyArray<string> => {
  const slugger = new GithubSlugger()
  return [...read(file).replace(/^```[^]*?^```$/gm, "").matchAll(/^#+ (.*)$/gm)]
    .map(([, heading = ""]) => slugger.slug(heading.replace(/\\/g, "").replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")))
}

const linksOf = (file: string): ReadonlyArray<string> =>
  [...withoutCode(read(file)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link)

/** The links of a page that lead nowhere, where `files` are all that there are. */
const deadLinks = (
  file: string,
  files: ReadonlySet<string>,
  links: ReadonlyArray<string> = linksOf(file)
): ReadonlyArray<string> =>
  links.flatMap((link) => {
    if (/^[a-z]+:/.test(link)) return []
    const [target = "", anchor] = link.split("#")
    const found = target === "" ? file : path.posix.join(path.posix.dirname(file), target).replace(/\/$/, "")
    const exists = files.has(found) || [...files].some((each) => each.startsWith(`${found}/`))
    return exists && (anchor === undefined || anchorsOf(found).includes(anchor)) ? [] : [link]
  })

const isPage = (file: string): boolean => file.endsWith(".md")

const inRepository: ReadonlySet<string> = new Set([
  ...["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE"],
  ...["docs", "src", "test"].flatMap((folder) => filesBelow(folder, ""))
])

const inPackage: ReadonlySet<string> = new Set(
  JSON.parse(execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: root, encoding: "utf8" }))
    .flatMap(({ files }: { readonly files: ReadonlyArray<{ readonly path: string }> }) =>
      files.map((file) => file.path)
    )
)

describe("no link is dead in the repository", () => {
  it.each([...inRepository].filter(isPage))("%s", (file) => assert.deepStrictEqual(deadLinks(file, inRepository), []))
})

describe("no link is dead in the package", () => {
  it.each([...inPackage].filter(isPage))("%s", (file) => assert.deepStrictEqual(deadLinks(file, inPackage), []))
})

/** GitHub shows a template at `/issues/new` or `/pull/1` of the repository, and files at `/blob/HEAD`. */
const fromIssue = "../blob/HEAD/"

describe("no link is dead in the templates of issues and pull requests", () => {
  it.each([...filesBelow(".github", ".md"), ...filesBelow(".github", ".yml")])("%s", (file) => {
    const links = linksOf(file)
    assert.deepStrictEqual(links.filter((link) => !link.startsWith(fromIssue)), [])
    assert.deepStrictEqual(deadLinks("README.md", inRepository, links.map((link) => link.replace(fromIssue, ""))), [])
  })
})
