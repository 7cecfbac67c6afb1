/**
 * Writes files as a whole or not at all, and replaces existing files only on request.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { hasProperty } from "effect/Predicate"
import { randomUUID } from "node:crypto"
import { link, lstat, mkdir, rename, rm, stat, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"

/** Files that exist already. */
export class FileExists extends Data.TaggedError("FileExists")<{ readonly files: ReadonlyArray<string> }> {}

export class FileNotWritten extends Data.TaggedError("FileNotWritten")<{
  readonly file: string
  readonly reason: string
}> {}

export type WriteError = FileExists | FileNotWritten

/** The code of an error of Node, such as `ENOENT`. */
export const codeOf = (error: unknown): unknown => hasProperty(error, "code") ? error.code : undefined

export const messageOf = (error: unknown): string => error instanceof Error ? error.message : String(error)

const failure = (file: string) => (error: unknown): WriteError =>
  codeOf(error) === "EEXIST"
    ? new FileExists({ files: [file] })
    : new FileNotWritten({ file, reason: messageOf(error) })

/** What a name stands for. A link is special: where it leads does not matter. */
type Place = "free" | "file" | "special"

const placeOf = (file: string): Promise<Place> =>
  lstat(file).then((found) => found.isFile() ? "file" : "special", () => "free")

/** The files that exist, whatever they are. */
export const existing = (files: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<string>> =>
  Effect.filter(
    files,
    (file) => Effect.promise(() => placeOf(file).then((place) => place !== "free")),
    { concurrency: 16 }
  )

const isFolder = (path: string): Promise<boolean> => stat(path).then((found) => found.isDirectory(), () => false)

/** Fails if the file cannot be written because of what is there already, or because its folder is not there. */
export const checkPlace = (file: string, { force }: { readonly force: boolean }): Effect.Effect<void, WriteError> =>
  Effect.gen(function*() {
    const folder = dirname(file)
    if (!(yield* Effect.promise(() => isFolder(folder)))) {
      return yield* Effect.fail(new FileNotWritten({ file, reason: `there is no folder "${folder}"` }))
    }
    const place = yield* Effect.promise(() => placeOf(file))
    // first, because --force does not help against it
    if (place === "special") {
      return yield* Effect.fail(new FileNotWritten({ file, reason: "it exists and is not a regular file" }))
    }
    if (place === "file" && !force) {
      return yield* Effect.fail(new FileExists({ files: [file] }))
    }
  })

/** The recursive `mkdir` of Node 20 never ends where the file system refuses new folders with ENOENT, as /proc does. */
const makeFolders = async (folder: string): Promise<void> => {
  try {
    await mkdir(folder)
  } catch (error) {
    if (await isFolder(folder)) {
      return
    }
    const parent = dirname(folder)
    if (codeOf(error) !== "ENOENT" || parent === folder || await isFolder(parent)) {
      throw error
    }
    await makeFolders(parent)
    await makeFolders(folder)
  }
}

export const makeFolder = (folder: string): Effect.Effect<void, FileNotWritten> =>
  Effect.tryPromise({
    try: () => makeFolders(folder),
    catch: (error) =>
      new FileNotWritten({
        file: folder,
        reason: codeOf(error) === "EEXIST" ? "it exists and is not a folder" : messageOf(error)
      })
  })

/** The error codes of file systems without hard links, such as FAT and some network shares. */
const withoutLinks: ReadonlySet<unknown> = new Set(["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"])

/** `link` fails if the name is taken; `rename` would replace the file. */
const publish = async (temporary: string, file: string, force: boolean): Promise<void> => {
  if (force) {
    return rename(temporary, file)
  }
  try {
    await link(temporary, file)
  } catch (error) {
    if (!withoutLinks.has(codeOf(error))) {
      throw error
    }
    // fails if the name is taken, and holds it until the rename
    await writeFile(file, "", { flag: "wx" })
    await rename(temporary, file)
  }
}

/**
 * Writes to a temporary file beside the target and renames it, so that no reader sees half a file. The temporary file
 * must not exist (`wx`), so that a symbolic link cannot redirect the content.
 */
export const writeNew = (
  file: string,
  content: string | Uint8Array,
  options: { readonly force: boolean }
): Effect.Effect<void, WriteError> =>
  Effect.zipRight(
    options.force ? checkPlace(file, options) : Effect.void,
    Effect.acquireUseRelease(
      Effect.sync(() => join(dirname(file), `.${randomUUID()}.tmp`)),
      (temporary) =>
        Effect.tryPromise({
          try: async (signal) => {
            await writeFile(temporary, content, { flag: "wx", signal })
            await publish(temporary, file, options.force)
          },
          catch: failure(file)
        }),
      (temporary) => Effect.promise(() => rm(temporary, { force: true }))
    )
  )
