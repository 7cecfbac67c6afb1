/** Debian's Chromium, without a window. */
import * as fs from "node:fs"
import { type Browser, chromium } from "playwright-core"

const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium"

export const launch = (): Promise<Browser> => {
  if (!fs.existsSync(executablePath)) {
    throw new Error(
      `There is no ${executablePath}, which these tests need. Install it with "apt-get install chromium" (.ci/chromium ` +
        `does), or name another Chromium: CHROMIUM=/path/to/chromium.`
    )
  }
  // root, as in a container, has no sandbox to offer; the pages are our own
  return chromium.launch({ executablePath, args: ["--no-sandbox"] })
}
