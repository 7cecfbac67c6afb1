/**
 * Draws a table as wide as the terminal: the last column gets the width that the others leave.
 */
import Table from "cli-table3"
import stringWidth from "string-width"

/** No frame, so that grep and cut work on the lines. */
const chars = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: ""
}

const gap = 2

/** The least width of the last column. */
const narrowest = 20

/** Its greatest width where there is no terminal. */
const widest = 200

/** `width` is the width of the terminal in columns; undefined for a file or a pipe. */
export const table = (
  head: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  width: number | undefined
): string => {
  const last = head.length - 1
  const widths = head.map((title, column) =>
    rows.reduce((most, row) => Math.max(most, stringWidth(row[column] ?? "")), stringWidth(title)) + gap
  )
  const others = widths.slice(0, last).reduce((sum, width) => sum + width, 0)
  const room = width === undefined ? widest : Math.max(narrowest, width - others)
  const drawn = new Table({
    chars,
    colWidths: [...widths.slice(0, last), Math.min(widths[last] ?? 0, room)],
    style: { "padding-left": 0, "padding-right": gap, head: [], border: [] }
  })
  for (const row of [head, ...rows]) {
    drawn.push([...row])
  }
  return `${drawn.toString().replace(/[ \t]+$/gm, "")}\n`
}
