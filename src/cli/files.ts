/**
 * Writes files that nobody loses anything by: a file is there whole or not at all, and none is replaced unasked.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { randomUUID } from "node:crypto"
import { access, link, mkdir, rename, rm, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"

/** Files that would be replaced. */
export class FileExists extends Data.TaggedError("FileExists")<{ readonly files: ReadonlyArray<string> }> {}

export class FileNotWritten extends Data.TaggedError("FileNotWritten")<{
  readonly file: string
  readonly reason: string
}> {}

export type WriteError = FileExists | FileNotWritten

const codeOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "code" in error ? error.code : undefined

const failure = (file: string) => (error: unknown): WriteError =>
  codeOf(error) === "EEXIST"
    ? new FileExists({ files: [file] })
    : new FileNotWritten({ file, reason: error instanceof Error ? error.message : String(error) })

/** Those of the files that are there. */
export const existing = (files: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<string>> =>
  Effect.filter(
    files,
    (file) => Effect.promise(() => access(file).then(() => true, () => false)),
    { concurrency: 16 }
  )

export const makeFolder = (folder: string): Effect.Effect<void, FileNotWritten> =>
  Effect.asVoid(Effect.tryPromise({
    try: () => mkdir(folder, { recursive: true }),
    catch: (error) =>
      new FileNotWritten({ file: folder, reason: error instanceof Error ? error.message : String(error) })
  }))

/** What a file system says that has no links, as those of some sticks and shares. */
const withoutLinks: ReadonlySet<unknown> = new Set(["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"])

/** A link fails where there is something under its name; a rename would replace it. */
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
    // takes the name, so that nobody else's file is replaced
    await writeFile(file, "", { flag: "wx" })
    await rename(temporary, file)
  }
}

/**
 * Written under a temporary name beside the file and then renamed, so that no reader sees half of it. The temporary file
 * is a new one (`wx`), so that no link which somebody laid there leads elsewhere.
 */
export const writeNew = (
  file: string,
  content: string | Uint8Array,
  options: { readonly force: boolean }
): Effect.Effect<void, WriteError> =>
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
